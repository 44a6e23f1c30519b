#!/usr/bin/env python3
"""Learning and scoring beside scikit-learn, LightGBM and interpret: seconds, processor seconds and AUC on the same rows.

usage: scoring.py [--rows N] [--program REVEIL] [--threads N] [--peers A,B] [--keep FOLDER]

Run with the interpreter of bench/peers/setup.sh. A table of N rows (default 1,000,000) and 64 attributes of 2 to 90 values is drawn (seeded): a
third of the attributes count, and four pairs count beyond them. Everybody learns on the first four fifths and is measured on the last.
Peers get the table as numbers in memory, before their clock starts; reveil reads its CSV, and its time is the stage `learn` of its summary:
bins, five folds and the profile, six trainings in all; a training is a sixth of it. Applying is the stage `score_rows`. Prints a table.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COLUMNS = 64
PEERS = ["logistic", "hist", "lightgbm", "ebm"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--program", default=os.path.join(PROJECT, "build", "release", "cli", "reveil"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default="logistic,hist,lightgbm", help="of " + ", ".join(PEERS) + " (ebm takes minutes)")
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


def tell(name, learn, processor, apply, figure):
    print(f"| {name} | {learn:.2f} | {processor:.2f} | {apply:.3f} | {figure:.4f} |", flush=True)


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
    tell(f"reveil {method} ({learned['score']['method']}), six trainings and the sheet; processor: the whole command", learned["timings"]["learn"], used,
         applied["timings"]["score_rows"], auc(labels, -ranks))


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
    from interpret.glassbox import ExplainableBoostingClassifier

    return "interpret EBM", ExplainableBoostingClassifier(n_jobs=threads, random_state=1)


def main():
    args = arguments()
    codes, labels = world(args.rows)
    cut = args.rows * 4 // 5
    print(f"{args.rows} rows x {COLUMNS} attributes, {args.threads} threads\n")
    print("| | learning, s | processor, s | applying, s | AUC |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or temporary
        for name, part in (("train.csv", slice(0, cut)), ("test.csv", slice(cut, None))):
            if not os.path.exists(os.path.join(folder, name)):
                write(os.path.join(folder, name), codes[part], labels[part])
        for method in ("index", "logistic", "boosted", "auto"):
            ours(args, folder, labels[cut:], method)
    for name in [name for name in args.peers.split(",") if name]:
        title, model = peer(name, args.threads)
        features = codes.astype(numpy.float32) if name != "logistic" else codes
        before, since = processor(resource.RUSAGE_SELF), time.perf_counter()
        model.fit(features[:cut], labels[:cut])
        learned, used = time.perf_counter() - since, processor(resource.RUSAGE_SELF) - before
        since = time.perf_counter()
        chances = model.predict_proba(features[cut:])[:, 1]
        tell(title + ", one training", learned, used, time.perf_counter() - since, auc(labels[cut:], chances))


if __name__ == "__main__":
    sys.exit(main())
