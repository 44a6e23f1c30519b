#!/usr/bin/env bash
# The commands of docs/TUTORIAL.md, as a reader types them, in an empty folder; then what the text promises.
#
# usage: tutorial.sh REVEIL TUTORIAL
set -eu
reveil=$(realpath "$1")
tutorial=$(realpath "$2")
work=$(mktemp -d "${TMPDIR:-/tmp}/reveil-tutorial-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$reveil" "$work/bin/reveil"
export PATH=$work/bin:$PATH LC_ALL=C.UTF-8
unset "${!REVEIL_@}"
mkdir "$work/here" && cd "$work/here"

awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$tutorial" >"$work/commands.sh"
[ "$(grep -c '^reveil ' "$work/commands.sh")" -ge 9 ] || { echo "tutorial: the commands aren't found"; exit 1; }
bash -eu "$work/commands.sh" >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }

bad=0
promise() { # promise FILE PATTERN
    grep -qE -- "$2" "$1" || { echo "tutorial: $1 doesn't say '$2'"; bad=1; }
}
promise "$work/said" "did you mean 'Courriel'"
promise "$work/said" "did you mean 'email'"
[ "$(grep -c '^exit code 2$' "$work/said")" = 2 ] || { echo "tutorial: a misspelt word isn't exit code 2"; bad=1; }
promise job.yaml '^# N° client +id '
promise job.yaml '"Né\(e\) le": birth_date'
promise job.yaml '"Tél. portable": mobile'
promise job.yaml '^# expected match rate with mega.rvl: [3-9][0-9]\.[0-9] % \(all 120 rows\)'
promise job.yaml '^  encoding: cp1252'
promise export-enriched.csv '^N° client,Nom,Prénom,Courriel,Tél. portable,Né\(e\) le,CA 2025,rv_tier,'
[ "$(wc -l <export-enriched.csv)" = 121 ] || { echo "tutorial: $(wc -l <export-enriched.csv) lines are enriched, not 121"; bad=1; }
promise job.yaml '^  skip_lines: 2'
promise export-rejects.csv ',footer,"?Total'
[ "$(wc -l <export-rejects.csv)" -le 3 ] || { echo "tutorial: something was rejected"; bad=1; }
promise scores.csv '^client_id,score,probability,rank,decile,reasons$'
exit $bad
