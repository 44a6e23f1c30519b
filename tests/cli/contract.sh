#!/usr/bin/env bash
# What a pipeline may rely on: the rows of the tables in the interface's paper, one case or more each.
#
# usage: contract.sh REVEIL [PATTERN]     runs the cases whose name matches; ends with "N passed, N failed"
. "$(dirname "$0")/harness.sh"

# ends CODE PID: waits for it, five seconds at most.
ends() {
    local n=0
    while kill -0 "$2" 2>/dev/null && [ $n -lt 100 ]; do
        sleep 0.05
        n=$((n + 1))
    done
    kill -KILL "$2" 2>/dev/null && problem "still there after five seconds"
    wait "$2"
    local got=$?
    [ $got = "$1" ] || problem "exit $got, not $1: $(head -c 300 err.txt)"
}

# --- Signals ---------------------------------------------------------------------------------------------------------

case_a_job_that_waits_for_its_input_stops_at_a_signal() {
    local signal code command
    mkfifo pipe
    exec 8<>pipe
    for signal in INT:130 TERM:143; do
        code=${signal#*:}
        for command in "enrich --megabase $world/mega.rvl --clients -" "segment --as-of 2026-11-01 --transactions -" \
            "normalize --role email --in -" "score --active a=b --in -" "dedupe --in -"; do
            "$reveil" $command --out e.csv <pipe 2>err.txt &
            local pid=$!
            sleep 0.3
            kill "-${signal%:*}" $pid
            ends "$code" $pid
            absent e.csv
        done
        head -c 50000 "$world/clients.csv" >&8 & # a part of the file, and then silence
        "$reveil" enrich --megabase "$world/mega.rvl" --clients - --out e.csv --summary s.json <pipe 2>err.txt &
        pid=$!
        sleep 0.5
        kill "-${signal%:*}" $pid
        ends "$code" $pid
        absent e.csv
        grep -q "\"status\":\"interrupted\",\"exit_code\":$code" s.json || problem "summary: $(cat s.json)"
        says 'E0801'
    done
    exec 8>&-
}
case_a_job_whose_reader_sleeps_stops_at_a_signal() {
    mkfifo pipe
    exec 8<>pipe # nobody reads
    "$reveil" enrich --megabase "$world/mega.rvl" --clients "$world/clients.csv" --out - >pipe 2>err.txt &
    local pid=$!
    sleep 0.5
    kill -INT $pid
    ends 130 $pid
    exec 8>&-
}

# --- Nothing to do -----------------------------------------------------------------------------------------------------

case_if_changed_does_nothing_twice() {
    cp "$world/clients.csv" c.csv
    cp "$world/mega.rvl" m.rvl
    again() { "$reveil" enrich --megabase m.rvl --clients c.csv --out e.csv --summary s.json --if-changed --force "$@"; }
    expect 0 again
    grep -q '"fingerprint":"[0-9a-f]*-[0-9a-f]*"}$' s.json || problem "no fingerprint: $(tail -c 200 s.json)"
    cp s.json before.json
    expect 99 again
    says 'nothing to do'
    cmp s.json before.json || problem "the last summary was touched"
    expect 99 again --threads 1 --quiet --progress none --lang fr --tmpdir .
    expect 0 again --take "$(head -1 e.csv | tr , '\n' | tail -1)"
    expect 0 again
    expect 99 again
    touch c.csv m.rvl # a date isn't a change
    expect 99 again
    printf 'x,,,,,,,,,,,,,,,,,\n' >>c.csv
    expect 0 again --max-rejects 5
    expect 99 again --max-rejects 5
    rm e.csv
    expect 0 again --max-rejects 5
    expect 4 again --gate 'match_rate>=.999'
    expect 0 again --max-rejects 5 # a job that failed is no last run
    "$reveil" build --schema "$world/schema.yaml" --out m.rvl --seed 12 --force --quiet 2>err.txt
    expect 0 again --max-rejects 5
    expect 99 again --max-rejects 5
}
case_if_changed_knows_the_sources_of_a_build() {
    cp -r "$world" w
    build() { "$reveil" build --schema w/schema.yaml --out m.rvl --seed 1 --summary s.json --if-changed --force; }
    expect 0 build
    expect 99 build
    local first
    first=$(find w/sources -name '*.csv.zst' | sort | head -1)
    cp "$first" twice.zst && cat twice.zst >>"$first" # two frames
    expect 0 build
    expect 99 build
    echo '# a word' >>w/schema.yaml
    expect 0 build
}
case_if_changed_knows_a_job_and_makes_its_megabase_once() {
    cp -r "$world" w && rm -f w/mega.rvl
    again() { "$reveil" run w/job.yaml --seed 3 --summary s.json --if-changed --force "$@"; }
    expect 0 again
    expect 99 again
    expect 0 again --set score.reasons=2
    REVEIL_SCORE_REASONS=2 expect 0 again
    REVEIL_SCORE_REASONS=2 expect 99 again
    expect 0 again
    tail -n 1 w/transactions.csv >last.txt && cat last.txt >>w/transactions.csv
    expect 0 again
    expect 99 again
    rm w/out/scores.csv 2>/dev/null || rm "$(find w -name 'scores.csv' | head -1)"
    expect 0 again
}
case_if_changed_says_what_it_needs() {
    expect 2 enrich --out e.csv --if-changed
    says 'where is it'
    expect 2 enrich --out - --if-changed --summary s.json
    says 'stream'
    expect 2 "$reveil" info "$world/mega.rvl" --if-changed --summary s.json
    says 'no results'
    expect 3 "$reveil" enrich --megabase none.rvl --clients "$world/clients.csv" --out e.csv --if-changed --summary s.json
    absent e.csv
}

# --- Where values come from -------------------------------------------------------------------------------------------

case_print_config_tells_every_value_and_its_origin() {
    printf 'version: 1\nmegabase: ${BASE}.rvl\nclients: [{file: a.csv, sep: ";", roles: {m: email}}, b.csv]\n' >job.yaml
    printf 'as_of: 2026-11-01\nscore:\n  method: index\n  reasons: 4\nseed: 5\n' >>job.yaml
    BASE=mine REVEIL_SCORE_METHOD=centroid REVEIL_THREADS=2 expect 0 "$reveil" run job.yaml --print-config \
        --set clients.1.sep=tab --set score.reasons=7 --summary s.json
    prints '^threads +2 +environment$'
    prints '^summary +s.json +flag$'
    prints '^max-rejects +1% +default$'
    prints '^megabase +mine.rvl +job.yaml:2$'
    prints '^clients\.0\.file +a.csv +job.yaml:3$'
    prints '^clients\.0\.roles +m=email +job.yaml:3$'
    prints '^clients\.1\.file +b.csv +job.yaml:3$'
    prints '^clients\.1\.sep +tab +flag$'
    prints '^score\.method +centroid +environment$'
    prints '^score\.reasons +7 +flag$'
    prints '^seed +5 +job.yaml:8$'
    prints '^segment\.horizon_days +182 +default$'
    absent s.json
    BASE=mine expect 2 "$reveil" run job.yaml --print-config --set score.reason=7
    says 'did you mean --set score.reasons'
}

run_cases
