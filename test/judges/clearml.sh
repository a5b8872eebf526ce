# ClearML's own SDK, in a Python folder of its own: it and DVC want different versions of the same packages.
CLEARML_PINS="clearml==2.1.12 boto3==1.44.8 google-cloud-storage==3.17.1 azure-storage-blob==12.31.1"

install_clearml() {
  is_wanted clearml || return 0
  local folder="$judges/clearml" log="$scratch/clearml.log" started=$SECONDS
  if [ -x "$folder/bin/python" ] && [ "$(cat "$folder/.towline-judges" 2>/dev/null)" = "$CLEARML_PINS" ]; then
    say clearml "kept"
    touch "$scratch/done/clearml"
    return 0
  fi
  if ! command -v python3 >/dev/null; then missing clearml "there is no python3"; return 0; fi
  rm -rf "$folder"
  if { python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check $CLEARML_PINS; } >"$log" 2>&1 </dev/null; then
    printf '%s\n' "$CLEARML_PINS" >"$folder/.towline-judges"
    say clearml "installed $CLEARML_PINS in $((SECONDS - started)) s"
    touch "$scratch/done/clearml"
  else
    rm -rf "$folder"
    missing clearml "$(tail -n 2 "$log")"
  fi
}
