#!/usr/bin/env bash
# setup.sh: looks for what reveil needs to be built, and installs what is missing from Debian's packages.
#
# usage: setup.sh [--tests] [--dry-run]
#   --tests     also what the tests need: Criterion, clang, libomp, gcovr, libxlsxwriter, and libduckdb where npm can fetch it
#   --dry-run   say what is missing, install nothing; exit 1 when something is
#
# Nothing is downloaded when nothing is missing. Needs root, or sudo. Asks no questions.
set -euo pipefail
export LC_ALL=C.UTF-8

want_tests=no dry_run=no
for argument in "$@"; do
    case $argument in
        --tests) want_tests=yes ;;
        --dry-run) dry_run=yes ;;
        -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "setup.sh: unknown argument $argument (see --help)" >&2; exit 2 ;;
    esac
done

command_there() { command -v "$1" >/dev/null 2>&1; }
library_there() { command_there pkg-config && pkg-config --exists "$1"; }
cmake_there() { command_there cmake && cmake --version | awk 'NR == 1 { split($3, v, "."); exit !(v[1] > 3 || (v[1] == 3 && v[2] >= 25)) }'; }
compiles() { # compiles COMPILER FLAGS...: can it make a program with them?
    local compiler=$1
    shift
    command_there "$compiler" && echo 'int main(void) { return 0; }' | "$compiler" "$@" -x c -o /dev/null - >/dev/null 2>&1
}

# What is needed: a name for people, a test for its presence, and Debian's package.
missing=() packages=()
need() {
    local name=$1 package=$2
    shift 2
    "$@" && return
    missing+=("$name")
    packages+=("$package")
}
need "a C compiler" gcc command_there gcc
need "the C library's headers" libc6-dev compiles gcc
need "OpenMP" libgomp1 compiles gcc -fopenmp
need "CMake 3.25" cmake cmake_there
need "Ninja" ninja-build command_there ninja
need "pkg-config" pkg-config command_there pkg-config
need "xxHash" libxxhash-dev library_there libxxhash
need "Zstandard" libzstd-dev library_there libzstd
need "zlib" zlib1g-dev library_there zlib
need "libfyaml" libfyaml-dev library_there libfyaml
need "libcrypto" libssl-dev library_there libcrypto
need "utf8proc" libutf8proc-dev library_there libutf8proc
if [ $want_tests = yes ]; then
    need "Criterion" libcriterion-dev library_there criterion
    need "clang" clang command_there clang
    need "clang's sanitizers" libclang-rt-dev compiles clang -fsanitize=thread
    need "clang's OpenMP" libomp-dev compiles clang -fopenmp
    need "gcovr" gcovr command_there gcovr
    need "libxlsxwriter" libxlsxwriter-dev library_there xlsxwriter
fi

# Without it the tests of Parquet and SQL skip themselves: wished for, not needed.
duckdb() { [ $want_tests = no ] || [ $dry_run = yes ] || ! command_there npm || "$(dirname "$0")/get_duckdb.sh" || true; }

if [ ${#missing[@]} = 0 ]; then
    duckdb
    echo "setup: everything is there"
    exit 0
fi
printf 'setup: missing: %s\n' "${missing[@]}"
[ $dry_run = no ] || exit 1

if ! command_there apt-get; then
    echo "setup: this isn't a Debian: install by hand what stands for: ${packages[*]}" >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
    command_there sudo || { echo "setup: needs root or sudo to run: apt-get install ${packages[*]}" >&2; exit 1; }
    as_root=(sudo)
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@"; }

apt update
# The package of clang's sanitizers bears the version of LLVM.
version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
packages=("${packages[@]/libclang-rt-dev/libclang-rt-${version:-14}-dev}")
echo "setup: apt-get install ${packages[*]}"
apt install -y --no-install-recommends "${packages[@]}" >/dev/null
duckdb
echo "setup: installed"
