#!/usr/bin/env bash
# bench.sh: how fast reveil is, where the time goes, how near that is to the machine's limits, and beside other engines.
#
# usage: bench.sh [--contacts N] [--clients M] [--peers] [--growth|--linkage] [OPTION...]
#   --contacts N   people in the world's sources (default 1000000; the case W40 is 40000000)
#   --clients M    rows of the client file (default 100000; W40: 1000000)
#   --peers        DuckDB, Polars, ClickHouse on the same data in the same run (bench/peers/setup.sh, network at first)
#   --growth       instead: time and memory against contacts, clients and threads (--contacts and --clients are the largest)
#   --linkage      instead: `match` on the French linkage set, its time, memory and quality; with --peers beside Splink
#   --runs N       runs of each figure (default 5; 3 for what takes over 20 s)
#   --dir DIR      worlds and megabases, kept between runs (default build/bench, or REVEIL_BENCH_DIR)
#   --results DIR  where <date>-<machine>.md and .tsv go (default bench/results)
#   --seed S       of the world (default 7)
#   --steps A,B    only these: limits, stages, layouts, commands, conversion, flat_files, joins, other_peers, plain_enrich, prediction
#   --peer NAME    of the peers that join only this one (duckdb)
#   --rebuild      make the megabase anew (and measure build) even when one is kept
#
# The default world takes a minute or two. W40 with --peers wants 24 GB of memory, 40 GB of disk and half an hour, most of it
# to make the world; afterwards some 20 minutes. Nothing is asserted: figures are printed and written, never a verdict.
set -euo pipefail
export LC_ALL=C.UTF-8
project=$(cd "$(dirname "$0")/.." && pwd)
for argument in "$@"; do
    case $argument in -h | --help) sed -n '2,21s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
done

"$project/scripts/setup.sh"
if ! command -v python3 >/dev/null 2>&1; then
    echo "bench: python3 is missing: apt-get install python3"
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3 >/dev/null
fi

cd "$project"
cmake -S . -B build/bench-release -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >/dev/null
cmake --build build/bench-release --target reveil_program bench_limits bench_stages bench_score export_contacts | tail -n 1
exec python3 bench/bench.py --binaries build/bench-release "$@"
