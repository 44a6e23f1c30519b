#!/usr/bin/env bash
# The chain on a synthetic world, against its truth: precision and recall of the tiers, people fused by `build`, scores
# told apart, rows conserved, and the same bytes for one thread and two. docs/REFERENCE.md keeps the figures.
#
# usage: world.sh REVEIL [CONTACTS] [CLIENTS] [FOLDER]
set -euo pipefail
reveil=$(realpath "$1")
contacts=${2:-1000000}
clients=${3:-100000}
folder=${4:-$(mktemp -d)}
[ -n "${4:-}" ] || trap 'rm -rf "$folder"' EXIT
cd "$folder"

"$reveil" synth --contacts "$contacts" --clients "$clients" --seed 7 --out one --quiet
for threads in 1 2 2; do
    name=threads$threads
    [ ! -e $name ] || name=again$threads
    cp -rl one $name
    "$reveil" build --schema $name/schema.yaml --out $name/mega.rvl --ids $name/ids.csv --seed 7 --threads $threads --quiet
    "$reveil" run $name/job.yaml --seed 7 --threads $threads --quiet --summary $name/summary.json
done

echo "== links against the truth (precision of the exact tiers, recall of the clients that are in the megabase)"
"$reveil" evaluate links --found threads2/out/enriched.csv --truth one/truth.csv
echo "== people fused or split by build (pairs of source rows)"
"$reveil" evaluate clusters --found threads2/ids.csv --truth one/truth_contacts.csv.zst
echo "== contacts that hold rows of two people, of all contacts"
awk -F, 'FNR == NR { person[$1] = $2; next } FNR == 1 { next }
         { if (!($2 in of)) { of[$2] = person[$1]; n++ } else if (of[$2] != person[$1] && !($2 in bad)) { bad[$2]; fused++ } }
         END { printf "%d of %d: %.2f in 10,000\n", fused, n, fused * 10000 / n }' \
    <(zstd -dcq one/truth_contacts.csv.zst) threads2/ids.csv
echo "== scores (held out), rows"
grep -o '"auc":[0-9.]*' threads2/summary.json | head -1
grep -o '"methods":{[^}]*}' threads2/summary.json
grep -o '"rows":{[^}]*}' threads2/summary.json | head -1
echo "clients.csv $(($(wc -l <one/clients.csv) - 1)) rows, enriched.csv $(($(wc -l <threads2/out/enriched.csv) - 1)) rows"
echo "== bytes: one thread, two threads, two threads again"
for name in threads1 threads2 again2; do
    (cd $name && sha256sum mega.rvl ids.csv out/*.csv out/profile.json out/quality.json | sha256sum)
done
