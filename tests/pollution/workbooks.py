#!/usr/bin/env python3
"""workbooks.py REVEIL: Excel workbooks as people, programs and attackers make them, read by `clean` with no flag.

Each is put together here from its XML, so that a case shows all of what it is about. Some must be read, with what is said
beside it; some must be refused in words, in bounded memory.
"""
import io
import os
import resource
import subprocess
import sys
import tempfile
import zipfile

subprocess._USE_VFORK = False  # else a child's peak of memory would be this script's
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def text(place, value):
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def row(number, *cells, extra=''):
    return f'<row r="{number}"{extra}>' + ''.join(cells) + '</row>'


def people(*more):
    """A header and two people, so that every workbook is a table."""
    return (row(1, text('A1', 'id'), text('B1', 'nom'), text('C1', 'date'))
            + row(2, text('A2', '1'), text('B2', 'Durand'), '<c r="C2" s="1"><v>46082</v></c>')
            + row(3, text('A3', '2'), text('B3', 'Petit'), '<c r="C3" s="1"><v>46083.75</v></c>') + ''.join(more))


def workbook(sheet, strings=None, sheets=('Feuil1',), date1904=False, after='', packed=zipfile.ZIP_DEFLATED, names=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', packed) as z:
        z.writestr('[Content_Types].xml', HEAD + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        listed = ''.join(f'<sheet name="{n}" sheetId="{i + 1}" r:id="rId{i + 1}"/>' for i, n in enumerate(sheets))
        z.writestr('xl/workbook.xml', f'{HEAD}<workbook {NS} xmlns:r="{REL}"><workbookPr date1904="{int(date1904)}"/>'
                                      f'<sheets>{listed}</sheets></workbook>')
        related = ''.join(f'<Relationship Id="rId{i + 1}" Type="{REL}/worksheet" Target="worksheets/sheet{i + 1}.xml"/>'
                          for i in range(len(sheets)))
        related += f'<Relationship Id="rId90" Type="{REL}/styles" Target="styles.xml"/>'
        if strings is not None:
            related += f'<Relationship Id="rId91" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/>'
            z.writestr('xl/sharedStrings.xml', f'{HEAD}<sst {NS}>{strings}</sst>' if isinstance(strings, str) else strings)
        z.writestr('xl/_rels/workbook.xml.rels', f'{HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
                                                 f'relationships">{related}</Relationships>')
        z.writestr('xl/styles.xml', f'{HEAD}<styleSheet {NS}><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
                                    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>')
        body = sheet if isinstance(sheet, bytes) else f'{HEAD}<worksheet {NS}><sheetData>{sheet}</sheetData>{after}</worksheet>'
        z.writestr('xl/worksheets/sheet1.xml', body)
        for i in range(1, len(sheets)):
            z.writestr(f'xl/worksheets/sheet{i + 1}.xml', f'{HEAD}<worksheet {NS}><sheetData/></worksheet>')
        for name in names or ():
            z.writestr(name, 'x')
    return out.getvalue()


def archive(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, value in members.items():
            z.writestr(name.replace('__', '/').replace('_', '.'), value)
    return out.getvalue()


def old_office(stream):
    """An OLE file of one directory sector."""
    name = stream.encode('utf-16-le')
    head = b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(22) + (9).to_bytes(2, 'little') + bytes(16) + (1).to_bytes(4, 'little')
    return head.ljust(1024, b'\0') + b'R\0o\0o\0t\0'.ljust(128, b'\0') + name.ljust(896, b'\0')


CSV = 'id,nom,date\n1,Durand,2026-03-01\n2,Petit,2026-03-02 18:00:00\n'
LONG = 'a' * 32767

READ = [  # name, bytes, the CSV, what is said
    ('plain', workbook(people()), CSV, ''),
    ('stored, not packed', workbook(people(), packed=zipfile.ZIP_STORED), CSV, ''),
    ('several sheets', workbook(people(), sheets=('Clients', 'Archive', 'Aide')), CSV, "3 sheets that show: the first, 'Clients', is read"),
    ('since 1904', workbook(people(), date1904=True), CSV.replace('2026-03-01', '2030-03-02').replace('2026-03-02', '2030-03-03'), ''),
    ('a hidden row is read and told', workbook(people(row(4, text('A4', '3'), text('B4', 'Blanc'), extra=' hidden="1"'))),
     CSV + '3,Blanc,\n', '1 rows of the sheet are hidden'),
    ('merged down is told', workbook(people(row(4, text('A4', '3'))), after='<mergeCells><mergeCell ref="B3:B4"/></mergeCells>'),
     CSV + '3,,\n', '1 cells are merged over several rows'),
    ('merged across is nobody\'s affair', workbook(people(), after='<mergeCells><mergeCell ref="A1:B1"/></mergeCells>'), CSV, ''),
    ('formulas by their last value', workbook(people(row(4, '<c r="A4"><f>A3+1</f><v>3</v></c>',
     '<c r="B4" t="str"><f>"a"</f><v>Blanc</v></c>', '<c r="C4" t="str"><f>""</f><v></v></c>'))), CSV + '3,Blanc,\n', ''),
    ('formulas without a value are told', workbook(people(row(4, text('A4', '3'), '<c r="B4"><f>B3</f></c>'))),
     CSV + '3,,\n', '1 formulas have no value yet'),
    ('formulas with an empty value are told, those that give an empty text are not',
     workbook(people(row(4, text('A4', '3'), '<c r="B4"><f>B3</f><v></v></c>', '<c r="C4" t="str"><f>""</f><v></v></c>'))),
     CSV + '3,,\n', '1 formulas have no value yet'),
    ('the longest cell', workbook(people(row(4, text('A4', '3'), text('B4', LONG)))), CSV + f'3,{LONG},\n', ''),
    ('the longest of two units a letter', workbook(people(row(4, text('A4', '3'), text('B4', '\U0001f600' * 16383)))),
     CSV + '3,' + '\U0001f600' * 16383 + ',\n', ''),
    ('shared strings', workbook(people(row(4, '<c r="A4" t="s"><v>1</v></c>', '<c r="B4" t="s"><v>0</v></c>')),
     strings=f'<si><t>Blanc</t></si><si><r><t>A</t></r><r><t>3</t></r></si><si><t>{LONG}zz</t></si>'), CSV + 'A3,Blanc,\n', ''),
    ('dates of ISO', workbook(people(row(4, text('A4', '3'), text('B4', 'Blanc'), '<c r="C4" t="d"><v>2026-03-03</v></c>'))),
     CSV + '3,Blanc,2026-03-03\n', ''),
]

TOO_LONG = "sheet 'Feuil1', cell B4: more than 32767 characters"
BOMB = 'no table does that'
DAMAGED = 'workbook is damaged'
REFUSED = [  # name, bytes, what is said
    ('an empty sheet in front', workbook('', sheets=('Feuil1', 'Clients')), "the sheet 'Feuil1' is empty.*put the table's in front"),
    ('a cell of one too many', workbook(people(row(4, text('A4', '3'), text('B4', LONG + 'a')))), TOO_LONG),
    ('a cell of 16 MB', workbook(people(row(4, text('A4', '3'), text('B4', 'a' * (16 << 20))))), TOO_LONG),
    ('a shared string of 16 MB', workbook(people(row(4, text('A4', '3'), '<c r="B4" t="s"><v>0</v></c>')),
     strings='<si><t>' + 'a' * (16 << 20) + '</t></si>'), TOO_LONG),
    ('too many units, not letters', workbook(people(row(4, text('A4', '3'), text('B4', '\U0001f600' * 16384)))), TOO_LONG),
    ('many shared strings that expand', workbook(people(), strings='<si><t>' + 'b' * 30000 + '</t></si>' + ('<si><t>' + 'b' * 30000 + '</t></si>') * 10000), BOMB),
    ('one shared string in all cells', workbook(people(*(row(n, f'<c r="A{n}" t="s"><v>0</v></c>') for n in range(4, 20000))),
     strings=f'<si><t>{LONG}</t></si>'), BOMB),
    ('one cell far to the right', workbook(people(*(row(n, f'<c r="A{n}"><v>1</v></c>') for n in range(4, 60000)),
     row(60000, text('XFD60000', 'x')))), BOMB),
    ('entities', workbook((HEAD + '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><sheetData>'
     '<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>').encode()), DAMAGED),
    ('a tag that doesn\'t end', workbook((HEAD + '<worksheet a="' + 'a' * (16 << 20) + '"/>').encode()), DAMAGED),
    ('no XML', workbook(b'id;nom\n1;Durand\n'), DAMAGED),
    ('cells that go back', workbook(row(1, text('B1', 'a'), text('A1', 'b'))), DAMAGED),
    ('cut in half', workbook(people())[:-300], 'zip archive or an Excel workbook that was cut.*fetch or export it again'),
    ('.xlsb', archive(xl__workbook_bin='x'), r'binary Excel workbook \(.xlsb\).*save the sheet'),
    ('.ods', archive(content_xml='x', mimetype='application/vnd.oasis.opendocument.spreadsheet'), r'OpenDocument file \(.ods\).*save the sheet'),
    ('.numbers', archive(Index__Document_iwa='x'), 'Apple Numbers.*export it from there'),
    ('.docx', archive(word__document_xml='x'), 'a Word document'),
    ('.zip', archive(clients_csv='id;nom\n1;a\n'), 'a zip archive.*unzip -p'),
    ('.xls', old_office('Workbook'), r'old Excel workbook \(.xls\)'),
    ('a password', old_office('EncryptedPackage'), 'with a password'),
    ('.doc', old_office('WordDocument'), 'old Word document'),
    ('.7z', b'7z\xbc\xaf\x27\x1c' + bytes(40), '7z archive'),
    ('.rar', b'Rar!\x1a\x07\x01\0' + bytes(40), 'RAR archive'),
    ('.sqlite', b'SQLite format 3\0' + bytes(200), 'SQLite'),
]
MOST_KB = 700 << 10  # a bomb may fill 128 MB, its CSV, and what a sanitizer adds


def told_by_other_jobs(reveil):
    """Which sheet is read is said by every job, not by `clean` alone."""
    wanted, good = "2 sheets that show: the first, 'Clients', is read", True
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'c.xlsx')
        with open(path, 'wb') as f:
            f.write(workbook(row(1, text('A1', 'client_id'), text('B1', 'date'), text('C1', 'amount'), text('D1', 'email'))
                             + row(2, text('A2', '1'), text('B2', '01/03/26'), text('C2', '12,50'), text('D2', 'a@example.org')),
                             sheets=('Clients', 'Aide')))
        for command in (['segment', '--transactions', path, '--as-of', '2026-11-01'], ['dedupe', '--in', path],
                        ['check', path], ['clean', path]):
            out = [] if command[0] == 'check' else ['--out', os.path.join(folder, command[0] + '.csv')]
            run = subprocess.run([reveil, *command, *out, '--lang', 'en'], capture_output=True, text=True)
            if run.returncode or wanted not in run.stderr + run.stdout:
                print(f'{command[0]}: {run.returncode} {run.stderr[:300]}')
                good = False
    return good


def main():
    import re
    reveil, bad = os.path.abspath(sys.argv[1]), 0
    has_expat = True
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, 'b.xlsx'), os.path.join(folder, 'out.csv')
        for name, data, *wanted in READ + REFUSED:
            with open(path, 'wb') as f:
                f.write(data)
            run = subprocess.run([reveil, 'clean', path, '--out', out, '--force', '--lang', 'en'], capture_output=True, text=True)
            said = run.stderr.replace('\n', ' ')
            if 'libexpat' in said:
                print("libexpat isn't there: skipped")
                return 77
            problems = []
            if len(wanted) == 2:
                got = open(out, encoding='utf-8', newline='').read() if run.returncode == 0 else None
                if got != wanted[0]:
                    problems.append(f'{run.returncode}, read {got[:300] if got else got!r}: {said[:300]}')
            elif run.returncode != 3:
                problems.append(f'exit {run.returncode}, not 3: {said[:300]}')
            if wanted[-1] and not re.search(wanted[-1], said):
                problems.append(f'says {said[:300]}')
            if len(wanted) == 2 and not wanted[1] and re.search('hidden|merged|formulas|sheets that', said):
                problems.append(f'says too much: {said[:300]}')
            if len(wanted) == 1 and not re.search('hint|fix|try|->|:', said):
                problems.append('no way to mend')
            for p in problems:
                print(f'{name}: {p}')
            bad += bool(problems)
    bad += not told_by_other_jobs(reveil)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if most > MOST_KB:
        print(f'{most >> 10} MB of memory')
        bad += 1
    print(f'{len(READ)} read, {len(REFUSED)} refused, {bad} not so; {most >> 10} MB at most')
    return 1 if bad else 0


sys.exit(main())
