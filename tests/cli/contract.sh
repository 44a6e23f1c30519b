#!/usr/bin/env bash
# What a pipeline may rely on: the rows of the tables in the interface's paper, one case or more each.
#
# usage: contract.sh REVEIL [PATTERN]     runs the cases whose name matches; ends with "N passed, N failed"
here=$(realpath "$0")
with_recipes=${REVEIL_RECIPES:-} with_dbt=${REVEIL_RECIPES_DBT:-} with_airflow=${REVEIL_RECIPES_PYTHON:-}
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
            until_true sleeps $pid
            kill "-${signal%:*}" $pid
            ends "$code" $pid
            absent e.csv
        done
        head -c 50000 "$world/clients.csv" >&8 & # a part of the file, and then silence
        "$reveil" enrich --megabase "$world/mega.rvl" --clients - --out e.csv --summary s.json <pipe 2>err.txt &
        pid=$!
        until_true sleeps $pid
        kill "-${signal%:*}" $pid
        ends "$code" $pid
        absent e.csv
        grep -q "\"status\":\"interrupted\",\"exit_code\":$code" s.json || problem "summary: $(cat s.json)"
        says 'E0801'
    done
    exec 8>&-
}
case_a_job_that_waits_for_the_other_end_of_a_named_pipe_stops_at_a_signal() {
    printf 'client_id,date,amount\n1,2026-01-01,5\n2,2026-02-01,7\n' >t.csv
    mkfifo pipe
    local job signal
    for job in "--transactions pipe --out e.csv" "--transactions t.csv --out pipe"; do
        for signal in INT:130 TERM:143; do
            "$reveil" segment --as-of 2026-11-01 $job 2>err.txt &
            local pid=$!
            until_true sleeps $pid
            kill "-${signal%:*}" $pid
            ends "${signal#*:}" $pid
            says 'E0801'
            absent e.csv
        done
    done
    "$reveil" segment --as-of 2026-11-01 --transactions pipe --out e.csv --quiet 2>err.txt & # writers may come later
    pid=$!
    until_true sleeps $pid
    cat t.csv >pipe
    ends 0 $pid
    "$reveil" segment --as-of 2026-11-01 --transactions t.csv --out pipe --quiet 2>err.txt & # and readers
    pid=$!
    until_true sleeps $pid
    cat pipe >f.csv
    ends 0 $pid
    cmp -s e.csv f.csv || problem "through pipes: $(diff e.csv f.csv)"
    expect 3 timeout 5 "$reveil" verify pipe
    says 'no regular file'
    expect 2 timeout 5 "$reveil" build --schema "$world/schema.yaml" --out pipe --force
    says 'through a pipe'
    expect 2 timeout 5 "$reveil" convert "$world/mega.rvl" pipe --layout archive --force
    says 'through a pipe'
}
# Work that can't be broken off is left to a timer: a library's query that would take years, and one that packs a workbook.
case_a_job_in_a_library_stops_at_a_signal() {
    local signal code pid
    local -x LD_LIBRARY_PATH=$HOME/.cache/reveil/lib:${LD_LIBRARY_PATH:-}
    mkdir out
    if "$reveil" version | grep -q 'libduckdb [0-9v]'; then
        for signal in INT:130 TERM:143; do
            code=${signal#*:}
            "$reveil" clean "duckdb:CREATE TABLE t AS SELECT sum(a.range * b.range) AS s FROM range(1000000000) a, range(1000000000) b; SELECT * FROM t" \
                --out out/a.csv --summary out/s.json 2>err.txt &
            pid=$!
            until_true listens $pid
            sleep 0.5 # the query has begun
            kill "-${signal%:*}" $pid
            ends "$code" $pid
            says 'stopped as asked; no output was changed \[E0801\]'
            grep -q "\"status\":\"interrupted\",\"exit_code\":$code" out/s.json || problem "summary: $(cat out/s.json)"
            [ "$(ls -A out)" = s.json ] || problem "left: $(ls -A out)"
        done
    fi
    if "$reveil" version | grep -q '^libxlsxwriter [0-9]'; then
        awk 'BEGIN { print "id,nom"; for (i = 0; i < 60000; i++) print i ",Durand" i }' >many.csv
        for wait in 0.3 0.6 0.9 1.2; do # wherever it stands: the workbook is whole, or there is none
            rm -f out/* out/.[!.]*
            "$reveil" clean many.csv --out out/a.xlsx --quiet 2>err.txt &
            pid=$!
            until_true listens $pid
            sleep $wait
            kill -INT $pid 2>/dev/null
            wait $pid
            code=$?
            if [ $code = 0 ]; then expect 0 "$reveil" clean out/a.xlsx --out - && rm out/a.xlsx
            elif [ $code != 130 ]; then problem "exit $code after $wait s: $(cat err.txt)"; fi
            [ -z "$(ls -A out)" ] || problem "left after $wait s: $(ls -A out)"
        done
    fi
}
case_a_second_signal_ends_at_once_and_leaves_nothing_either() {
    "$reveil" synth --contacts 3000000 --clients 10 --seed 1 --out w --quiet 2>err.txt &
    local pid=$!
    until_true begun w
    kill -INT $pid
    kill -INT $pid 2>/dev/null
    ends 130 $pid
    [ -z "$(find w -type f 2>/dev/null)" ] || problem "left: $(find w -type f)"
}
case_a_job_whose_reader_sleeps_stops_at_a_signal() {
    mkfifo pipe
    exec 8<>pipe # nobody reads
    "$reveil" enrich --megabase "$world/mega.rvl" --clients "$world/clients.csv" --out - >pipe 2>err.txt &
    local pid=$!
    until_true sleeps $pid
    kill -INT $pid
    ends 130 $pid
    exec 8>&-
}

# --- Exit codes and summaries -----------------------------------------------------------------------------------------

# summary CODE STATUS: s.json tells both, in one line that the JSON Schema admits.
summary() {
    [ "$(wc -l <s.json)" = 1 ] || problem "the summary has $(wc -l <s.json) lines"
    if [ "$1" = 0 ]; then grep -q "\"status\":\"$2\"" s.json || problem "$2: $(head -c 300 s.json)"
    else grep -q "\"status\":\"$2\",\"exit_code\":$1,.*\"error\":{\"message\":\"[^\"]" s.json || problem "$2: $(head -c 300 s.json)"; fi
    cp s.json "../summary-$2.json"
    rm -f s.json
}
case_each_exit_code_has_its_summary() {
    local w="$world"
    expect 0 enrich --out e.csv --summary s.json
    summary 0 ok
    expect 1 enrich --out no/such/folder/e.csv --summary s.json
    summary 1 failed
    expect 2 enrich --out e.csv --summary s.json
    summary 2 bad_argument
    expect 3 "$reveil" enrich --megabase "$w/mega.rvl" --clients none.csv --out f.csv --summary s.json
    summary 3 bad_input
    cp "$w/mega.rvl" bad.rvl && truncate -s -9 bad.rvl
    expect 3 "$reveil" verify bad.rvl --summary s.json
    summary 3 corrupt
    { echo 'id,email'; echo '1,a@b.fr'; echo '2'; echo '3'; } >c.csv
    expect 3 "$reveil" enrich --megabase "$w/mega.rvl" --clients c.csv --out f.csv --max-rejects 0 --summary s.json
    summary 3 over_reject_budget
    expect 4 enrich --out f.csv --gate 'match_rate>=.9999' --summary s.json
    summary 4 gate_missed
    expect 5 enrich --out f.csv --memory-limit 1K --summary s.json
    summary 5 no_memory
    if [ -w /dev/full ]; then
        expect 5 enrich --out /dev/full --summary s.json
        summary 5 no_space
    fi
    { echo id,state,a; for n in $(seq 40); do echo "$n,$([ $((n % 2)) = 0 ] && echo active || echo lost),$((n % 3))"; done; } >t.csv
    expect 6 "$reveil" score --in t.csv --active state=active --out f.csv --summary s.json
    summary 6 refused
    absent f.csv
}
case_every_summary_and_file_keeps_to_its_json_schema() {
    python3 -c 'import jsonschema, yaml' 2>/dev/null || return 0
    local kind
    for kind in job schema model summary; do
        "$reveil" help --schema-of $kind >$kind.json || problem "no schema of $kind"
    done
    expect 2 "$reveil" help --schema-of nothing
    cp -r "$world" w && rm -f w/mega.rvl
    expect 0 "$reveil" run w/job.yaml --seed 3 --summary s1.json --if-changed
    expect 0 "$reveil" segment --transactions w/transactions.csv --as-of 2026-11-01 --out seg.csv --summary s2.json
    expect 0 "$reveil" dedupe --in w/clients.csv --out d.csv --summary s3.json
    expect 0 "$reveil" verify w/mega.rvl --summary s4.json
    expect 2 "$reveil" run w/job.yaml --seed 3 --summary s5.json
    expect 0 "$reveil" run w/job.yaml --seed 3 --dry-run --force --summary s6.json
    printf 'version: 1\nmegabase: m\nclients: [a.csv, {file: b.csv, sep: "\\t", header: no, roles: {x: email}}]\nlink: off\nmax_rejects: 2%%\ntake: [a]\nsegment: {states: rhythm}\n' >good.yaml
    printf 'version: 1\nmegabase: m\nclients: c\nscore: {metod: index}\n' >bad1.yaml
    printf 'version: 1\nmegabase: m\nclients: c\nthreads: 0\n' >bad2.yaml
    printf 'version: 1\nmegabase: m\nclients: {id: x}\n' >bad3.yaml
    printf 'version: 1\ncolumns: [{name: x, role: emial}]\n' >bad4.yaml
    cp "$cases/../data/link-model-v1.json" model-v1.json
    expect 0 "$reveil" dedupe --in w/clients.csv --out d2.csv --model-out m.json
    python3 - <<'PYTHON' >py.txt 2>&1 || problem "$(tail -3 py.txt)"
import glob, json, jsonschema, yaml
load = {k: json.load(open(k + '.json')) for k in ('job', 'schema', 'model', 'summary')}
for s in load.values(): jsonschema.Draft202012Validator.check_schema(s)
def read(path):
    class Plain(yaml.SafeLoader): pass
    Plain.yaml_implicit_resolvers = {c: [r for r in rs if r[0] != 'tag:yaml.org,2002:timestamp'] for c, rs in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    return yaml.load(open(path), Plain)
good = lambda kind, value: jsonschema.validate(value, load[kind], cls=jsonschema.Draft202012Validator)
good('job', read('w/job.yaml')); good('job', read('good.yaml')); good('schema', read('w/schema.yaml'))
summaries = sorted(glob.glob('s[0-9].json') + glob.glob('../summary-*.json'))
assert len(summaries) >= 6, summaries
for path in summaries: good('summary', json.load(open(path)))
golden = json.load(open('model-v1.json'))
good('model', golden); good('model', json.load(open('m.json')))
def spoilt(*path, to=None):
    import copy
    model = at = copy.deepcopy(golden)
    for key in path[:-1]: at = at[key]
    if to is None: del at[path[-1]]
    else: at[path[-1]] = to
    try: good('model', model); raise SystemExit(f'{path}: {to} is admitted')
    except jsonschema.ValidationError: json.dump(model, open(f"spoilt-{'-'.join(path)}.json", 'w'))
spoilt('link_model_version', to=2); spoilt('person', to=0); spoilt('person', to=1); spoilt('converged', to='yes'); spoilt('iterations', to=-1)
spoilt('fields', 'email'); spoilt('fields', 'sex', 'levels', 'equal', 'm'); spoilt('fields', 'sex', 'levels', 'equal', 'u', to=1.5)
spoilt('more', to=1); spoilt('fields', 'sex', 'levels', 'near', to={'m': .1, 'u': .1}); spoilt('fields', 'shoe', to={})
for path in ('bad1', 'bad2', 'bad3', 'bad4'):
    try: good('schema' if path == 'bad4' else 'job', read(path + '.yaml'))
    except jsonschema.ValidationError: continue
    raise SystemExit(path + ' is admitted')
one = json.load(open('s1.json')); one['summary_version'] = 2
try: good('summary', one); raise SystemExit('version 2 is admitted')
except jsonschema.ValidationError: pass
PYTHON
    local b
    for b in bad1 bad2 bad3; do expect 2 "$reveil" run $b.yaml; done # the reader refuses the same
    [ "$(ls spoilt-*.json | wc -l)" -ge 9 ] || problem "$(ls)"
    for b in spoilt-*.json; do
        "$reveil" dedupe --in w/clients.csv --out d3.csv --model $b --quiet 2>err.txt && problem "the reader takes $b"
    done
}
case_a_killed_run_leaves_nothing_that_the_next_doesnt_clean() {
    cp -r "$world" w && rm -f w/mega.rvl
    local delay
    for delay in 0.02 0.1 0.3; do
        "$reveil" run w/job.yaml --seed 3 --force 2>err.txt &
        local pid=$!
        sleep $delay
        kill -KILL $pid 2>/dev/null
        wait $pid 2>/dev/null
        [ -z "$(find w/out -name '*.csv' -size -2c 2>/dev/null)" ] || problem "a part of an output was published"
    done
    expect 0 "$reveil" run w/job.yaml --seed 3 --force # run_case looks for temporaries that stayed
    expect 0 "$reveil" verify w/mega.rvl
}
case_run_needs_no_home_no_terminal_no_root() {
    cp -r "$world" w && rm -rf w/out
    chmod -R a+rX w "$work" .
    mkdir place && chmod 777 place
    local as=()
    if [ "$(id -u)" = 0 ]; then
        command -v setpriv >/dev/null || return 0
        as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
        "${as[@]}" test -x "$reveil" && "${as[@]}" test -r w/job.yaml || { chmod 700 "$work"; return 0; }
    fi
    chmod 555 w
    local to=(--set "out.enriched=$PWD/place/e.csv" --set "out.segments=$PWD/place/s.csv" --set "out.scores=$PWD/place/p.csv"
        --set "out.rejects=$PWD/place/r.csv")
    local name
    for name in profile quality summary; do grep -q " $name:\|$name: " w/job.yaml && to+=(--set "out.$name=$PWD/place/$name.json"); done
    expect 0 "${as[@]}" env -i "$reveil" run w/job.yaml --tmpdir place "${to[@]}" --summary place/sum.json
    says 'matched'
    grep -q $'\r' err.txt && problem "a bar without a terminal"
    expect 1 "${as[@]}" env -i "$reveil" run w/job.yaml --tmpdir place
    says '\[E0302\]'
    chmod 755 w
    chmod 700 "$work"
}

case_no_threads_from_the_system_is_a_failed_job_that_leaves_nothing() {
    cp -r "$world" w
    chmod -R a+rX w "$work" .
    mkdir place && chmod 777 place
    local as=()
    if [ "$(id -u)" = 0 ]; then
        command -v setpriv >/dev/null || return 0
        as=(setpriv --reuid 65534 --regid 65534 --clear-groups) # no such limit binds root
        "${as[@]}" test -x "$reveil" && "${as[@]}" test -r w/job.yaml || { chmod 700 "$work"; return 0; }
    fi
    local limited=("${as[@]}" bash -c 'ulimit -u 1; exec "$@"' limited)
    local job=("$reveil" enrich --megabase w/mega.rvl --clients w/clients.csv --out place/e.csv --rejects place/r.csv)
    expect 5 "${limited[@]}" "${job[@]}" --threads 4 --summary place/s.json
    says 'no more threads \[E0701\]'
    says 'threads 1'
    absent place/e.csv place/r.csv
    grep -q '"exit_code":5' place/s.json || problem "no summary of it: $(cat place/s.json)"
    expect 0 env ASAN_OPTIONS=detect_leaks=0 "${limited[@]}" "${job[@]}" --threads 1 # looking for leaks takes a thread
    chmod 700 "$work"
}

# --- Errors that mend themselves --------------------------------------------------------------------------------------

case_each_misspelt_word_gets_the_right_suggestion() {
    expect 2 "$reveil" enirch
    says 'did you mean: reveil enrich'
    says '\[E0101\]'
    expect 2 "$reveil" enirch --lang fr
    says 'vouliez-vous dire : reveil enrich'
    says '\[E0101\]'
    expect 2 enrich --out e.csv --megabsae x
    says 'did you mean --megabase'
    expect 2 enrich --out e.csv --role emial=email # a column
    says "did you mean 'email'"
    expect 2 enrich --out e.csv --role email=emial # a role
    says "did you mean 'email'"
    printf 'version: 1\nmegabase: m\nclients: c\nsegment: {horizon_dyas: 3}\n' >job.yaml # a key
    expect 2 "$reveil" run job.yaml
    says "^job.yaml:4:[0-9]+: error: unknown key 'horizon_dyas' \[E0202\]"
    says "did you mean 'horizon_days'"
    expect 2 "$reveil" help enirch
    says 'reveil help enrich'
    expect 2 enrich --out e.csv --take "$(head -1 "$world/clients.csv" | cut -d, -f1)x"
    absent e.csv
}
case_the_line_is_shown_with_a_caret_and_people_as_shapes() {
    printf 'version: 1\nmegabase: m\nclients: {file: c, header: maybe}\n' >job.yaml
    expect 2 "$reveil" run job.yaml
    says '^  clients: \{file: c, header: maybe\}$'
    says '^ {29}\^$'
    printf 'id,nom,email\n1,Dupré,jean.dupre@example.fr\n2,Dupré,"jean"x,1\n' >c.csv
    expect 3 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.csv --out e.csv --strict
    says '^c.csv:3:[0-9]+: error: .* \[E0405\]'
    says '^  9,Aaaaa,"aaaa"a,9$'
    grep -q 'jean' err.txt && problem "somebody is named: $(cat err.txt)"
    expect 3 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.csv --out e.csv --strict --show-values
    says '^  2,Dupré,"jean"x,1$'
    gzip c.csv
    expect 3 "$reveil" enrich --megabase "$world/mega.rvl" --clients c.csv.gz --out e.csv --strict
    says '^c.csv.gz:3:'
}
case_french_comes_from_the_locale_and_codes_stay() {
    local words
    for words in 'LC_ALL=fr_FR.UTF-8' 'LC_ALL= LC_MESSAGES=fr_CA' 'LC_ALL= LANG=fr' 'REVEIL_LANG=fr'; do
        expect 3 env -u LC_MESSAGES -u LANG $words "$reveil" info none.rvl
        says "^none.rvl: erreur : le fichier ne s'ouvre pas : .*\[E0301\]"
    done
    for words in LC_ALL=C 'LC_ALL=en_US.UTF-8 LANG=fr_FR' 'LC_ALL=fro' 'REVEIL_LANG=en LC_ALL=fr_FR'; do
        expect 3 env $words "$reveil" info none.rvl
        says "^none.rvl: error: can't open the file: No such file or directory \[E0301\]"
    done
    expect 3 env LC_ALL=fr_FR.UTF-8 "$reveil" info none.rvl --lang en
    says 'error: '
    expect 3 "$reveil" info none.rvl --lang fr --summary s.json
    grep -q '"message":"can.t open the file: No such file or directory","code":"E0301"' s.json || problem "a summary isn't translated: $(cat s.json)"
    expect 2 "$reveil" info none.rvl --lang de
    says 'one of en\|fr'
}
case_each_code_is_explained() {
    local code lang
    for code in $("$reveil" help errors | cut -d' ' -f1); do
        for lang in en fr; do
            "$reveil" help "$code" --lang $lang >$lang.txt || problem "$code isn't explained"
            [ "$(wc -l <$lang.txt)" -ge 6 ] || problem "$code: $(cat $lang.txt)"
        done
        cmp -s en.txt fr.txt && problem "$code has one text for both languages"
    done
    expect 0 "$reveil" help e0202
    expect 2 "$reveil" help E0999
    expect 0 "$reveil" help roles
    prints '^birth_date$'
}
case_numbers_may_have_units() {
    expect 0 "$reveil" synth --contacts 0.2k --clients 50 --seed 1 --out w --quiet
    present w/clients.csv
    expect 2 "$reveil" synth --contacts 4MB --clients 50 --seed 1 --out x
    says 'whole number'
    expect 2 "$reveil" enrich --memory-limit 6X --out e.csv
    says 'a size'
    printf 'version: 1\nmegabase: m\nclients: c\nmemory_limit: 6X\n' >job.yaml
    expect 2 "$reveil" run job.yaml
    says '^job.yaml:4:15: error: memory_limit: a size such as 6G was expected'
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
    cp w/out/profile.json p.json
    expect 0 again --set score.profile=p.json --set out.profile= --set score.active=
    expect 99 again --set score.profile=p.json --set out.profile= --set score.active=
    echo >>p.json
    expect 0 again --set score.profile=p.json --set out.profile= --set score.active=
    expect 0 again
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

case_reports_are_french_where_asked_and_what_machines_read_is_not() {
    cp -r "$world" w
    expect 0 "$reveil" run w/job.yaml --force --lang en --summary en.json
    cp err.txt en.txt
    expect 0 "$reveil" run w/job.yaml --force --lang fr --summary fr.json
    cp err.txt fr.txt
    prints_file() { grep -qE -- "$2" "$1" || problem "$1 doesn't say '$2'"; }
    prints_file en.txt '^  matched  +[0-9]+ '
    prints_file fr.txt '^  rapprochés  +[0-9]+ '
    prints_file fr.txt '^  +rang +gens +graines'
    prints_file fr.txt '^fait en '
    prints_file fr.txt '^    person_birth '
    prints_file fr.txt '^  at_risk '
    grep -nE "clients live|matched|filled|quality:|scored|done in|outputs" fr.txt && problem "English in a French report"
    members() { grep -oE '"[a-z_]+":' "$1" | sort; }
    diff <(members en.json) <(members fr.json) >diff.txt || problem "other members: $(cat diff.txt)"
    expect 0 "$reveil" check "$world/clients.csv" --lang fr
    prints '^# colonne +rôle '
    grep -v '^#' out.txt >fr.yaml
    expect 0 "$reveil" check "$world/clients.csv" --lang en
    prints '^# column +role '
    grep -v '^#' out.txt | cmp -s - fr.yaml || problem "another job file in French"
}

# --- One table of options ----------------------------------------------------------------------------------------------

# The words --... of a text, sorted.
flags_in() { grep -oE -- '--[a-z][a-z-]*' | sort -u; }
case_help_man_and_completions_tell_the_same_options() {
    local name shell
    for shell in bash zsh fish; do "$reveil" completion $shell >$shell.txt; done
    for name in $("$reveil" help --names); do
        "$reveil" help "$name" | grep -E '^  --[a-z]' | awk '{ print $1 }' | sort -u >want.txt
        "$reveil" help --man "$name" | grep -A1 '^\.TP' | grep -oE '^\\fB(\\-\\-)[a-z\\-]+' | sed 's/\\fB//; s/\\-/-/g; s/\\.*//' | sort -u >man.txt
        grep -E "^    $name\) words=" bash.txt | flags_in >of-bash.txt
        awk -v n="    $name) _arguments" 'index($0, n) == 1 { on = 1 } on; on && / ;;$/ { exit }' zsh.txt | grep -oE "'[*]?--[a-z-]+=?\[" | flags_in >of-zsh.txt
        grep -F -- "'__fish_seen_subcommand_from $name'" fish.txt | grep -oE -- ' -l [a-z-]+' | sed 's/ -l /--/' | sort -u >of-fish.txt
        for shell in man of-bash of-zsh of-fish; do
            [ "$shell" = of-bash ] && [ ! -s want.txt ] && continue
            diff want.txt $shell.txt >diff.txt 2>&1 || [ ! -e $shell.txt ] || problem "$name: $shell differs from help: $(tr '\n' ' ' <diff.txt)"
        done
    done
    if command -v man >/dev/null; then
        "$reveil" help --man enrich >reveil-enrich.1
        LC_ALL=C.UTF-8 MANROFFSEQ= man --warnings -l -Tutf8 reveil-enrich.1 >man.out 2>man.err || problem "man: $(cat man.err)"
        grep -q -- '--megabase' man.out || problem "the man page doesn't show --megabase"
    fi
}
# What each shell itself makes of a line that is left unfinished: the line or the words it would offer.
bash_makes() { # one word a line; COMP_WORDS as bash parts them
    bash -c '. ./bash.txt; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _reveil; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
fish_makes() { HOME=$PWD fish --no-config -c 'source fish.txt; complete -C $argv[1]' -- "$1" | cut -f 1; }
case_shells_load_their_completion_and_propose_commands_options_and_values() {
    local shell
    for shell in bash zsh fish; do "$reveil" completion $shell >$shell.txt; done
    offers() { # offers SHELL WANTED LINE...
        local shell=$1 wanted=$2 got
        shift 2
        got=$(${shell}_makes "$@" 2>&1)
        grep -qxF -- "$wanted" <<<"$got" || problem "$shell: '$*' gives '$(head -c 300 <<<"$got")', not '$wanted'"
    }
    touch there.csv
    offers bash enrich reveil enr
    offers bash --link reveil enrich --lin
    offers bash fr reveil enrich --lang f
    offers bash strict reveil enrich --link = s
    offers bash strict reveil enrich --link =
    offers bash there.csv reveil enrich --clients th
    offers bash fish reveil completion f
    offers bash clusters reveil evaluate c
    offers bash segment reveil help seg
    if command -v fish >/dev/null; then
        offers fish enrich 'reveil enr'
        offers fish --megabase 'reveil enrich --me'
        offers fish strict 'reveil enrich --link '
        offers fish --link=strict 'reveil enrich --link=st'
        offers fish excel-fr 'reveil score --out-dialect '
        offers fish there.csv 'reveil enrich --clients th'
        offers fish clusters 'reveil evaluate '
        offers fish segment 'reveil help seg'
    fi
    if command -v zsh >/dev/null; then
        zsh -f "$(dirname "$here")/completion.zsh" zsh.txt 'reveil enr' 'reveil enrich --meg' 'reveil enrich --link st' 'reveil enrich --link=st' \
            'reveil score --out-dialect e' 'reveil enrich --clients the' 'reveil evaluate cl' 'reveil help seg' >got.txt 2>&1
        printf '%s\n' 'reveil enrich ' 'reveil enrich --megabase=' 'reveil enrich --link strict ' 'reveil enrich --link=strict ' \
            'reveil score --out-dialect excel-fr ' 'reveil enrich --clients there.csv ' 'reveil evaluate clusters ' 'reveil help segment ' >want.txt
        diff want.txt got.txt >diff.txt || problem "zsh: $(cat diff.txt)"
        mkdir functions && cp zsh.txt functions/_reveil # found by compinit instead of read
        [ "$(zsh -f "$(dirname "$here")/completion.zsh" "$PWD/functions" 'reveil enrich --thres' 2>&1)" = 'reveil enrich --threshold=' ] || problem "zsh: not from a folder"
    fi
}
case_progress_is_a_bar_on_a_terminal_and_plain_lines_elsewhere() {
    command -v script >/dev/null || return 0
    script -qec true /dev/null >/dev/null 2>&1 </dev/null || return 0 # a machine without pseudo-terminals
    local words="$reveil synth --contacts 60000 --clients 10 --seed 1 --out"
    script -qec "$words a" bar.txt >/dev/null </dev/null || problem "no run on a terminal"
    grep -qE '\[[= ]{30}\] +[0-9]+ %  [0-9]+ s left|^.{0,12}[a-z]+ +[0-9]+' bar.txt || problem "no bar: $(head -c 300 bar.txt | od -c | head -5)"
    grep -q $'\r' bar.txt || problem "the bar stays on no line"
    script -qec "$words b --progress none" none.txt >/dev/null </dev/null
    tr -d '\n' <none.txt | grep -qE '\[[= ]{30}\]' && problem "a bar that nobody wanted"
    $words c 2>plain.txt || problem "no run without a terminal"
    grep -q $'\r' plain.txt && problem "a bar without a terminal"
    $words d --quiet >quiet.txt 2>&1
    [ ! -s quiet.txt ] || problem "quiet says: $(cat quiet.txt)"
}

# --- Recipes ----------------------------------------------------------------------------------------------------------

recipes=$(realpath "$(dirname "$here")/../../docs/recipes")
fresh_world() { cp -r "$world" w && rm -f w/out/* w/mega.rvl; }
case_the_recipe_for_make_runs_once() {
    command -v make >/dev/null || return 0
    fresh_world
    once() { make -s -f "$recipes/Makefile" REVEIL="$reveil" JOB=w/job.yaml "$@"; }
    expect 0 once
    present w/out/scores.csv w/last-run.json
    says 'matched'
    expect 0 once
    says 'nothing to do'
    rm w/out/*
    expect 0 once check
    says 'expected: 600 rows'
    absent w/out/scores.csv
    echo 'gates: [match_rate>=.999]' >>w/job.yaml
    expect 2 once # make's own code for a failed command
    says 'match_rate'
}
case_the_recipe_for_cron_is_silent_unless_something_is_wrong() {
    fresh_world
    night() { env -i PATH="$PATH" REVEIL="$reveil" sh "$recipes/nightly.sh" "$PWD/w/job.yaml"; }
    expect 0 night
    [ ! -s out.txt ] && [ ! -s err.txt ] || problem "cron would mail: $(cat out.txt err.txt)"
    present w/out/scores.csv
    expect 0 night
    echo 'gates: [match_rate>=.999]' >>w/job.yaml
    expect 4 night
    prints 'a gate was missed'
    prints 'match_rate'
    rm w/clients.csv
    expect 3 night
    prints 'exit code 3'
}
case_the_recipes_for_airflow_and_dbt_run() { # REVEIL_RECIPES=1, with dbt and Airflow's python on the PATH or named
    [ "${with_recipes:-}" = 1 ] || return 0
    fresh_world
    expect 0 "$reveil" run w/job.yaml --quiet
    local dbt=${with_dbt:-dbt} python=${with_airflow:-python3}
    if command -v "$dbt" >/dev/null; then
        cp -r "$recipes/dbt" dbt
        REVEIL_WAREHOUSE=$PWD/x.duckdb expect 0 "$dbt" build --project-dir dbt --profiles-dir dbt --vars "{out: $PWD/w/out}"
        prints 'PASS=4'
    fi
    if "$python" -c 'import airflow' 2>/dev/null; then
        rm -rf w && fresh_world
        REVEIL_JOB=$PWD/w/job.yaml REVEIL_PROGRAM=$reveil AIRFLOW_HOME=$PWD/airflow expect 0 "$python" - "$recipes/airflow" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
import reveil_dag as d
from airflow.exceptions import AirflowFailException, AirflowSkipException
assert d.run_reveil(d.JOB).endswith('last-run.json')
try: d.run_reveil(d.JOB); raise SystemExit('not skipped')
except AirflowSkipException: pass
open(d.JOB, 'a').write('gates: [match_rate>=.999]\n')
try: d.run_reveil(d.JOB); raise SystemExit('not failed')
except AirflowFailException: pass
PYTHON
    fi
}

run_cases
