# DVC with its plugins as the judge of formats and behaviour, the clients they bring (azure-storage-blob, gcsfs, PyDrive2, oss2) as judges of servers and fakes, moto as a lenient S3, asyncssh (which dvc-ssh brings) as a password server.
PYTHON_PINS="dvc==3.67.1 dvc-s3==3.3.0 dvc-ssh==4.2.2 dvc-http==2.32.0 dvc-azure==3.1.0 dvc-gs==3.1.0 dvc-gdrive==3.0.1 dvc-oss==3.0.0 dvc-webdav==3.0.1 dvc-webhdfs==3.1.0 moto[server]==5.2.5"
# After the rest: PyDrive2 holds pyOpenSSL at a version with which oss2 cannot be imported beside today's cryptography.
PYTHON_AFTER="pyOpenSSL==26.4.0"

install_python() {
  is_wanted python || return 0
  local venv="$judges/py" stamp="$judges/py/.towline-judges" log="$scratch/python.log"
  if python_is_current "$venv" "$stamp"; then
    say python "kept"
    touch "$scratch/done/python"
    return 0
  fi
  if ! command -v python3 >/dev/null; then missing python "there is no python3"; return 0; fi
  # Debian keeps the module that venv needs in a package of its own.
  python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv >"$log" 2>&1 || true
  rm -rf "$venv"
  if python3 -m venv "$venv" >"$log" 2>&1 && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $PYTHON_PINS >>"$log" 2>&1 &&
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $PYTHON_AFTER >>"$log" 2>&1; then
    printf '%s\n' "$PYTHON_PINS $PYTHON_AFTER" >"$stamp"
    say python "installed $PYTHON_PINS"
    touch "$scratch/done/python"
  else
    rm -rf "$venv"
    missing python "$(tail -n 2 "$log")"
  fi
}

# The stamp is written last, so an installation that broke off is made again. A folder without one is asked for its versions.
python_is_current() { # venv stamp
  [ -x "$1/bin/python" ] || return 1
  if [ -e "$2" ]; then [ "$(cat "$2")" = "$PYTHON_PINS $PYTHON_AFTER" ]; return; fi
  "$1/bin/python" - $PYTHON_PINS $PYTHON_AFTER >/dev/null 2>&1 <<'PY' || return 1
import sys
from importlib.metadata import version
for pin in sys.argv[1:]:
    name, wanted = pin.split("==")
    assert version(name.split("[")[0]) == wanted
PY
  printf '%s\n' "$PYTHON_PINS $PYTHON_AFTER" >"$2"
}
