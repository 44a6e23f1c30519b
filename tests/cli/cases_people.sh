#!/usr/bin/env bash
# Cases about how people are recognised; sourced by cases.sh, whose `people` makes a file of sixty.

case_people_through_a_pipe_are_recognised_as_from_a_file() {
    people L a.csv && people R b.csv && { cat a.csv; tail -n +2 b.csv; } >both.csv
    mkdir spool
    expect 0 "$reveil" match --left a.csv --right b.csv --out file.csv
    for way in 'cat b.csv | "$reveil" match --left a.csv --right - --out - --tmpdir spool' '"$reveil" match --left a.csv --right - --out - <b.csv'; do
        bash -c "${way//\"\$reveil\"/$reveil}" >piped.csv 2>err.txt || problem "$way: $(cat err.txt)"
        cmp -s file.csv piped.csv || problem "other links: $way"
    done
    expect 0 "$reveil" dedupe --in both.csv --out file.csv --force
    gzip -c both.csv | "$reveil" dedupe --in - --out - --tmpdir spool >piped.csv 2>err.txt || problem "dedupe: $(cat err.txt)"
    cmp -s file.csv piped.csv || problem "other clusters through a pipe"
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "email" || $i == "mobile" || $i == "telephone") out[i] } { OFS = ","; for (i in out) if (NR > 1) $i = ""; print }' \
        "$world/clients.csv" >c.csv
    expect 0 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.csv --out file.csv --force --link default
    cat c.csv | "$reveil" enrich --megabase "$world/mega.rvl" --clients - --out - --link default --tmpdir spool >piped.csv 2>err.txt || problem "enrich: $(cat err.txt)"
    cmp -s file.csv piped.csv || problem "other contacts through a pipe"
    [ -z "$(ls -A spool)" ] || problem "left in the folder for temporary files: $(ls -A spool)"
    expect 1 bash -c "cat a.csv | '$reveil' dedupe --in - --out o.csv --tmpdir none"
    says 'tmpdir'
    expect 2 "$reveil" match --left - --right - --out o.csv
    says 'both'
    bash -c "'$reveil' enrich --megabase '$world/mega.rvl' --clients <(cat c.csv) --out o.csv --link default" 2>err.txt && problem "a pipe by name was taken for a file"
    says "can't be read twice"
    absent o.csv
}
# A value that half of the rows share is nobody's, through a pipe too.
case_shared_values_are_found_in_a_stream() {
    awk -F, 'BEGIN { OFS = "," } NR == 1 { for (i = 1; i <= NF; i++) if ($i == "email") e = i } NR > 1 && NR % 2 { $e = "magasin.lyon@orange.fr" } { print }' "$world/clients.csv" >c.csv
    expect 0 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.csv --out o.csv --dry-run
    says '300 rows share one email'
    bash -c "cat c.csv | '$reveil' enrich --megabase '$world/mega.rvl' --clients - --dry-run" 2>err.txt || problem "$(cat err.txt)"
    says '300 rows share one email'
}
