"""What the peers share: the columns of the flat table, the shape of the answer, and the clock.

The flat table is what bench/export_contacts wrote: row, id, contact fields, attributes, email_key (canonical, unique).
The answer is the same for all: every client, in any order, with its own columns, then rv_id, rv_<field>..., attributes;
empty where the megabase doesn't know the client's e-mail. Each task is one process; it prints one line of JSON with the
seconds of the job alone (the interpreter's start and the imports aren't counted) with the output synced to the disk.
"""
import argparse
import csv
import glob
import json
import os
import re
import time


def arguments(tasks):
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=tasks)
    parser.add_argument("--schema", help="schema.yaml of the world: attributes and their types")
    parser.add_argument("--flat", help="folder of the flat table: contacts-*.csv.zst, contacts.parquet, contacts.duckdb")
    parser.add_argument("--clients", help="clients.csv")
    parser.add_argument("--out", help="file to write")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="12GB")
    return parser.parse_args()


def attributes(schema):
    """[(name, type)] of the attributes, from schema.yaml."""
    pattern = re.compile(r"\{name: (\w+), role: attribute, type: (\w+)")
    with open(schema, encoding="utf-8") as file:
        return pattern.findall(file.read())


class Table:
    """Names of the flat table's columns, by what they are."""

    def __init__(self, args):
        self.attributes = attributes(args.schema)
        with open(os.path.join(args.flat, "columns.csv"), encoding="utf-8") as file:
            names = next(csv.reader(file))
        known = {name for name, _ in self.attributes} | {"row", "id", "email_key"}
        self.names = names
        self.fields = [name for name in names if name not in known]
        self.parts = sorted(glob.glob(os.path.join(args.flat, "contacts-*.csv.zst")))

    def selected(self):
        """[(column, name in the answer)]"""
        return [("id", "rv_id")] + [(f, "rv_" + f) for f in self.fields] + [(a, a) for a, _ in self.attributes]


def client_columns(path):
    with open(path, encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def sync(path):
    """The same as the program does: the bytes and their folder's entry are on the disk."""
    for name in (path, os.path.dirname(os.path.abspath(path))):
        descriptor = os.open(name, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


class Clock:
    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self.start


def tell(seconds, path=None, **more):
    line = {"seconds": round(seconds, 6)}
    if path:
        line["bytes"] = os.path.getsize(path)
    line.update(more)
    print(json.dumps(line), flush=True)
