#!/usr/bin/env python3
"""Writes matcher/commune_table.c: the names of French communes with their postcodes and size.

usage: communes.py [--packages FOLDER] > matcher/commune_table.c

Facts of public registers, taken from two packages of the npm registry (fetched with npm unless FOLDER has them unpacked in
`divisions`, `former`, `postcodes`): the official geographic code of INSEE with its populations (@etalab/decoupage-administratif),
and the delivery labels of the tax office's file of places, FIMOCT (codes-postaux). Both registers are published under the
Licence Ouverte 2.0 of Etalab. Run it again when communes have merged: some dozens do every January.
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import defaultdict
from pathlib import Path

PACKAGES = {
    "divisions": "@etalab/decoupage-administratif@6.0.0",
    "former": "@etalab/decoupage-administratif@0.4.0",  # of 2019: communes that have merged since, or long ago
    "postcodes": "codes-postaux@4.1.2",
}
BUCKETS = 8192
UNKNOWN_PEOPLE = 500  # of communes that merged into another one, and of labels

# What people write that no register has: name, and the commune whose postcodes and people it shares.
SHORT = {
    "AIX EN PCE": "AIX EN PROVENCE", "ASNIERES": "ASNIERES SUR SEINE", "BOULOGNE": "BOULOGNE BILLANCOURT",
    "BRIVE": "BRIVE LA GAILLARDE", "CHALON": "CHALON SUR SAONE", "CHERBOURG": "CHERBOURG EN COTENTIN",
    "CLERMONT FD": "CLERMONT FERRAND", "EVRY": "EVRY COURCOURONNES", "HERBLAY": "HERBLAY SUR SEINE",
    "ISSY": "ISSY LES MOULINEAUX", "IVRY": "IVRY SUR SEINE", "KREMLIN BICETRE": "LE KREMLIN BICETRE",
    "LA DEFENSE": "PUTEAUX", "LE CHESNAY": "LE CHESNAY ROCQUENCOURT", "LEVALLOIS": "LEVALLOIS PERRET",
    "MANTES": "MANTES LA JOLIE", "NEUILLY": "NEUILLY SUR SEINE", "PARIS LA DEFENSE": "PUTEAUX", "PENMARC H": "PENMARCH",
    "ROMANS": "ROMANS SUR ISERE", "SAINT GERMAIN": "SAINT GERMAIN EN LAYE", "SAINT MAUR": "SAINT MAUR DES FOSSES",
    "VITRY": "VITRY SUR SEINE",
}
# Names of communes that also end the names of streets all over the country, behind a noun and without an article ("rue du
# Champ Vert", "rue Belle Vue"): taken for a commune only where something else speaks for it.
ORDINARY = set("""
AIR BAS BASSE BASSES BEAU BEAUX BEL BELLE BLANC BLANCHE BLANCS BLOND BON BONNE BONNES CHEMIN CITE CLAIR COUR COURANT COURBE COURBES COURT COURS COURTES CREUSE
DORE DOUX DROIT FAUX FLEURI FLEURIE FORT FRAIS FRANC FRANCS FROID GRAND GRANDE GRANDS GRAS HAUT HAUTE HAUTS JOLI JOYEUSE JOYEUX JUMEAUX
LARGE LONG LONGE LONGES LONGUE MARIN MER MOIRE MORT MORTE MOYEN NEUF NEUVE NOIR NOIRE PAVE PLACE PLAIN PLAT PLATS PORT PUR PURE RIANT RICHE ROMAIN
ROMAINE ROND RONDE ROUGE ROUGES ROUSSES ROUTE ROUTES ROUX ROYAL RUE SEC SECHE SIMPLE SOLEIL TORT TOURNANT VERT VERTE VERTS VIEILLE VIEUX VILLAGE VILLE VIVES VUE
""".split())


def canonical(name):
    """As rv_letters writes, with the abbreviations that address_place.c writes out, and LEZ as LES."""
    for mark, letters in (("œ", "oe"), ("Œ", "OE"), ("æ", "ae"), ("Æ", "AE"), ("ß", "ss")):
        name = name.replace(mark, letters)
    name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).upper()
    words = re.sub("[^A-Z0-9]+", " ", name).split()
    full = {"ST": "SAINT", "STE": "SAINTE", "STS": "SAINTS", "S": "SUR", "SS": "SOUS", "LEZ": "LES"}
    return " ".join(words[:1] and [full.get(w, w) if len(w) > 1 or i else w for i, w in enumerate(words)])


def bucket(name):
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return (value ^ value >> 15) % BUCKETS


def fetch(folder):
    for name, package in PACKAGES.items():
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(["npm", "pack", "--silent", package], cwd=target, check=True, capture_output=True, text=True)
        subprocess.run(["tar", "xzf", packed.stdout.split()[-1]], cwd=target, check=True)


def read(folder):
    """People and postcodes of each name, and the names of each postcode."""
    communes = json.loads((folder / "divisions/package/data/communes.json").read_text(encoding="utf8"))
    former = json.loads((folder / "former/package/data/communes.json").read_text(encoding="utf8"))
    labels = json.loads((folder / "postcodes/package/codes-postaux-full.json").read_text(encoding="utf8"))
    people, codes, at = defaultdict(int), defaultdict(set), defaultdict(set)
    today = {c["code"]: c for c in communes if c["type"] == "commune-actuelle"}
    for c in today.values():
        name = canonical(c["nom"])
        people[name] += c.get("population", 0)
        codes[name].update(c.get("codesPostaux", []))
        for code in c.get("codesPostaux", []):
            at[code].add(name)
    for c in communes:
        if c["type"] in ("commune-deleguee", "commune-associee") and c.get("chefLieu") in today:
            codes[canonical(c["nom"])].update(today[c["chefLieu"]].get("codesPostaux", []))
    then = {c["code"]: c.get("codesPostaux", []) for c in former if c["type"] == "commune-actuelle"}
    for c in former:
        head = c["code"] if c["type"] == "commune-actuelle" else c.get("chefLieu")
        codes[canonical(c["nom"])].update(today[head].get("codesPostaux", []) if head in today else then.get(head, []))
    seen = defaultdict(set)
    for label in labels:
        seen[canonical(label["libelleAcheminement"])].add(label["codePostal"])
    for name, found in seen.items():
        inverted = name.split()[-1] in ("LE", "LA", "LES", "L", "D", "DE")
        if not inverted and not re.search(r"\d", name):
            codes[name] |= found
    for name in sorted(codes):
        words = name.split()
        if words[0] in ("LE", "LA", "LES", "L") and len(words) > 2 and " ".join(words[1:]) not in codes:
            short = " ".join(words[1:])  # "Plessis-Robinson"
            people[short] = people.get(name, 0)
            codes[short] |= codes[name]
    for name, whole in SHORT.items():
        people[name] = max(people.get(name, 0), people[whole])
        codes[name] |= codes[whole]
    return people, codes, at


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--packages", type=Path)
    folder = options.parse_args().packages
    with tempfile.TemporaryDirectory() as temporary:
        if not folder:
            folder = Path(temporary)
            fetch(folder)
        people, codes, at = read(folder)
    names = sorted(n for n in codes if codes[n] and len(n) > 1)
    buckets = defaultdict(str)
    for name in names:
        size = chr(ord("a") + (people.get(name) or UNKNOWN_PEOPLE).bit_length() - 1)
        mark = "!" if name in ORDINARY else ""
        buckets[bucket(name)] += f"{name}{size}{mark}{''.join(sorted(codes[name]))};"
    at_code = defaultdict(str)
    for code in sorted(at):
        at_code[code[:3]] += f"{code[3:]}{next(iter(at[code])) if len(at[code]) == 1 else ''};"
    packages = ", ".join(PACKAGES.values())

    def literal(text):
        return "\n".join(f'"{text[j:j + 190]}"' for j in range(0, max(len(text), 1), 190)) + ","

    out = ["/*", " * Generated by scripts/communes.py; not to be edited.",
           f" * {len(names):,} names of communes and of places that letters are brought to, by the hash of the name.",
           " * Facts of public registers: INSEE, code officiel geographique 2026 with populations; DGFiP, FIMOCT. Licence Ouverte 2.0.",
           f" * By way of the packages {packages}.", " */", '#include "commune.h"', "", "/* clang-format off */",
           "/* Name, letter (a: 1 inhabitant, b: 2, c: 4...), '!' where the name is an ordinary word, postcodes; ';' */",
           "const char *const rv_commune_buckets[RV_COMMUNE_BUCKETS] = {"]
    for i in range(BUCKETS):
        out.append(literal(buckets[i]))
    out += ["};", "", "/* By the first three digits of a postcode: the other two, and the name of the commune there if it is the only one. */",
            "const char *const rv_commune_at[1000] = {"]
    for i in range(1000):
        out.append(literal(at_code[f"{i:03}"]))
    out += ["};", "/* clang-format on */"]
    sys.stdout.write("\n".join(out) + "\n")
    longest = max(len(t) for t in list(buckets.values()) + list(at_code.values()))
    print(f"{len(names)} names, {sum(map(len, buckets.values()))} bytes; postcodes: {sum(map(len, at_code.values()))} bytes;"
          f" longest text {longest}", file=sys.stderr)


main()
