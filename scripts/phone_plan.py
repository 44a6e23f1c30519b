#!/usr/bin/env python3
"""phone_plan.py: writes matcher/phone_plan_table.c, the telephone numbers in use of every country.

Which numbers are in use is a fact that regulators publish and libphonenumber collects; its metadata come with the package
`phonenumbers` (PyPI). Here they become ranges: a beginning, the lengths it has, and what it is. A country's patterns
are joined in one automaton; walking it digit by digit, a beginning is written down as soon as nothing behind it matters
but the length.

usage: python3 -m venv V && V/bin/pip install phonenumbers && V/bin/python scripts/phone_plan.py > matcher/phone_plan_table.c
"""
import functools
import re._constants as op
import re._parser as parser
import sys

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

sys.setrecursionlimit(100000)
LONGEST = 15  # digits of a national number that are looked at
# Told to the last digit; of other calling codes FAR digits, which leaves room for numbers not in use and new ones.
NEAR = "FR BE CH LU DE GB ES IT NL PT IE AT PL MC AD MA DZ TN SN RE GP GF MQ PM NC PF WF".split()
FAR, NORTH_AMERICA = 2, 3
LINE = 60  # a list longer than this is parted by its first digits, so that a lookup reads little
FIRST = ["premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail"]
KIND = dict(premium_rate="SERVICE", toll_free="SERVICE", shared_cost="SERVICE", pager="SERVICE", uan="SERVICE",
            voicemail="SERVICE", voip="FIXED", personal_number="PERSONAL")


class Patterns:
    """Regular expressions over digits as one automaton without outputs: states are sets of positions."""

    def __init__(self):
        self.silent, self.moves = [], []

    def state(self):
        self.silent.append([])
        self.moves.append([])
        return len(self.silent) - 1

    def add(self, pattern):
        start = self.state()
        return start, self.grow(parser.parse(pattern), start)

    def grow(self, tree, at):
        for what, value in tree:
            if what is op.LITERAL:
                at = self.move(at, {value - 48})
            elif what is op.IN:
                at = self.move(at, self.digits(value))
            elif what is op.MAX_REPEAT:
                low, high, body = value
                for _ in range(low):
                    at = self.grow(body, at)
                end = self.state()
                self.silent[at].append(end)
                for _ in range(high - low):
                    at = self.grow(body, at)
                    self.silent[at].append(end)
                at = end
            elif what is op.BRANCH:
                end = self.state()
                for body in value[1]:
                    self.silent[self.grow(body, at)].append(end)
                at = end
            elif what is op.SUBPATTERN:
                at = self.grow(value[3], at)
            else:
                raise ValueError(f"a pattern holds {what}")
        return at

    def move(self, at, digits):
        end = self.state()
        self.moves[at].append((digits, end))
        return end

    @staticmethod
    def digits(parts):
        found = set()
        for what, value in parts:
            if what is op.LITERAL:
                found.add(value - 48)
            elif what is op.RANGE:
                found |= set(range(value[0] - 48, value[1] - 47))
            elif what is op.CATEGORY:
                found |= set(range(10))
        return found

    def close(self, states):
        found, todo = set(states), list(states)
        while todo:
            for state in self.silent[todo.pop()]:
                if state not in found:
                    found.add(state)
                    todo.append(state)
        return frozenset(found)


class Plan:
    """What the numbers behind one calling code are."""

    def __init__(self, regions):
        self.patterns, self.regions, starts = Patterns(), [], []
        self.depth = LONGEST if regions[0] in NEAR else NORTH_AMERICA if regions[0] == "US" else FAR
        for region in regions:
            meta, ends = PhoneMetadata.metadata_for_region(region), {}
            for name in ["general_desc", "fixed_line", "mobile"] + FIRST:
                desc = getattr(meta, name)
                if desc is None or not desc.national_number_pattern or desc.possible_length == (-1,):
                    continue
                start, end = self.patterns.add(desc.national_number_pattern)
                starts.append(start)
                ends[name] = (end, set(desc.possible_length or meta.general_desc.possible_length))
            self.regions.append((region, ends, meta.same_mobile_and_fixed_line_pattern))
        self.start = self.patterns.close(starts)

    @functools.lru_cache(None)
    def step(self, states, digit):
        return self.patterns.close({end for s in states for digits, end in self.patterns.moves[s] if digit in digits})

    def what_is(self, states, length):
        """(country, kind) of a number that ends in these states; None: not in use."""
        for region, ends, same in self.regions:
            has = lambda name: name in ends and ends[name][0] in states and length in ends[name][1]
            if not has("general_desc"):
                continue
            for name in FIRST:
                if has(name):
                    return region, KIND[name]
            if has("fixed_line"):
                return region, "EITHER" if same or has("mobile") else "FIXED"
            if has("mobile"):
                return region, "MOBILE"
        return None

    @functools.lru_cache(None)
    def outcomes(self, states, length, more):
        if not states:
            return frozenset([None])
        if more == 0:
            return frozenset([self.what_is(states, length)])
        found = set()
        for digit in range(10):
            found |= self.outcomes(self.step(states, digit), length + 1, more - 1)
        return frozenset(found)

    def by_length(self, states, length):
        """What numbers of each length are from here on, or None where further digits matter."""
        found = []
        for more in range(LONGEST - length + 1):
            what = self.outcomes(states, length, more)
            if len(what) > 1 and length < self.depth:
                return None
            found.append((length + more, self.union(what)))
        return [(n, what) for n, what in found if what]

    @staticmethod
    def union(what):
        """One (country, kind) for all these; countries that share numbers here are told by their code alone."""
        kinds, countries = {w[1] for w in what if w}, {w[0] for w in what if w}
        if not kinds:
            return None
        kind = kinds.pop() if len(kinds) == 1 else "EITHER"
        return (countries.pop() if len(countries) == 1 else "", kind)

    def ranges(self):
        """{(country, kind, shortest, longest): beginnings}"""
        found = {}

        def walk(digits, states):
            if not states:
                return
            lengths = self.by_length(states, len(digits))
            if lengths is None:
                for digit in range(10):
                    walk(digits + (digit,), self.step(states, digit))
                what = self.what_is(states, len(digits))
                if what:
                    found.setdefault(what + (len(digits), len(digits)), []).append(digits)
                return
            while lengths:
                n, what = lengths[0]
                run = 1
                while run < len(lengths) and lengths[run] == (n + run, what):
                    run += 1
                found.setdefault(what + (n, n + run - 1), []).append(digits)
                lengths = lengths[run:]

        walk((), self.start)
        return found


def joined(beginnings):
    """Beginnings that differ in one place become one."""
    patterns, again = {tuple(frozenset([d]) for d in b) for b in beginnings}, True
    while again:
        again = False
        for place in reversed(range(LONGEST)):
            groups = {}
            for p in patterns:
                if len(p) > place:
                    groups.setdefault(p[:place] + (None,) + p[place + 1:], []).append(p)
            for key, group in groups.items():
                if len(group) > 1:
                    patterns -= set(group)
                    patterns.add(key[:place] + (frozenset().union(*[p[place] for p in group]),) + key[place + 1:])
                    again = True
    return sorted("".join(map(written, p)).rstrip(".") for p in patterns)


def written(digits):
    if len(digits) == 10:
        return "."
    text, left = "", sorted(digits)
    while left:
        run = 1
        while run < len(left) and left[run] == left[0] + run:
            run += 1
        text += str(left[0]) if run == 1 else f"{left[0]}{left[1]}" if run == 2 else f"{left[0]}-{left[run - 1]}"
        left = left[run:]
    return text if len(text) == 1 else f"[{text}]"


def parted(beginnings, head=""):
    """[(head, list)]: short lists as they are, long ones by their next digit."""
    text = " ".join(joined(beginnings))
    if len(text) <= LINE or len(head) == 3 or any(not b for b in beginnings):
        return [(head, text)]
    found = []
    for digit in range(10):
        behind = [b[1:] for b in beginnings if b[0] == digit]
        if behind:
            found += parted(behind, head + str(digit))
    return found


def lines_of(items, indent, width=118):
    line = indent
    for item in items:
        if len(line) + len(item) > width and line.strip():
            yield line.rstrip()
            line = indent
        line += item + " "
    if line.strip():
        yield line.rstrip()


def main():
    out = ["""/*
 * The telephone numbers in use, country by country: generated by scripts/phone_plan.py, not to be edited. Source: the
 * numbering plans that regulators publish, as collected by libphonenumber %s; written 2026-11-22.
 */
#include "phone_plan.h"

enum {
    FIXED = RV_RANGE_FIXED,
    MOBILE = RV_RANGE_MOBILE,
    EITHER = RV_RANGE_EITHER,
    PERSONAL = RV_RANGE_PERSONAL,
    SERVICE = RV_RANGE_SERVICE
};

/* clang-format off */
const rv_phone_range rv_phone_ranges[] = {""" % phonenumbers.__version__]
    plans, kept, count = [], [], 0
    for code, regions in sorted(COUNTRY_CODE_TO_REGION_CODE.items(), key=lambda item: str(item[0])):
        if regions == ("001",):
            continue
        kept.append(regions)
        items, first = [], count
        for (country, kind, low, high), beginnings in sorted(Plan(regions).ranges().items()):
            for head, behind in parted(beginnings):
                items.append(f'{{"{country}", "{head}", {kind}, {low}, {high}, "{behind}"}},')
        count += len(items)
        out.append(f"    /* +{code} */")
        out += lines_of(items, "    ")
        meta = PhoneMetadata.metadata_for_region(regions[0])
        leave = {"AU": "0011"}.get(regions[0], meta.international_prefix)
        leave = leave if leave.isdigit() and len(leave) > 2 else "00"
        plans.append(f'{{"{code}", "{meta.national_prefix or ""}", "{leave}", {first}, {count - first}}},')
    home = sorted((region, i) for i, regions in enumerate(kept) for region in regions)
    out += ["};", "", "const rv_phone_plan rv_phone_plans[] = {", *lines_of(plans, "    "), "};"]
    out += ["const rv_phone_country rv_phone_countries[] = {", *lines_of([f'{{"{r}", {i}}},' for r, i in home], "    ")]
    out += ["};", "/* clang-format on */",
            "const size_t rv_phone_plans_count = sizeof rv_phone_plans / sizeof *rv_phone_plans;",
            "const size_t rv_phone_countries_count = sizeof rv_phone_countries / sizeof *rv_phone_countries;"]
    print("\n".join(out))


main()
