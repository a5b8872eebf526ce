# Servers and clients that npm carries: Azurite as Azure Blob, webdav-server as a fourth kind of WebDAV, and the official clients of Google Drive and OSS,
# which judge the fakes that stand in for services without a server. The newest versions that run on Node.js 20.
NODE_PINS="azurite@3.35.0 webdav-server@2.6.2 ali-oss@6.23.0 @googleapis/drive@22.0.0"

install_node() {
  is_wanted node || return 0
  local folder="$judges/node" stamp="$judges/node/.towline-judges" log="$scratch/node.log" started=$SECONDS
  if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$NODE_PINS" ]; then
    say node "kept"
    touch "$scratch/done/node"
    return 0
  fi
  if ! command -v npm >/dev/null; then missing node "there is no npm"; return 0; fi
  rm -rf "$folder" && mkdir -p "$folder" && printf '{ "private": true }\n' >"$folder/package.json"
  if (cd "$folder" && npm install --no-audit --no-fund --no-progress --loglevel=error --ignore-scripts --save-exact $NODE_PINS) >"$log" 2>&1 </dev/null; then
    printf '%s\n' "$NODE_PINS" >"$stamp"
    say node "installed $NODE_PINS in $((SECONDS - started)) s"
    touch "$scratch/done/node"
  else
    rm -rf "$folder"
    missing node "$(tail -n 2 "$log")"
  fi
}
