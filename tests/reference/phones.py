"""Telephone numbers read by reveil and by libphonenumber (its Python port, the same metadata), side by side.

Inputs are made from the seed: numbers drawn from libphonenumber's own patterns, the same with a digit changed, dropped
or added, and digits at random; each written in one of the ways of customer files, under one of the default countries.
Every difference must fall in a class that says why; the classes are counted, what falls in none is printed and is a
failure.

usage: phones.py REVEIL COUNT SEED
"""
import collections
import csv
import io
import multiprocessing
import random
import re._constants as op
import re._parser as parser
import subprocess
import sys

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType as T

HOMES = "FR FR FR FR BE CH LU DE GB ES IT RE YT GP GF MQ PM NC PF".split()
NEAR = {phonenumbers.country_code_for_region(home) for home in HOMES}
OVERSEAS = ("+262", "+590", "+594", "+596", "+508")
NAMES = "fixed_line mobile toll_free premium_rate shared_cost personal_number voip pager uan voicemail".split()
WEIGHTS = [40, 40, 3, 3, 3, 2, 4, 1, 2, 2]
SERVICES = (T.TOLL_FREE, T.PREMIUM_RATE, T.SHARED_COST, T.PAGER, T.UAN, T.VOICEMAIL)
KINDS = {T.FIXED_LINE: "fixed", T.VOIP: "fixed", T.MOBILE: "mobile"}

WHY = {
    "service": "free, dear and company numbers, voice mail: in use, but no person's",
    "platform": "Arcep's ranges for calling platforms: no person's",
    "stop value": "0600000000, 0123456789...: typed to get past a form",
    "overseas written as French": "0692..., +33 692...: in France's plan these belong to +262, +590, +594, +596, +508",
    "French from overseas": "one national plan: 06 12... is dialled alike in Saint-Denis and in Saint-Denis",
    "longer than E.164": "more than 15 digits with the calling code",
    "a table's .0": "612345678.0 is the number 612345678, not ten digits",
    "calling code without +": "4930123456 in Germany: not in use as it stands, in use behind the code",
    "carrier chosen": "Luxembourg's 15xxx in front of a number chooses who carries the call: nobody's file has it",
    "doubled zero": "33 00 6...: two prefixes too many",
    "far country": "of other countries the first two digits are looked at: new and unused numbers pass",
}


def drawn(tree, dice):
    text = ""
    for what, value in tree:
        if what is op.LITERAL:
            text += chr(value)
        elif what is op.IN:
            digits = []
            for kind, part in value:
                digits += [chr(part)] if kind is op.LITERAL else \
                    [chr(c) for c in range(part[0], part[1] + 1)] if kind is op.RANGE else list("0123456789")
            text += dice.choice(digits)
        elif what is op.MAX_REPEAT:
            for _ in range(dice.randint(value[0], value[1])):
                text += drawn(value[2], dice)
        elif what is op.BRANCH:
            text += drawn(dice.choice(value[1]), dice)
        else:
            text += drawn(value[3], dice)
    return text


PATTERNS = {}


def national(country, dice):
    if country not in PATTERNS:
        meta = PhoneMetadata.metadata_for_region(country)
        kinds = [(getattr(meta, n), w) for n, w in zip(NAMES, WEIGHTS)]
        kinds = [(d, w) for d, w in kinds if d and d.national_number_pattern and d.possible_length != (-1,)]
        PATTERNS[country] = ([parser.parse(d.national_number_pattern) for d, _ in kinds], [w for _, w in kinds])
    trees, weights = PATTERNS[country]
    number = drawn(dice.choices(trees, weights)[0], dice)
    at, what = dice.randrange(len(number)), dice.random()
    if what < 0.20:
        number = number[:at] + dice.choice("0123456789") + number[at + 1:]
    elif what < 0.25:
        number = number[:at] + number[at + 1:]
    elif what < 0.30:
        number = number[:at] + dice.choice("0123456789") + number[at:]
    elif what < 0.40:
        number = "".join(dice.choice("0123456789") for _ in range(dice.randint(4, 13)))
    elif what < 0.42:
        number = number[:1] + dice.choice("0123456789") * (len(number) - 1)
    return number


def spaced(digits, dice):
    how = dice.random()
    if how < 0.35:
        return digits
    mark = dice.choice([" ", " ", ".", "-", "\u00a0"])
    if how < 0.65:  # pairs from the end, as in French
        odd = len(digits) % 2
        return mark.join(filter(None, [digits[:odd]] + [digits[i:i + 2] for i in range(odd, len(digits), 2)]))
    if how < 0.85:
        return digits[:3] + mark + mark.join(digits[i:i + 3] for i in range(3, len(digits), 3))
    if how < 0.95:
        return "(" + digits[:3] + ") " + digits[3:]
    return "".join(d + (mark if dice.random() < 0.2 else "") for d in digits).strip()


def written(number, country, home, dice):
    meta = PhoneMetadata.metadata_for_region(country)
    trunk, code = meta.national_prefix or "", str(meta.country_code)
    how = dice.random()
    if how < 0.40 and country == home:
        text = spaced(trunk + number, dice)
    elif how < 0.48 and country == home:
        text = spaced(number, dice)  # the zero eaten
    elif how < 0.55:
        text = code + number
    elif how < 0.65:
        text = "00" + spaced(code + number, dice)
    elif how < 0.75:
        text = "+" + code + dice.choice([" ", " ", "", "."]) + "(" + (trunk or "0") + ")" + spaced(number, dice)
    elif how < 0.78:
        text = "00" + code + trunk + number
    else:
        text = "+" + code + dice.choice([" ", "", "-"]) + spaced(number, dice)
    how = dice.random()
    if how < 0.02:
        text = "Tel " + text
    elif how < 0.03:
        text = " " + text + " "
    elif how < 0.035:
        text = "'" + text
    elif how < 0.05 and text.isdigit():
        text += ".0"
    elif how < 0.055:
        text = "tel:" + text
    return text


def inputs(home, count, seed):
    dice = random.Random(f"{seed}-{home}")
    found = []
    for _ in range(count):
        country = home if dice.random() < 0.7 else dice.choice(HOMES)
        found.append(written(national(country, dice), country, home, dice))
    return found


def theirs(text, home):
    try:
        number = phonenumbers.parse(text, home)
    except phonenumbers.NumberParseException:
        return "", "", None
    if not phonenumbers.is_valid_number(number):
        return "", "", None
    kind = phonenumbers.number_type(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), KINDS.get(kind, "unknown"), kind


def valid_as(text, home):
    return theirs(text, home)[0]


def why(text, home, ours, reason, their, kind):
    """The class of a difference, or None: not justified."""
    if reason == "service_number" and kind in SERVICES:
        return "service"
    if reason in ("calling_platform", "stop_value"):
        return {"calling_platform": "platform", "stop_value": "stop value"}[reason]
    if reason == "too_long" and len(their) > 16:
        return "longer than E.164"
    if text.rstrip().endswith(".0") and text.strip("\' ")[:-2].isdigit():
        text = text.strip("\' ")[:-2]
        their, _, kind = theirs(text, home)
        return "a table's .0" if ours == their else why(text, home, ours, reason, their, kind)
    digits = "".join(c for c in text if c.isdigit())
    if phonenumbers.parse(ours or their).country_code not in NEAR:
        return "far country"
    if their.startswith("+33") or not their:
        french = digits[-9:]
        if ours.startswith(OVERSEAS) and (ours.endswith(french) or ours == "+508" + french[3:]):
            written_french = valid_as(ours, home) == ours
            if written_french:
                return "overseas written as French"
        if their and reason == "not_in_plan" and re_overseas(french):
            return "overseas written as French"
    if not their and home in ("RE", "YT", "GP", "GF", "MQ", "PM") and ours == valid_as(text, "FR"):
        return "French from overseas"
    codes = ("262", "590", "594", "596") if home == "FR" else (str(phonenumbers.country_code_for_region(home)),)
    if not their and digits.startswith(codes) and "+" not in text and ours == valid_as("+" + digits, home):
        return "calling code without +"
    if home == "LU" and digits.startswith("15") and not ours:
        return "carrier chosen"
    if home == "FR" and digits.startswith("3300") and not ours:
        return "doubled zero"
    return None


def re_overseas(national):
    return national[:3] in "262 263 269 508 590 594 596 639 690 691 692 693 694 696 697 708 709".split()


def judge(task):
    reveil, home, count, seed = task
    texts = inputs(home, count, seed)
    run = subprocess.run([reveil, "normalize", "--role", "phone", "--country", home, "--quiet"],
                         input="\n".join(texts) + "\n", capture_output=True, text=True, check=True)
    rows = list(csv.reader(io.StringIO(run.stdout)))[1:]
    assert len(rows) == len(texts), (home, len(rows), len(texts))
    tally, strange = collections.Counter(), []
    for text, row in zip(texts, rows):
        _, valid, reason, e164, kind = row[:5]
        their, their_kind, type_ = theirs(text, home)
        ours = e164 if valid == "true" else ""
        if (ours, kind) == (their, their_kind):
            tally["both valid" if ours else "both refuse"] += 1
            continue
        cause = why(text, home, ours, reason, their, type_)
        tally[cause or "NOT JUSTIFIED"] += 1
        if not cause:
            strange.append((home, text, ours, kind, reason, their, their_kind))
    return tally, strange


def main():
    reveil, count, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    tasks = [(reveil, home, count // len(HOMES) + (i < count % len(HOMES)), f"{seed}.{i}") for i, home in enumerate(HOMES)]
    tally, strange = collections.Counter(), []
    with multiprocessing.Pool(2) as pool:
        for counts, found in pool.imap(judge, tasks):
            tally += counts
            strange += found
    total = sum(tally.values())
    print(f"{total} inputs, libphonenumber {phonenumbers.__version__}, seed {seed}")
    for name in ["both valid", "both refuse", *WHY, "NOT JUSTIFIED"]:
        if tally[name] or name == "NOT JUSTIFIED":
            print(f"{tally[name]:9d}  {name}" + (f": {WHY[name]}" if name in WHY else ""))
    for home, text, ours, kind, reason, their, their_kind in strange[:40]:
        print(f"  {home} {text!r}: ours {ours} {kind}{reason}, theirs {their} {their_kind}")
    sys.exit(1 if strange else 0)


if __name__ == "__main__":
    main()
