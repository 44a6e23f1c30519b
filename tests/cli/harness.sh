#!/usr/bin/env bash
# What the scripts that try the program share: how a case is run and judged, and a small world. To be sourced by a script
# that is called with REVEIL [PATTERN], defines functions case_*, and ends with run_cases.
set -u
reveil=$(realpath "$1")
cases=$(dirname "$(realpath "$0")")
pattern=${2:-.}
work=$(mktemp -d "${TMPDIR:-/tmp}/reveil-cli-XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0
failed=0
export LC_ALL=C.UTF-8
unset "${!REVEIL_@}"

# --- What a case is made of ------------------------------------------------------------------------------------------

problems=""
problem() { problems="$problems    $*"$'\n'; }

# expect CODE COMMAND...: runs it, keeps stdout and stderr in out.txt and err.txt.
expect() {
    local want=$1 got
    shift
    "$@" >out.txt 2>err.txt </dev/null
    got=$?
    [ "$got" = "$want" ] || problem "exit $got, not $want: $* :: $(head -c 300 err.txt)"
}
says() { grep -qE -- "$1" err.txt || problem "stderr doesn't say '$1': $(head -c 300 err.txt)"; }
prints() { grep -qE -- "$1" out.txt || problem "stdout doesn't say '$1': $(head -c 300 out.txt)"; }
absent() { for f in "$@"; do [ ! -e "$f" ] || problem "$f stayed behind"; done; }
present() { for f in "$@"; do [ -s "$f" ] || problem "$f is missing or empty"; done; }
no_leftovers() {
    local left
    left=$(find . -name '*.reveil-tmp' -o -name '*.tmp')
    [ -z "$left" ] || problem "temporaries left: $left"
}

# A signal is sent when the job is where the case wants it, however loaded the machine: these wait for that, thirty seconds at most.
until_true() {
    local n=0
    until "$@"; do
        n=$((n + 1))
        [ $n -lt 600 ] || { problem "it never came to that: $*"; return 1; }
        sleep 0.05
    done
}
# Whether PID has its handler of SIGINT in place: bit 1 of the caught signals.
listens() { [[ $(sed -n 's/^SigCgt:\s*//p' /proc/"$1"/status 2>/dev/null) =~ [2367abefABEF]$ ]]; }
# Whether each of PID's threads sleeps, at two looks; for its input, its reader or the other end of a pipe.
sleeps() {
    listens "$1" || return 1
    local look
    for look in 1 2; do
        grep -qsv ') S ' /proc/"$1"/task/*/stat && return 1
        [ $look = 2 ] || sleep 0.03
    done
}
# Whether something lies in FOLDER, hidden or not.
begun() { [ -n "$(ls -A "$1" 2>/dev/null)" ]; }

run_case() {
    [[ $1 =~ $pattern ]] || return 0
    problems=""
    rm -rf case && mkdir case && cd case || exit 1
    "case_$1"
    no_leftovers
    cd ..
    [ "$(world_listing)" = "$untouched" ] || problem "the common world was written to: $(world_listing)"
    if [ -z "$problems" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n%s' "$1" "$problems"
    fi
}

# One small world for all cases, made once.
"$reveil" synth --contacts 3000 --clients 600 --seed 11 --out world --quiet || exit 1
"$reveil" build --schema world/schema.yaml --out world/mega.rvl --seed 11 --quiet 2>/dev/null || exit 1
world=$work/world
# What a case leaves in the common world would fail the cases after it, so it fails the case itself.
world_listing() { find world -printf '%p %s %T@\n' | sort; }
untouched=$(world_listing)
enrich() { "$reveil" enrich --megabase "$world/mega.rvl" --clients "$world/clients.csv" "$@"; }

run_cases() {
    local name
    for name in $(compgen -A function case_); do run_case "${name#case_}"; done
    echo "$passed passed, $failed failed"
    [ $failed = 0 ]
}
