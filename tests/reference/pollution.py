#!/usr/bin/env python3
"""A client file in which 30 % of the rows share one e-mail, one mobile or one name: time beside the clean file's, and whom it
attaches wrongly. `match` on the linkage set with e-mails, `enrich` on the world, both made by `synth`.

usage: pollution.py [--program REVEIL] [--contacts N] [--clients M] [--runs N] [--folder DIR] [match] [enrich]

Wanted: at most twice the time of the clean file; of the polluted rows no more wrong than in the clean file, or than where these
cells are empty (who loses an e-mail that spoke against a namesake loses it either way); the report names the value. Exits 1 when one is missed.
"""
import argparse
import csv
import os
import statistics
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(PROJECT, "bench")]

from linkage import apart  # noqa: E402
from measure import run  # noqa: E402

SHARE, TIMES = 0.30, 2.0
KINDS = {"clean": {}, "email": {"email": "accueil.magasin@orange.fr"}, "mobile": {"mobile": "0611223344", "telephone": "0611223344"},
         "name": {"prenom": "Jean", "nom": "Dupont"}}
NO_LINK = {"", "none", "household", "ambiguous"}


def polluted(client):
    return zlib.crc32(client.encode()) % 1000 < SHARE * 1000


def pollute(clean, path, cells):
    with open(clean, encoding="utf-8", newline="") as file, open(path, "w", encoding="utf-8", newline="") as out:
        rows = csv.DictReader(file)
        writer = csv.DictWriter(out, rows.fieldnames, lineterminator="\n")
        writer.writeheader()
        held = {column: value for column, value in cells.items() if column in rows.fieldnames}
        writer.writerows({**row, **held} if polluted(row["client_id"]) else row for row in rows)


class Match:
    name = "match"

    def __init__(self, args, folder):
        self.program, self.folder = args.program, os.path.join(folder, "set")
        run([args.program, "synth", "--set", "linkage-email", "--contacts", args.contacts, "--clients", args.clients, "--seed", 5, "--out",
             self.folder, "--quiet", "--force"])
        self.clean, self.truth = (os.path.join(self.folder, name) for name in ("clients.csv", "truth.csv"))

    def command(self, clients, out):
        return [self.program, "match", "--left", clients, "--right", os.path.join(self.folder, "contacts.csv"), "--out", out, "--force",
                "--show-values"]

    columns = ("left_id", "right_id", "tier")


class Enrich:
    name = "enrich"

    def __init__(self, args, folder):
        self.program, self.folder = args.program, os.path.join(folder, "world")
        run([args.program, "synth", "--contacts", args.contacts, "--clients", args.clients, "--seed", 5, "--out", self.folder, "--quiet",
             "--force"])
        self.base = os.path.join(self.folder, "mega.rvl")
        run([args.program, "build", "--schema", os.path.join(self.folder, "schema.yaml"), "--out", self.base, "--seed", 5, "--quiet", "--force"])
        self.clean, self.truth = (os.path.join(self.folder, name) for name in ("clients.csv", "truth.csv"))

    def command(self, clients, out):
        return [self.program, "enrich", "--megabase", self.base, "--clients", clients, "--out", out, "--force", "--show-values"]

    columns = ("client_id", "rv_contact_id", "rv_tier")


def read_truth(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {row["client_id"]: set(row["contact_id"].split("|")) - {""} for row in csv.DictReader(file)}


def judge(task, out):
    """Rows attached, and the clients attached to somebody they aren't."""
    truth, (client, contact, tier) = read_truth(task.truth), task.columns
    with open(out, encoding="utf-8", newline="") as file:
        links = [(row[client], row[contact]) for row in csv.DictReader(file) if row[tier] not in NO_LINK and row[contact]]
    return len(links), {client for client, contact in links if contact not in truth[client]}


def take(task, args, folder):
    times, peaks, reports = {kind: [] for kind in KINDS}, {}, {}
    for kind, cells in KINDS.items():
        apart(pollute, task.clean, os.path.join(folder, kind + ".csv"), cells)
    for _ in range(args.runs):
        for kind in KINDS:
            out = os.path.join(folder, f"{task.name}-{kind}.csv")
            done = run(task.command(os.path.join(folder, kind + ".csv"), out))
            times[kind].append(done.wall)
            peaks[kind], reports[kind] = done.peak, done.text
    emptied = {"clean": set()}
    for kind, cells in KINDS.items():
        if kind != "clean":
            apart(pollute, task.clean, os.path.join(folder, "empty.csv"), dict.fromkeys(cells, ""))
            out = os.path.join(folder, f"{task.name}-empty.csv")
            run(task.command(os.path.join(folder, "empty.csv"), out))
            emptied[kind] = {client for client in apart(judge, task, out)[1] if polluted(client)}
    found = {kind: apart(judge, task, os.path.join(folder, f"{task.name}-{kind}.csv")) for kind in KINDS}
    missed = 0
    for kind, cells in KINDS.items():
        seconds, wrong = statistics.median(times[kind]), found[kind][1]
        before = {client for client in found["clean"][1] if polluted(client)}
        now = {client for client in wrong if polluted(client)}
        ratio = seconds / statistics.median(times["clean"])
        named = all(value.upper() in reports[kind].upper() for value in set(cells.values()))
        allowed = len(before) if kind == "name" else max(len(before), len(emptied[kind]))  # without a name families look alike
        checks = (("TIME", ratio > TIMES), ("WRONG", len(now) > allowed), ("UNNAMED", not named))
        faults = [] if kind == "clean" else [name for name, bad in checks if bad]
        missed += len(faults)
        print(f"{task.name:8} {kind:8} {seconds:8.2f} {ratio:6.2f} {peaks[kind] / 1e6:8.0f} {found[kind][0]:9} {len(wrong):7} {len(now):9} "
              f"{len(now - before):7} {len(emptied[kind]):7}  {' '.join(faults) or 'met'}", flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", choices=["match", "enrich", []])
    parser.add_argument("--program", default=os.path.join(PROJECT, "build/release/cli/reveil"))
    parser.add_argument("--contacts", type=int, default=200000)
    parser.add_argument("--clients", type=int, default=100000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.folder or scratch
        os.makedirs(folder, exist_ok=True)
        print("polluted: of these rows; new: that the clean file hasn't; emptied: of these rows where the cells are empty\n"
              f"{'command':8} {'shared':8} {'seconds':>8} {'times':>6} {'MB':>8} {'attached':>9} {'wrong':>7} {'polluted':>9} {'new':>7} {'emptied':>7}")
        missed = sum(take(task(args, folder), args, folder) for task in (Match, Enrich) if not args.tasks or task.name in args.tasks)
    print(f"{missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
