# Servers and clients, built from source: their projects publish no package that every system has.
GO_JUDGES="s5cmd versitygw fake-gcs-server rclone crane oras registry minio"

go_pin() { # name -> package version [module, when it is not the package]
  case $1 in
    minio) echo "github.com/minio/minio v0.0.0-20260212201848-7aac2a2c5b7c" ;;
    fake-gcs-server) echo "github.com/fsouza/fake-gcs-server v1.56.1" ;;
    rclone) echo "github.com/rclone/rclone v1.75.1" ;;
    s5cmd) echo "github.com/peak/s5cmd/v2 v2.3.0" ;;
    crane) echo "github.com/google/go-containerregistry/cmd/crane v0.22.1 github.com/google/go-containerregistry" ;;
    oras) echo "oras.land/oras/cmd/oras v1.2.3 oras.land/oras" ;;
    registry) echo "github.com/distribution/distribution/v3/cmd/registry v3.1.2 github.com/distribution/distribution/v3" ;;
    versitygw) echo "github.com/versity/versitygw/cmd/versitygw v1.8.0 github.com/versity/versitygw" ;;
  esac
}

install_go() {
  local name built=""
  for name in $GO_JUDGES; do
    is_wanted "$name" || continue
    if go_is_current "$name"; then
      say "$name" "kept"
      touch "$scratch/done/$name"
    elif ! command -v go >/dev/null; then
      missing "$name" "it is built with Go, which is not installed"
    elif go_build "$name"; then
      built=1
      touch "$scratch/done/$name"
    fi
  done
  # The modules and the build cache are ten times the programs; whoever caches the folder caches the programs only.
  if [ -n "$built" ]; then
    chmod -R u+w "$judges/cache/go-$$" 2>/dev/null
    rm -rf "$judges/cache/go-$$"
  fi
  return 0
}

go_is_current() { # name
  local program="$judges/bin/$1" stamp="$judges/bin/.$1.version" version
  version=$(go_pin "$1" | cut -d' ' -f2)
  [ -x "$program" ] || return 1
  if [ -e "$stamp" ]; then [ "$(cat "$stamp")" = "$version" ]; return; fi
  go version -m "$program" 2>/dev/null | grep -qF "$version" || return 1
  printf '%s\n' "$version" >"$stamp"
}

# `go install package@version` asks for the list of all versions, which a proxy may refuse where it serves the exact one:
# a module of our own that requires exactly this version needs no list.
go_build() { # name
  local name=$1 package version module started=$SECONDS folder="$scratch/go-$1"
  read -r package version module <<<"$(go_pin "$name")"
  mkdir -p "$folder"
  printf 'module judge\n\ngo %s\n\nrequire %s %s\n' "$(go env GOVERSION | sed -E 's/^go([0-9]+\.[0-9]+).*/\1/')" "${module:-$package}" "$version" >"$folder/go.mod"
  if (cd "$folder" && export CGO_ENABLED=0 GOFLAGS='-buildvcs=false -mod=mod' GOPATH="$judges/cache/go-$$/path" GOCACHE="$judges/cache/go-$$/build" &&
    nice timeout 1500 go build -trimpath -ldflags='-s -w' -o "$folder/program" "$package") >"$folder/log" 2>&1 </dev/null; then
    mv "$folder/program" "$judges/bin/$name"
    printf '%s\n' "$version" >"$judges/bin/.$name.version"
    say "$name" "built $version in $((SECONDS - started)) s"
  else
    missing "$name" "go build: $(grep -v '^go: downloading' "$folder/log" | head -n 3 | tr '\n' ' ')"
    return 1
  fi
}
