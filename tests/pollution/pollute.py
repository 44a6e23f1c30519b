#!/usr/bin/env python3
"""Clean tables, the ways in which people and programs spoil them, and what is read of the spoiled files with no flag given.

Each pollution is one change of a clean table (separator, quotes, escape, line ends, lines above and below, header, width of rows, encoding, empty
lines, cells of several lines, stray quotes), in each position that it can have. What a reader gives back is held against the clean table: the
header, rows equal in all cells, cells. Besides, nothing may be lost in silence: every row bears a word of its own, and every word must stand in
what was written, among the rejects, or the file must have been refused.

usage: pollute.py [--program REVEIL] [--rows N] [--seed S] [--least SHARE] [--duckdb] [--table] [--keep DIR]

--duckdb reads the same files by DuckDB's auto-detection (read_csv, all columns as text) too; --table prints the result as Markdown, by pollution.
Exits 1 when less than SHARE (.97) of headers, rows or cells is recovered, or anything is lost unsaid: a row, or a byte that the sums of the summary miss.
"""
import argparse
import collections
import csv
import gzip
import io
import json
import os
import random
import subprocess
import sys
import tempfile

csv.field_size_limit(1 << 30)
HERE = os.path.dirname(os.path.abspath(__file__))
FIRSTS = ["Marie", "Jean", "Hélène", "Zoé", "Pierre", "Louise", "René", "François", "Anaïs", "Luc"]
LASTS = ["DUPONT", "LEFÈVRE", "MARTIN", "L'HUILLIER", "NOËL", "D'ANGELO", "DE LA TOUR", "GARÇON", "ROUX", "PETIT"]
CITIES = ["Paris", "Lyon", "Aix-en-Provence", "Besançon", "Saint-Étienne", "Nîmes", "Lille", "Bourg-en-Bresse"]


class Table:
    def __init__(self, name, header, rows):
        self.name, self.header, self.rows = name, header, rows


def tables(n, seed):
    r = random.Random(seed)
    word = lambda i: f"K{i:06d}Z"  # noqa: E731
    clients = [[word(i), r.choice(["M.", "Mme"]), r.choice(LASTS), r.choice(FIRSTS), f"{r.choice(FIRSTS).lower()}.{i}@exemple.fr".replace("é", "e").replace("ï", "i").replace("ç", "c").replace("è", "e"),
                f"06 {r.randrange(100):02d} {r.randrange(100):02d} {r.randrange(100):02d} {r.randrange(100):02d}", f"{r.randrange(1000, 99999):05d}", r.choice(CITIES),
                f"{r.randrange(1, 29):02d}/{r.randrange(1, 13):02d}/{r.randrange(1940, 2005)}", f"{r.randrange(1, 2000)},{r.randrange(100):02d}", r.choice(["oui", "non", ""])] for i in range(n)]
    orders = [[word(i), str(r.randrange(1000)), f"2026-{r.randrange(1, 13):02d}-{r.randrange(1, 29):02d}", f"{r.randrange(1, 300)}.{r.randrange(100):02d}", r.choice(["paid", "refunded", "open"])] for i in range(n)]
    notes = [[word(i), r.choice(["vu, à rappeler", "dit \"merci\"", "appel; sans suite", "RAS", "client fidèle", "", "deux lignes\nici", "12 rue du Bac, 75007 Paris"]), r.choice(["1", "0"])] for i in range(n)]
    return [Table("clients", ["Identifiant", "Civilité", "Nom", "Prénom", "E-mail", "Téléphone", "Code postal", "Ville", "Date de naissance", "Montant", "Optin"], clients),
            Table("orders", ["order_id", "customer", "date", "amount", "status"], orders),
            Table("notes", ["id", "commentaire", "actif"], notes)]


def text_of(rows, sep=",", quote='"', escape=None, quoting=csv.QUOTE_MINIMAL, end="\n"):
    out = io.StringIO()
    options = {"doublequote": False, "escapechar": escape} if escape else {}
    if quoting != csv.QUOTE_NONE:
        options["quotechar"] = quote
    writer = csv.writer(out, delimiter=sep, quoting=quoting, lineterminator=end, **options)
    writer.writerows(rows)
    return out.getvalue()


def usual(table):
    """As each program would write such a table: the French one with semicolons."""
    return ";" if table.name == "clients" else ","


def lines_of(table, sep=None):
    return [text_of([row], sep or usual(table))[:-1] for row in [table.header] + table.rows]


PLACES = {"first": lambda n: 1, "middle": lambda n: n // 2, "last": lambda n: n}  # of lines; 0 is the header


def pollutions(table):
    """(class, position, bytes, header or None, rows)"""
    t, sep, full = table, usual(table), [table.header] + table.rows
    n = len(t.rows)
    simple = t.name != "notes"  # its cells need no quotes

    def whole(kind, where, text, encoding="utf-8", header=t.header, rows=t.rows):
        data = text if isinstance(text, bytes) else text.encode(encoding, errors="strict")
        return kind, where, data, header, rows

    def joined(lines, end="\n"):
        return end.join(lines) + end

    yield whole("none", "", text_of(full, sep))
    for name, other in [("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("bar", "|"), ("caret", "^"), ("tilde", "~"), ("U+001F", "\x1f"), ("colon", ":"), ("blank", " ")]:
        yield whole("separator", name, text_of(full, other))
    yield whole("quote", "all", text_of(full, sep, quoting=csv.QUOTE_ALL))
    yield whole("quote", "all but numbers", text_of([t.header] + t.rows, sep, quoting=csv.QUOTE_NONNUMERIC))
    yield whole("quote", "'", text_of(full, sep, quote="'"))
    yield whole("quote", "' all", text_of(full, sep, quote="'", quoting=csv.QUOTE_ALL))
    yield whole("escape", "\\ before quotes", text_of(full, sep, escape="\\"))
    yield whole("escape", "\\ before quotes, all quoted", text_of(full, sep, escape="\\", quoting=csv.QUOTE_ALL))
    if not any("\n" in cell for row in t.rows for cell in row):
        yield whole("escape", "\\ before separators", text_of(full, sep, escape="\\", quoting=csv.QUOTE_NONE))
    for name, end in [("CRLF", "\r\n"), ("CR", "\r"), ("LF", "\n")]:
        yield whole("line end", name, text_of(full, sep, end=end, quoting=csv.QUOTE_MINIMAL if simple else csv.QUOTE_ALL))
    lines = lines_of(t)
    yield whole("line end", "mixed", "".join(line + ("\r\n", "\n")[i % 2] for i, line in enumerate(lines)))
    yield whole("line end", "none at the end", joined(lines)[:-1])
    yield whole("line end", "two at the end", joined(lines) + "\n")
    pad = sep * (len(t.header) - 1)
    above = {"a title": ["Export des données"], "title, date, empty line": ["Export des données", "Généré le 12/03/2026 à 10:32", ""],
             "five lines": ["Société Exemple SA", "Service marketing", "Export du 12/03/2026", "Utilisateur : admin", "Filtre : tous"],
             "keys and values": [f"Export{sep}clients", f"Date{sep}12/03/2026", f"Auteur{sep}Claire", ""], "padded": ["Export des données" + pad, pad, "Généré le 12/03/2026" + pad, pad],
             "sep=": [f"sep={sep}"], "comments": ["# exporté le 12/03/2026", "# par admin"], "empty lines": ["", ""]}
    for name, extra in above.items():
        yield whole("preamble", name, joined(extra + lines))
    blank = [""] * len(t.header)
    total = blank[:]
    total[0], total[-1] = "Total", "123456"
    below = {"a total": [text_of([total], sep)[:-1]], "count": [f"{n} lignes"], "empty line, note": ["", "Source : extraction CRM"], "three notes": ["", "Total : 1234", "Export généré par CRM", "Page 1/1"],
             "padded": ["Fin de l'export" + pad], "separators": [pad] * 5, "comment": ["-- fin --"]}
    for name, extra in below.items():
        yield whole("footer", name, joined(lines + extra))
    yield whole("header", "missing", joined(lines[1:]), header=None)
    yield whole("header", "doubled", joined(lines[:1] + lines))
    for where, at in PLACES.items():
        yield whole("header", "again: " + where, joined(lines[:at(n)] + lines[:1] + lines[at(n):]))
    twice, empty = t.header[:], t.header[:]
    twice[-1], empty[1] = twice[-2], ""
    yield whole("header", "a name twice", joined([text_of([twice], sep)[:-1]] + lines[1:]), header=twice[:-1] + [twice[-1] + "_2"])
    yield whole("header", "a name empty", joined([text_of([empty], sep)[:-1]] + lines[1:]), header=[name or "c2" for name in empty])
    yield whole("header", "of two lines", joined([text_of([[t.header[0] + "\n(clé)"] + t.header[1:]], sep)[:-1]] + lines[1:]), header=[t.header[0] + "\n(clé)"] + t.header[1:])
    yield whole("header", "separator at its end", joined([lines[0] + sep] + lines[1:]))
    yield whole("width", "separator at all ends", joined([line + sep for line in lines]))
    yield whole("width", "separator at the rows' ends", joined(lines[:1] + [line + sep for line in lines[1:]]))
    for where, at in PLACES.items():
        i = at(n)
        short, long = t.rows[i - 1][:-1], t.rows[i - 1] + ["surplus"]
        yield whole("width", "less: " + where, joined(lines[:i] + [text_of([short], sep)[:-1]] + lines[i + 1:]))
        yield whole("width", "more: " + where, joined(lines[:i] + [text_of([long], sep)[:-1]] + lines[i + 1:]))
        yield whole("width", "separators too many: " + where, joined(lines[:i] + [lines[i] + sep * 3] + lines[i + 1:]))
        yield whole("row's separator", where, joined(lines[:i] + [text_of([t.rows[i - 1]], "|")[:-1]] + lines[i + 1:]))
        yield whole("row's quotes", where, joined(lines[:i] + [text_of([t.rows[i - 1]], sep, quoting=csv.QUOTE_ALL)[:-1]] + lines[i + 1:]))
        yield whole("empty lines", where, joined(lines[:i] + ["", ""] + lines[i:]))
        yield whole("empty lines", "of separators: " + where, joined(lines[:i] + [pad] + lines[i:]))
        several = [row[:] for row in t.rows]
        several[i - 1][1] = "une ligne\net une autre\n\nfin"
        yield whole("cell of lines", where, text_of([t.header] + several, sep), rows=several)
        yield whole("cell of lines", "CRLF: " + where, text_of([t.header] + several, sep, end="\r\n"), rows=several)
        inch = [row[:] for row in t.rows]
        inch[i - 1][1] = '5" pouces'
        spoiled = text_of([inch[i - 1]], sep)[:-1].replace('"5"" pouces"', '5" pouces')
        yield whole("stray quote", "inside: " + where, joined(lines[:i] + [spoiled] + lines[i + 1:]), rows=inch)
        open_ = text_of([[t.rows[i - 1][0], "QQ"] + t.rows[i - 1][2:]], sep)[:-1].replace("QQ", '"ouvert', 1)
        yield whole("stray quote", "never closed: " + where, joined(lines[:i] + [open_] + lines[i + 1:]))
        yield whole("zero byte", where, joined(lines[:i] + [lines[i].replace("K", "K\0", 1)] + lines[i + 1:]))
        broken = joined(lines).encode().split(b"\n")
        broken[i] = broken[i][:-1] + b"\xe9" + broken[i][-1:]
        yield whole("encoding", "a CP1252 row: " + where, b"\n".join(broken))
    yield whole("empty lines", "after each row", joined(lines, "\n\n"))
    text = text_of(full, sep)
    for name, encoding in [("UTF-8 with a mark", "utf-8-sig"), ("UTF-16 with a mark", "utf-16"), ("UTF-16LE", "utf-16-le"), ("UTF-16BE", "utf-16-be"), ("CP1252", "cp1252")]:
        yield whole("encoding", name, text, encoding)
    yield whole("encoding", "UTF-16BE with a mark", b"\xfe\xff" + text.encode("utf-16-be"))
    yield whole("packed", "gzip", gzip.compress(text.encode(), mtime=0))
    if simple:
        apostrophes = [["'" + row[0]] + row[1:] for row in t.rows]
        yield whole("value", "' in front", text_of([t.header] + apostrophes, sep), rows=apostrophes)
        spoiled = [row[:] for row in t.rows]
        for row in spoiled[::3]:
            row[-2] = "3,36E+10"
        yield whole("value", "3,36E+10", text_of([t.header] + spoiled, sep), rows=spoiled)
    yield whole("two pollutions", "preamble, CP1252, CRLF, total", joined(above["title, date, empty line"] + lines + below["a total"], "\r\n"), "cp1252")
    yield whole("two pollutions", "tab, UTF-16, empty lines", joined(["", ""] + lines_of(t, "\t") + [""]), "utf-16")


# --- Readers --------------------------------------------------------------------------------------------------------------------------

def read_reveil(program, path, folder):
    out, rejects = os.path.join(folder, "out.csv"), os.path.join(folder, "rejects.csv")
    for file in (out, rejects):
        if os.path.exists(file):
            os.remove(file)
    done = subprocess.run([program, "clean", path, "--out", out, "--rejects", rejects, "--force", "--progress", "none", "--summary", "-"], capture_output=True)
    told = open(rejects, encoding="utf-8", errors="surrogateescape", newline="").read() if os.path.exists(rejects) else ""
    if done.returncode:
        return None, [], True, done.stderr.decode()
    check_bytes(path, json.loads(done.stdout.splitlines()[-1]), told)
    with open(out, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:], False, told


UNACCOUNTED = []


def check_bytes(path, summary, told):
    """Every byte of the file is in one of the sums, and the raw texts of the rejects are as long as two of the sums say."""
    entry = summary["inputs"][0]
    of = entry["of"]
    raw = sum(len(row[4].encode("utf-8", "surrogateescape")) for row in list(csv.reader(io.StringIO(told, newline="")))[1:])
    if sum(of.values()) != entry["bytes"] or ("\0" not in told and raw != of["rejected"] + of["set_aside"]):
        UNACCOUNTED.append(f"{os.path.basename(path)}: {entry['bytes']} bytes, of which {of}; {raw} bytes among the rejects")


def read_duckdb(connection, path):
    try:
        result = connection.execute(f"SELECT * FROM read_csv('{path}', all_varchar = true)")
        names = [column[0] for column in result.description]
        return names, [["" if cell is None else cell for cell in row] for row in result.fetchall()], False, ""
    except Exception as fault:  # whatever it is, the file wasn't read
        return None, [], True, str(fault)


# --- Judging --------------------------------------------------------------------------------------------------------------------------

class Score:
    def __init__(self):
        self.files = self.refused = self.headers = self.silent = 0
        self.rows = self.rows_found = self.cells = self.cells_found = 0

    def add(self, header, rows, read):
        names, found, refused, told = read
        self.files += 1
        self.refused += refused
        self.headers += not refused and (names == header if header else len(names) == len(rows[0]) and len(found) >= len(rows) - 1)
        want, got = collections.Counter(map(tuple, rows)), collections.Counter(map(tuple, found))
        self.rows += len(rows)
        self.rows_found += sum((want & got).values())
        want, got = collections.Counter(c for row in rows for c in row), collections.Counter(c for row in found for c in row)
        self.cells += sum(want.values())
        self.cells_found += sum((want & got).values())
        if refused:
            return 0
        seen = "\x00".join(cell for row in [names] + found for cell in row) + told
        lost = sum(row[0].lstrip("'") not in seen and row[0][:1] + "\0" + row[0][1:] not in seen for row in rows)
        self.silent += lost
        return lost

    def shares(self):
        return self.headers / self.files, self.rows_found / self.rows, self.cells_found / self.cells


def percent(share):
    return "100" if share == 1 else f"{100 * share:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.dirname(HERE)), "build/release/cli/reveil"))
    parser.add_argument("--rows", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=.97)
    parser.add_argument("--tables", default="clients,orders,notes")
    parser.add_argument("--every", type=int, default=1, help="every n-th file only, for a short run")
    parser.add_argument("--duckdb", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--keep")
    args = parser.parse_args()
    connection = None
    if args.duckdb:
        import duckdb
        connection = duckdb.connect()
    scores, peer, number, faults = collections.OrderedDict(), collections.OrderedDict(), 0, []
    with tempfile.TemporaryDirectory() as scratch:
        for table in tables(args.rows, args.seed):
            if table.name not in args.tables.split(","):
                continue
            for kind, where, data, header, rows in pollutions(table):
                number += 1
                if number % args.every:
                    continue
                path = os.path.join(args.keep or scratch, f"{table.name}-{number:03d}.csv" + ".gz" * (kind == "packed"))
                with open(path, "wb") as file:
                    file.write(data)
                read = read_reveil(args.program, path, scratch)
                before = scores.setdefault(kind, Score())
                rows_before, headers_before = before.rows_found, before.headers
                lost = before.add(header, rows, read)
                missing = len(rows) - (before.rows_found - rows_before)
                if lost or missing > 1 or before.headers == headers_before:
                    faults.append(f"{table.name} {kind} {where} ({os.path.basename(path)}): {missing} rows missing, {lost} unsaid, header {read[0] if before.headers == headers_before else 'right'}"
                                  f"{' refused: ' + read[3].strip()[:200] if read[2] else ''}")
                if connection:
                    peer.setdefault(kind, Score()).add(header, rows, read_duckdb(connection, path))
    everything = {name: Score() for name in ("reveil", "duckdb")}
    for name, by_kind in (("reveil", scores), ("duckdb", peer)):
        for score in by_kind.values():
            for field, value in vars(score).items():
                setattr(everything[name], field, getattr(everything[name], field) + value)
    if args.table:
        print("| pollution | files | header | rows | cells | refused | lost unsaid |" + (" header | rows | cells | refused | lost unsaid |" if connection else ""))
        print("| --- |" + " --- |" * (11 if connection else 6))
        for kind in list(scores) + ["all"]:
            line = []
            for by_kind, total in ((scores, everything["reveil"]), (peer, everything["duckdb"])):
                score = by_kind.get(kind, total)
                if score.files:
                    line += [score.files] * (by_kind is scores) + [percent(share) for share in score.shares()] + [score.refused, score.silent]
            print(f"| {kind} | " + " | ".join(map(str, line)) + " |")
    else:
        print("\n".join(faults + UNACCOUNTED))
    shares = everything["reveil"].shares()
    silent = everything["reveil"].silent
    print(f"{everything['reveil'].files} files: headers {percent(shares[0])} %, rows {percent(shares[1])} %, cells {percent(shares[2])} % recovered; "
          f"{everything['reveil'].refused} refused; {silent} rows lost unsaid")
    print(f"bytes that no sum holds: {len(UNACCOUNTED)} files")
    return 1 if min(shares) < args.least or silent or UNACCOUNTED else 0


if __name__ == "__main__":
    sys.exit(main())
