"""Are two engines' answers the same, row by row? Ours (enrich on the e-mail alone) against a peer's CSV.

Where both found the same contact, every column that both have must hold the same text: one difference fails. Where they
chose otherwise it must be for a reason that the join of one unique e-mail column can't know; each is counted by name:

  second_address   ours met a contact by another address of it: the flat table keeps one address a contact
  folded           ours met it by the folded form (no "+tag", no dots at Gmail), a second key
  shared           several contacts bear the address: ours says so or picks another, the table keeps the first
  refused          ours attached nothing although the table knows the address (a stop value, a shared mailbox)

usage: check.py OURS.csv THEIRS.csv
"""
import csv
import hashlib
import json
import sys

OWN = ("rv_tier", "rv_probability", "rv_contact_id", "rv_filled", "rv_last_seen")


def number(text):
    """Engines may write 120.00 as 120 or 120.0."""
    return text.rstrip("0").rstrip(".") if "." in text and text.replace(".", "", 1).isdigit() else text


def digest(cells):
    return hashlib.blake2b("\x1f".join(map(number, cells)).encode(), digest_size=12).digest()


def rows(path, names_of):
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        at = {name: i for i, name in enumerate(header)}
        compared = [at[name] for name in names_of]
        for row in reader:
            yield row, at, digest([row[i] for i in compared])


def header(path):
    with open(path, encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def compare(ours, theirs):
    a, b = header(ours), header(theirs)
    common = [name for name in a if name in b and name not in OWN]
    theirs_of = {}
    for row, at, mark in rows(theirs, common):
        client = row[at["client_id"]]
        if client in theirs_of:
            raise SystemExit(f"check: {theirs}: a client comes twice")
        theirs_of[client] = (row[at["rv_id"]], mark)
    counts = dict.fromkeys(("clients", "same_contact", "same_none", "second_address", "folded", "shared", "refused", "different"), 0)
    for row, at, mark in rows(ours, common):
        counts["clients"] += 1
        tier, mine = row[at["rv_tier"]], row[at["rv_contact_id"]]
        if row[at["client_id"]] not in theirs_of:
            raise SystemExit(f"check: {theirs}: a client is missing")
        other, their_mark = theirs_of.pop(row[at["client_id"]])
        if mine == other:
            counts["same_contact" if mine else "same_none"] += 1
            counts["different"] += mark != their_mark
        elif mine and not other:
            counts["folded" if tier == "email_folded" else "second_address"] += 1
        elif other and not mine:
            counts["shared" if tier == "ambiguous" else "refused"] += 1
        else:
            counts["shared"] += 1
    if theirs_of:
        raise SystemExit(f"check: {theirs}: {len(theirs_of)} rows too many")
    counts["columns"] = len(common)
    return counts


def main():
    counts = compare(sys.argv[1], sys.argv[2])
    print(json.dumps(counts))
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
