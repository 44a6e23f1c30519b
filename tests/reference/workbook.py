#!/usr/bin/env python3
"""workbook.py CSV XLSX [--own COLUMN,...]: is the workbook the table, value by value?

Reads the workbook by its format alone (zip and XML of the standard library), and by openpyxl too where that is installed.
Cells of the columns named by --own are numbers where the CSV has a number and dates where it has one; all others are
texts. No cell is a formula. Ends with 77 where Python lacks what it needs.
"""
import argparse
import csv
import datetime
import re
import sys
import zipfile
from xml.etree import ElementTree

MAIN = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
NUMBER = re.compile(r'-?(0|[1-9]\d*)(\.\d+)?$')
DATE = re.compile(r'\d{4}-\d\d-\d\d$')


def expected(text, own):
    if text == '':
        return None
    if own and NUMBER.match(text) and len(text) <= 17:
        return float(text)
    if own and DATE.match(text) and text >= '1900-03-01':
        return datetime.date.fromisoformat(text)
    return text


def plain(text):
    return re.sub(r'_x([0-9A-Fa-f]{4})_', lambda m: chr(int(m.group(1), 16)), text)


def by_format(path):
    """Rows of values; dates by the number formats that the styles give."""
    with zipfile.ZipFile(path) as z:
        assert z.testzip() is None
        names = z.namelist()
        assert not any('vba' in n or 'external' in n.lower() for n in names), names
        styles = ElementTree.fromstring(z.read('xl/styles.xml'))
        formats = [int(x.get('numFmtId')) for x in styles.find(MAIN + 'cellXfs')]
        sheet = ElementTree.fromstring(z.read('xl/worksheets/sheet1.xml'))
    assert sheet.find(f'.//{MAIN}pane').get('state') == 'frozen'
    assert sheet.find(MAIN + 'autoFilter') is not None
    assert not sheet.findall(f'.//{MAIN}f'), 'a formula'
    rows = []
    for row in sheet.iter(MAIN + 'row'):
        while len(rows) < int(row.get('r')):
            rows.append({})
        for cell in row:
            letters = re.match('[A-Z]+', cell.get('r')).group()
            column = 0
            for letter in letters:
                column = column * 26 + ord(letter) - 64
            if cell.get('t') == 'inlineStr':
                value = plain(''.join(t.text or '' for t in cell.iter(MAIN + 't')))
            else:
                assert cell.get('t') in (None, 'n'), cell.get('t')
                value = float(cell.find(MAIN + 'v').text)
                if formats[int(cell.get('s', 0))] == 14:
                    value = datetime.date(1899, 12, 30) + datetime.timedelta(value)
            rows[-1][column - 1] = value
    return rows


def by_openpyxl(path):
    import openpyxl
    sheet = openpyxl.load_workbook(path).active
    rows = []
    for row in sheet.iter_rows():
        values = {}
        for i, cell in enumerate(row):
            assert cell.data_type != 'f', 'a formula'
            value = cell.value
            if isinstance(value, datetime.datetime):
                value = value.date()
            elif isinstance(value, int):
                value = float(value)
            elif isinstance(value, str):
                value = plain(value)
            if value is not None:
                values[i] = value
        rows.append(values)
    assert sheet.freeze_panes == 'A2'
    assert all(cell.font.b for cell in sheet[1])
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('csv')
    parser.add_argument('xlsx')
    parser.add_argument('--own', default='')
    a = parser.parse_args()
    with open(a.csv, newline='', encoding='utf-8') as f:
        table = list(csv.reader(f))
    own = [name in a.own.split(',') for name in table[0]]
    wanted = [{i: v for i, v in enumerate(expected(t, r and own[i]) for i, t in enumerate(row)) if v is not None}
              for r, row in enumerate(table)]
    readers = [by_format]
    try:
        import openpyxl  # noqa: F401
        readers.append(by_openpyxl)
    except ImportError:
        pass
    for reader in readers:
        got = reader(a.xlsx)
        if len(got) != len(wanted):
            sys.exit(f'{reader.__name__}: {len(got)} rows, expected {len(wanted)}')
        for r, (x, y) in enumerate(zip(got, wanted)):
            if x != y:
                sys.exit(f'{reader.__name__}: row {r + 1}: {x}\nexpected {y}')
    kinds = [type(v).__name__ for row in wanted for v in row.values()]
    print(f'{len(wanted)} rows, {len(kinds)} cells equal:', ', '.join(f'{kinds.count(k)} {k}' for k in sorted(set(kinds))),
          'by', ' and '.join(r.__name__ for r in readers))


if __name__ == '__main__':
    main()
