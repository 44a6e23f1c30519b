#!/usr/bin/env python3
"""What scripts/bench.sh runs once everything is built: the plan of the measurements.

Each figure is a process measured whole (measure.py), in turn with the others, its inputs read beforehand so that the page
cache holds them, its output removed before and synced within. Stages alone come from bench_stages, the machine's limits from
bench_limits, in the same run. Peers time their job alone: their interpreter's start isn't counted, ours is.
"""
import argparse
import datetime
import json
import os
import re
import shutil
import sys

import machine
import report
from growth import growth
from linkage import linkage
from measure import Entry, Measure, answer_of, from_lines, huge_shares, in_turn, run, warm, write_raw
from world import ROLES, THREE_KEYS, World

SLOW_SECONDS = 20  # what takes longer is run three times instead of five
DICTIONARY_BYTES_PER_CONTACT = 1300  # of ClickHouse's dictionary with all columns, as measured at 1 M


class Tools:
    """The programs, and how they are called when nothing is measured."""

    def __init__(self, args):
        self.binaries, self.threads = args.binaries, args.threads
        self.program = os.path.join(args.binaries, "cli", "reveil")
        self.python = os.path.join(args.peer_folder, "bin", "python")
        self.peers = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")

    def bench(self, name):
        return os.path.join(self.binaries, "bench", name)

    def reveil(self, *words):
        return run([self.program, *words])

    def run(self, command):
        return run(command)

    def say(self, text):
        print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


class Bench:
    def __init__(self, args):
        self.args, self.tools = args, Tools(args)
        self.world = World(args.dir, args.contacts, args.clients, args.seed, self.tools)
        self.measures, self.checks, self.scoring, self.linkage = [], [], "", []
        self.fewer = max(1, min(args.runs, 3))
        self.parquet, self.database = (os.path.join(self.world.flat, name) for name in ("contacts.parquet", "contacts.duckdb"))

    def out(self, name):
        return self.world.at("out", name)

    def forget(self, name):
        if os.path.exists(self.out(name)):
            os.remove(self.out(name))

    def entry(self, section, name, command, **how):
        amount, unit, note = how.pop("amount", 0), how.pop("unit", ""), how.pop("note", "")
        how.setdefault("runs", self.args.runs)
        return Entry(Measure(section, name, self.args.threads, amount, unit, note=note), command, **how)

    def take(self, entries):
        for measure in in_turn(entries, self.tools.say):
            if measure.failed:
                self.checks.append((measure.name, f"FAILED, {measure.failed}"))
            else:
                self.measures.append(measure)

    # --- reveil alone -------------------------------------------------------------------------------------------------

    def prepare(self):
        self.world.make()
        os.makedirs(self.world.at("out"), exist_ok=True)
        self.check_space()
        if self.args.rebuild or not os.path.exists(self.world.image) or not self.current():
            entry = self.entry("build", "build: partner files to image, all indexes", self.world.build_command(),
                               inputs=self.world.sources(), out=self.world.image, runs=1, amount=self.sources_bytes(), unit="B")
            self.take([entry])
            if not self.measures:
                raise SystemExit(f"bench: no megabase: {self.checks[-1][1]}")

    def check_space(self):
        if os.path.exists(self.world.image):
            return
        free, wanted = shutil.disk_usage(self.world.folder).free, self.args.contacts * 700
        if free < wanted:
            raise SystemExit(f"bench: {self.args.dir}: {free / 1e9:.0f} GB free, some {wanted / 1e9:.0f} GB wanted: name another by --dir")

    def current(self):
        """Is the kept megabase of the format that this program writes? A small one tells which that is."""
        kept = self.format_of(self.world.image)
        small = World(self.args.dir, 1000, 100, self.args.seed, self.tools)
        small.make(orders=False)
        run(small.build_command())
        return kept == self.format_of(small.image)

    def format_of(self, image):
        found = re.search(r"format \d+", run([self.tools.program, "info", image], check=False).text)
        return found.group(0) if found else ""

    def sources_bytes(self):
        return sum(os.path.getsize(path) for path in self.world.sources())

    def limits(self):
        self.tools.say("the machine's limits")
        warm([self.world.image])
        done = run([self.tools.bench("bench_limits"), self.world.image, self.world.folder, self.args.runs])
        self.measures += from_lines("limits", done.text)

    def stages(self):
        self.tools.say("stages alone")
        warm([self.world.clients, self.world.image])
        roles = [f"{column}={role}" for column, role in ROLES.items()]
        done = run([self.tools.bench("bench_stages"), self.world.image, self.world.clients, self.args.runs, "client_id=id", *roles])
        self.measures += from_lines("stages", done.text)
        self.scoring = run([self.tools.bench("bench_score"), self.world.image, self.args.threads], check=False).text

    def layouts(self):
        world, size = self.world, os.path.getsize(self.world.image)
        archive = [self.tools.program, "convert", world.image, world.archive, "--layout", "archive", "--force", "--quiet"]
        back = [self.tools.program, "convert", world.archive, self.out("back.rvl"), "--layout", "image", "--force", "--quiet"]
        self.take([self.entry("files", "convert image to archive", archive, inputs=[world.image], out=world.archive, runs=1, amount=size,
                              unit="B")])
        self.take([self.entry("files", "convert archive to image", back, inputs=[world.archive], out=self.out("back.rvl"), runs=1,
                              amount=size, unit="B")])
        self.forget("back.rvl")
        one, answer = world.first_client(), self.out("one.csv")
        self.take([self.entry("files", "first answer from the image (enrich one client)", world.enrich_command(world.image, answer, one),
                              inputs=[world.image], out=answer),
                   self.entry("files", "first answer from the archive", world.enrich_command(world.archive, answer, one),
                              inputs=[world.archive], out=answer),
                   self.entry("files", "verify the image", [self.tools.program, "verify", world.image, "--quiet"], inputs=[world.image],
                              runs=self.fewer, amount=size, unit="B")])

    def enrich_entry(self, name="enrich to CSV: all keys, all attributes", out="enriched.csv", **how):
        world = self.world
        return self.entry("commands", name, world.enrich_command(world.image, self.out(out), **how), inputs=[world.image, world.clients],
                          out=self.out(out), amount=self.args.clients, unit="client")

    def three_keys(self):
        return self.enrich_entry("enrich to CSV: three keys (e-mail, mobile, name with address), all attributes", "three.csv", only=THREE_KEYS)

    def attempt(self, step):
        """What the others have measured isn't lost with a step that fails."""
        try:
            step()
        except (Exception, SystemExit) as trouble:
            self.checks.append((step.__name__, f"FAILED, {trouble}"))
            self.tools.say(f"{step.__name__}: {trouble}")

    def plain_enrich(self):
        self.take([self.enrich_entry(), self.three_keys()])

    def prediction(self):
        """What --dry-run foretold, beside what the same command then took."""
        ours = next((m for m in self.measures if m.name == "enrich to CSV: all keys, all attributes"), None)
        told = run(self.world.enrich_command(self.world.image, self.out("foretold.csv"), more=["--dry-run", "--summary", "-"]))
        summary = answer_of(told) or {}
        if ours and summary.get("expected_seconds"):
            peak = summary.get("expected_peak_bytes") or 0
            self.checks.append(("`enrich --dry-run`", f"foretold {summary['expected_seconds']:.2f} s and {peak / 1e6:,.0f} MB; the median was "
                                f"{ours.median:.2f} s, the peak {ours.peak / 1e6:,.0f} MB"))

    def commands(self):
        world, out = self.world, self.world.at("out")
        single = self.enrich_entry("enrich to CSV, 1 thread", "enriched1.csv", threads=1)
        single.measure.threads = 1
        archive = self.entry("commands", "enrich to CSV from the archive", world.enrich_command(world.archive, self.out("archive.csv")),
                             inputs=[world.archive, world.clients], out=self.out("archive.csv"), amount=self.args.clients, unit="client",
                             runs=self.fewer)
        linked = self.enrich_entry("enrich to CSV: all keys, then linkage (--link default)", "linked.csv", more=["--link", "default"])
        linked.runs = self.fewer
        self.take([single] + [archive] * os.path.exists(world.archive) + [linked])
        run([self.tools.program, "run", world.job("learn.yaml", "{active: state=active}", out), "--force", "--quiet"])
        saved = self.out("saved-profile.json")
        os.replace(self.out("profile.json"), saved)
        inputs = [world.image, world.clients, world.orders]
        chain = [("run: method index", "{active: state=active, method: index}"), ("run: saved profile", f"{{profile: {saved}}}"),
                 ("run: learning (auto)", "{active: state=active}")]
        self.take([self.entry("commands", name, [self.tools.program, "run", world.job(f"job{i}.yaml", score, out), "--force", "--quiet"],
                              inputs=inputs, amount=self.args.clients, unit="client", runs=self.fewer if i == 2 else self.args.runs,
                              others=[self.out(name) for name in ("enriched.csv", "segments.csv", "scores.csv", "profile.json")])
                   for i, (name, score) in enumerate(chain)])
        segment = [self.tools.program, "segment", "--transactions", world.orders, "--id", "client_id", "--role", "date=order_date",
                   "--role", "amount=amount", "--role", "order_id=order_id", "--as-of", "2026-11-01", "--out", self.out("segments.csv"),
                   "--force", "--quiet"]
        entries = [self.entry("commands", "segment the orders", segment, inputs=[world.orders], out=self.out("segments.csv"),
                              amount=os.path.getsize(world.orders), unit="B")]
        if "--top" in self.tools.reveil("help", "score").text:
            entries += self.prospects(saved)
        self.take(entries)

    def prospects(self, profile):
        """The whole base scored: with the profile's columns that the megabase has, without and with the clients taken out."""
        world = self.world
        held = {name for name, _ in world.attributes()}
        with open(profile, encoding="utf-8") as file:
            lacking = [column["attribute"] for column in json.load(file)["attributes"] if column["attribute"] not in held]
        command = [self.tools.program, "score", "--megabase", world.image, "--profile", profile, "--top", 100000, "--force", "--quiet"]
        command += ["--without", ",".join(lacking)] if lacking else []
        roles = [word for column, role in ROLES.items() for word in ("--role", f"{column}={role}")]
        ways = [("score the whole base, best 100,000", [], "prospects.csv"),
                ("the same, all clients excluded by any key", ["--exclude", world.clients, "--id", "client_id", *roles], "strangers.csv")]
        return [self.entry("commands", name, command + more + ["--out", self.out(out)], inputs=[world.image, world.clients], out=self.out(out),
                           amount=world.rows(), unit="contact") for name, more, out in ways]

    # --- beside the peers ---------------------------------------------------------------------------------------------

    def peer(self, script, task, out="", **more):
        command = [self.tools.python, os.path.join(self.tools.peers, script), task, "--schema", self.world.schema, "--flat",
                   self.world.flat, "--clients", self.world.clients, "--threads", self.args.threads, "--memory", f"{self.memory()}GB"]
        return command + (["--out", out] if out else [])

    def memory(self):
        return max(4, int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2e9))

    def large(self):
        """ClickHouse's own table was the slower way at 40 M (58 s from MergeTree, 32 s from Parquet, 2 cores), and makes 8 GB more."""
        return self.args.contacts >= 10_000_000

    def flat_files(self):
        """The peers' own files: made once, told once."""
        world = self.world
        world.flat_table()
        made = [("DuckDB: flat CSV to zstd Parquet", "peer_duckdb.py", "parquet", "contacts.parquet"),
                ("DuckDB: Parquet to its own file", "peer_duckdb.py", "database", "contacts.duckdb"),
                ("ClickHouse: Parquet to MergeTree", "peer_clickhouse.py", "table", "clickhouse")]
        if self.large():
            made.pop()
        for name, script, task, result in made:
            if not os.path.exists(os.path.join(world.flat, result)):
                entry = self.entry("peer files", name, self.peer(script, task), runs=1)
                self.take([entry])

    def joins(self):
        """The headline: ours and theirs, in turn. The first pass tells who is slow."""
        world, flat = self.world, self.parquet
        rows = self.args.clients
        theirs = [("DuckDB from Parquet to CSV", "peer_duckdb.py", "csv-from-parquet", [flat], "duckdb.csv"),
                  ("DuckDB from its own file to CSV, its buffers filled before", "peer_duckdb.py", "csv-from-database", [self.database], "duckdb2.csv"),
                  ("DuckDB from Parquet to Parquet", "peer_duckdb.py", "parquet-from-parquet", [flat], "duckdb.parquet"),
                  ("Polars from Parquet to CSV", "peer_polars.py", "csv-from-parquet", [flat], "polars.csv"),
                  ("ClickHouse hash join from Parquet to CSV", "peer_clickhouse.py", "csv-from-parquet", [flat], "clickhouse.csv"),
                  ("ClickHouse hash join from MergeTree to CSV", "peer_clickhouse.py", "csv-from-table", [], "clickhouse2.csv")]
        theirs = [peer for peer in theirs if peer[0].lower().startswith(self.args.peer.lower())]
        if self.large() and not self.args.peer:
            theirs.pop()
            self.checks.append(("ClickHouse from MergeTree", "not run at this size: the slower way for it at 40 M, and 8 GB more"))
        entries = [self.enrich_entry(),
                   self.enrich_entry("enrich to CSV: the e-mail key alone, the peers' columns", "email.csv", only=("email",)),
                   self.three_keys()]
        for name, script, task, inputs, out in theirs:
            slow = self.large() and script + task != "peer_duckdb.pycsv-from-parquet"
            entries.append(self.entry("peers", name, self.peer(script, task, self.out(out)), inputs=inputs + [world.clients],
                                      out=self.out(out), amount=rows, unit="client", runs=self.fewer if slow else self.args.runs))
        if self.args.peer:
            self.checks.append(("peers", f"only {self.args.peer}"))
        elif world.rows() * DICTIONARY_BYTES_PER_CONTACT < self.memory() * 1e9:
            entries.append(self.entry("peers", "ClickHouse direct join on a dictionary to CSV (its loading not counted)",
                                      self.peer("peer_clickhouse.py", "csv-from-dictionary", self.out("clickhouse3.csv")),
                                      inputs=[world.clients], out=self.out("clickhouse3.csv"), amount=rows, unit="client",
                                      runs=self.fewer))
        else:
            self.checks.append(("ClickHouse direct join", f"not run: its dictionary of all columns takes some {DICTIONARY_BYTES_PER_CONTACT} "
                                f"bytes a contact, {world.rows() * DICTIONARY_BYTES_PER_CONTACT / 1e9:.0f} GB here"))
        self.take(entries)
        self.compare()

    def compare(self):
        """Row by row: every peer's CSV against ours on the e-mail key."""
        for name in ("duckdb.csv", "duckdb2.csv", "polars.csv", "clickhouse.csv", "clickhouse2.csv", "clickhouse3.csv"):
            if os.path.exists(self.out(name)):
                self.tools.say(f"check {name} row by row")
                done = run([sys.executable, os.path.join(self.tools.peers, "check.py"), self.out("email.csv"), self.out(name)], check=False)
                counts = answer_of(done)
                self.checks.append((name, counts if counts else done.text.strip()))
                os.remove(self.out(name))

    def conversion(self):
        """What stands beside `build`: the same files, nothing merged."""
        world = self.world
        os.makedirs(self.out("sources"), exist_ok=True)
        self.take([self.entry("peers", "DuckDB: partner files to zstd Parquet, nothing merged",
                              self.peer("peer_duckdb.py", "sources", self.out("sources"))[:-2] + ["--out", self.out("sources")],
                              inputs=world.sources(), runs=1, amount=self.sources_bytes(), unit="B")])
        shutil.rmtree(self.out("sources"))

    def other_peers(self):
        world = self.world
        size = os.path.getsize(world.clients)
        self.take([self.entry("peers", "DuckDB reads the client file (every cell)", self.peer("peer_duckdb.py", "read-csv"),
                              inputs=[world.clients], amount=size, unit="B"),
                   self.entry("peers", "DuckDB counts the matches alone, from Parquet", self.peer("peer_duckdb.py", "count-from-parquet"),
                              inputs=[self.parquet, world.clients], amount=self.args.clients, unit="client", runs=self.fewer)])
        scoring = os.path.join(self.tools.peers, "score_peers.py")
        if os.path.exists(scoring):
            self.tools.say("scoring beside NumPy, FAISS, LightGBM")
            done = run([self.tools.python, scoring, "--megabase", world.image, "--profile", self.out("saved-profile.json"), "--flat",
                        world.flat, "--schema", world.schema, "--threads", self.args.threads, "--runs", self.fewer, "--bench",
                        self.tools.bench("bench_score")], check=False)
            self.measures += from_lines("scoring peers", done.text)
            if done.status != 0:
                self.checks.append(("scoring peers", f"failed: {done.text[-300:]}"))

    def sizes(self):
        """[(what, bytes)] of the files side by side."""
        world, found = self.world, []
        for name, path in [("partner files, zstd CSV", None), ("image", world.image), ("archive", world.archive),
                           ("DuckDB: zstd Parquet of all contacts", os.path.join(world.flat, "contacts.parquet")),
                           ("DuckDB: its own file", os.path.join(world.flat, "contacts.duckdb"))]:
            if path is None:
                found.append((name, self.sources_bytes()))
            elif os.path.exists(path):
                found.append((name, os.path.getsize(path)))
        if self.args.peers and os.path.exists(self.parquet):
            columns = answer_of(run(self.peer("peer_duckdb.py", "column-bytes")))
            found.append(("DuckDB: of that Parquet the columns id, fields, attributes", columns["total"]))
        return found + (self.sections() if os.path.exists(world.archive) else [])

    def sections(self):
        """The archive's bytes by what they are: the Parquet file holds no indexes, guards or provenance."""
        kinds = {}
        text = self.tools.reveil("info", self.world.archive).text
        for name, size in re.findall(r"^  (\S+) +(\d+) +\d+  (?:raw|zstd)$", text, re.M):
            kind = "archive: indexes" if name.startswith("index.") else f"archive: {name}"
            kinds[kind] = kinds.get(kind, 0) + int(size)
        return [(kind, size) for kind, size in kinds.items() if size >= 1000]

    def all(self):
        args = self.args
        before = (machine.load(), machine.stolen(), datetime.datetime.now())
        if args.growth:
            self.measures += [m for m in growth(args, self.tools) if m.runs]
        elif args.linkage:
            measures, self.linkage = linkage(args, self.tools)
            self.measures += [m for m in measures if m.runs]
        else:
            self.prepare()
            steps = [self.limits, self.stages, self.layouts, self.commands]
            steps += [self.conversion, self.flat_files, self.joins, self.other_peers] if args.peers else [self.plain_enrich]
            chosen = [name for name in args.steps.split(",") if name]
            for step in steps + [self.prediction]:
                if not chosen or step.__name__ in chosen:
                    self.attempt(step)
        self.checks += [(f"`{os.path.basename(path)}` in huge pages of the page cache", f"{share:.0%} at least, before each run")
                        for path, share in sorted(huge_shares.items())]
        head = report.head(args, self.tools, before)
        os.makedirs(args.results, exist_ok=True)
        name = f"{before[2]:%Y-%m-%d}-{machine.short_name()}" + ("-growth" if args.growth else "-linkage" if args.linkage else "") + \
            ("" if args.contacts == 40_000_000 else f"-{args.contacts // 1000}k")
        path = os.path.join(args.results, name + ".md")
        sizes = [] if args.growth or args.linkage else self.sizes()
        text = report.text(args, head, self.measures, self.checks, sizes, self.scoring, self.linkage)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        write_raw(os.path.join(args.results, name + ".tsv"), self.measures)
        print(text)
        print(f"written: {path} and .tsv beside it")


def main():
    project = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(prog="bench.sh")
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=100_000)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--linkage", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--dir", default=os.environ.get("REVEIL_BENCH_DIR", os.path.join(project, "build", "bench")))
    parser.add_argument("--results", default=os.path.join(project, "bench", "results"))
    parser.add_argument("--rebuild", action="store_true")
    parser.add_argument("--steps", default="")
    parser.add_argument("--peer", default="")
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--peer-folder", default="")
    args = parser.parse_args()
    args.dir, args.binaries = os.path.abspath(args.dir), os.path.abspath(args.binaries)
    args.peer_folder = os.path.abspath(args.peer_folder or os.path.join(args.dir, "peers"))
    os.makedirs(args.dir, exist_ok=True)
    if args.peers and run([os.path.join(project, "bench", "peers", "setup.sh"), args.peer_folder], check=False).status != 0:
        print("bench: the peers can't be installed: going on without them (bench/peers/setup.sh says why)", file=sys.stderr)
        args.peers = False
    Bench(args).all()


if __name__ == "__main__":
    main()
