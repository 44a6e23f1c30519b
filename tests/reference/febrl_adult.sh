#!/usr/bin/env bash
# The chain on real input: FEBRL 4a is the megabase and carries the rows of the Adult file as attributes, row by row;
# FEBRL 4b are the clients. Half of them (even record numbers) say whether their true partner earns over 50K, the label;
# for the others it is hidden, and known to this script only. One `reveil run` matches, enriches, learns and scores.
#
# usage: febrl_adult.sh REVEIL [FOLDER]      prints the figures that docs/REFERENCE.md keeps; skips without the data
set -euo pipefail
reveil=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
data=$(realpath -m "$here/../../../shared/data")
if [ ! -r "$data/linkage/febrl/dataset4a.csv" ]; then
    echo "skipped: the public data isn't beside the project"
    exit 0
fi
folder=${2:-$(mktemp -d)}
[ -n "${2:-}" ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"
cd "$folder"

# Row i of FEBRL 4a gets row i of Adult; the target stays outside.
paste -d '\n' <(tail -n +2 "$data/linkage/febrl/dataset4a.csv") <(tail -n +2 "$data/scoring/adult/adult.data" | head -5000) |
awk -F ', *' -v OFS=, '
    BEGIN { print "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,region,date_of_birth," \
                  "adult_age,workclass,education,education_num,marital_status,occupation,relationship,race,adult_sex," \
                  "capital_gain,capital_loss,hours_per_week,native_country" }
    NR % 2 { person = $1 OFS $2 OFS $3 OFS $4 OFS $5 OFS $6 OFS $7 OFS $8 OFS $9 OFS $10; id = $1; next }
    { print person, $1, $2, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
      split(id, part, "-"); print part[2], ($15 ~ />50K/) > "targets.txt" }' > base.csv

awk -F ', *' -v OFS=, '
    FNR == NR { split($0, t, ","); target[t[1]] = t[2]; next }
    FNR == 1 { print "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,region,date_of_birth,wealthy"
               print "client_id,contact_id" > "truth.csv"; print "client_id,target" > "hidden.csv"; next }
    { split($1, part, "-"); n = part[2]
      print $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (n % 2 ? "" : target[n] ? "yes" : "no")
      print $1, "rec-" n "-org" > "truth.csv"
      if (n % 2) print $1, target[n] > "hidden.csv" }' targets.txt "$data/linkage/febrl/dataset4b.csv" > clients.csv

cat > schema.yaml <<'Y'
version: 1
sources:
  - {name: febrl, files: [base.csv], date: 2026-11-01, priority: 1, id: rec_id}
columns:
  - {name: rec_id, role: id}
  - {name: given_name, role: first_name}
  - {name: surname, role: last_name}
  - {name: street_number, role: street_number}
  - {name: address_1, role: street}
  - {name: address_2, role: address_extra}
  - {name: suburb, role: city}
  - {name: postcode, role: postcode}
  - {name: region, role: region}
  - {name: date_of_birth, role: birth_date}
  - {name: adult_age, role: attribute, type: integer}
  - {name: workclass, role: attribute, type: category}
  - {name: education, role: attribute, type: category}
  - {name: education_num, role: attribute, type: integer}
  - {name: marital_status, role: attribute, type: category}
  - {name: occupation, role: attribute, type: category}
  - {name: relationship, role: attribute, type: category}
  - {name: race, role: attribute, type: category, sensitive: true}
  - {name: adult_sex, role: attribute, type: category}
  - {name: capital_gain, role: attribute, type: integer}
  - {name: capital_loss, role: attribute, type: integer}
  - {name: hours_per_week, role: attribute, type: integer}
  - {name: native_country, role: attribute, type: category}
keys: [person_birth, person_address]
Y
cat > job.yaml <<'Y'
version: 1
build: {schema: schema.yaml}
megabase: base.rvl
clients:
  file: clients.csv
  id: rec_id
  roles: {given_name: first_name, surname: last_name, street_number: street_number, address_1: street,
          address_2: address_extra, suburb: city, postcode: postcode, region: region, date_of_birth: birth_date}
score: {active: wealthy=yes}
out: {enriched: enriched.csv, scores: scores.csv, quality: quality.json, profile: profile.json, summary: summary.json}
Y
"$reveil" run job.yaml --force --seed 4
echo "== links against the truth"
"$reveil" evaluate links --found enriched.csv --truth truth.csv
echo "== scores of all clients whose label was hidden"
"$reveil" evaluate score --found scores.csv --truth hidden.csv
echo "== scores of those that were matched"
awk -F, 'FNR == NR { if ($3 ~ /^(person|email|mobile|phone)/ || $0 ~ /,person_(birth|address),/) found[$1] = 1; next }
         FNR == 1 || ($1 in found)' enriched.csv hidden.csv > hidden_matched.csv
"$reveil" evaluate score --found scores.csv --truth hidden_matched.csv
