#!/usr/bin/env bash
# test.sh: all that must hold before a change counts as good, in under 15 minutes on two cores:
#   debug      the tests under ASan + UBSan, the program as scripts see it, and the layers (an upward include must not compile)
#   warnings   clang, release flags, -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
#   weak-hash  gcc, release flags; 12 bits place and tag the keys: the tests of every path that looks keys up, and worlds and
#              rounds whole that are smaller in the other builds (tests/support/scratch.h)
#   tsan       clang + libomp: the tests of what threads share
#   coverage   lines of the libraries that the tests reach, at least 85 %
#   phones     50,000 telephone numbers beside libphonenumber's reading; skipped where its package can't be had
#
# usage: test.sh [STAGE...]      ends with "N passed, N failed" and exits 1 when anything failed
set -uo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.." || exit 1
unset "${!REVEIL_@}"
stages=("$@")
[ ${#stages[@]} -gt 0 ] || stages=(debug warnings weak-hash tsan coverage phones)
jobs=$(nproc)
passed=0 failed=0
started=$SECONDS
log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() { printf '\n== %s (%d s so far)\n' "$*" $((SECONDS - started)); }
good() { passed=$((passed + 1)); echo "ok: $*"; }
bad() { failed=$((failed + 1)); echo "FAILED: $*"; }

# build PRESET [FLAGS...]: one item, passed when it builds without a warning (they are errors).
build() {
    local preset=$1
    shift
    if cmake --preset "$preset" "$@" >"$log" 2>&1 && cmake --build "build/$preset" >"$log" 2>&1; then
        good "build $preset"
    else
        grep -E 'error|warning|undefined' -A 3 "$log" | head -n 40
        bad "build $preset"
        return 1
    fi
}

# tests PRESET [CTEST FLAGS...]: adds what ctest counts.
tests() {
    local preset=$1 ran lost
    shift
    ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure "$@" 2>&1 | tee "$log" |
        grep -E '^ *[0-9]+/[0-9]+ Test|tests passed|FAILED|Assertion|ERROR|\[FAIL\]|\*\*\*' | grep -v ' Passed '
    ran=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of \([0-9]*\).*/\1 \2/p' "$log")
    lost=${ran% *}
    if [ -z "$ran" ] || [ "${ran#* }" = 0 ]; then bad "$preset: no test ran"; return; fi
    passed=$((passed + ${ran#* } - lost))
    failed=$((failed + lost))
}

stage_debug() { build debug && tests debug; }

# At other optimisation levels other warnings come. gcc's are seen in the stage weak-hash, which is the release build but for
# four lines of engine/: a build of its own would say nothing else.
stage_warnings() { build clang -DBUILD_TESTING=OFF; }

stage_weak_hash() {
    build weak-hash || return
    tests weak-hash -R 'key_index|cascade|enrich|build|megabase|person|hash|weak|client_table|^(btyd|link_index|score|score_base|damage|csv_reader)$'
}

stage_tsan() { # what needs minutes under TSan and shares little between threads stays out
    build tsan && tests tsan -E '^(layer_.*|cli|contract|tutorial|clean_.*|output|damage|fuzz_.*|score|synth_world|calibration|learn|binning|megabase_memory)$'
}

stage_coverage() {
    build coverage || return
    find build/coverage -name '*.gcda' -delete
    tests coverage -E '^(layer_.*|cli|contract|tutorial|damage|clean_.*)$' # what is reached there, others reach
    local share
    gcovr -r . --object-directory build/coverage --filter 'base/' --filter 'formats/' --filter 'engine/' --filter 'matcher/' \
        --exclude-throw-branches -j "$jobs" >"$log" 2>&1 || { tail -n 5 "$log"; bad "gcovr"; return; }
    awk '/%/ && $4 + 0 < 70 { print "  little covered: " $1 " " $4 }' "$log"
    share=$(awk '/^TOTAL/ { sub("%", "", $4); print $4 }' "$log")
    echo "line coverage of the libraries: $share %"
    if [ "${share%.*}" -ge 85 ]; then good "coverage $share %"; else bad "coverage $share %, less than 85 %"; fi
}

stage_phones() {
    build weak-hash || return # telephones are no keys
    if tests/reference/phones.sh build/weak-hash/cli/reveil 50000; then good "phones"; else bad "phones"; fi
}

scripts/setup.sh --tests || exit 1
if scripts/form.sh; then good "form of the files"; else bad "form of the files"; fi
for stage in "${stages[@]}"; do
    step "$stage"
    case $stage in
        debug | warnings | tsan | coverage | phones) "stage_$stage" ;;
        weak-hash) stage_weak_hash ;;
        *) bad "no stage is called $stage" ;;
    esac
done

printf '\n%d s\n' $((SECONDS - started))
echo "$passed passed, $failed failed"
[ $failed = 0 ]
