"""The cases of linkage.py: which public file, which columns with which roles, which truth, which F1 is wanted.

What the program gets is a copy without any trace of the truth: its own ids are `r1, r2...` in a shuffled order (some files
list the rows of one person one after the other, and FEBRL's rec_id tells the person), cells and header untouched otherwise,
blanks after the commas of FEBRL included.
"""
import csv
import os
import random
import re
from dataclasses import dataclass, field

FEBRL = {"given_name": "first_name", "surname": "last_name", "street_number": "street_number", "address_1": "street",
         "address_2": "address_extra", "suburb": "city", "postcode": "postcode", "state": "region"}
FEBRL_BIRTH = {**FEBRL, "date_of_birth": "birth_date"}
DSGEN = {**FEBRL_BIRTH, "age": "age", "phone_number": "phone"}
FAKE = {"first_name": "first_name", "surname": "last_name", "dob": "birth_date", "city": "city", "email": "email"}
RLDATA = {"fname_c1": "first_name", "lname_c1": "last_name", "by": "birth_year", "bm": "birth_month", "bd": "birth_day"}
FOREIGNERS = {"fname": "first_name", "surname": "last_name", "date": "birth_date", "region": "region", "country": "country"}


@dataclass
class Case:
    name: str
    kind: str  # dedupe, match, pairs
    files: list  # one; left and right; the pairs
    roles: dict  # columns without a role are ignored
    person: str  # column of the truth
    person_of: object = None  # its value to the person; None: as it is
    wanted: float = 0.0  # F1; 0: for information
    only: dict = field(default_factory=dict)  # rows with these values


def febrl_person(rec_id):
    return re.fullmatch(r"\s*rec-(\d+)-.*", rec_id).group(1)


def dsgen_person(rec_id):
    return str(int(rec_id) // 10)


def cases():
    found = []

    def add(name, kind, files, roles, person, person_of=None, wanted=0.0, only=None):
        found.append(Case(name, kind, files, roles, person, person_of, wanted, only or {}))

    for number, wanted in (("1", 0.998), ("2", 0.997), ("3", 0.997)):
        add(f"febrl{number}", "dedupe", [f"febrl/dataset{number}.csv"], FEBRL_BIRTH, "rec_id", febrl_person, wanted)
    pair = ["febrl/dataset4b.csv", "febrl/dataset4a.csv"]
    add("febrl4", "match", pair, FEBRL_BIRTH, "rec_id", febrl_person, 0.998)
    add("febrl3-name-address", "dedupe", ["febrl/dataset3.csv"], FEBRL, "rec_id", febrl_person, 0.990)
    add("febrl4-name-address", "match", pair, FEBRL, "rec_id", febrl_person, 0.994)
    for letter in "AC":
        add(f"dsgen{letter}", "dedupe", [f"febrl-dsgen-5000/dataset_{letter}_5000.csv"], DSGEN, "rec_id", dsgen_person, 0.99)
    for letter, wanted in (("D", 0.998), ("F", 0.99)):  # a duplicate has one original, an original several duplicates
        pair = [f"febrl-dsgen-5000/dataset_{letter}_{which}_5000.csv" for which in ("dup", "org")]
        add(f"dsgen{letter}", "match", pair, DSGEN, "rec_id", dsgen_person, wanted)
    add("dsgenF-name-address", "match", pair, FEBRL, "rec_id", dsgen_person, 0.96)
    add("fake1000", "dedupe", ["splink-fake/fake_1000.csv"], FAKE, "cluster", None, 0.92)
    add("fake20000", "dedupe", ["splink-fake/fake_20000.csv"], FAKE, "group", None, 0.80)
    add("foreigners", "dedupe", ["foreigners-pl/foreigners.csv"], {**FOREIGNERS, "sname": "compare"}, "true_id", None, 0.75)
    add("rldata500", "dedupe", ["rldata500/RLdata500.csv"], RLDATA, "ent_id", None, 0.95)
    add("rldata500-second-names", "dedupe", ["rldata500/RLdata500.csv"], {**RLDATA, "fname_c2": "compare", "lname_c2": "compare"},
        "ent_id")
    add("name-pairs", "pairs", ["name-pairs/cases.csv"], {"name1": "full_name", "name2": "full_name"}, "is_match", None, 0.80,
        {"schema": "Person"})
    return found


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


@dataclass
class Prepared:
    """Files of a case in its folder: inputs without truth, and the truth by the new ids."""
    inputs: list
    truth: str


def read_file(case, data, name, start, shuffle):
    """[(new id, person, cells with a role)] and the header of those cells."""
    with open(os.path.join(data, name), encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    header, rows = table[0], table[1:]
    at = {column.strip(): i for i, column in enumerate(header)}
    kept = [i for i, column in enumerate(header) if column.strip() in case.roles]
    rows = [row for row in rows if all(row[at[column]] == value for column, value in case.only.items())]
    shuffle.shuffle(rows)
    person_of = case.person_of or str
    out = [(f"r{start + n}", person_of(row[at[case.person]]), [row[i] for i in kept]) for n, row in enumerate(rows, 1)]
    return [header[i] for i in kept], out


def by_person(rows):
    people = {}
    for row_id, person, _ in rows:
        people.setdefault(person, []).append(row_id)
    return people


def order(row_id):
    return int(row_id[1:])


def prepare(case, data, folder):
    """Files; the true pairs, (left, right) or (smaller, larger); cells by id, in the order of the file's columns."""
    os.makedirs(folder, exist_ok=True)
    shuffle = random.Random(20261122)
    inputs, sides, rows, start = [], [], {}, 0
    for name, side in zip(case.files, ("left", "right")):
        header, side_rows = read_file(case, data, name, start, shuffle)
        start += len(side_rows)
        inputs.append(os.path.join(folder, side + ".csv"))
        write_rows(inputs[-1], [["id", *header]] + [[row_id, *cells] for row_id, _, cells in side_rows])
        sides.append(side_rows)
        rows.update({row_id: cells for row_id, _, cells in side_rows})
    truth = os.path.join(folder, "truth.csv")
    if case.kind == "dedupe":
        write_rows(truth, [["id", "person"]] + [[row_id, person] for row_id, person, _ in sides[0]])
        pairs = {(a, b) for same in by_person(sides[0]).values() for a in same for b in same if order(a) < order(b)}
    elif case.kind == "match":
        right = by_person(sides[1])
        write_rows(truth, [["left_id", "right_id"]] + [[row_id, "|".join(right.get(person, []))] for row_id, person, _ in sides[0]])
        pairs = {(row_id, other) for row_id, person, _ in sides[0] for other in right.get(person, [])}
    else:
        pairs = {(row_id, row_id) for row_id, match, _ in sides[0] if match == "true"}
        write_rows(truth, [["left_id", "right_id"]] + [list(pair) for pair in sorted(pairs)])
    return Prepared(inputs, truth), pairs, rows
