#!/usr/bin/env bash
# The public face: the library exports what reveil.h declares and nothing else, and the header compiles alone.
#
# usage: face.sh LIBREVEIL.so REVEIL.h CC
set -u
library=$1 header=$2 cc=$3
failed=0
declared=$(grep -oE '^RV_PUBLIC [^(]*\(' "$header" | grep -oE 'rv_[a-z_]+\($' | tr -d '(' | sort)
exported=$(nm -D --defined-only "$library" | awk '$2 ~ /[TDRB]/ { print $3 }' | grep -vE '^(_init|_fini|__)' | sort)
if [ "$declared" != "$exported" ]; then
    echo "declared (<) and exported (>) differ:"
    diff <(echo "$declared") <(echo "$exported")
    failed=1
fi
for language in "c -std=c99" "c -std=c17" "c++ -std=c++17"; do
    # shellcheck disable=SC2086
    if ! echo '' | $cc -x $language -fsyntax-only - 2>/dev/null; then
        echo "skipped: no compiler for $language"
    elif ! $cc -x $language -Wall -Wextra -Wpedantic -Werror -fsyntax-only "$header"; then
        echo "reveil.h doesn't compile alone as $language"
        failed=1
    fi
done
exit $failed
