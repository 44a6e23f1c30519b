#!/usr/bin/env python3
"""A large file with bad lines among good ones: is the budget kept, is every bad line among the rejects with its own bytes, how much memory and how
much more processor time does it take than the clean file?

usage: large.py [--program REVEIL] [--bytes N] [--share .01] [--folder DIR] [--runs N] [--kind NAME ...] [--megabase FILE]

Kinds: `all` stands for all of them in turn; each can be asked for alone, `each` asks for one after the other, and `all` last. A line of the result is one kind
and one command: `clean`, with --megabase `enrich` too. The clean file is read in the same round as the spoiled one.
Exits 1 when a bad line is missing, memory grows beyond 200 MB, or the time is more than 1.2 times the clean file's.
"""
import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
csv.field_size_limit(1 << 30)
LIMIT = 64 << 20

KINDS = {
    "field_less": lambda line: line.rsplit(b";", 1)[0],
    "field_more": lambda line: line + b";x",
    "unclosed_quote": lambda line: line.replace(b";DUPONT", b';"DUPONT'),
    "text_after_quote": lambda line: line.replace(b";Ren\xc3\xa9e;", b';"Ren\xc3\xa9e" dite Nini;'),
    "zero_byte": lambda line: line.replace(b"Ren", b"Re\0n"),
    "not_utf8": lambda line: line.replace(b"\xc3\xa9", b"\xe9"),
    "other_separator": lambda line: line.replace(b";", b"|"),
}


def good(i):
    return b"%d;DUPONT%d;Ren\xc3\xa9e;marie.%d@exemple.fr;06%08d;12 rue de la Paix;%05d;Paris;12/%02d/1980;%d,%02d" % (i, i % 977, i, i % 99999999, i % 99999, 1 + i % 12, i % 5000, i % 100)


def write(path, size, share, kinds):
    every = round(1 / share) if share else 0
    header = b"id;nom;prenom;email;mobile;adresse;cp;ville;naissance;montant\n"
    written, i, lines = len(header), 0, []
    with open(path, "wb", buffering=1 << 20) as file:
        file.write(header)
        while written < size:
            line = good(i)
            if every and i % every == every - 1:
                line = KINDS[kinds[i // every % len(kinds)]](line)
                lines.append(line)
            file.write(line + b"\n")
            written += len(line) + 1
            i += 1
    return i, lines


def write_too_long(path, size):
    """One record beyond the limit in the middle: a value of 65 MB."""
    rows, _ = write(path, size // 2, 0, [])
    line = good(rows).replace(b"Paix", b"x" * (LIMIT + (1 << 20)))
    with open(path, "ab", buffering=1 << 20) as file:
        file.write(line + b"\n")
        written = os.path.getsize(path)
        for i in range(rows + 1, 1 << 40):
            if written >= size:
                return i, [line[:LIMIT]]
            written += file.write(good(i) + b"\n")


def run(program, command, path, *flags, megabase=None):
    base = ["--clients", path, "--megabase", megabase] if command == "enrich" else [path]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, command, *base, "--out", "/dev/null", "--progress", "none", "--threads", "1", *flags], capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.returncode, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stderr.decode()


def peak(program, path, *flags):
    code = f"import resource,subprocess,sys; subprocess.run({[program, 'clean', path, '--out', '/dev/null', '--progress', 'none', *flags]!r}, capture_output=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout) / 1024


def told_lines(rejects):
    with open(rejects, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return [row[4] for row in csv.reader(line.replace("\0", "\ue000") for line in file)][1:]


def measure(args, kind, plain, spoiled, rejects):
    if kind == "too_long":
        rows, lines = write_too_long(spoiled, args.bytes)
    else:
        rows, lines = write(spoiled, args.bytes, args.share, list(KINDS) if kind == "all" else [kind])
    fine = True
    for command in ("clean", "enrich") if args.megabase else ("clean",):
        times = {plain: [], spoiled: []}
        for _ in range(args.runs):
            for path in times:
                code, seconds, text = run(args.program, command, path, "--rejects", rejects, "--force", "--max-rejects", str(len(lines)), megabase=args.megabase)
                if code:
                    print(text)
                    return False
                times[path].append(seconds)
        same = told_lines(rejects) == [line.decode(errors="surrogateescape").replace("\0", "\ue000") for line in lines]
        under = run(args.program, command, spoiled, "--max-rejects", str(len(lines) - 1), megabase=args.megabase)[0] if lines[1:] else 3
        memory = peak(args.program, spoiled, "--max-rejects", "2%")
        ratio = min(times[spoiled]) / min(times[plain])
        print(f"{kind}, {command}: {args.bytes / 1e9:g} GB, {rows} rows, {len(lines)} of them bad: {min(times[plain]):.2f} s of processor time clean, {min(times[spoiled]):.2f} s spoiled ({ratio:.2f} times); "
              f"peak {memory:.0f} MB; rejects {'complete, byte by byte' if same else 'DIFFER'}; a budget of one less: exit {under}", flush=True)
        fine &= same and under == 3 and memory < 200 and ratio <= 1.2
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.dirname(HERE)), "build/release/cli/reveil"))
    parser.add_argument("--bytes", type=int, default=10**9)
    parser.add_argument("--share", type=float, default=.01)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--kind", nargs="+", choices=[*KINDS, "too_long", "all", "each"], default=["all"])
    parser.add_argument("--megabase")
    parser.add_argument("--folder")
    args = parser.parse_args()
    kinds = [*KINDS, "too_long", "all"] if args.kind == ["each"] else args.kind
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        plain, spoiled, rejects = (os.path.join(folder, name) for name in ("plain.csv", "spoiled.csv", "rejects.csv"))
        write(plain, args.bytes, 0, [])
        return 0 if all([measure(args, kind, plain, spoiled, rejects) for kind in kinds]) else 1


if __name__ == "__main__":
    sys.exit(main())
