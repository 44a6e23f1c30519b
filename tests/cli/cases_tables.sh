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

# --- Through libduckdb (scripts/get_duckdb.sh) -----------------------------------------------------------------------

duckdb_there() { "$reveil" version | grep -q '^libduckdb v'; }
# A statement run by libduckdb: a query of which nothing is wanted is no table of people.
duckdb() { "$reveil" dedupe --in "duckdb:$1; SELECT 1 AS x" --out no.csv >/dev/null 2>&1; }
case_parquet_and_sql_give_what_csv_gives() {
    duckdb_there || return
    duckdb "COPY (FROM read_csv('$world/clients.csv', all_varchar=true)) TO 'c.parquet'"
    duckdb "COPY (FROM read_csv('$world/transactions.csv')) TO 't.parquet'"
    present c.parquet t.parquet
    enrich --out csv.csv 2>/dev/null
    expect 0 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.parquet --out parquet.csv
    cmp -s csv.csv parquet.csv || problem "Parquet gives other rows: $(diff csv.csv parquet.csv | head -4)"
    expect 0 "$reveil" enrich --megabase "$world/mega.rvl" --clients "duckdb:FROM 'c.parquet'" --out sql.csv --threads 1
    cmp -s csv.csv sql.csv || problem "SQL gives other rows"
    expect 0 "$reveil" segment --transactions t.parquet --as-of 2026-11-01 --out parquet.seg
    expect 0 "$reveil" segment --transactions "$world/transactions.csv" --as-of 2026-11-01 --out csv.seg
    cmp -s csv.seg parquet.seg || problem "typed orders give other segments: $(diff csv.seg parquet.seg | head -4)"
    cp -r "$world" w # the job's other outputs stay beside it
    sed "s#file: clients.csv#file: \"duckdb:FROM '$PWD/c.parquet'\"#; s#file: transactions.csv#file: $PWD/t.parquet#" w/job.yaml >w/lake.yaml
    expect 0 "$reveil" run w/job.yaml --set out.enriched="$PWD/a.csv" --set out.segments="$PWD/as.csv" --set out.scores="$PWD/ac.csv"
    expect 0 "$reveil" run w/lake.yaml --set out.enriched="$PWD/b.csv" --set out.segments="$PWD/bs.csv" --set out.scores="$PWD/bc.csv" --force
    for part in "" s c; do cmp -s a$part.csv b$part.csv || problem "run: a$part.csv and b$part.csv differ"; done
}
case_parquet_out_holds_what_csv_out_holds() {
    duckdb_there || return
    expect 0 enrich --out a.csv
    expect 0 enrich --out a.parquet
    [ "$(stat -c %a a.parquet)" = 600 ] || problem "mode $(stat -c %a a.parquet)"
    expect 2 enrich --out a.parquet
    says 'force'
    duckdb "COPY (FROM 'a.parquet') TO 'back.csv'"
    cmp -s a.csv back.csv || problem "Parquet out isn't CSV out: $(diff a.csv back.csv | head -4)"
    for kind in csv parquet; do
        expect 0 "$reveil" segment --transactions "$world/transactions.csv" --as-of 2026-11-01 --out s.$kind
        expect 0 "$reveil" segment --transactions "$world/transactions.csv" --as-of 2026-12-01 --previous s.$kind --out again.$kind.csv
    done
    cmp -s again.csv.csv again.parquet.csv || problem "segments as Parquet aren't the segments"
}
case_sources_may_be_parquet_and_sql() {
    duckdb_there || return
    cp -r "$world/sources" "$world/schema.yaml" .
    local first
    first=$(ls sources | head -1)
    duckdb "COPY (FROM read_csv('sources/$first', all_varchar=true)) TO 'sources/${first%%.*}.parquet'"
    expect 0 "$reveil" build --schema schema.yaml --out csv.rvl --seed 3
    sed "s#sources/$first#sources/${first%%.*}.parquet#" schema.yaml >parquet.yaml
    sed "s#sources/$first#\"duckdb:FROM 'sources/*.parquet'\"#" schema.yaml >sql.yaml
    for kind in parquet sql; do
        expect 0 "$reveil" build --schema $kind.yaml --out $kind.rvl --seed 3
        cmp -s csv.rvl $kind.rvl || problem "a base of $kind differs from the one of CSV: $(tail -3 err.txt)"
    done
}
case_without_libduckdb_the_message_says_how_to_get_it() {
    if env -u LD_LIBRARY_PATH "$reveil" version | grep -q '^libduckdb v'; then return; fi # the system has it
    expect 0 env -u LD_LIBRARY_PATH "$reveil" version
    prints "libduckdb isn't there.*get_duckdb.sh"
    { printf 'PAR1'; head -c 100 /dev/zero; printf 'PAR1'; } >c.parquet
    expect 3 env -u LD_LIBRARY_PATH "$reveil" enrich --megabase "$world/mega.rvl" --clients c.parquet --out o.csv
    says "c.parquet: error: Parquet and SQL need libduckdb, which isn't there"
    says 'scripts/get_duckdb.sh DIR'
    expect 3 env -u LD_LIBRARY_PATH "$reveil" dedupe --in 'duckdb:SELECT 1' --out o.csv
    says 'get_duckdb.sh'
    expect 3 env -u LD_LIBRARY_PATH "$reveil" enrich --megabase "$world/mega.rvl" --clients "$world/clients.csv" --out o.parquet
    says 'o.parquet: error: Parquet and SQL need libduckdb'
    absent o.csv o.parquet
}

# --- For spreadsheets ------------------------------------------------------------------------------------------------

case_excel_fr_read_back_is_the_plain_table() {
    printf 'id,nom,montant,texte\n1,"Martin, Jean",12.50,a;b\n2,=1+1,"12,50","deux\nlignes"\n3,+33612345678,2026-11-01,""\n' >c.csv
    expect 0 "$reveil" clean c.csv --out plain.csv
    expect 0 "$reveil" clean c.csv --out fr.csv --out-dialect excel-fr
    expect 0 "$reveil" clean c.csv --out fr.csv.gz --out-dialect excel-fr
    [ "$(gunzip -c fr.csv.gz | sha256sum)" = "$(sha256sum <fr.csv)" ] || problem "packed it is another table"
    printf '\xef\xbb\xbfid;nom;montant;texte\r\n1;"Martin, Jean";12.50;"a;b"\r\n' >golden
    head -c "$(stat -c %s golden)" fr.csv | cmp -s - golden || problem "golden: $(head -2 fr.csv)"
    expect 0 "$reveil" clean fr.csv --out back.csv
    cmp -s plain.csv back.csv || problem "read back it differs: $(diff plain.csv back.csv)"
    expect 0 "$reveil" clean c.csv --out safe.csv --formula-safe
    grep -q "^2,'=1+1," safe.csv || problem "a formula stands: $(cat safe.csv)"
    grep -q '^3,+33612345678,' safe.csv || problem "a telephone number was changed"
    expect 2 "$reveil" clean c.csv --out o.csv --out-dialect excel-de
    says 'plain[|]excel-fr'
}
case_excel_fr_writes_own_numbers_and_dates_as_the_french_do() {
    segment() { "$reveil" segment --transactions "$world/transactions.csv" --as-of 2026-11-01 "$@"; }
    expect 0 segment --out s.csv
    expect 0 segment --out fr.csv --out-dialect excel-fr
    expect 0 segment --out one.csv --out-dialect excel-fr --threads 1
    cmp -s fr.csv one.csv || problem "other bytes on one thread"
    sed '1s/^\xef\xbb\xbf//; s/\r$//; y/;,/,./' fr.csv | sed -E 's#\b(..)/(..)/([0-9]{4})#\3-\2-\1#g' >back.csv
    cmp -s s.csv back.csv || problem "other values: $(diff s.csv back.csv | head -4)"
    for kind in s fr; do
        expect 0 "$reveil" segment --transactions "$world/transactions.csv" --as-of 2026-12-01 --previous $kind.csv --out again.$kind.csv
    done
    cmp -s again.s.csv again.fr.csv || problem "as --previous it says something else"
    expect 0 enrich --out e.csv
    REVEIL_OUT_DIALECT=excel-fr expect 0 enrich --out f.csv
    [ "$(wc -l <e.csv)" = "$(wc -l <f.csv)" ] || problem "rows differ"
    head -1 f.csv | grep -q ';rv_tier;rv_probability;' || problem "header: $(head -1 f.csv)"
    printf '1980-02-29\n31/12/1975\nx\n' >births
    expect 0 "$reveil" normalize --role birth_date --in births --out births.csv --out-dialect excel-fr
    printf '\xef\xbb\xbfinput;valid;reason;date\r\n1980-02-29;true;;29/02/1980\r\n31/12/1975;true;;31/12/1975\r\n' >golden
    head -3 births.csv | cmp -s - golden || problem "births: $(cat births.csv)"
    expect 0 "$reveil" match --megabase "$world/mega.rvl" --clients "$world/clients.csv" --out links.csv
    expect 0 "$reveil" match --megabase "$world/mega.rvl" --clients "$world/clients.csv" --out links-fr.csv --out-dialect excel-fr
    for kind in links links-fr; do
        expect 0 "$reveil" evaluate links --found $kind.csv --truth "$world/truth.csv"
        cp out.txt $kind.json
    done
    cmp -s links.json links-fr.json || problem "links in the French form are worth something else: $(diff links.json links-fr.json)"
    cp -r "$world" w
    expect 0 "$reveil" run w/job.yaml --set out.enriched=a.csv --set out.segments=b.csv --set out.scores=d.csv --set out_dialect=excel-fr --set formula_safe=true
    head -1 d.csv | grep -q '^.*client_id;score;probability;' || problem "run: $(head -1 d.csv)"
}
case_json_lines_out_hold_what_csv_out_holds() {
    expect 0 enrich --out a.csv
    expect 0 "$reveil" clean a.csv --out clean.csv
    for name in a.jsonl a.jsonl.gz a.jsonl.zst; do
        expect 0 enrich --out $name
        [ "$(stat -c %a $name)" = 600 ] || problem "mode $(stat -c %a $name)"
        expect 0 "$reveil" clean $name --out back.csv --force
        cmp -s clean.csv back.csv || problem "$name isn't CSV out: $(diff clean.csv back.csv | head -4)"
    done
    expect 0 enrich --out b.jsonl --threads 1
    cmp -s a.jsonl b.jsonl || problem "other bytes on one thread"
    expect 0 "$reveil" score --in a.csv --active newsletter=oui --out s.jsonl
    head -1 s.jsonl | grep -qE '"score":[0-9]+,"probability":[0-9.]+,"rank":[0-9]+,"decile":[0-9]+,"reasons":"' ||
        problem "numbers as texts: $(head -1 s.jsonl)"
}

# --- Excel workbooks, through libxlsxwriter --------------------------------------------------------------------------

workbooks_there() { "$reveil" version | grep -q '^libxlsxwriter [0-9]'; }
same_workbook() { # same_workbook CSV XLSX OWN_COLUMNS: by an independent reader, where there is one
    command -v python3 >/dev/null || return 0
    python3 "$(dirname "${BASH_SOURCE[0]}")/../reference/workbook.py" "$1" "$2" --own "$3" >wb.txt 2>&1 || problem "$2: $(tail -3 wb.txt)"
}
case_workbooks_out_hold_what_csv_out_holds() {
    workbooks_there || return
    printf 'id,nom,montant,texte\n0001,"Martin, Jean",12.50,a;b\n2,=1+1,"12,50","deux\nlignes"\n3,+33612345678,2026-11-01,""\n4,_x0041_,<&>,\302\240 é\n' >c.csv
    expect 0 "$reveil" clean c.csv --out plain.csv
    expect 0 "$reveil" clean c.csv --out plain.xlsx --formula-safe --out-dialect excel-fr
    same_workbook plain.csv plain.xlsx ''
    local states=first_order,last_order,orders,amount,recency_days,mean_interval_days,r,f,m,expected_orders,p_alive,expected_order_value,expected_value
    for kind in csv xlsx; do
        expect 0 enrich --out e.$kind
        expect 0 "$reveil" segment --transactions "$world/transactions.csv" --as-of 2026-11-01 --out s.$kind
        expect 0 "$reveil" match --megabase "$world/mega.rvl" --clients "$world/clients.csv" --out m.$kind
        expect 0 "$reveil" dedupe --in "$world/clients.csv" --out d.$kind
    done
    same_workbook e.csv e.xlsx rv_probability,rv_last_seen
    same_workbook s.csv s.xlsx $states
    same_workbook m.csv m.xlsx probability
    same_workbook d.csv d.xlsx ''
    [ "$(stat -c %a e.xlsx)" = 600 ] || problem "mode $(stat -c %a e.xlsx)"
    expect 0 enrich --out again.xlsx --threads 1
    cmp -s e.xlsx again.xlsx || problem "other bytes on one thread"
    expect 2 enrich --out x.csv --xlsx
    says '[-][-]out FILE[.]xlsx'
    expect 2 enrich --out e.xlsx
    says 'force'
    cp -r "$world" w
    for kind in csv xlsx; do
        expect 0 "$reveil" run w/job.yaml --set out.enriched="$PWD/a.$kind" --set out.segments="$PWD/as.$kind" --set out.scores="$PWD/ac.$kind" --force
    done
    same_workbook a.csv a.xlsx rv_probability,rv_last_seen
    same_workbook as.csv as.xlsx $states
    same_workbook ac.csv ac.xlsx score,probability,rank,decile
}
case_a_name_that_promises_another_form_is_refused() {
    printf 'id\n1\n' >c.csv
    for name in o.arrow o.feather o.xls o.ods o.zip; do
        expect 2 "$reveil" clean c.csv --out $name
        says "$name: error: tables aren't written as [.]${name#o.} \[E0103\]"
        says '[.]parquet or [.]xlsx'
        absent $name
    done
    expect 0 "$reveil" clean c.csv --out xlsx # no ending at all
}
case_what_a_sheet_has_no_room_for_is_said_and_nothing_is_written() {
    workbooks_there || return
    { echo id; seq 1048575; } >c.csv
    expect 0 "$reveil" clean c.csv --out most.xlsx
    echo 1048576 >>c.csv
    expect 2 "$reveil" clean c.csv --out more.xlsx
    says 'more.xlsx: error: a spreadsheet has room for 1048576 rows.*\[E0413\]'
    says '[.]csv, [.]jsonl or [.]parquet'
    absent more.xlsx
    [ -z "$(find . -name '*.reveil-tmp')" ] || problem "left behind: $(find . -name '*.reveil-tmp')"
}
case_without_libxlsxwriter_the_message_says_how_to_get_it() {
    local name
    mkdir none
    for name in "" .4 .5 .6 .7 .8 .9 .10; do : >none/libxlsxwriter.so$name; done # no libraries
    expect 0 env LD_LIBRARY_PATH="$PWD/none" "$reveil" version
    prints "libxlsxwriter isn't there.*apt-get install"
    printf 'id\n1\n' >c.csv
    expect 2 env LD_LIBRARY_PATH="$PWD/none" "$reveil" clean c.csv --out o.xlsx
    says "o.xlsx: error: Excel workbooks need libxlsxwriter, which isn't there.*\[E0413\]"
    says 'apt-get install libxlsxwriter-dev'
    absent o.xlsx
}
case_workbooks_in_give_what_csv_gives() {
    local data
    data=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../data/workbooks")
    "$reveil" clean "$data/prefixed.xlsx" --out p.csv 2>err.txt || { grep -q 'libexpat' err.txt && return; }
    expect 0 "$reveil" check "$data/openpyxl.xlsx"
    prints '^# N° client +id '
    prints '^# Code postal +postcode '
    prints '^# Date de naissance +birth_date '
    prints '^  skip_lines: 2$'
    prints 'the workbook has 2 sheets that show: the first, .*, is read'
    grep -v '^#' out.txt >job.yaml
    expect 0 "$reveil" clean "$data/openpyxl.xlsx" --out o.csv --sep ';' # what was meant for text files says nothing here
    [ "$(grep -c '@example.fr' o.csv)" = 4 ] || problem "rows: $(cat o.csv)"
    head -1 o.csv | grep -q '^N° client,Nom,' || problem "header: $(head -1 o.csv)"
    { cat "$data/openpyxl.xlsx"; } | "$reveil" clean - --out piped.csv 2>err.txt && problem "a workbook through a pipe"
    says 'Excel workbook'
    head -c 3000 "$data/openpyxl.xlsx" >cut.xlsx
    expect 3 "$reveil" clean cut.xlsx --out cut.csv
    absent cut.csv
    workbooks_there || return 0
    expect 0 "$reveil" clean "$world/clients.csv" --out c.xlsx
    expect 0 "$reveil" clean "$world/transactions.csv" --out t.xlsx
    expect 0 enrich --out csv.csv
    expect 0 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.xlsx --out xlsx.csv
    cmp -s csv.csv xlsx.csv || problem "a workbook gives other rows: $(diff csv.csv xlsx.csv | head -4)"
    expect 0 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.xlsx --out one.csv --threads 1 --link default
    expect 0 "$reveil" segment --transactions "$world/transactions.csv" --as-of 2026-11-01 --out csv.seg
    expect 0 "$reveil" segment --transactions t.xlsx --as-of 2026-11-01 --out xlsx.seg
    cmp -s csv.seg xlsx.seg || problem "orders in a workbook give other segments"
    cp -r "$world" w
    sed "s#file: clients.csv#file: $PWD/c.xlsx#; s#file: transactions.csv#file: $PWD/t.xlsx#" w/job.yaml >w/x.yaml
    expect 0 "$reveil" run w/x.yaml --force
    expect 0 "$reveil" run w/x.yaml --dry-run --force
    expect 0 "$reveil" segment --transactions t.xlsx --as-of 2026-11-01 --out s.xlsx
    expect 0 "$reveil" segment --transactions t.xlsx --as-of 2026-12-01 --previous s.xlsx --out again.csv
}
case_scratch_files_without_room_are_told_with_the_output() {
    "$reveil" version | grep -q 'libxlsxwriter.*writes' || return 0
    expect 5 bash -c "ulimit -f 8; '$reveil' clean '$world/clients.csv' --out c.xlsx"
    says '^c.xlsx: error: .*File too large'
    absent c.xlsx
}
