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

run_cases
