#!/usr/bin/env bash
# setup.sh: a virtual environment with the peers of the benchmark, at the versions of requirements.txt.
#
# usage: setup.sh [FOLDER]      (default: build/bench/peers)
#
# Nothing is downloaded when all is there. Without Python's venv it is installed from Debian's packages (root or sudo);
# without a network it says so and exits 1. scripts/bench.sh then runs without --peers.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/../../build/bench/peers}

complete() {
    [ -x "$folder/bin/python" ] && "$folder/bin/python" - "$here/requirements.txt" <<'PYTHON'
import importlib.metadata as known, sys
for line in open(sys.argv[1]):
    if "==" in line and not line.startswith("#"):
        name, version = line.strip().split("==")
        try:
            if known.version(name) != version:
                sys.exit(f"peers: {name} is {known.version(name)}, wanted {version}")
        except known.PackageNotFoundError:
            sys.exit(f"peers: {name} is missing")
PYTHON
}

if complete 2>/dev/null; then
    echo "peers: everything is there"
    exit 0
fi
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    echo "peers: apt-get install python3-venv"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3 python3-venv >/dev/null ||
        { echo "peers: Python's venv can't be installed (no network, or no rights)" >&2; exit 1; }
fi
[ -x "$folder/bin/python" ] || python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt" ||
    { echo "peers: the packages can't be fetched; without a network run scripts/bench.sh without --peers" >&2; exit 1; }
complete && echo "peers: installed in $folder"
