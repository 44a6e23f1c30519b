#!/usr/bin/env bash
# check.sh: what to run before every commit: the form of the files, the build (ASan + UBSan), the tests.
#
# usage: check.sh [--long] [PATTERN]
#   PATTERN   only tests whose names match (ctest -R)
#   --long    everything of test.sh, then the long counts of the promises about damage and hostile input
set -euo pipefail
export LC_ALL=C.UTF-8
project=$(cd "$(dirname "$0")/.." && pwd)
cd "$project"
long=no pattern=.
for argument in "$@"; do
    case $argument in
        --long) long=yes ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) pattern=$argument ;;
    esac
done

scripts/form.sh
scripts/setup.sh --tests
if [ $long = yes ]; then scripts/test.sh; fi
cmake --preset debug >/dev/null
cmake --build --preset debug
if [ $long = no ]; then
    ctest --preset debug -j "$(nproc)" -R "$pattern"
else # straight, since the long counts outlast the time that ctest allows
    export REVEIL_LONG=1
    for program in build/debug/tests/test_*; do
        [[ -x $program && -f $program && ${program##*/test_} =~ $pattern ]] || continue
        echo "long: ${program##*/test_}"
        "$program"
    done
fi
