"""`segment` beside DuckDB's grouping of the same file, in turn: processor and wall time, memory; the columns that both have are compared.

usage: segment.py --program REVEIL [--orders N] [--folder DIR] [--peer PYTHON] [--runs N] [--threads N]

The file is the synthetic world's transactions (seed 7), some 14.5 a client with orders, cut at N rows (10,000,000). PYTHON has duckdb
(bench/peers/setup.sh makes such a one); without it reveil is measured alone.
"""
import argparse
import itertools
import os
import statistics
import sys

from measure import run

AS_OF = "2026-11-01"


def make_orders(args):
    path = os.path.join(args.folder, f"orders-{args.orders}.csv")
    if not os.path.exists(path):
        world = os.path.join(args.folder, "world")
        clients = args.orders // 9  # three clients in four have orders
        run([args.program, "synth", "--contacts", clients, "--clients", clients, "--seed", 7, "--out", world, "--quiet", "--force"])
        with open(os.path.join(world, "transactions.csv")) as whole, open(path, "w") as part:
            part.writelines(itertools.islice(whole, args.orders + 1))
    return path


def same_columns(ours, theirs):
    """Rows of both that differ in client_id, first_order, last_order, orders, amount."""
    with open(ours) as a, open(theirs) as b:
        return sum(line.split(",")[:5] != other.rstrip("\n").split(",") for line, other in itertools.zip_longest(a, b, fillvalue=""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--folder", default="/tmp/reveil-bench-segment")
    parser.add_argument("--peer")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    orders = make_orders(args)
    ours, theirs = os.path.join(args.folder, "ours.csv"), os.path.join(args.folder, "theirs.csv")
    commands = {"reveil segment": [args.program, "segment", "--transactions", orders, "--as-of", AS_OF, "--out", ours, "--force", "--quiet",
                                   "--threads", args.threads]}
    if args.peer:
        peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "peer_segment.py")
        commands["duckdb, first five columns"] = [args.peer, peer, orders, theirs, AS_OF, args.threads]
    runs = {name: [] for name in commands}
    for _ in range(args.runs):
        for name, command in commands.items():
            runs[name].append(run(command))
    for name, several in runs.items():
        processor = [one.user + one.system for one in several]
        print(f"{name:28} processor {statistics.median(processor):6.2f} s ({min(processor):.2f}-{max(processor):.2f}), "
              f"wall {statistics.median(one.wall for one in several):6.2f} s, memory {max(one.peak for one in several) / 1e6:7.0f} MB")
    if args.peer:
        differ = same_columns(ours, theirs)
        print(f"rows that differ: {differ}")
        return 1 if differ else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
