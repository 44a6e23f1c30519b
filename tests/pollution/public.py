#!/usr/bin/env python3
"""`clean` on the public CSV acid tests: equal to their JSON where there is one, no flag given; what is bad is refused with --strict; and of
every file all rows are there or told.

usage: public.py REVEIL DATA    DATA: the folder with csv-spectrum, csv-test-data, fr-synthetic, zsv; without it the test skips itself (77)
"""
import csv
import glob
import io
import json
import os
import subprocess
import sys

csv.field_size_limit(1 << 30)
KNOWN_WRONG = {"location_coordinates": "its JSON has another phone number", "newlines_crlf": "its CSV has lost the CRs"}
FRENCH = {"excel-fr-cp1252-semicolon.csv": [["Nom", "Pr\u00e9nom", "CP", "Ville", "T\u00e9l", "Montant", "Date"],
                                            ["DUPR\u00c9", "H\u00e9l\u00e8ne", "01000", "BOURG-EN-BRESSE", "06 12 34 56 78", "1 234,50", "03/02/2024"],
                                            ["N\u00d8RG\u00c5RD", "\u0152uvre", "2A004", "AJACCIO", "+33 (0)4 95 00 00 00", "0,99", "31/12/2023"]],
          "utf8-bom-quoted-header.csv": [["Nom", "Pr\u00e9nom"], ["A", "B"]]}


def clean(program, path, *flags):
    done = subprocess.run([program, "clean", path, "--out", "-", "--progress", "none", *flags], capture_output=True)
    return done.returncode, list(csv.reader(io.StringIO(done.stdout.decode("utf-8"), newline=""))), done.stderr.decode()


def expected(path):
    rows = json.load(open(path, encoding="utf-8"))
    rows = rows if isinstance(rows, list) else [rows]
    if rows and isinstance(rows[0], dict):
        return [list(rows[0])] + [list(row.values()) for row in rows]
    return rows


def main():
    program, data = sys.argv[1:3]
    if not os.path.isdir(data):
        return 77
    faults, seen = [], 0
    for path in sorted(glob.glob(os.path.join(data, "*/json/*.json"))):
        name = os.path.basename(path)[:-5]
        source = glob.glob(os.path.join(os.path.dirname(os.path.dirname(path)), "csv*", name + ".csv"))[0]
        code, rows, text = clean(program, source)
        seen += 1
        want = expected(path)
        if not want and len(rows) == 1:
            continue # a header and no row
        if code or (rows != want and name not in KNOWN_WRONG):
            faults.append(f"{source}: exit {code}: {rows} instead of {want} {text}")
    for name, want in FRENCH.items():
        code, rows, text = clean(program, os.path.join(data, "fr-synthetic", name))
        seen += 1
        if code or rows != want:
            faults.append(f"{name}: exit {code}: {rows} instead of {want} {text}")
    for path in sorted(glob.glob(os.path.join(data, "csv-test-data/csv/bad-*"))):
        code, _, text = clean(program, path, "--strict")
        seen += 1
        if (code == 0) != path.endswith("wrong-header.csv"):
            faults.append(f"{path}: --strict gives {code} {text}")
    others = glob.glob(os.path.join(data, "zsv/**"), recursive=True) + glob.glob(os.path.join(data, "csv-test-data/csv/bad-*"))
    for path in sorted(path for path in others if os.path.isfile(path)):
        seen += 1
        code, _, text = clean(program, path, "--max-rejects", "100%")
        if code not in (0, 3) or (code == 3 and "error" not in text):
            faults.append(f"{path}: exit {code} {text}")
    print("\n".join(faults + [f"{seen} readings, {len(faults)} wrong"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
