#!/usr/bin/env bash
# An installed library is found by pkg-config and by CMake wherever it was put, and a small program in C and in C++ runs with it.
#
# usage: installed.sh BUILD CMAKE CC [FLAG...]     the flags are those the library was made with (sanitizers)
set -eu
build=$1 cmake=$2 cc=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
DESTDIR="" "$cmake" --install "$build" --prefix "$work/put/here" >/dev/null
cat >"$work/small.c" <<'END'
#include <reveil.h>
#include <stdio.h>
int main(void) {
    rv_enrich_options job = {0};
    rv_settings settings = {0};
    rv_report report = {0};
    rv_error err = {0};
    job.megabase = "absent.rvl";
    job.clients.path = "absent.csv";
    job.out = "out.csv";
    if (rv_enrich(&job, &settings, NULL, NULL) != RV_BAD_INPUT) return 1; /* neither report nor error wanted */
    if (rv_enrich(&job, &settings, &report, &err) != RV_BAD_INPUT || !err.message[0] || !report.json) return 2;
    rv_report_reset(&report);
    puts(rv_version());
    return 0;
}
END
sed 's/{0}/{}/' "$work/small.c" >"$work/small.cpp"
cd "$work"
try() {
    local said
    said=$("$@") || { echo "$* ended with $?"; exit 1; }
    [ -n "$said" ] || { echo "$* said nothing"; exit 1; }
}
if command -v pkg-config >/dev/null; then
    flags=$(PKG_CONFIG_PATH=$(dirname "$(find "$work/put/here" -name reveil.pc)") pkg-config --cflags --libs reveil)
    libdir=$(dirname "$(find "$work/put/here" -name libreveil.so)")
    # shellcheck disable=SC2086
    "$cc" -std=c99 -Wall -Werror "$@" small.c -o small_c $flags -Wl,-rpath,"$libdir"
    try ./small_c
    # A C compiler need not have its C++ half (Debian: gcc without g++).
    if echo 'int main() { return 0; }' | "$cc" -x c++ "$@" -o empty - 2>/dev/null; then
        # shellcheck disable=SC2086
        "$cc" -x c++ -Wall -Werror "$@" small.cpp -x none -o small_cpp $flags -Wl,-rpath,"$libdir"
        try ./small_cpp
    fi
fi
cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(small C)
find_package(reveil REQUIRED)
add_executable(small small.c)
target_link_libraries(small PRIVATE reveil::reveil)
END
"$cmake" -G Ninja -S . -B made -DCMAKE_PREFIX_PATH="$work/put/here" -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$*" >log 2>&1 &&
    "$cmake" --build made >>log 2>&1 || { cat log; exit 1; }
try ./made/small
