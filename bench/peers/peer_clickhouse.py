"""ClickHouse, in this process (chdb): from the flat Parquet and from its own MergeTree table.

Hash join as its guide on joins says: the smaller table, the clients, on the right, where the hash table is made; the large one
streams by, filtered beforehand by the clients' keys (IN), which spares it the other columns of most rows (W40: 32 s instead of 41). And the direct join, "the fastest" there: a dictionary keyed by e-mail that holds every column in memory, made before
the clock starts; it is tried where its memory suffices.
"""
import json
import os
import shutil

from chdb import session
from peer import Clock, Table, arguments, client_columns, sync, tell

TASKS = ["table", "csv-from-parquet", "csv-from-table", "csv-from-dictionary"]
SQL_TYPES = {"integer": "Nullable(Int16)", "flag": "Nullable(UInt8)", "category": "Nullable(String)", "decimal": "Nullable(Decimal(9, 2))"}


class Engine:
    def __init__(self, args):
        self.args = args
        self.folder = os.path.join(args.flat, "clickhouse")
        self.session = session.Session(self.folder)
        self.query(f"SET max_threads = {args.threads}")
        self.query(f"SET max_memory_usage = {int(args.memory[:-2]) * 10**9}")
        self.query("SET output_format_csv_crlf_end_of_line = 0")
        self.query("SET format_csv_null_representation = ''")
        self.query("SET join_use_nulls = 1")

    def query(self, sql):
        return self.session.query(sql, "CSV")


def parquet(args):
    return f"file('{os.path.join(args.flat, 'contacts.parquet')}', Parquet)"


def clients(args):
    structure = ", ".join(f"{name} String" for name in client_columns(args.clients))
    return f"file('{args.clients}', CSVWithNames, '{structure}')"


def columns(args, table):
    own = [f"c.{name} AS {name}" for name in client_columns(args.clients)]
    return ", ".join(own + [f"m.{name} AS {to}" for name, to in table.selected()])


def make_table(engine, table):
    types = {name: "Nullable(String)" for name in table.names}
    types.update({name: SQL_TYPES[kind] for name, kind in table.attributes}, row="UInt32")
    structure = ", ".join(f"{name} {types[name]}" for name in table.names)
    names = ", ".join(table.names)
    with Clock() as clock:
        engine.query("CREATE DATABASE IF NOT EXISTS bench")
        engine.query("DROP TABLE IF EXISTS bench.contacts")
        engine.query(f"CREATE TABLE bench.contacts ({structure}) ENGINE = MergeTree ORDER BY row")
        engine.query(f"INSERT INTO bench.contacts SELECT {names} FROM {parquet(engine.args)}")
    tell(clock.seconds)


def hash_join(engine, table, source):
    args = engine.args
    with Clock() as clock:
        engine.query(f"SELECT {columns(args, table)} FROM (SELECT * FROM {source} WHERE email_key IN "
                     f"(SELECT lower(trim(email)) FROM {clients(args)} WHERE email != '')) AS m RIGHT JOIN "
                     f"(SELECT *, lower(trim(email)) AS k FROM {clients(args)}) AS c ON m.email_key = c.k "
                     f"INTO OUTFILE '{args.out}' TRUNCATE FORMAT CSVWithNames SETTINGS join_algorithm = 'hash'")
        sync(args.out)
    tell(clock.seconds, args.out)


def direct_join(engine, table):
    args = engine.args
    types = dict.fromkeys((name for name, _ in table.selected()), "Nullable(String)")
    types.update({name: SQL_TYPES[kind] for name, kind in table.attributes})
    held = ", ".join(f"{name} {kind}" for name, kind in types.items())
    with Clock() as loading:
        engine.query("DROP DICTIONARY IF EXISTS bench.by_email")
        names = ", ".join(name for name, _ in table.selected())
        engine.query(f"CREATE DICTIONARY bench.by_email (email_key String, {held}) PRIMARY KEY email_key "
                     f"SOURCE(CLICKHOUSE(QUERY 'SELECT assumeNotNull(email_key) AS email_key, {names} FROM bench.contacts "
                     f"WHERE email_key != \\'\\'')) LAYOUT(COMPLEX_KEY_HASHED_ARRAY()) LIFETIME(0)")
        engine.query("SYSTEM RELOAD DICTIONARY bench.by_email")
    held = engine.session.query("SELECT bytes_allocated, element_count FROM system.dictionaries WHERE name = 'by_email'", "JSONEachRow")
    with Clock() as clock:
        engine.query(f"SELECT {columns(args, table)} FROM (SELECT *, lower(trim(email)) AS k FROM {clients(args)}) AS c "
                     f"LEFT JOIN bench.by_email AS m ON m.email_key = c.k "
                     f"INTO OUTFILE '{args.out}' TRUNCATE FORMAT CSVWithNames SETTINGS join_algorithm = 'direct'")
        sync(args.out)
    tell(clock.seconds, args.out, loading=round(loading.seconds, 3), dictionary=json.loads(str(held).splitlines()[0]))


def main():
    args = arguments(TASKS)
    table = Table(args)
    if args.task == "table":
        shutil.rmtree(os.path.join(args.flat, "clickhouse"), ignore_errors=True)
    if args.out and os.path.exists(args.out):
        os.remove(args.out)
    engine = Engine(args)
    if args.task == "table":
        make_table(engine, table)
    elif args.task == "csv-from-dictionary":
        direct_join(engine, table)
    else:
        hash_join(engine, table, parquet(args) if args.task == "csv-from-parquet" else "bench.contacts")


if __name__ == "__main__":
    main()
