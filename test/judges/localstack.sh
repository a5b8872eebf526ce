# LocalStack's open-source runtime, which has no pods: the judge of what it answers then. It runs on Python 3.13 alone. Newer cbor2 and pyOpenSSL break its start (seen 2026-11).
LOCALSTACK_PINS="localstack-core[runtime]==2026.3.0 cbor2<5.8 pyopenssl<25.2 service_identity"

install_localstack() {
  is_wanted localstack || return 0
  local folder="$judges/localstack-core" log="$scratch/localstack.log" started=$SECONDS python
  if [ -x "$folder/bin/python" ] && [ "$(cat "$folder/.towline-judges" 2>/dev/null)" = "$LOCALSTACK_PINS" ]; then
    say localstack "kept"
    touch "$scratch/done/localstack"
    return 0
  fi
  # Most machines have another Python: then there is no such judge, and what it would say is not asked. That is no fault of the machine.
  if ! python=$(python_3_13); then optional localstack "there is no Python 3.13"; return 0; fi
  rm -rf "$folder"
  if { "$python" -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check $LOCALSTACK_PINS; } >"$log" 2>&1 </dev/null; then
    printf '%s\n' "$LOCALSTACK_PINS" >"$folder/.towline-judges"
    say localstack "installed $LOCALSTACK_PINS in $((SECONDS - started)) s"
    touch "$scratch/done/localstack"
  else
    rm -rf "$folder"
    optional localstack "$(tail -n 2 "$log")"
  fi
}

# A shim of pyenv is in PATH also where its version is not chosen, so what is found is asked.
python_3_13() {
  local one
  for one in "$(command -v python3.13)" "$(command -v python3)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13; do
    if [ -x "$one" ] && "$one" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then printf '%s\n' "$one"; return 0; fi
  done
  return 1
}
