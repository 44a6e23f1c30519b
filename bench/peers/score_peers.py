"""Scoring contacts beside NumPy, FAISS and LightGBM: rows a second of each, and the same thousand best.

bench_score --export writes codes of the megabase's first rows, a table of random points, and our own best of these rows. NumPy looks
points up column by column (int32 sums, a column at a time, which beat all other ways tried); FAISS takes the inner product of one-hot
vectors with the vector of points (IndexFlatIP; as many rows as 2 GB hold); both must give our rows and scores. LightGBM predicts with 100
trees of 31 leaves learned on the same scores: another model, so only its rate is told.

Prints what bench/bench_tell.h says: name, threads, rows, "contact", seconds of each run, apart by tabs. Exit 1 when an answer differs.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time

import numpy

TOP = 1000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabase", required=True)
    parser.add_argument("--bench", help="the program bench_score (default: of the build folders)")
    parser.add_argument("--rows", type=int, default=4000000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    known, _ = parser.parse_known_args()  # the script that calls gives every peer the same options
    return known


def find_bench(given):
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build")
    for path in [given, os.path.join(root, "bench-release", "bench", "bench_score"), os.path.join(root, "release", "bench", "bench_score")]:
        if path and os.path.exists(path):
            return path
    sys.exit("score_peers: no program bench_score: cmake --build --preset release --target bench_score")


class World:
    """Codes (rows x attributes, a byte each), points by attribute and code, and our best: [(row, score)]."""

    def __init__(self, args, folder):
        paths = [os.path.join(folder, name) for name in ("codes", "points", "best")]
        subprocess.run([find_bench(args.bench), args.megabase, "--export", str(args.rows), *paths], check=True)
        with open(paths[1], encoding="ascii") as file:
            self.points = [numpy.array([int(p) for p in line.split()], dtype=numpy.int32) for line in file]
        self.codes = numpy.fromfile(paths[0], dtype=numpy.uint8).reshape(-1, len(self.points))
        with open(paths[2], encoding="ascii") as file:
            self.best = [tuple(int(x) for x in line.split()) for line in file]


def best_of(scores):
    """The TOP best by score, then by row."""
    least = numpy.partition(scores, len(scores) - TOP)[len(scores) - TOP]
    rows = numpy.flatnonzero(scores >= least)
    rows = rows[numpy.lexsort((rows, -scores[rows]))][:TOP]
    return [(int(row), int(scores[row])) for row in rows]


def tell(name, args, rows, seconds):
    print("\t".join([name, str(args.threads), str(rows), "contact"] + [f"{s:.6f}" for s in seconds]), flush=True)


def timed(args, work):
    seconds = []
    for _ in range(args.runs):
        since = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - since)
    return seconds, answer


def by_numpy(world, args):
    columns = numpy.ascontiguousarray(world.codes.T)  # its best case: by column, made before the clock starts

    def work():
        scores = numpy.full(columns.shape[1], 500, dtype=numpy.int32)
        for points, column in zip(world.points, columns):
            scores += points[column]
        return best_of(scores)

    seconds, answer = timed(args, work)
    tell(f"NumPy, look-ups by column, best {TOP}", args, columns.shape[1], seconds)
    return answer == world.best


def by_faiss(world, args):
    import faiss

    faiss.omp_set_num_threads(args.threads)
    starts = numpy.concatenate([[0], numpy.cumsum([len(points) for points in world.points])])
    rows = min(len(world.codes), (2 << 30) // (4 * int(starts[-1])))
    vectors = numpy.zeros((rows, starts[-1]), dtype=numpy.float32)
    for attribute in range(len(world.points)):
        vectors[numpy.arange(rows), starts[attribute] + world.codes[:rows, attribute]] = 1
    index = faiss.IndexFlatIP(int(starts[-1]))
    index.add(vectors)
    query = numpy.concatenate(world.points).astype(numpy.float32)[None, :]
    seconds, (scores, found) = timed(args, lambda: index.search(query, TOP))
    tell(f"FAISS, flat inner product of one-hot vectors, best {TOP}", args, rows, seconds)
    sums = sum(points[world.codes[:rows, a]].astype(numpy.int32) for a, points in enumerate(world.points)) + 500
    want = best_of(sums)  # of these rows; among equals FAISS has an order of its own
    same = [int(s) + 500 for s in scores[0]] == [score for _, score in want]
    return same and all(sums[row] == score + 500 for row, score in zip(found[0], scores[0].astype(int)))


def by_lightgbm(world, args):
    import lightgbm

    sums = sum(points[world.codes[:300000, a]].astype(numpy.int32) for a, points in enumerate(world.points))
    features = world.codes[:300000].astype(numpy.float32)
    data = lightgbm.Dataset(features, label=sums > numpy.quantile(sums, 0.6))
    options = {"objective": "binary", "num_leaves": 31, "num_threads": args.threads, "verbose": -1, "seed": 1}
    model = lightgbm.train(options, data, num_boost_round=100)
    seconds, _ = timed(args, lambda: model.predict(features, num_threads=args.threads))
    tell("LightGBM, prediction, 100 trees of 31 leaves", args, len(features), seconds)
    return True


def main():
    args = arguments()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        world = World(args, folder)
        wrong = [peer.__name__ for peer in (by_numpy, by_faiss, by_lightgbm) if not peer(world, args)]
    if wrong:
        sys.exit(f"score_peers: other answers than ours: {', '.join(wrong)}")


main()
