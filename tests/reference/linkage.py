#!/usr/bin/env python3
"""How well `match` and `dedupe` recognise people: precision, recall and F1 on all the public data with known truth.

usage: linkage.py [--program REVEIL] [--best] [--errors] [CASE...] [-- OPTION...]

  CASE...      names, or the beginnings of names (febrl, dsgenF); default: all. --list tells them
  --program    default build/release/cli/reveil
  --best       also the F1 at the best threshold (further runs): the default threshold must come within 0.01 of it
  --errors     writes <folder>/<case>/errors.csv: each pair missed or wrongly found, both rows side by side
  --folder     where inputs, answers and errors are kept; default: a temporary folder, removed
  -- OPTION... handed to match and dedupe (--link wide, --one-to-one, --threads 1)

Exits 1 when a bound is missed or a command fails. Skips without the data.
"""
import argparse
import csv
import json
import multiprocessing
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(PROJECT, "bench")]

import linkage_cases  # noqa: E402
from measure import run  # noqa: E402

LOWEST = "0.001"  # for the whole curve of `match`, whose best links don't hang on the threshold
GRID = ["0.01", "0.05", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "0.95", "0.98", "0.99", "0.995", "0.999"]
GAP = 0.01
NO_LINK = {"", "none", "household", "ambiguous"}  # tiers that attach nobody


def apart(work, *args):
    """Work of this script in a process of its own: a program's peak memory begins with that of whoever starts it."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(work, args)


def command_of(case, prepared, program, out, extra):
    words = [program, "match" if case.kind == "pairs" else case.kind, "--out", out, "--id", "id", "--force", "--quiet"]
    if case.kind == "pairs":
        left, right = ((f"{column}={role}") for column, role in case.roles.items())
        return words + ["--pairs", prepared.inputs[0], "--left-columns", left, "--right-columns", right, *extra]
    files = ["--in", *prepared.inputs] if case.kind == "dedupe" else ["--left", prepared.inputs[0], "--right", prepared.inputs[1]]
    roles = [word for column, role in case.roles.items() for word in ("--role", f"{column}={role}")]
    return words + files + roles + extra


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def attached(path):
    """The links that attach somebody, in a file of their own."""
    rows = read(path)
    kept = path + ".attached.csv"
    with open(kept, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["left_id", "right_id", "tier", "probability"])
        writer.writerows([row["left_id"], row["right_id"], row["tier"], row["probability"]] for row in rows if row["tier"] not in NO_LINK)
    return kept


def evaluate(case, prepared, program, out):
    kind = "clusters" if case.kind == "dedupe" else "links"
    found = out if case.kind == "dedupe" else apart(attached, out)
    return json.loads(run([program, "evaluate", kind, "--found", found, "--truth", prepared.truth]).text)


def number(value):
    return 0.0 if value is None else float(value)


def best_of(case, prepared, args, folder, figures):
    """Clusters are made anew at each threshold of a grid; links are made once, from the lowest threshold on."""
    best = (max(number(figures["best_f1"]), number(figures["f1"])), figures.get("best_threshold"))
    for threshold in GRID if case.kind == "dedupe" else [LOWEST]:
        out = os.path.join(folder, "best.csv")
        run(command_of(case, prepared, args.program, out, [*args.extra, "--threshold", threshold]))
        told = evaluate(case, prepared, args.program, out)
        if case.kind == "dedupe":
            told.update(best_f1=told["f1"], best_threshold=threshold)
        if number(told["best_f1"]) > best[0]:
            best = (number(told["best_f1"]), told["best_threshold"])
    return best


def pairs_found(case, out):
    """{pair: probability} of what was found; clusters have no probability."""
    if case.kind != "dedupe":
        return {(row["left_id"], row["right_id"]): row["probability"] for row in read(attached(out))}
    clusters = {}
    for row in read(out):
        clusters.setdefault(row["cluster_id"], []).append(row["id"])
    order = linkage_cases.order
    return {(a, b): "" for same in clusters.values() for a in same for b in same if order(a) < order(b)}


def write_errors(case, args, out, folder):
    prepared, true_pairs, rows = linkage_cases.prepare(case, args.data, folder)
    found = pairs_found(case, out)
    sides = [""] if case.kind == "pairs" else ["left_", "right_"]
    with open(prepared.inputs[0], encoding="utf-8", newline="") as file:
        columns = [column.strip() for column in next(csv.reader(file))[1:]]
    lines = [["error", "probability", "left_id", "right_id"] + [side + column for column in columns for side in sides]]
    for kind, pairs in (("wrong", set(found) - true_pairs), ("missed", true_pairs - set(found))):
        for pair in sorted(pairs):
            cells = zip(*(rows[row_id] for row_id in pair[:len(sides)]))
            lines.append([kind, found.get(pair, ""), *pair] + [cell.strip() for both in cells for cell in both])
    path = os.path.join(folder, "errors.csv")
    linkage_cases.write_rows(path, lines)
    return path


def prepared_files(case, data, folder):
    return linkage_cases.prepare(case, data, folder)[0]


def take(case, args):
    """One case: its line of the table, and whether its bounds were met."""
    folder = os.path.join(args.folder, case.name)
    prepared = apart(prepared_files, case, args.data, folder)
    out = os.path.join(folder, "found.csv")
    done = run(command_of(case, prepared, args.program, out, args.extra), check=False)
    if done.status != 0:
        return f"{case.name:24} exit {done.status}: {done.text.strip()[:300]}", False
    figures = evaluate(case, prepared, args.program, out)
    f1 = number(figures["f1"])
    verdict = "" if not case.wanted else "met" if f1 >= case.wanted else "MISSED"
    best = ""
    if args.best:
        best_f1, at = best_of(case, prepared, args, folder, figures)
        best = f"{best_f1:8.4f} {str(at)[:8]:>8}"
        if best_f1 - f1 > GAP:
            verdict = (verdict + f" GAP {best_f1 - f1:.4f}").strip()
    if args.errors:
        verdict += "  " + apart(write_errors, case, args, out, folder)
    line = (f"{case.name:24} {number(figures['precision']):9.4f} {number(figures['recall']):8.4f} {f1:8.4f} {best:17} "
            f"{done.wall:7.2f} {done.peak / 1e6:7.0f} {case.wanted or '':>7}  {verdict}")
    return line, "MISSED" not in verdict and "GAP" not in verdict


def options():
    words = sys.argv[1:]
    own, extra = (words[:words.index("--")], words[words.index("--") + 1:]) if "--" in words else (words, [])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--program", default=os.path.join(PROJECT, "build/release/cli/reveil"))
    parser.add_argument("--data", default=os.path.join(PROJECT, "../../shared/data/linkage"))
    parser.add_argument("--folder")
    for switch in ("--best", "--errors", "--list"):
        parser.add_argument(switch, action="store_true")
    args = parser.parse_args(own)
    args.extra = extra
    if not os.path.isdir(args.data):  # a checkout beside the data, or one level deeper
        args.data = os.path.join(PROJECT, "../shared/data/linkage")
    return args


def main():
    args = options()
    wanted = [c for c in linkage_cases.cases() if not args.cases or any(c.name.startswith(begin) for begin in args.cases)]
    if args.list:
        print("\n".join(case.name for case in wanted))
        return 0
    if not os.path.isdir(args.data):
        print("skipped: the public data isn't beside the project")
        return 0
    if not wanted:
        print(f"linkage: no case is called {' '.join(args.cases)}; --list tells them", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        args.folder = args.folder or scratch
        print(f"{'case':24} {'precision':>9} {'recall':>8} {'f1':>8} {'best_f1':>8} {'at':>8} {'seconds':>7} {'MB':>7} {'wanted':>7}")
        missed = 0
        for case in wanted:
            line, good = take(case, args)
            missed += not good
            print(line, flush=True)
    print(f"{len(wanted)} cases, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
