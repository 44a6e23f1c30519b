#!/usr/bin/env bash
# Cases about what kinds of files tables come from and go to; sourced by cases.sh.

# The plain CSV $1 (no quotes) as JSON Lines: strings, and null where a cell is empty.
json_lines() {
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
        { line = "{"; for (i = 1; i <= NF; i++) line = line (i > 1 ? "," : "") "\"" name[i] "\":" ($i == "" ? "null" : "\"" $i "\""); print line "}" }' "$1"
}
case_json_lines_give_what_csv_gives() {
    grep -v '"' "$world/clients.csv" >c.csv
    json_lines c.csv >c.jsonl
    gzip -k c.jsonl
    expect 0 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.csv --out csv.csv
    for file in c.jsonl c.jsonl.gz; do
        expect 0 "$reveil" enrich --megabase "$world/mega.rvl" --clients $file --out json.csv --force
        cmp -s csv.csv json.csv || problem "$file gives other rows than CSV: $(diff csv.csv json.csv | head -4)"
    done
    grep -v '"' "$world/transactions.csv" >t.csv
    json_lines t.csv >t.jsonl
    expect 0 "$reveil" segment --transactions t.csv --as-of 2026-11-01 --out csv.seg
    expect 0 "$reveil" segment --transactions t.jsonl --as-of 2026-11-01 --out json.seg
    cmp -s csv.seg json.seg || problem "orders as JSON give other segments"
}
case_bad_json_lines_are_rejects_with_line_and_raw_text() {
    grep -v '"' "$world/clients.csv" >c.csv
    json_lines c.csv | sed '7s/$/,/' >c.jsonl
    expect 0 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.jsonl --out o.csv --rejects r.csv
    grep -q '^c.jsonl,7,[0-9]*,bad_json,"{""' r.csv || problem "rejects: $(cat r.csv)"
    expect 3 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.jsonl --out p.csv --strict
    says 'c.jsonl:7:'
    absent p.csv
}
