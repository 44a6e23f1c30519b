#!/usr/bin/env python3
"""A large file with bad lines among good ones: is the budget kept, is every bad line among the rejects with its own bytes, how much memory and how
much more processor time does it take than the clean file?

usage: large.py [--program REVEIL] [--bytes N] [--share .01] [--folder DIR] [--runs N]

Bad lines are of all kinds in turn: a field less, a field more, a quote that never closes, a zero byte, a byte that is no UTF-8, another separator.
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


def good(i):
    return b"%d;DUPONT%d;Ren\xc3\xa9e;marie.%d@exemple.fr;06%08d;12 rue de la Paix;%05d;Paris;12/%02d/1980;%d,%02d" % (i, i % 977, i, i % 99999999, i % 99999, 1 + i % 12, i % 5000, i % 100)


def bad(i):
    line = good(i)
    return [lambda: line.rsplit(b";", 1)[0], lambda: line + b";x", lambda: line.replace(b";DUPONT", b';"DUPONT'), lambda: line.replace(b"Ren", b"Re\0n"),
            lambda: line.replace(b"\xc3\xa9", b"\xe9"), lambda: line.replace(b";", b"|")][i // 100 % 6]()


def write(path, size, share):
    every = round(1 / share) if share else 0
    header = b"id;nom;prenom;email;mobile;adresse;cp;ville;naissance;montant\n"
    written, i, lines = len(header), 0, []
    with open(path, "wb", buffering=1 << 20) as file:
        file.write(header)
        while written < size:
            wrong = every and i % every == every - 1
            line = bad(i) if wrong else good(i)
            if wrong:
                lines.append(line)
            file.write(line + b"\n")
            written += len(line) + 1
            i += 1
    return i, lines


def clean(program, path, *flags):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, "clean", path, "--out", "/dev/null", "--progress", "none", "--threads", "1", *flags], capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.returncode, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stderr.decode()


def peak(program, path, *flags):
    code = f"import resource,subprocess,sys; subprocess.run({[program, 'clean', path, '--out', '/dev/null', '--progress', 'none', *flags]!r}, capture_output=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.dirname(HERE)), "build/release/cli/reveil"))
    parser.add_argument("--bytes", type=int, default=10**9)
    parser.add_argument("--share", type=float, default=.01)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        plain, spoiled, rejects = (os.path.join(folder, name) for name in ("plain.csv", "spoiled.csv", "rejects.csv"))
        write(plain, args.bytes, 0)
        rows, lines = write(spoiled, args.bytes, args.share)
        times = {plain: [], spoiled: []}
        for _ in range(args.runs):
            for path in times:
                code, seconds, text = clean(args.program, path, "--rejects", rejects, "--force", "--max-rejects", str(len(lines)))
                if code:
                    print(text)
                    return 1
                times[path].append(seconds)
        with open(rejects, encoding="utf-8", errors="surrogateescape", newline="") as file:
            told = [row[4] for row in csv.reader(line.replace("\0", "\ue000") for line in file)][1:]
        same = told == [line.decode(errors="surrogateescape").replace("\0", "\ue000") for line in lines]
        under = clean(args.program, spoiled, "--max-rejects", str(len(lines) - 1))[0]
        memory = peak(args.program, spoiled, "--max-rejects", "2%")
        ratio = min(times[spoiled]) / min(times[plain])
        print(f"{args.bytes / 1e9:g} GB, {rows} rows, {len(lines)} of them bad: {min(times[plain]):.2f} s of processor time clean, {min(times[spoiled]):.2f} s spoiled ({ratio:.2f} times); "
              f"peak {memory:.0f} MB; rejects {'complete, byte by byte' if same else 'DIFFER'}; a budget of one less: exit {under}")
        return 0 if same and under == 3 and memory < 200 and ratio <= 1.2 else 1


if __name__ == "__main__":
    sys.exit(main())
