"""Linkage of the French set (docs/LINKAGE-SET.md) beside Splink, in one run on the same files: seconds, memory, quality.

Both read the two CSV files and write the best link of each client. Quality is `reveil evaluate` for both. Splink gives
probabilities and no verdict: its F1 is told at 0.5 and at the best threshold that the truth shows.
"""
import csv
import json
import os

from measure import Entry, Measure, answer_of, in_turn, run

ROLES = {"prenom": "first_name", "nom": "last_name", "date_naissance": "birth_date", "mobile": "mobile", "adresse": "address_line",
         "complement": "address_extra", "code_postal": "postcode", "ville": "city"}


class LinkageSet:
    def __init__(self, args, tools):
        self.args, self.tools = args, tools
        self.folder = os.path.join(args.dir, f"linkage-{args.contacts}-{args.clients}-{args.seed}")
        self.contacts, self.clients, self.truth = (os.path.join(self.folder, name) for name in ("contacts.csv", "clients.csv", "truth.csv"))

    def make(self):
        if not os.path.exists(self.truth):
            self.tools.say("the linkage set")
            self.tools.reveil("synth", "--set", "linkage", "--contacts", self.args.contacts, "--clients", self.args.clients, "--seed",
                              self.args.seed, "--out", self.folder, "--quiet", "--force")

    def out(self, name):
        return os.path.join(self.folder, name)

    def match_command(self, out, *more):
        roles = [word for column, role in ROLES.items() for word in ("--role", f"{column}={role}")]
        return [self.tools.program, "match", "--left", self.clients, "--right", self.contacts, "--out", out, *roles, "--force",
                "--quiet", *more]

    def splink_command(self, out):
        return [self.tools.python, os.path.join(self.tools.peers, "peer_splink.py"), "--folder", self.folder, "--out", out, "--threads",
                self.args.threads]

    def entry(self, name, command, out, runs):
        measure = Measure("linkage", name, self.args.threads, self.args.clients, "client")
        return Entry(measure, command, [self.clients, self.contacts], out, runs)

    def quality(self, found):
        return json.loads(run([self.tools.program, "evaluate", "links", "--found", found, "--truth", self.truth]).text)


def from_probability(path, lowest):
    """The links of this probability or more, in a file of their own."""
    kept = f"{path}.{lowest}.csv"
    with open(path, encoding="utf-8", newline="") as file, open(kept, "w", encoding="utf-8", newline="") as out:
        rows = csv.DictReader(file)
        writer = csv.DictWriter(out, rows.fieldnames, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if float(row["probability"]) >= lowest)
    return kept


def quality_row(name, figures, best):
    cells = [f"{figures[key]:.4f}" if figures[key] is not None else "" for key in ("precision", "recall", "f1")]
    return [name, f"{figures['pairs_found']:,}", *cells, f"{best['best_f1']:.4f}" if best["best_f1"] is not None else ""]


def linkage(args, tools):
    """Measures, and the rows of the table of quality."""
    files = LinkageSet(args, tools)
    files.make()
    ours, theirs, all_ours = files.out("links.csv"), files.out("splink.csv"), files.out("links-all.csv")
    entries = [files.entry("reveil match", files.match_command(ours), ours, min(args.runs, 3))]
    if args.peers:
        entries.append(files.entry("Splink 5 (DuckDB)", files.splink_command(theirs), theirs, 1))
    measures = in_turn(entries, tools.say)
    rows = [["links of", "links", "precision", "recall", "F1", "best F1"]]
    if not measures[0].failed:
        run(files.match_command(all_ours, "--threshold", "0.01"))
        rows.append(quality_row("reveil match, as it comes", files.quality(ours), files.quality(all_ours)))
    if args.peers and not measures[1].failed:
        whole = files.quality(theirs)
        rows.append(quality_row("Splink 5, from probability 0.5", files.quality(from_probability(theirs, 0.5)), whole))
        told = answer_of(measures[1].runs[0]) or {}
        measures[1].note = ", ".join(f"{step} {seconds} s" for step, seconds in told.get("steps", {}).items())
    return measures, rows
