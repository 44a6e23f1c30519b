#!/usr/bin/env python3
"""messages.py [--missing]: holds the sources against the catalogue of messages (base/message_table.c).

Goes over every call that makes an error, a hint, a note or a warning, takes the text it gives, and looks it up. Ends with
the share of texts that the catalogue knows, and fails when it is below 95 %: a text it doesn't know is told in English
and without a code. --missing prints these as lines to put into the table.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Which argument of which function is a text that people read.
TEXT_OF = {
    'rv_fail': 2, 'rv_fail_text': 2, 'rv_fail_errno': 3, 'rv_node_fail': 3, 'rv_error_hint': 1, 'rv_error_add': 1,
    'usage_error': 2, 'rv_note': 1, 'rv_warn': 1, 'say': 0, 'rv_tell': 1, 'rv_tell_padded': 1, 'put_told': 1, 'rv_finding_say': 2, 'reason': 3, 'put_id': 1, 'put_probability': 1, 'problem': 1, 'line': 1, 'fail_at': 3, 'damaged': 2, 'corrupt': 2, 'rv_megabase_corrupt': 2, 'rv_fail_phrase': 2,
}
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def skip_literal(text, at):
    quote = text[at]
    at += 1
    while text[at] != quote:
        at += 2 if text[at] == '\\' else 1
    return at + 1


def calls(text):
    """(name, arguments, line) of every call that gives a text."""
    for match in re.finditer(r'\b(' + '|'.join(TEXT_OF) + r')\(', text):
        at, depth, arguments, current = match.end(), 1, [], ''
        while depth:
            c = text[at]
            if c in '"\'':
                end = skip_literal(text, at)
                current += text[at:end]
                at = end
                continue
            if c in '([{':
                depth += 1
            elif c in ')]}':
                depth -= 1
            if c == ',' and depth == 1:
                arguments.append(current)
                current = ''
            elif depth:
                current += c
            at += 1
        yield match.group(1), arguments + [current], text.count('\n', 0, match.start()) + 1


def texts(argument):
    """The literals of an argument: neighbours are one text, the two sides of a question mark are two."""
    argument = re.sub(r'/\*.*?\*/', '', argument, flags=re.S)
    joined = re.sub(r'"\s*"', '', argument)
    return [m.group(1) for m in LITERAL.finditer(joined)]


def options(text):
    """(text, line) of the help lines of option tables and of the commands' summaries."""
    literals = r'((?:"(?:[^"\\\\]|\\\\.)*"\s*)+)'
    table = r'\{"[a-z-]+",\s*OPTION_\w+,\s*(?:"[^"]*"|NULL),\s*(?:(?:"[^"]*"\s*)+|NULL),\s*' + literals
    for match in re.finditer(table + r'\}|\.summary = ' + literals, text.replace('\\\n', '\n')):
        found = re.sub(r'"\s*"', '', match.group(1) or match.group(2)).strip()
        yield found[1:-1], text.count('\n', 0, match.start()) + 1


def known():
    table = (ROOT / 'base/message_table.c').read_text()
    entries = re.findall(r'\{\s*\d+,\s*((?:"(?:[^"\\]|\\.)*"\s*)+),', table)
    return {re.sub(r'"\s*"', '', e).strip()[1:-1] for e in entries}


def main():
    table, missing, used = known(), {}, set()
    for layer in ('base', 'formats', 'engine', 'matcher', 'cli'):
        for path in sorted((ROOT / layer).glob('*.c')):
            for name, arguments, line in calls(path.read_text()):
                if len(arguments) <= TEXT_OF[name]:
                    continue
                for text in texts(arguments[TEXT_OF[name]]):
                    if not re.search('[A-Za-z]{2}', re.sub(r'%[-0-9.*]*[a-z]+', '', text)):
                        continue  # nothing to translate: "%s"
                    used.add(text)
                    if text not in table:
                        missing.setdefault(text, f'{path.relative_to(ROOT)}:{line}')
    for path in sorted((ROOT / 'cli').glob('*.[ch]')):
        for text, line in options(path.read_text()):
            used.add(text)
            if text not in table:
                missing.setdefault(text, f'{path.relative_to(ROOT)}:{line}')
    share = 1 - len(missing) / max(1, len(used))
    for text, place in missing.items():
        print(f'    {{0, "{text}",\n     ""}}, /* {place} */' if '--missing' in sys.argv else f'{place}: not in the catalogue: "{text}"')
    print(f'messages: {len(used) - len(missing)} of {len(used)} texts are in the catalogue ({share:.1%})')
    return 0 if share >= .95 or '--missing' in sys.argv else 1


if __name__ == '__main__':
    sys.exit(main())
