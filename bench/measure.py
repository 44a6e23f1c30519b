"""Processes measured as a whole: wall and processor time, peak resident memory; medians, spreads, the raw figures.

Peak memory is what the kernel counted (ru_maxrss, the same as VmHWM): touched pages of mapped files are in it. A small
program shows no less than this interpreter had when it started the program, some 15 MB.
"""
import json
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field


@dataclass
class Run:
    wall: float
    user: float
    system: float
    peak: int  # bytes
    text: str
    status: int
    inner: float = 0.0  # what the program says of its job alone; peers leave out the interpreter's start


@dataclass
class Measure:
    """One thing measured several times. `amount` units (or bytes, 'B') are what one run works through."""
    section: str
    name: str
    threads: int = 0
    amount: float = 0.0
    unit: str = ""
    runs: list = field(default_factory=list)
    written: int = 0  # bytes of the output
    note: str = ""
    failed: str = ""
    private: int = 0  # bytes of its own, mapped files apart; 0: not looked at

    @property
    def seconds(self):
        return [run.inner or run.wall for run in self.runs]

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def fastest(self):
        return min(self.seconds)

    @property
    def slowest(self):
        return max(self.seconds)

    @property
    def peak(self):
        return max(run.peak for run in self.runs)

    @property
    def processor(self):
        return statistics.median(run.user + run.system for run in self.runs)

    @property
    def rate(self):
        return self.amount / self.median if self.median > 0 else 0.0


def run(command, env=None, check=True):
    """One process, timed. Fails loudly: a figure of a failed command is no figure."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        start = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], stdout=out, stderr=complaints,
                                 env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        complaints.seek(0)
        text = out.read().decode("utf-8", "replace")
        trouble = complaints.read().decode("utf-8", "replace")
    if check and child.returncode != 0:
        raise SystemExit(f"bench: {' '.join(map(str, command))}\nexit {child.returncode}\n{trouble[-2000:]}")
    return Run(wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss * 1024, text + trouble, child.returncode)


def private_peak(command):
    """The most memory of its own (RssAnon) that a command has, mapped files apart: looked at every 5 ms, so not timed."""
    most = 0
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        while child.poll() is None:
            try:
                with open(f"/proc/{child.pid}/status", encoding="ascii", errors="replace") as file:
                    most = max([most] + [int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon")])
            except OSError:
                break
            time.sleep(0.005)
    return most


def answer_of(result):
    """The line of JSON that a peer prints last, or None."""
    lines = [line for line in result.text.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else None


# A byte of each page; then how much of the file's bytes stands in huge pages.
TOUCH = """
import mmap, re, sys
with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as view:
    view.madvise(mmap.MADV_HUGEPAGE)
    view[::4096]
    with open("/proc/self/smaps", encoding="utf-8", errors="replace") as maps:
        own = maps.read().partition(sys.argv[1])[2]
    found = re.search("FilePmdMapped: *([0-9]+)", own)
    print(int(found.group(1)) * 1024 / len(view) if found else 0)
"""
HUGE_ENOUGH = 0.95
never_huge = set()  # files that a file system or a full memory keeps in small ones
huge_shares = {}  # by megabase: the least share of it in huge pages that a measured run began with


def touch(path):
    done = subprocess.run([sys.executable, "-c", TOUCH, path], check=True, capture_output=True, text=True)
    return float(done.stdout)


def warm_megabase(path):
    """Through a map with huge pages, as its users read it: what is missing comes back in pieces of 2 MB then, in small ones by
    read(). A process of its own maps it: the kernel counts our pages as those of the programs that we start. After jobs that
    filled the memory there may be no pieces of 2 MB left: then the file goes, the kernel is asked to put free memory together
    (root only), and it comes back."""
    share = touch(path)
    if share < HUGE_ENOUGH and path not in never_huge:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        try:
            with open("/proc/sys/vm/compact_memory", "w", encoding="ascii") as file:
                file.write("1")
        except OSError:
            pass
        before, share = share, touch(path)
        if share <= before:
            never_huge.add(path)
    huge_shares[path] = min(share, huge_shares.get(path, 1.0))


def warm(paths):
    """Reads files once, so that a run finds them in the page cache (as far as they fit), each the way its users read it."""
    for path in paths:
        if path.endswith(".rvl") and hasattr(mmap, "MADV_HUGEPAGE"):
            warm_megabase(path)
            continue
        with open(path, "rb", buffering=0) as file:
            while file.read(8 << 20):
                pass


@dataclass
class Entry:
    """A command to be measured in turn with others."""
    measure: Measure
    command: list
    inputs: list = field(default_factory=list)
    out: str = ""  # removed before each run: replacing a file means deleting the old one, which takes 60 ms a 330 MB here
    runs: int = 5
    env: dict = None
    others: list = field(default_factory=list)  # further outputs, removed too


def in_turn(entries, say):
    """Rounds over all entries, so that a change of the machine's mood touches all alike. One that fails is told and left
    out; the others go on."""
    for i in range(max(entry.runs for entry in entries)):
        for entry in entries:
            if i >= entry.runs or entry.measure.failed:
                continue
            for path in [entry.out] * bool(entry.out) + entry.others:
                if os.path.exists(path):
                    os.remove(path)
            warm(entry.inputs)
            result = run(entry.command, entry.env, check=False)
            if result.status != 0:
                entry.measure.failed = f"exit {result.status}: {result.text.strip()[-400:]}"
                say(f"{entry.measure.name}: {entry.measure.failed}")
                continue
            answer = answer_of(result) or {}
            result.inner = float(answer.get("seconds", 0.0))
            entry.measure.runs.append(result)
            if entry.out and os.path.exists(entry.out):
                entry.measure.written = os.path.getsize(entry.out)
            say(f"{entry.measure.name}: {result.inner or result.wall:.3f} s, {result.peak / 1e6:.0f} MB")
    return [entry.measure for entry in entries]


def from_lines(section, text):
    """Measures that a program of bench/ told (bench_tell.h): name, threads, amount, unit, seconds..."""
    measures = []
    for line in text.splitlines():
        cells = line.split("\t")
        if len(cells) < 5:
            continue
        runs = [Run(float(s), 0, 0, 0, "", 0) for s in cells[4:]]
        measures.append(Measure(section, cells[0], int(cells[1]), float(cells[2]), cells[3], runs))
    return measures


def write_raw(path, measures):
    with open(path, "w", encoding="utf-8") as file:
        file.write("section\tname\tthreads\tamount\tunit\trun\tseconds\twall\tuser\tsystem\tpeak_bytes\twritten_bytes\n")
        for m in measures:
            for i, r in enumerate(m.runs):
                file.write(f"{m.section}\t{m.name}\t{m.threads}\t{m.amount:.0f}\t{m.unit}\t{i + 1}\t{r.inner or r.wall:.6f}\t"
                           f"{r.wall:.6f}\t{r.user:.3f}\t{r.system:.3f}\t{r.peak}\t{m.written}\n")
