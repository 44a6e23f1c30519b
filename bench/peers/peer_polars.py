"""Polars: the flat Parquet scanned lazily, joined by the streaming engine, sunk as CSV.

After its user guide ("Lazy API", "Streaming", "Multiplexing"): scan and sink instead of read and write, one query, order not kept.
The clients stand on the left, so that all of them come out.
"""
import os
import sys

threads = sys.argv[sys.argv.index("--threads") + 1] if "--threads" in sys.argv else "2"
os.environ["POLARS_MAX_THREADS"] = threads  # read when the module is loaded

import polars as pl  # noqa: E402
from peer import Clock, Table, arguments, sync, tell  # noqa: E402


def answer(args, table):
    contacts = pl.scan_parquet(os.path.join(args.flat, "contacts.parquet")).select(
        [pl.col(name).alias(to) for name, to in table.selected()] + [pl.col("email_key")])
    clients = pl.scan_csv(args.clients, infer_schema=False)
    key = pl.col("email").str.strip_chars().str.to_lowercase()
    return clients.with_columns(key.alias("email_key")).join(contacts, on="email_key", how="left", maintain_order="none").drop("email_key")


def main():
    args = arguments(["csv-from-parquet"])
    table = Table(args)
    with Clock() as clock:
        answer(args, table).sink_csv(args.out)
        sync(args.out)
    tell(clock.seconds, args.out)


if __name__ == "__main__":
    main()
