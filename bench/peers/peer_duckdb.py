"""DuckDB: from zstd Parquet and from its own database file, joined on one e-mail key to CSV and to Parquet.

Settings, after its "Tuning Workloads" and "Environment" pages: as many threads as asked, insertion order not kept, a memory limit
that leaves the page cache alone, integers as integers (the attributes), row groups of the default 122,880 rows.
"""
import os
from concurrent.futures import ThreadPoolExecutor

import duckdb
from peer import Clock, Table, arguments, client_columns, sync, tell

SQL_TYPES = {"integer": "SMALLINT", "flag": "UTINYINT", "category": "VARCHAR", "decimal": "DECIMAL(9,2)"}
TASKS = ["parquet", "database", "sources", "csv-from-parquet", "csv-from-database", "parquet-from-parquet",
         "parquet-from-database", "count-from-parquet", "column-bytes", "read-csv", "plan"]


def connect(args, path=":memory:", read_only=False):
    db = duckdb.connect(path, read_only=read_only)
    db.execute(f"SET threads = {args.threads}")
    db.execute("SET preserve_insertion_order = false")
    db.execute(f"SET memory_limit = '{args.memory}'")
    db.execute("SET enable_progress_bar = false")
    db.execute(f"SET temp_directory = '{os.path.join(args.flat, 'duckdb.tmp')}'")
    return db


def read_parts(table):
    types = {name: "VARCHAR" for name in table.names}
    types.update({name: SQL_TYPES[kind] for name, kind in table.attributes}, row="UINTEGER")
    columns = ", ".join(f"'{name}': '{types[name]}'" for name in table.names)
    files = ", ".join(f"'{part}'" for part in table.parts)
    return f"SELECT * FROM read_csv([{files}], header = true, delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}})"


def make_parquet(args, table):
    out = os.path.join(args.flat, "contacts.parquet")
    with connect(args) as db, Clock() as clock:
        db.execute(f"COPY ({read_parts(table)}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
        sync(out)
    tell(clock.seconds, out)


def make_database(args, table):
    out = os.path.join(args.flat, "contacts.duckdb")
    if os.path.exists(out):
        os.remove(out)
    with Clock() as clock:
        with connect(args, out) as db:
            db.execute(f"CREATE TABLE contacts AS SELECT * FROM read_parquet('{os.path.join(args.flat, 'contacts.parquet')}')")
            db.execute("CHECKPOINT")
        sync(out)
    tell(clock.seconds, out)


def make_sources(args):
    """The partner files as they come, CSV to zstd Parquet, nothing merged and no key normalised: what `build` is held
    against. One file of zstd keeps one thread busy, so as many files as threads are under way at once, the largest first.
    (The CP1252 file is read as Latin-1, which differs in a few signs: CP1252 needs an extension from the network.)"""
    folder = os.path.join(os.path.dirname(os.path.abspath(args.schema)), "sources")
    files = sorted(os.listdir(folder), key=lambda name: -os.path.getsize(os.path.join(folder, name)))

    def convert(name):
        out = os.path.join(args.out, name.replace(".csv.zst", ".parquet"))
        encoding = "latin-1" if name.startswith("fidelis") else "utf-8"
        with db.cursor() as cursor:
            cursor.execute(f"COPY (SELECT * FROM read_csv('{os.path.join(folder, name)}', all_varchar = true, encoding = '{encoding}')) "
                           f"TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
        sync(out)
        return os.path.getsize(out)

    with connect(args) as db, Clock() as clock, ThreadPoolExecutor(args.threads) as pool:
        size = sum(pool.map(convert, files))
    tell(clock.seconds, total=size)


def source_of(args, kind):
    return "contacts" if kind == "database" else f"read_parquet('{os.path.join(args.flat, 'contacts.parquet')}')"


def join_sql(args, table, kind):
    own = ", ".join(f'c."{name}"' for name in client_columns(args.clients))
    theirs = ", ".join(f'm."{name}" AS "{to}"' for name, to in table.selected())
    return (f"SELECT {own}, {theirs} FROM read_csv('{args.clients}', all_varchar = true) c "
            f"LEFT JOIN {source_of(args, kind)} m ON m.email_key = lower(trim(c.email))")


def join(args, table, to, kind):
    form = "FORMAT csv, HEADER" if to == "csv" else "FORMAT parquet, COMPRESSION zstd"
    path = os.path.join(args.flat, "contacts.duckdb") if kind == "database" else ":memory:"
    with connect(args, path, read_only=kind == "database") as db:
        if kind == "database":  # its buffers are filled beforehand, as the page cache is for files (W40: 12 s instead of 19-23)
            db.execute(f"COPY ({join_sql(args, table, kind)}) TO '{args.out}' ({form})")
        with Clock() as clock:
            db.execute(f"COPY ({join_sql(args, table, kind)}) TO '{args.out}' ({form})")
            sync(args.out)
    tell(clock.seconds, args.out)


def count(args):
    with connect(args) as db, Clock() as clock:
        matches = db.execute(f"SELECT count(*) FROM read_csv('{args.clients}', all_varchar = true) c JOIN "
                             f"{source_of(args, 'parquet')} m ON m.email_key = lower(trim(c.email))").fetchone()[0]
    tell(clock.seconds, matches=matches)


def column_bytes(args):
    """What the Parquet file's columns take, without those that only the join needs: to hold an archive against."""
    with connect(args) as db:
        size = db.execute("SELECT sum(total_compressed_size) FROM parquet_metadata(?) WHERE path_in_schema NOT IN ('row', 'email_key')",
                          [os.path.join(args.flat, "contacts.parquet")]).fetchone()[0]
    tell(0, total=int(size))


def read_csv(args):
    """Every cell of the file is looked at: rows, and the length of all columns."""
    lengths = " + ".join(f'coalesce(sum(strlen("{name}")), 0)' for name in client_columns(args.clients))
    with connect(args) as db, Clock() as clock:
        rows, letters = db.execute(f"SELECT count(*), {lengths} FROM read_csv('{args.clients}', all_varchar = true)").fetchone()
    tell(clock.seconds, args.clients, rows=rows, letters=int(letters))


def main():
    args = arguments(TASKS)
    if args.task == "read-csv":
        args.flat = args.flat or os.path.dirname(os.path.abspath(args.clients))
        return read_csv(args)
    if args.task == "sources":
        args.flat = args.out
        return make_sources(args)
    table = Table(args)
    if args.task == "parquet":
        make_parquet(args, table)
    elif args.task == "database":
        make_database(args, table)
    elif args.task == "count-from-parquet":
        count(args)
    elif args.task == "column-bytes":
        column_bytes(args)
    elif args.task == "plan":
        with connect(args) as db:
            print(db.execute("EXPLAIN " + join_sql(args, table, "parquet")).fetchone()[1])
    else:
        to, _, kind = args.task.partition("-from-")
        join(args, table, to, kind)


if __name__ == "__main__":
    main()
