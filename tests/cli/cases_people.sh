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

families() {
    cat <<'END'
1,M.,Jean,DUPONT,1960-02-03,12 rue des Lilas,,69003,LYON
2,Mme,Marie,DUPONT,1962-05-06,12 rue des Lilas,,69003,LYON
3,M,Jean,Dupond,03/02/1960,12 r. des lilas,,69003,Lyon
4,Mme,Marie,MARTIN,1970-01-02,12 rue des Lilas,,69003,LYON
5,M.,Paul,LEROY,1980-09-08,3 avenue Foch,APPT 4,13008,MARSEILLE
6,Mme,Anne,LEROY,1982-08-07,3 av. Foch,Appartement 4,13008,Marseille
7,M.,Luc,LEROY,1990-07-06,5 avenue Foch,,13008,MARSEILLE
8,Mme,Marie,DUPONT,1962-05-06,,,,
9,M.,Jean,DUPONT,1960-02-03,8 quai Rambaud,,69002,LYON
10,Mme,Claire,PETIT-MOREAU,1988-07-06,Lieu-dit Le Bourg,,35120,EPINIAC
11,M.,Hugo,MOREAU,1986-01-06,Le Bourg,,35120,EPINIAC
END
}
# Who shares a value of column $2 in file $1, a line a group, whatever the order of the rows.
groups() { tail -n +2 "$1" | awk -F, -v c="$2" '{ of[$c] = of[$c] " " $1 } END { for (g in of) print of[g] }' | while read -r ids; do echo "$ids" | tr ' ' '\n' | sort -n | xargs; done | sort; }
case_dedupe_tells_households_from_people() {
    local header=id,civilite,prenom,nom,date_naissance,adresse,complement,code_postal,ville
    { echo $header && families; } >f.csv
    { echo $header && families | sort -t, -k6; } >turned.csv
    expect 0 "$reveil" dedupe --in f.csv --out o.csv --household --summary s.json
    [ "$(head -1 o.csv)" = id,cluster_id,household_id ] || problem "header: $(head -1 o.csv)"
    [ "$(groups o.csv 2 | paste -sd/)" = '1 3 9/10/11/2 8/4/5/6/7' ] || problem "people: $(groups o.csv 2 | paste -sd/)"
    # Not who has another name in the house, nor who has moved; a row without an address lives with its person.
    [ "$(groups o.csv 3 | paste -sd/)" = '1 2 3 8/10 11/4/5 6/7/9' ] || problem "households: $(groups o.csv 3 | paste -sd/)"
    grep -q '"people":8,"repeated_ids":0,"households":6' s.json || problem "counts: $(cat s.json)"
    grep -q '"tiers":{"person_birth":{"links":2,' s.json || problem "no tiers: $(cat s.json)"
    grep -q '"probabilities":\[[0-9,]*\]' s.json && grep -q '"thresholds":\[{"threshold":0.1,"links":4,' s.json || problem "no sheet: $(cat s.json)"
    says 'threshold +links +expected precision'
    expect 0 "$reveil" dedupe --in turned.csv --out t.csv --household
    [ "$(groups o.csv 3)" = "$(groups t.csv 3)" ] || problem "the order of the rows makes other households: $(groups t.csv 3 | paste -sd/)"
    expect 0 "$reveil" dedupe --in f.csv --out p.csv
    cut -d, -f1,2 o.csv | cmp -s - p.csv || problem "--household changes the clusters"
    expect 0 "$reveil" dedupe --in f.csv --out r.csv --sample-for-review 5
    cmp -s p.csv r.csv || problem "a sample for review changes the clusters"
}
case_explain_tells_of_rows_and_pairs_of_two_files() {
    "$reveil" synth --set linkage --contacts 600 --clients 200 --seed 3 --out set --quiet
    expect 0 "$reveil" match --left set/clients.csv --right set/contacts.csv --out l.csv
    local left right tier p asked=()
    tail -n +2 l.csv | awk 'NR % 20 == 0' >asked.csv
    while IFS=, read -r left right tier p; do asked+=(--client "$left" --pair "$left=$right"); done <asked.csv
    expect 0 "$reveil" explain --left set/clients.csv --right set/contacts.csv "${asked[@]}"
    while IFS=, read -r left right tier p; do
        prints "^  linked     to $right, tier $tier, probability $p\$"
        prints "^  linked     probability beside all rivals $p\$"
        prints '^  proposed   by [a-z_]'
        prints '^      before +any two +/ '
    done <asked.csv
    IFS=, read -r left right tier p < <(tail -n 1 asked.csv)
    # The other way round it is the same pair, whichever file the index is made of.
    expect 0 "$reveil" explain --left set/contacts.csv --right set/clients.csv --pair "$right=$left"
    prints "^pair $right, $left\$"
    prints '^  proposed   by [a-z_]'
    none=$(tail -n +2 set/clients.csv | cut -d, -f1 | grep -vxFf <(cut -d, -f1 l.csv) | head -1)
    expect 0 "$reveil" explain --left set/clients.csv --right set/contacts.csv --client "$none" --pair "$none=$right" --threads 1
    prints '^  (none|household|ambiguous) '
    prints '^  (not linked|ambiguous) '
    cp out.txt one.txt
    expect 0 "$reveil" explain --left set/clients.csv --right set/contacts.csv --client "$none" --pair "$none=$right" --threads 3
    cmp -s out.txt one.txt || problem "explain hangs on the threads"
    expect 3 "$reveil" explain --left set/clients.csv --right set/contacts.csv --client nobody
    says "contacts.csv|clients.csv: .*no row has the id 'nobody'"
    expect 2 "$reveil" explain --left set/clients.csv --right set/contacts.csv
    expect 2 "$reveil" explain --left set/clients.csv --pair a=b
    expect 2 "$reveil" explain --job j.yaml --client 1 --id x
    says 'job says itself'
}
case_explain_tells_of_rows_and_pairs_of_one_file() {
    { echo id,civilite,prenom,nom,date_naissance,adresse,complement,code_postal,ville && families; } >f.csv
    expect 0 "$reveil" explain --in f.csv --pair 3=1 --pair 1=2 --client 8,7
    prints '^pair 3, 1$'
    prints '^      last_name +one_error +x '
    prints '^  together   in one cluster$'
    prints '^  apart      the probability is below the threshold$'
    prints '^  cluster    of 2 rows, named 2$'
    prints '^  single     no other row is this person$'
    grep -qiE 'dupon|lilas' out.txt && problem "values are shown"
    expect 2 "$reveil" explain --in f.csv --pair 1=1
}
# A couple's row is neither of the two for sure: it belongs to the household, unless e-mail, mobile or identifier tell.
case_couples_and_families_are_nobody_alone() {
    people K k.csv
    { echo id,civilite,prenom,nom,adresse,code_postal,ville,email
      tail -n +2 k.csv | awk -F, '{ print $1 ",," $2 "," $3 "," $5 "," $6 "," $7 "," }'
      echo 'J,M.,Jean,DUPONT,12 rue des Lilas,69003,LYON,'
      echo 'M,Mme,Marie,DUPONT,12 rue des Lilas,69003,LYON,marie.dupont@exemple.fr'; } >right.csv
    { echo id,nom_complet,adresse,code_postal,ville,email
      tail -n +2 k.csv | awk -F, 'NR % 2 { print "C" $1 "," $2 " " $3 "," $5 "," $6 "," $7 "," }'
      echo '1,M. et Mme DUPONT Jean et Marie,12 rue des Lilas,69003,LYON,'
      echo '2,Famille Dupont,12 rue des Lilas,69003,LYON,'
      echo '3,M. ou Mme Dupont,12 rue des Lilas,69003,LYON,marie.dupont@exemple.fr'
      echo '4,M. et Mme Jean Dupont,12 rue des Lilas,69003,LYON,'; } >left.csv
    expect 0 "$reveil" match --left left.csv --right right.csv --out l.csv --id id
    [ "$(grep -E '^[1-4],' l.csv | cut -d, -f1-3 | paste -sd/)" = 3,M,email/4,J,person_address ] || problem "couples: $(grep -E '^[1-4],' l.csv)"
    says '\(0 in doubt, 2 only of a household\)'
    expect 0 "$reveil" dedupe --in left.csv --out d.csv --household --id id
    grep -q '^2,1,1$' d.csv || problem "one couple twice: $(grep -E '^[1-4],' d.csv)"
    grep -qE '^4,4,1$' d.csv || problem "Jean is the couple: $(grep -E '^[1-4],' d.csv)"
}
# Digests are opaque: whichever of the known ways a partner wrote a value before hashing it, the base must have hashed it too.
case_digests_of_every_known_writing_are_recognised() {
    printf 'id,email,mobile,prenom,nom,source,date\nA,jean.dupont+promo@gmail.com,0612345678,Jean,Dupont,s,2026-01-01\n' >base.csv
    cat >schema.yaml <<'END'
version: 1
sources: [{name: s, files: [base.csv], date: 2026-01-01}]
columns: [{name: id, role: id}, {name: email, role: email}, {name: mobile, role: mobile}, {name: prenom, role: first_name}, {name: nom, role: last_name}]
keys: [email]
END
    cp schema.yaml indexed.yaml
    echo 'hash_keys: [email_sha256, email_md5, email_sha1, phone_sha256]' >>indexed.yaml
    expect 0 "$reveil" build --schema schema.yaml --out scanned.rvl --seed 1
    expect 0 "$reveil" build --schema indexed.yaml --out indexed.rvl --seed 1
    digest() { printf %s "$2" | "${1}sum" | cut -d' ' -f1; }
    { echo client_id,email_sha256,email_md5,email_sha1,phone_sha256,first_name
      echo "1,$(digest sha256 jean.dupont+promo@gmail.com),,,,Jean"
      echo "2,$(digest sha256 jean.dupont+promo@gmail.com | tr a-f A-F),,,,Jean"
      echo "3,$(digest sha256 jeandupont@gmail.com),,,,Jean"
      echo "4,,$(digest md5 jean.dupont+promo@gmail.com),,,Jean"
      echo "5,,,$(digest sha1 jeandupont@gmail.com),,Jean"
      echo "6,,,,$(digest sha256 +33612345678),Jean"
      echo "7,,,,$(digest sha256 33612345678),Jean"
      echo "8,,,,$(digest sha256 0612345678),Jean"
      echo "9,,,,$(digest sha256 0612345678),Marie"
      echo "10,$(digest sha256 paul@gmail.com),,,,Jean"; } >c.csv
    for base in scanned indexed; do
        expect 0 "$reveil" match --megabase $base.rvl --clients c.csv --id client_id --out $base.csv --link off
        [ "$(cut -d, -f1-3 $base.csv | tail -n +2 | paste -sd/)" = 1,A,email_hash/2,A,email_hash/3,A,email_hash/4,A,email_hash/5,A,email_hash/6,A,phone_hash/7,A,phone_hash/8,A,phone_hash ] ||
            problem "$base: $(cat $base.csv)"
        for link in off default; do # in one pass, and in two
            expect 0 "$reveil" enrich --megabase $base.rvl --clients c.csv --id client_id --out e.csv --force --summary s.json --link $link
            grep -q '"hash_profiles":{"strict":3,"folded":2,"e164":1,"digits":1,"national":1}' s.json || problem "$base: $(grep -o '"hash_profiles[^}]*}' s.json)"
        done
    done
    # more of them than are fetched at a time
    awk 'NR == 1; NR > 1 { rows[NR] = $0 } END { for (i = 1; i <= 30; i++) for (r = 2; r <= NR; r++) print i "-" rows[r] }' c.csv >many.csv
    expect 0 "$reveil" enrich --megabase indexed.rvl --clients many.csv --id client_id --out e.csv --force --summary s.json
    grep -q '"hash_profiles":{"strict":90,"folded":60,"e164":30,"digits":30,"national":30}' s.json || problem "many: $(grep -o '"hash_profiles[^}]*}' s.json)"
    printf 'version: 1\nmegabase: indexed.rvl\nclients: {file: c.csv, id: client_id}\nout: {enriched: f.csv}\n' >job.yaml
    expect 0 "$reveil" explain --job job.yaml --client 3,8
    prints 'hashed as: folded'
    prints 'hashed as: national'
    expect 0 "$reveil" explain --job job.yaml --client 3 --lang fr
    prints 'haché comme : folded'
    # a base that was given the digest itself can't tell
    sed 's/jean.dupont+promo@gmail.com,0612345678/'"$(digest sha256 jean@orange.fr)"',/; s/email,mobile/empreinte,mobile/' base.csv >held.csv
    sed 's/base.csv/held.csv/; s/{name: email, role: email}/{name: empreinte, role: email_sha256}/; s/email_md5, email_sha1, phone_sha256//; s/email_sha256, \]/email_sha256]/; s/keys: \[email\]/keys: [mobile]/' indexed.yaml >held.yaml
    expect 0 "$reveil" build --schema held.yaml --out held.rvl --seed 1
    printf 'client_id,email_sha256,first_name\n1,%s,Jean\n' "$(digest sha256 jean@orange.fr)" >d.csv
    expect 0 "$reveil" enrich --megabase held.rvl --clients d.csv --id client_id --out e.csv --force --summary s.json
    grep -q '"hash_profiles":{"held":1}' s.json || problem "held: $(grep -o '"tiers.*hash_profiles[^}]*}' s.json)"
}
case_a_model_appears_with_the_links_or_not_at_all() {
    expect 0 enrich --link default --model-out m.json --out e.csv --dry-run
    absent m.json e.csv
    expect 4 enrich --link default --model-out m.json --out e.csv --gate 'match_rate>=.999'
    absent m.json e.csv
    local dedupe=("$reveil" dedupe --in "$world/clients.csv" --model-out m.json)
    expect 0 "${dedupe[@]}" --out d.csv --dry-run
    absent m.json d.csv
    mkdir d.csv
    expect 2 "${dedupe[@]}" --out d.csv
    rmdir d.csv
    absent m.json
    expect 0 "${dedupe[@]}" --out d.csv
    present m.json d.csv
    expect 2 "$reveil" match --left "$world/clients.csv" --right "$world/clients.csv" --model-out m2.json --out d.csv
    absent m2.json
}
case_a_sample_for_review_is_written_where_it_can_be_and_over_no_input() {
    cp "$world/clients.csv" l.review.csv
    expect 2 "$reveil" match --left l.review.csv --right "$world/clients.csv" --out l.csv --sample-for-review 5 --force
    says 'the output is the input'
    expect 2 "$reveil" dedupe --in l.review.csv --out l.csv --sample-for-review 5 --force
    cmp -s l.review.csv "$world/clients.csv" || problem "an input was replaced"
    expect 2 enrich --link default --sample-for-review 5 --out e.csv
    says 'not for a megabase'
    expect 2 "$reveil" match --megabase "$world/mega.rvl" --clients l.review.csv --out l.csv --sample-for-review 5
    absent e.csv l.csv
}
case_a_file_with_a_header_alone_links_nobody() {
    people K k.csv
    head -1 k.csv >none.csv
    expect 0 "$reveil" match --left none.csv --right k.csv --out l.csv
    expect 0 "$reveil" match --left k.csv --right none.csv --out r.csv
    [ "$(cat l.csv r.csv | sort -u)" = left_id,right_id,tier,probability ] || problem "links: $(cat l.csv r.csv)"
}
case_rows_that_share_an_id_are_told() {
    { echo id,state,city && for i in $(seq 1 300); do echo "$i,$([ $((i % 2)) = 1 ] && echo active),Lyon$((i % 7))"; done; } >e.csv
    printf '1,,Lyon3\n2,,Lyon2\n,,Lyon1\n' >>e.csv
    expect 0 "$reveil" score --in e.csv --active state=active --out s.csv --summary s.json --id id
    says '2 rows have the id of an earlier row: each row is scored by itself'
    says '1 rows that are scored have the id of a seed'
    says '1 rows have no id'
    grep -q '"repeated_ids":2,"repeated_seeds":1' s.json || problem "summary: $(cat s.json)"
    [ "$(wc -l <s.csv)" = 154 ] || problem "$(wc -l <s.csv) lines, not 154"
    people L a.csv && people R b.csv && sed -n 2p b.csv >>b.csv
    expect 0 "$reveil" match --left a.csv --right b.csv --out l.csv --summary s.json
    says 'b.csv: 1 rows have the id of an earlier row'
    grep -q '"repeated_ids":1,' s.json || problem "summary: $(cat s.json)"
    expect 0 "$reveil" dedupe --in b.csv --out d.csv --lang fr
    says "b.csv : 1 lignes ont l'identifiant d'une ligne précédente"
    "$reveil" segment --transactions "$world/transactions.csv" --as-of 2026-01-01 --out p.csv --quiet
    sed -n 2p p.csv >>p.csv
    expect 3 "$reveil" segment --transactions "$world/transactions.csv" --as-of 2026-01-01 --previous p.csv --out q.csv --max-rejects 0
    says 'duplicate_client \(1 rows'
    absent q.csv
}
# All pairs that are equal may be persons or strangers, for all that the pairs tell; each file by itself tells.
case_files_of_emails_alone_are_linked() {
    for side in a b; do
        echo id,email
        for i in $(seq 1 300); do echo "$side$i,duval$((i * 7919 % 10007))@$([ $side = a ] || [ $((i % 2)) = 0 ] && echo orange || echo wanadoo).fr"; done
    done | awk '/^id/ { f = !f ? "a.csv" : "b.csv" } { print > f }'
    expect 0 "$reveil" match --left a.csv --right b.csv --out l.csv --summary s.json
    [ "$(awk -F, 'NR > 1 && substr($1, 2) == substr($2, 2)' l.csv | wc -l)" = 150 ] || problem "$(wc -l <l.csv) lines"
    [ "$(wc -l <l.csv)" = 151 ] || problem "$(wc -l <l.csv) lines, not 151"
    grep -q '"weights":{"from":"learned"' s.json || problem "weights: $(cat s.json)"
}
# People made by a pattern: all fields go together by themselves.
case_rows_too_regular_to_learn_from_are_told() {
    awk 'BEGIN { print "id,prenom,nom,naissance,ville,sexe"; for (i = 0; i < 600; i++) printf "%d,%s,Nom%c%c,19%02d-%02d-%02d,Ville%c,%s\n", i, i % 2 ? "Paul" : "Anne", 97 + i % 4, 97 + i % 4, 40 + i % 4, 1 + i % 4, 1 + i % 3, 97 + i % 4, i % 2 ? "M" : "F" }' >a.csv
    expect 0 "$reveil" dedupe --in a.csv --out o.csv --summary s.json
    grep -q '"weights":{"from":"learned"' s.json || problem "weights: $(cat s.json)"
    printf 'id,nom,ville\n1,Martin,Lyon\n' >b.csv
    expect 0 "$reveil" match --left b.csv --right b.csv --out p.csv --summary s.json --lang fr
    says 'trop peu de paires sûres'
    grep -q '"built_in":\["last_name","place"\]' s.json || problem "built in: $(cat s.json)"
}
# Explanations, info and what a file is taken to be, in French: none of the English words is left.
case_explanations_are_french_where_asked() {
    local english='none attached|borne by|runner-up|the header|of [0-9]+ lines|characters are|in the sample|first line|proposed|probability|odds|contact fields|bytes in file|expected|priority|nothing|another|agrees'
    cp -r "$world" w
    expect 0 "$reveil" run w/job.yaml --force --seed 3 --quiet
    expect 0 "$reveil" explain --job w/job.yaml --client "$(cut -d, -f1 w/clients.csv | sed -n 2,40p | paste -sd,)" --lang fr
    prints 'clés, dans l.ordre de la cascade'
    prints 'aucun contact ne le porte'
    grep -qE "$english" out.txt && problem "English: $(grep -E "$english" out.txt | head -2)"
    expect 0 "$reveil" info w/mega.rvl --lang fr
    prints '^champs de contact +rempli'
    grep -qE "$english" out.txt && problem "English: $(grep -E "$english" out.txt | head -2)"
    expect 0 "$reveil" check w/clients.csv --lang fr
    prints 'lignes sur [0-9]+ ont 18 champs'
    grep -v '^#.*:.*_' out.txt | grep -qE "$english" && problem "English: $(grep -E "$english" out.txt | head -2)"
    people L a.csv && people R b.csv
    expect 0 "$reveil" explain --left a.csv --right b.csv --pair L1=R1 --pair L1=R2 --client L1,L2 --lang fr
    prints 'probabilité en elle-même'
    grep -vE 'proposée' out.txt | grep -qE "$english" && problem "English: $(grep -E "$english" out.txt | head -2)"
    expect 0 "$reveil" match --left a.csv --right b.csv --out l.csv --lang fr
    says 'précision attendue'
}
