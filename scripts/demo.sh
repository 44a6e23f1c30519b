#!/usr/bin/env bash
# demo.sh: from nothing to scored customers. Installs what is missing, builds, makes a synthetic world with known truth, runs
# the whole chain on it, and shows the funnel and where the results are.
#
# usage: demo.sh [FOLDER]        (default: demo-output beside this script's folder)
#   CONTACTS, CLIENTS, SEED in the environment change the world (defaults: 200000, 20000, 7)
#
# Runs again over its own folder; a folder that it didn't make is refused.
set -euo pipefail
export LC_ALL=C.UTF-8
project=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$project/demo-output}
contacts=${CONTACTS:-200000} clients=${CLIENTS:-20000} seed=${SEED:-7}
mark=.reveil-demo

step() { printf '\n== %s\n' "$*"; }

"$project/scripts/setup.sh"

step "build"
cd "$project"
cmake -S . -B build/demo -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >/dev/null
cmake --build build/demo --target reveil_program | tail -n 1
reveil=$project/build/demo/cli/reveil
"$reveil" version

if [ -e "$folder" ]; then
    [ -e "$folder/$mark" ] || { echo "demo.sh: $folder exists and isn't of an earlier demo: name another folder" >&2; exit 1; }
    rm -rf "$folder"
fi
mkdir -p "$folder"
touch "$folder/$mark"
cd "$folder"

step "a world of $contacts contacts and $clients clients: reveil synth"
"$reveil" synth --contacts "$contacts" --clients "$clients" --seed "$seed" --out world

step "the whole chain: reveil run world/job.yaml"
"$reveil" run world/job.yaml --summary summary.json

step "against the truth, which only a synthetic world knows: reveil evaluate"
"$reveil" evaluate links --found world/out/enriched.csv --truth world/truth.csv

# One-line JSON and no tool to read it on a bare machine: the n-th number after a key.
figure() { grep -o "\"$1\":[0-9.]*" summary.json | sed -n "${2:-1}s/.*://p"; }
state() { grep -o '"states":{[^}]*}' summary.json | grep -o "\"$1\":[0-9]*" | sed 's/.*://'; }
tier() { grep -o "\"$1\":{\"asked\":[^}]*" summary.json | grep -o '"matched":[0-9]*' | sed 's/.*://'; }
row() { printf '  %-28s %10s\n' "$1" "$2"; }

step "the funnel"
row clients "$(grep -o '"megabase_rows":[0-9]*,"clients":[0-9]*' summary.json | sed 's/.*://')"
row matched "$(figure matched)"
for name in email email_folded mobile phone person_birth person_address; do row "  by $name" "$(tier $name)"; done
row "filled with contact data" "$(figure clients_filled)"
row active "$(state active)"
row "at risk" "$(state at_risk)"
row inactive "$(state inactive)"
row lost "$(state lost)"
row scored "$(figure scored)"
row "best tenth" "$(figure best_tenth)"

step "where the results are"
for file in world/out/*; do printf '  %s\n' "$folder/$file"; done

step "the best three, and why the first is where it is"
sort -t , -k 4,4n world/out/scores.csv >by_rank.tmp # the header's "rank" counts as 0
sed -n 1,4p by_rank.tmp | cut -c 1-160
best=$(sed -n '2s/,.*//p' by_rank.tmp)
rm by_rank.tmp
"$reveil" explain --job world/job.yaml --client "$best" >why.txt
sed -n 1,20p why.txt
echo
echo "again, with other figures: CONTACTS=1000000 CLIENTS=100000 SEED=8 scripts/demo.sh other-folder"
