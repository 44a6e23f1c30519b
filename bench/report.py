"""The result file: the headline, the machine, every figure as median, fastest, slowest, rates, and shares of the limits."""
import datetime
import os
import subprocess

import machine

# stage -> (limit, how many bytes or lines of the limit one unit of the stage costs at least, in words)
SHARES = {
    "parse the client file": ("read memory", 1.0, "each byte read once"),
    "gather all attributes of random rows": ("random lines of the mapped file", 1.0, "one line a row"),
    "probe absent keys (tags decide)": ("random lines of the mapped file", 1.0, "one line a key"),
    "probe present keys (128 bits compared)": ("random lines of the mapped file", 2.0, "two lines a key: tags, proof"),
}


def short(value):
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g} "


def seconds(value):
    return f"{value:.6f}" if value < 0.001 else f"{value:.4f}" if value < 0.1 else f"{value:.3f}" if value < 100 else f"{value:.1f}"


def memory(value):
    return f"{value / 1e6:,.0f} MB" if value else ""


def table(rows):
    widths = "| " + " | ".join(rows[0]) + " |\n|" + " --- |" * len(rows[0]) + "\n"
    return widths + "".join("| " + " | ".join(row) + " |\n" for row in rows[1:]) + "\n"


def head(args, tools, before):
    project = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    commit = subprocess.run(["git", "-C", project, "log", "-1", "--format=%h"], capture_output=True, text=True).stdout.strip()
    load, stolen, since = before
    rows = machine.facts(args.dir)
    rows.append(("program", f"{tools.reveil('version').text.splitlines()[0]}, commit {commit or 'unknown'}"))
    if args.peers:
        rows.append(("peers", machine.peer_versions(tools.python)))
    rows.append(("asked", f"{args.contacts:,} contacts, {args.clients:,} clients, seed {args.seed}, {args.threads} threads, {args.runs} runs"))
    rows.append(("when", f"{since:%Y-%m-%d %H:%M} to {datetime.datetime.now():%H:%M}"))
    rows.append(("load before, after", f"{load} / {machine.load()}; {machine.stolen() - stolen:.1f} s of processor time taken by the host's others"))
    return rows


def plain(measures, section, cores=True):
    """One row a measure: times, rate, processor, memory."""
    rows = [["what", "threads", "median s", "fastest", "slowest", "runs", "rate /s"] + (["/s per core"] if cores else []) +
            ["processor s", "peak memory", "output"]]
    for m in measures:
        if m.section != section:
            continue
        rate = f"{short(m.rate)}{m.unit}" if m.amount else ""
        per_core = f"{short(m.amount / m.processor)}{m.unit}" if m.amount and m.processor else ""
        rows.append([m.name, str(m.threads), seconds(m.median), seconds(m.fastest), seconds(m.slowest), str(len(m.runs)), rate] +
                    ([per_core] if cores else []) + [f"{m.processor:.2f}" if m.processor else "", memory(m.peak), memory(m.written)])
    return table(rows) if len(rows) > 1 else ""


def stages(measures, contacts):
    """Shares are told where the megabase is larger than caches: below, lines come from there."""
    limits = {(m.name, m.threads): m for m in measures if m.section == "limits"}
    rows = [["stage", "threads", "median s", "fastest", "slowest", "rate /s", "share of the limit"]]
    for m in measures:
        if m.section != "stages":
            continue
        share = ""
        if m.name in SHARES and (contacts >= 4_000_000 or "parse" in m.name):
            limit, cost, why = SHARES[m.name]
            if (limit, m.threads) in limits:
                share = f"{100 * m.rate * cost / limits[limit, m.threads].rate:.0f} % of {limit} ({why})"
        rows.append([m.name, str(m.threads), seconds(m.median), seconds(m.fastest), seconds(m.slowest), f"{short(m.rate)}{m.unit}", share])
    return table(rows)


def limits(measures):
    rows = [["limit", "threads", "rate /s (median)", "fastest"]]
    for m in measures:
        if m.section == "limits":
            rows.append([m.name, str(m.threads), f"{short(m.rate)}{m.unit}", f"{short(m.amount / m.fastest)}{m.unit}"])
    return table(rows)


def headline(measures):
    """Ours beside theirs: the medians' ratios, of the three-key cascade and of all keys."""
    ours = [next((m for m in measures if m.name.startswith("enrich to CSV: " + name)), None) for name in ("three keys", "all keys, all", "the e-mail")]
    theirs = [m for m in measures if m.section == "peers" and " to CSV" in m.name or m.name == "DuckDB from Parquet to Parquet"]
    if not ours[0] or not ours[1] or not theirs:
        return ""
    rows = [["engine", "keys", "median s", "fastest", "slowest", "peak memory", "reveil with three keys is faster", "with all keys"]]
    names = (("e-mail, mobile, name with address", "**reveil**, cascade with guard"), ("all six kinds", "reveil, full cascade with guard"),
             ("e-mail", "reveil, the e-mail alone, the same columns"))
    for m, (keys, name) in zip(ours, names):
        if m:
            rows.append([name, keys, seconds(m.median), seconds(m.fastest), seconds(m.slowest), memory(m.peak), "", ""])
    for m in theirs:
        rows.append([m.name, "e-mail", seconds(m.median), seconds(m.fastest), seconds(m.slowest), memory(m.peak)] +
                    [f"{m.median / one.median:.1f} times" for one in ours[:2]])
    return table(rows)


def checks(found):
    if not found:
        return ""
    text = ["## Checked in the same run\n", "Answers row by row against `enrich` on the e-mail key alone; what the names mean stands in `bench/peers/check.py`.\n"]
    for name, counts in found:
        if isinstance(counts, dict):
            counts = ", ".join(f"{key} {value:,}" for key, value in counts.items())
        text.append(f"- {name}: {counts}")
    return "\n".join(text) + "\n\n"


GROWTH = {"growth: contacts": "contacts asked for", "growth: clients": "clients", "growth: threads": "threads", "growth: build": "contacts asked for"}


def growth_tables(measures):
    parts = []
    for section, first in GROWTH.items():
        found = [m for m in measures if m.section == section]
        if not found:
            continue
        own = any(m.private for m in found)
        rows = [[first, "median s", "fastest", "slowest", "processor s", "peak memory", "output"] + (["memory of its own", "bytes more a client"] if own else [])]
        before = None
        for m in found:
            rows.append([f"{int(m.name):,}", seconds(m.median), seconds(m.fastest), seconds(m.slowest), f"{m.processor:.2f}", memory(m.peak), memory(m.written)])
            if own:
                slope = f"{(m.private - before.private) / (m.amount - before.amount):.1f}" if before else ""
                rows[-1] += [memory(m.private), slope]
            before = m
        what = "build" if section.endswith("build") else f"enrich ({found[0].amount:,.0f} clients)" if section != "growth: clients" else "enrich"
        parts.append(f"## {what} against {first}\n\n" + table(rows))
    return "".join(parts)


def linkage_text(measures, quality):
    parts = ["## Linkage of the French set (docs/LINKAGE-SET.md)\n\n", plain(measures, "linkage"), table(quality)]
    parts += [f"{m.name}: {m.note}.\n\n" for m in measures if m.note]
    return "".join(parts)


def text(args, facts, measures, found, sizes, scoring, quality):
    parts = ["# Benchmark\n\n", "Made by `scripts/bench.sh`. Wall times; medians, with the fastest and the slowest; raw figures in the .tsv beside. Inputs are in the "
             "page cache (a megabase read through a map, as its users do), outputs synced to the disk. Memory is the peak resident set, touched pages of mapped files included.\n\n"]
    if args.growth:
        parts.append(growth_tables(measures))
    elif args.linkage:
        parts.append(linkage_text(measures, quality))
    else:
        parts.append(headline(measures))
        parts.append("## Whole commands\n\n" + plain(measures, "commands") + plain(measures, "build") + plain(measures, "files"))
        parts.append("## Peers\n\n" + plain(measures, "peers") + plain(measures, "peer files", cores=False) + plain(measures, "scoring peers", cores=False)
                     if args.peers else "")
        parts.append(checks(found))
        parts.append("## Files\n\n" + table([["file", "bytes"]] + [[name, f"{size:,}"] for name, size in sizes]))
        parts.append("## Stages alone\n\n" + stages(measures, args.contacts))
        parts.append(f"Scoring the whole base, stage by stage (`bench_score`, seconds):\n\n```\n{scoring.strip()}\n```\n\n" if scoring else "")
        parts.append("## Limits of the machine\n\n" + limits(measures))
    parts.append("## Machine\n\n" + table([["what", "value"]] + [list(row) for row in facts]))
    return "".join(parts).rstrip("\n") + "\n"
