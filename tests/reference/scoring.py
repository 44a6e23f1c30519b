#!/usr/bin/env python3
"""How well `score` ranks: methods on Adult and Bank beside gradient boosting on the same folds, few seeds, calibration, reasons.

usage: scoring.py [--program REVEIL] [--peers FOLDER] [--draws N] [--threads N] [PART...]

  PART...    adult, bank, seeds, reasons; default: all
  --program  default build/release/cli/reveil
  --peers    a virtual environment made by bench/peers/setup.sh (default build/bench/peers); without it our figures stand alone
  --draws    of seeds, per size (default 10)

Peers are trained on the folds that `score` makes of row numbers (a hash), and measured as it measures: within folds. Prints one line a
figure, with what is wanted; exits 1 when a bound is missed. Skips without the data.
"""
import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
SETS = {
    "adult": ("scoring/adult/adult.data", "Y", ">50K", ["--use-sensitive", "race", "--ignore", "fnlwgt"]),
    "bank": ("scoring/bank/bank-train.csv", "y", "yes", ["--ignore", "duration"]),
}
DROPPED = {"adult": "fnlwgt", "bank": "duration"}
GAP = {"adult": 0.003, "bank": 0.005}
WANTED_SEEDS = {50: 0.855, 200: 0.885, 1000: 0.90}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", default=[])
    parser.add_argument("--program", default=os.path.join(PROJECT, "build", "release", "cli", "reveil"))
    parser.add_argument("--peers", default=os.path.join(PROJECT, "build", "bench", "peers"))
    parser.add_argument("--data", default=os.environ.get("SHARED_DATA", os.path.join(PROJECT, "..", "shared", "data")))
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


class Checks:
    """Figures with what is wanted of them."""

    def __init__(self):
        self.missed = 0

    def tell(self, name, value, least=None, most=None):
        good = (least is None or value >= least) and (most is None or value <= most)
        bounds = "" if least is None and most is None else f"  wanted {'>=' if most is None else '<='} {least if most is None else most:.4f}"
        print(f"{name:60} {value:.4f}{bounds}{'' if good else '  MISSED'}", flush=True)
        self.missed += not good


def score(args, words):
    subprocess.run([args.program, "score", *words, "--quiet", "--force", "--threads", str(args.threads)], check=True)


def auc_of(labels, scores):
    """Mann-Whitney, ties half."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    seeds = others = won = i = 0
    while i < len(order):
        end, here = i, 0
        while end < len(order) and scores[order[end]] == scores[order[i]]:
            here += labels[order[end]]
            end += 1
        won += here * (2 * others + (end - i - here))
        seeds, others, i = seeds + here, others + (end - i - here), end
    return won / (2 * seeds * others)


# --- Methods, beside the peers ------------------------------------------------------------------------------------


def peers_of(args, name, path):
    """{peer: AUC} on the same folds, from the virtual environment's own interpreter; {} when it isn't there."""
    python = os.path.join(args.peers, "bin", "python")
    if not os.path.exists(python) or subprocess.run([python, "-c", "import sklearn, lightgbm"], stderr=subprocess.DEVNULL).returncode:
        print(f"{name}: no peers ({args.peers}; bench/peers/setup.sh makes it)")
        return {}
    column, active = SETS[name][1:3]
    words = [python, os.path.join(HERE, "scoring_peers.py"), path, column, active, DROPPED[name], str(args.threads)]
    return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)


def methods_part(args, name, folder, checks):
    path = os.path.join(args.data, SETS[name][0])
    column, active, options = SETS[name][1:]
    quality = os.path.join(folder, "quality.json")
    score(args, ["--in", path, "--active", f"{column}={active}", *options, "--out", os.path.join(folder, "s.csv"), "--quality", quality])
    with open(quality, encoding="utf-8") as file:
        sheet = json.load(file)
    methods = {method["method"]: method["auc"] for method in sheet["methods"]}
    for peer, auc in peers_of(args, name, path).items():
        checks.tell(f"{name}: {peer}", auc)
        if peer == "scikit-learn HistGradientBoosting":
            checks.tell(f"{name}: auto ({sheet['method']}) less {peer}", sheet["auc"] - auc, least=-GAP[name])
    for method, auc in methods.items():
        checks.tell(f"{name}: {method}", auc, least=0.92 if (name, method) == ("adult", "logistic") else methods["shared"])
    checks.tell(f"{name}: auto ({sheet['method']}), calibration error out of fold", sheet["calibration_error"], most=0.015)


# --- Few seeds ----------------------------------------------------------------------------------------------------


def seeds_part(args, folder, checks):
    """Some of the actives are known, all others hide in the pool; who ranks the hidden ones first?"""
    with open(os.path.join(args.data, SETS["adult"][0]), encoding="utf-8", newline="") as file:
        header, *rows = [row for row in csv.reader(file, skipinitialspace=True) if row]
    actives = [r for r, row in enumerate(rows) if row[-1] == ">50K"]
    table, out = os.path.join(folder, "seeds.csv"), os.path.join(folder, "s.csv")
    for size, wanted in WANTED_SEEDS.items():
        sums, chosen = {method: 0.0 for method in ("auto", "shared", "index")}, {}
        for draw in range(args.draws):
            known = set(random.Random(draw * 10000 + size).sample(actives, size))
            with open(table, "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(header)
                writer.writerows([*row[:-1], "known" if r in known else ""] for r, row in enumerate(rows))
            for method in sums:
                profile = os.path.join(folder, "p.json")
                score(args, ["--in", table, "--active", "Y=known", "--method", method, "--min-seeds", "25", "--out", out,
                             "--profile-out", profile, *SETS["adult"][3]])
                with open(out, encoding="utf-8", newline="") as file:
                    ranks = [(int(row["client_id"]) - 1, int(row["rank"])) for row in csv.DictReader(file)]
                sums[method] += auc_of([rows[r][-1] == ">50K" for r, _ in ranks], [-rank for _, rank in ranks])
                if method == "auto":
                    with open(profile, encoding="utf-8") as file:
                        name = json.load(file)["method"]
                    chosen[name] = chosen.get(name, 0) + 1
        means = {method: total / args.draws for method, total in sums.items()}
        told = ", ".join(f"{name} {n}" for name, n in sorted(chosen.items()))
        checks.tell(f"{size} seeds: auto, mean of {args.draws} draws ({told})", means["auto"], least=wanted)
        for method in ("shared", "index"):
            checks.tell(f"{size} seeds: {method}", means[method])
            checks.tell(f"{size} seeds: auto less {method}", means["auto"] - means[method], least=-0.003)


# --- Reasons ------------------------------------------------------------------------------------------------------


def reasons_part(args, folder, checks):
    """Ten thousand random rows of a profile with pairs, all their reasons told."""
    path, column, active, options = SETS["bank"]
    profile, out = os.path.join(folder, "p.json"), os.path.join(folder, "s.csv")
    path = os.path.join(args.data, path)
    score(args, ["--in", path, "--active", f"{column}={active}", *options, "--method", "boosted", "--out", out, "--profile-out", profile])
    score(args, ["--in", path, "--profile", profile, "--out", out, "--reasons", "64"])
    with open(out, encoding="utf-8", newline="") as file:
        rows = random.Random(1).sample(list(csv.DictReader(file)), 10000)
    wrong = pairs = 0
    for row in rows:
        parts = [part.rpartition(":") for part in row["reasons"].split("|")]
        total = sum(int(points) for _, _, points in parts)
        wrong += min(1000, max(0, total)) != int(row["score"])
        pairs += any("&" in name for name, _, _ in parts)
    checks.tell("reasons of 10,000 random rows that don't add up to the score", wrong, most=0)
    checks.tell("of them with a pair among their reasons", pairs, least=1)


def main():
    args = arguments()
    if not os.path.exists(os.path.join(args.data, SETS["adult"][0])):
        print(f"skipped: no data in {args.data}")
        return 0
    checks = Checks()
    parts = args.parts or ["adult", "bank", "seeds", "reasons"]
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            if part in SETS:
                methods_part(args, part, folder, checks)
            elif part == "seeds":
                seeds_part(args, folder, checks)
            elif part == "reasons":
                reasons_part(args, folder, checks)
            else:
                sys.exit(f"scoring.py: there is no part '{part}'")
    return 1 if checks.missed else 0


sys.exit(main())
