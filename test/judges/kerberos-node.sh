# The package `kerberos`, compiled against this machine's libkrb5 (which row 'kerberos' of debian.sh installs) and the headers of the running Node.js.
# It has a folder of its own: the product has it as an optional peer, and no script runs when the product's packages are installed.
KERBEROS_NODE_PIN="kerberos@7.0.0"

install_kerberos_node() {
  is_wanted kerberos-node || return 0
  local folder="$judges/kerberos" log="$scratch/kerberos-node.log" started=$SECONDS
  if [ "$(cat "$folder/.towline-judges" 2>/dev/null)" = "$KERBEROS_NODE_PIN" ]; then
    say kerberos-node "kept"
    touch "$scratch/done/kerberos-node"
    return 0
  fi
  local program
  for program in npm make c++; do
    command -v $program >/dev/null || { missing kerberos-node "there is no $program"; return 0; }
  done
  if kerberos_node_build "$folder" >"$log" 2>&1 </dev/null; then
    printf '%s\n' "$KERBEROS_NODE_PIN" >"$folder/.towline-judges"
    say kerberos-node "built $KERBEROS_NODE_PIN in $((SECONDS - started)) s"
    touch "$scratch/done/kerberos-node"
  else
    rm -rf "$folder"
    missing kerberos-node "$(tail -n 3 "$log")"
  fi
}

kerberos_node_build() ( # folder
  set -e
  rm -rf "$1" && mkdir -p "$1" && cd "$1"
  [ -e /usr/include/gssapi/gssapi.h ] || apt_install libkrb5-dev || true
  printf '{ "private": true }\n' >package.json
  npm install --no-audit --no-fund --no-progress --loglevel=error --ignore-scripts --save-exact "$KERBEROS_NODE_PIN"
  # Headers that stand beside the running program need not be downloaded.
  nodedir=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  [ -e "$nodedir/include/node/node_api.h" ] || nodedir=""
  cd node_modules/kerberos
  node "$(dirname "$(readlink -f "$(command -v npm)")")/../node_modules/node-gyp/bin/node-gyp.js" rebuild ${nodedir:+--nodedir="$nodedir"}
  node -e 'require(".").initializeClient'
)
