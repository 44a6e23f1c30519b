#!/usr/bin/env bash
# get_duckdb.sh: fetches libduckdb.so, through which reveil reads and writes Parquet and asks SQL, from the npm registry.
#
# usage: get_duckdb.sh [DIR]      default: ~/.cache/reveil/lib, where the project's tests look for it
#
# The library comes out of a package of DuckDB's own project, at a fixed version and with a fixed checksum. Nothing is downloaded
# when it is there already. To use it: LD_LIBRARY_PATH=DIR reveil ..., or give /usr/local/lib and run ldconfig.
set -euo pipefail
export LC_ALL=C.UTF-8
case ${1:-} in -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

package=@duckdb/node-bindings-linux-x64@1.5.6-r.1
checksum=3f4962cdd266eab2b479a5b5a4a6d063d279b2954ae814ed00385d553b747633
dir=${1:-$HOME/.cache/reveil/lib}
library=$dir/libduckdb.so
good() { [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$checksum  -" ]; }

if good "$library"; then
    echo "get_duckdb: $library is there"
    exit 0
fi
[ "$(uname -sm)" = "Linux x86_64" ] || { echo "get_duckdb: only for Linux on amd64; get libduckdb from DuckDB's own downloads" >&2; exit 1; }
command -v npm >/dev/null || { echo "get_duckdb: needs npm (apt-get install npm), or libduckdb from DuckDB's own downloads" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "$package" >/dev/null 2>&1 && tar xzf ./*.tgz package/libduckdb.so package/LICENSE) ||
    { echo "get_duckdb: $package can't be fetched" >&2; exit 1; }
good "$work/package/libduckdb.so" || { echo "get_duckdb: the checksum is wrong; nothing is kept" >&2; exit 1; }
mkdir -p "$dir"
cp "$work/package/LICENSE" "$dir/libduckdb.LICENSE"
cp "$work/package/libduckdb.so" "$library.new"
mv "$library.new" "$library"
echo "get_duckdb: $library"
