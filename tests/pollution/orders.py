#!/usr/bin/env python3
"""orders.py --program REVEIL [--only NAME...]: orders as shops, market places and tills export them, through `segment`.

Each stands with what must come out of it: client, first and last order, orders, amount. Nothing but the column that says who
bought is told, and only where the export has no client's number. Then every file of odd.py goes through segment, score,
dedupe, match and enrich: whatever they make of it, they end by themselves, and rows in are rows out and rejected.
"""
import argparse
import csv
import glob
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = {}


def case(name, text, expected, who=None, encoding='utf-8', asides=0):
    CASES[name] = (text.encode(encoding), [tuple(line.split('|')) for line in expected], who, asides)


case('amazon',  # tabs, a line per article, times with a zone
     'order-id\torder-item-id\tpurchase-date\tbuyer-email\tbuyer-name\tsku\tquantity-purchased\tcurrency\titem-price\n'
     '402-1\t11\t2026-03-01T10:00:00+00:00\ta@example.org\tJean Petit\tS1\t1\tEUR\t12.50\n'
     '402-1\t12\t2026-03-01T10:00:00+00:00\ta@example.org\tJean Petit\tS2\t1\tEUR\t7.00\n'
     '402-2\t13\t2026-05-11T10:00:00+00:00\tb@example.org\tAna Roy\tS1\t2\tEUR\t25.00\n',
     ['a@example.org|2026-03-01|2026-03-01|1|19.50', 'b@example.org|2026-05-11|2026-05-11|1|25.00'], 'buyer-email')
case('ebay',  # an empty line above, a count below, days with months in words
     '\nSales Record Number,Order Number,Buyer Username,Buyer Name,Buyer Email,Item Title,Quantity,Sold For,Total Price,Sale Date\n'
     '1001,12-1,jp_75,Jean Petit,a@example.org,Lampe,1,"12,50 EUR","15,00 EUR",01-mars-26\n'
     '1002,12-2,ana,Ana Roy,b@example.org,Table,1,"112,50 EUR","130,00 EUR",11-mai-26\n'
     '1003,12-3,ana,Ana Roy,b@example.org,Chaise,1,"40,00 EUR","44,00 EUR",12-août-26\n'
     '\n3,record(s) downloaded,,,,,,,,\n',
     ['a@example.org|2026-03-01|2026-03-01|1|15.00', 'b@example.org|2026-05-11|2026-08-12|2|174.00'], 'Buyer Email', asides=1)
case('helloasso', 'Référence commande;Date de la commande;Statut de la commande;Nom adhérent;Prénom adhérent;Nom payeur;Prénom payeur;Email payeur;Moyen de paiement;Tarif;Montant tarif\n'
     '1001;01/03/2026 10:15;Validé;PETIT;Jean;PETIT;Marie;m@example.org;Carte bancaire;Adulte;25,00\n'
     '1002;13/05/2026 09:00;Validé;ROY;Ana;ROY;Ana;a@example.org;Carte bancaire;Adulte;25,00\n',
     ['a@example.org|2026-05-13|2026-05-13|1|25.00', 'm@example.org|2026-03-01|2026-03-01|1|25.00'], 'Email payeur')
case('sumup', 'Adresse e-mail,Date,ID de la transaction,Type de transaction,Statut,Total,TVA\n'
     'a@example.org,"1 mars 2026 à 10:15",T1,Vente,Réussie,"12,50","2,08"\na@example.org,"11 mai 2026 à 18:02",T2,Vente,Réussie,"1 012,50","2,08"\n',
     ['a@example.org|2026-03-01|2026-05-11|2|1025.00'], 'Adresse e-mail')
case('woocommerce', 'order_id,order_number,date,status,order_total,customer_id,billing_first_name,billing_last_name,billing_email\n'
     '1,1,2026-03-01 10:15:00,completed,12.50,17,Jean,Petit,a@example.org\n2,2,2026-05-11 10:15:00,completed,25.00,17,Jean,Petit,a@example.org\n',
     ['17|2026-03-01|2026-05-11|2|37.50'])
case('us_excel', 'Customer ID,Order Date,Total\n17,3/1/2026 12:00 AM,"$1,012.50"\n17,5/13/2026 3:05 PM,$25.00\n18,12/25/2025 11:59 PM,$7.00\n',
     ['17|2026-03-01|2026-05-13|2|1037.50', '18|2025-12-25|2025-12-25|1|7.00'])
case('british_short', 'customer_id,date,amount\n17,01/03/26,£12.50\n17,25/12/25,£3.00\n', ['17|2025-12-25|2026-03-01|2|15.50'])
case('german', 'Customer ID;Datum;Betrag\n17;01.03.26;1.012,50\n17;11.05.26;25,00\n18;31.12.25;7,00\n'.replace('Datum', 'Date').replace('Betrag', 'Amount'),
     ['17|2026-03-01|2026-05-11|2|1037.50', '18|2025-12-31|2025-12-31|1|7.00'])
case('swiss', "Client ID;Date;Montant\n17;01.03.2026;1'012.50\n17;11.05.2026;25.00\n18;31.12.2025;7.00\n",
     ['17|2026-03-01|2026-05-11|2|1037.50', '18|2025-12-31|2025-12-31|1|7.00'])
case('belgian', 'Code client;Date;Montant\nB17;1/03/2026;€ 1.012,50\nB17;25/05/2026;€ 25,00\n', ['B17|2026-03-01|2026-05-25|2|1037.50'])
case('excel_french_months', 'Code client;Date commande;Montant TTC\nC1;01-janv.-26;10,00 €\nC1;15-févr.-26;20,00 €\nC2;28-août-25;5,50 €\n',
     ['C1|2026-01-01|2026-02-15|2|30.00', 'C2|2025-08-28|2025-08-28|1|5.50'], encoding='cp1252')
case('sage_compact', 'N° client;Date;Total TTC\n411A;010326;12,50\n411A;130526;25,00\n', ['411A|2026-03-01|2026-05-13|2|37.50'])
case('cegid_yyyymmdd', 'Code client;Date ticket;N° ticket;Montant TTC\nC1;20260301;T1;12,50\nC1;20260301;T1;-2,50\nC1;20260511;T2;25\n',
     ['C1|2026-03-01|2026-05-11|2|35.00'])
case('serials', 'client_id;date;montant\n1;46082;12,5\n1;46153,75;7\n', ['1|2026-03-01|2026-05-11|2|19.50'])
case('epoch', 'customer_id,created,amount\n1,1772323200,12.50\n1,1778457600,7\n'.replace('created', 'order_date'), ['1|2026-03-01|2026-05-11|2|19.50'])
case('text_marks', "client_id;date;montant\n'0017;'01/03/2026;'12,50\n'0017;'13/05/2026;'7\n", ["'0017|2026-03-01|2026-05-13|2|19.50"])
case('minus_behind', 'client_id;date;montant\n1;01/03/2026;12,50\n1;13/05/2026;2,50-\n', ['1|2026-03-01|2026-03-01|1|10.00'])
case('accounting_minus', 'client_id,date,amount\n1,2026-03-01,"1,012.50"\n1,2026-05-11,(12.50)\n', ['1|2026-03-01|2026-03-01|1|1000.00'])
case('totals_below', 'client_id;date;montant\n1;01/03/2026;12,50\n2;13/05/2026;7,50\nTotal;;20,00\n',
     ['1|2026-03-01|2026-03-01|1|12.50', '2|2026-05-13|2026-05-13|1|7.50'], asides=1)
case('title_above', 'Ventes du 01/01/2026 au 30/06/2026\n\nCode client;Date achat;Montant TTC\n1;01/03/2026;12,50\n2;13/05/2026;7,50\n',
     ['1|2026-03-01|2026-03-01|1|12.50', '2|2026-05-13|2026-05-13|1|7.50'], asides=1)
case('utf16_tabs', 'Code client\tDate achat\tMontant TTC\r\n1\t01/03/2026\t12,50 €\r\n2\t13/05/2026\t7,50 €\r\n',
     ['1|2026-03-01|2026-03-01|1|12.50', '2|2026-05-13|2026-05-13|1|7.50'], encoding='utf-16')
case('year_first_short', 'client_id;date;montant\n' + ''.join(f'1;{25 + i % 2}-{i % 12 + 1:02}-{i:02};1\n' for i in range(1, 29)), ['1|2025-01-12|2026-12-23|28|28.00'])


def run(program, *args):
    done = subprocess.run([program, *args, '--lang', 'en'], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def judge(program, name, folder):
    data, expected, who, asides = CASES[name]
    path, out, summary = (os.path.join(folder, n) for n in (name + '.csv', 'out.csv', 's.json'))
    with open(path, 'wb') as f:
        f.write(data)
    code, _, said = run(program, 'segment', '--transactions', path, '--as-of', '2027-01-01', '--out', out, '--force',
                        '--max-rejects', '0', '--summary', summary, *(('--id', who) if who else ()))
    if code:
        return [f'exit {code}: {said.strip()[:400]}']
    with open(out, encoding='utf-8', newline='') as f:
        found = [(r['client_id'], r['first_order'], r['last_order'], r['orders'], r['amount']) for r in csv.DictReader(f)]
    faults = [] if found == expected else [f'{found}, not {expected}']
    return faults + sums(summary) + ([] if not asides or json.load(open(summary))['inputs'][0]['of']['set_aside'] else ['nothing set aside'])


def sums(summary):
    rows = json.load(open(summary)).get('rows')
    if not rows or rows['in'] == rows['out'] + rows['rejected']:
        return []
    return [f"{rows['in']} rows in, {rows['out']} out, {rows['rejected']} rejected"]


def conserve(program, path, megabase, folder):
    """What each job says of a file that may be anything: an end of its own, and a sum that holds."""
    out, summary, faults = os.path.join(folder, 'o.csv'), os.path.join(folder, 'o.json'), []
    for command in (['segment', '--as-of', '2027-01-01', '--transactions', path], ['dedupe', '--in', path],
                    ['match', '--left', path, '--right', path], ['score', '--in', path, '--active', 'ville=Lyon', '--min-seeds', '1'],
                    ['enrich', '--megabase', megabase, '--clients', path], ['check', path]):
        extra = [] if command[0] == 'check' else ['--out', out, '--force', '--summary', summary, '--max-rejects', '100%']
        try:
            code, _, said = run(program, *command, *extra)
        except subprocess.TimeoutExpired:
            faults.append(f'{command[0]}: still at it after two minutes')
            continue
        if code not in (0, 1, 2, 3, 4, 5, 6) or 'Sanitizer' in said or 'runtime error' in said:
            faults.append(f'{command[0]}: exit {code}: {said[-600:]}')
        elif code == 0 and extra:
            faults += [f'{command[0]}: {fault}' for fault in sums(summary)]
        elif code and 'error' not in said:
            faults.append(f'{command[0]}: exit {code} without a word')
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', required=True)
    parser.add_argument('--only', nargs='+')
    parser.add_argument('--every', type=int, default=1, help='of the odd files, each so many-th')
    args = parser.parse_args()
    program, wrong = os.path.abspath(args.program), 0
    with tempfile.TemporaryDirectory() as folder:
        for name in args.only or CASES:
            faults = judge(program, name, folder)
            wrong += bool(faults)
            for fault in faults:
                print(f'{name}: {fault}')
        odd = []
        if not args.only:
            world, megabase = os.path.join(folder, 'world'), os.path.join(folder, 'mega.rvl')
            for command in (['synth', '--contacts', '500', '--clients', '50', '--seed', '1', '--out', world],
                            ['build', '--schema', os.path.join(world, 'schema.yaml'), '--out', megabase]):
                code, _, said = run(program, *command)
                if code:
                    sys.exit(said)
            sys.path.insert(0, HERE)
            import odd as odd_files
            for name, of in list(odd_files.CASES.items())[::args.every]:
                path = os.path.join(folder, name + of[5])
                with open(path, 'wb') as f:
                    f.write(of[0])
                odd.append(path)
        for path in odd:
            faults = conserve(program, path, megabase, folder)
            wrong += bool(faults)
            for fault in faults:
                print(f'{os.path.basename(path)}: {fault}')
    print(f'{len(args.only or CASES)} lists of orders, {len(odd)} odd files, {wrong} wrong')
    return 1 if wrong else 0


sys.exit(main())
