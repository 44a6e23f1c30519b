#!/usr/bin/env python3
"""Learning and scoring beside scikit-learn, LightGBM and interpret: seconds, processor seconds and AUC on the same rows.

usage: scoring.py [--rows N] [--program REVEIL] [--threads N] [--peers A,B] [--runs N] [--keep FOLDER] [--results DIR]

Run with the interpreter of bench/peers/setup.sh. A table of N rows (default 1,000,000) and 64 attributes of 2 to 90 values is drawn (seeded): a
third of the attributes count, and four pairs count beyond them. Everybody learns on the first four fifths and is measured on the last.
Peers get the table as numbers in memory, before their clock starts; reveil reads its CSV, and its time is the stage `learn` of its summary:
bins, five folds and the profile, six trainings in all; a training is a sixth of it. Applying is the stage `score_rows`. Prints a table of medians;
with --results it is kept as DIR/<date>-<machine>-scoring.md, with the machine and the versions beside.
"""
import argparse
import datetime
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy

import machine

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COLUMNS = 64
PEERS = ["logistic", "hist", "lightgbm", "categories", "ebm"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--program", default=os.path.join(PROJECT, "build", "release", "cli", "reveil"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default="logistic,hist,lightgbm,categories", help="of " + ", ".join(PEERS) + " (ebm takes minutes, and runs once)")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--results", help="folder for the result file")
    parser.add_argument("--keep", help="folder for the tables, used again when they are there")
    return parser.parse_args()


def world(rows):
    """(rows x COLUMNS codes, labels)"""
    random = numpy.random.default_rng(5)
    codes = numpy.empty((rows, COLUMNS), dtype=numpy.int16)
    push = numpy.full(rows, -1.2)
    for column in range(COLUMNS):
        values = [2, 3, 5, 8, 12, 20, 40, 90][column % 8]
        drawn = random.gamma(2.0, values / 6.0, rows) if column % 2 else random.integers(0, values, rows)
        codes[:, column] = numpy.minimum(drawn.astype(int), values - 1)
        if column % 3 == 0:
            push += 0.6 * random.normal(0, 0.5, values)[codes[:, column]]
    for a, b in [(0, 3), (5, 9), (12, 31), (20, 44)]:
        push += 0.8 * random.normal(0, 0.5, (100, 100))[codes[:, a], codes[:, b]]
    return codes, random.random(rows) < 1 / (1 + numpy.exp(-push))


def write(path, codes, labels):
    """Every fourth attribute is of words, the others of numbers."""
    words, numbers = numpy.array([f"v{i}" for i in range(100)]), numpy.array([str(i) for i in range(100)])
    with open(path, "w", encoding="ascii") as file:
        file.write("id," + ",".join(f"a{c:02d}" for c in range(COLUMNS)) + ",state\n")
        for begin in range(0, len(codes), 50000):
            block = codes[begin : begin + 50000]
            cells = [(words if c % 4 == 0 else numbers)[block[:, c]] for c in range(COLUMNS)]
            states = numpy.where(labels[begin : begin + 50000], "active", "lost")
            ids = (str(i) for i in range(begin, begin + len(block)))
            file.write("\n".join(map(",".join, zip(ids, *cells, states))) + "\n")


def auc(labels, scores):
    order = numpy.argsort(scores, kind="stable")
    _, index, counts = numpy.unique(scores[order], return_index=True, return_counts=True)
    ranks = numpy.empty(len(scores))
    ranks[order] = numpy.repeat(index + (counts + 1) / 2, counts)
    seeds = int(labels.sum())
    return (ranks[labels].sum() - seeds * (seeds + 1) / 2) / (seeds * (len(labels) - seeds))


def line_of(name, several):
    """several: (learning, processor, applying, auc) of each run."""
    learn, used, apply, figure = (statistics.median(one[k] for one in several) for k in range(4))
    spread = f" ({min(one[0] for one in several):.2f}-{max(one[0] for one in several):.2f})" if len(several) > 1 else ""
    line = f"| {name} | {learn:.2f}{spread} | {used:.2f} | {apply:.3f} | {figure:.4f} |"
    print(line, flush=True)
    return line


def processor(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def ours(args, folder, labels, method):
    paths = {name: os.path.join(folder, name) for name in ("train.csv", "test.csv", "profile.json", "scores.csv", "summary.json")}
    common = [args.program, "score", "--quiet", "--force", "--threads", str(args.threads), "--out", paths["scores.csv"], "--summary", paths["summary.json"]]

    def run(*words):
        before = processor(resource.RUSAGE_CHILDREN)
        subprocess.run([*common, *words], check=True)
        with open(paths["summary.json"], encoding="utf-8") as file:
            return json.load(file), processor(resource.RUSAGE_CHILDREN) - before

    learned, used = run("--in", paths["train.csv"], "--active", "state=active", "--method", method, "--profile-out", paths["profile.json"])
    applied, _ = run("--in", paths["test.csv"], "--profile", paths["profile.json"])
    ranks = numpy.loadtxt(paths["scores.csv"], delimiter=",", skiprows=1, usecols=3, dtype=int)
    name = method if learned["score"]["method"] == method else f"{method} (takes {learned['score']['method']})"
    return f"reveil {name}", (learned["timings"]["learn"], used, applied["timings"]["score_rows"], auc(labels, -ranks))


def peer(name, threads):
    if name == "logistic":
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder

        return "scikit-learn logistic, one-hot", make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=200))
    if name == "hist":
        from sklearn.ensemble import HistGradientBoostingClassifier

        return "scikit-learn HistGradientBoosting", HistGradientBoostingClassifier(random_state=1)
    if name == "lightgbm":
        import lightgbm

        return "LightGBM, 100 trees", lightgbm.LGBMClassifier(num_threads=threads, verbose=-1, seed=1)
    if name == "categories":
        import lightgbm

        return "LightGBM, 100 trees, told that attributes are categories", lightgbm.LGBMClassifier(num_threads=threads, verbose=-1, seed=1)
    from interpret.glassbox import ExplainableBoostingClassifier

    return "interpret EBM", ExplainableBoostingClassifier(n_jobs=threads, random_state=1)


def one_training(name, args, codes, labels, cut):
    title, model = peer(name, args.threads)
    features = codes.astype(numpy.float32) if name in ("hist", "lightgbm", "ebm") else codes
    before, since = processor(resource.RUSAGE_SELF), time.perf_counter()
    model.fit(features[:cut], labels[:cut], **({"categorical_feature": list(range(COLUMNS))} if name == "categories" else {}))
    learned, used = time.perf_counter() - since, processor(resource.RUSAGE_SELF) - before
    since = time.perf_counter()
    chances = model.predict_proba(features[cut:])[:, 1]
    return title, (learned, used, time.perf_counter() - since, auc(labels[cut:], chances))


def write_results(args, lines, since):
    path = os.path.join(args.results, f"{since:%Y-%m-%d}-{machine.short_name()}-scoring.md")
    commit = machine.first_line(["git", "-C", PROJECT, "log", "-1", "--format=%h"])
    facts = machine.facts(args.results) + [
        ("program", machine.first_line([args.program, "version"]) + f", commit {commit or 'unknown'}"),
        ("peers", machine.peer_versions(sys.executable)),
        ("asked", f"{args.rows:,} rows x {COLUMNS} attributes, {args.threads} threads, {args.runs} runs"),
        ("when", f"{since:%Y-%m-%d %H:%M} to {datetime.datetime.now():%H:%M}, load {machine.load()}"),
    ]
    with open(path, "w", encoding="utf-8") as file:
        file.write("# Learning and scoring, beside peers\n\nMade by `bench/scoring.py`, which says what is drawn and measured. Medians, with the fastest and the slowest "
                   "where there are several runs. AUC on the fifth that nobody learned from.\n\n" + "\n".join(lines) + "\n\n"
                   "reveil's learning is six trainings (five folds and the profile), calibration and the quality sheet, its processor time the whole command, files "
                   "read and written; a peer's is one training of arrays in memory, with no fold and no sheet. In this table each value's effect is drawn at "
                   "random, also of pairs of values: that suits tables more than cuts.\n\n## Machine\n\n| what | value |\n| --- | --- |\n"
                   + "".join(f"| {what} | {value} |\n" for what, value in facts))
    print(f"\nwritten: {path}")


def main():
    args, since = arguments(), datetime.datetime.now()
    codes, labels = world(args.rows)
    cut = args.rows * 4 // 5
    lines = ["| | learning, s | processor, s | applying to a fifth of the rows, s | AUC |", "| --- | --- | --- | --- | --- |"]
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or temporary
        for name, part in (("train.csv", slice(0, cut)), ("test.csv", slice(cut, None))):
            if not os.path.exists(os.path.join(folder, name)):
                write(os.path.join(folder, name), codes[part], labels[part])
        for method in ("index", "logistic", "boosted", "auto"):
            several = [ours(args, folder, labels[cut:], method) for _ in range(args.runs)]
            lines.append(line_of(several[0][0], [one[1] for one in several]))
    for name in [name for name in args.peers.split(",") if name]:
        several = [one_training(name, args, codes, labels, cut) for _ in range(1 if name == "ebm" else args.runs)]
        lines.append(line_of(several[0][0] + ", one training", [one[1] for one in several]))
    if args.results:
        write_results(args, lines, since)


if __name__ == "__main__":
    sys.exit(main())
