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
if [ $long = yes ]; then
    scripts/test.sh
    export REVEIL_TEST_LONG=1
fi
scripts/setup.sh --tests
cmake --preset debug >/dev/null
cmake --build --preset debug
ctest --preset debug -j "$(nproc)" -R "$pattern"
