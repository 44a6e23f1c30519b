#!/usr/bin/env python3
"""Files as programs and people really leave them, one case each: what a data assistant would say the table is, and what reveil reads with no flag.

usage: odd.py [--program REVEIL] [--only NAME ...] [--keep DIR]

A case is the file's bytes, the header and rows that are right, what must stand among the rejects, and (where given) the roles that `check` must find. All
people are invented. Exits 1 when a case is read otherwise and isn't known to be.
"""
import argparse
import csv
import gzip
import io
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
csv.field_size_limit(1 << 30)
CASES = {}
# Read otherwise than they should be, and known to be: told, no failure. One that is read right fails, so that the list stays true.
KNOWN = {"sqlcmd_fixed": "columns of fixed width aren't parted", "quoted_whole_lines": "lines in quotes are read as one column", "all_text_no_header_words": "the first person is taken for the header",
         "r_row_names": "a header one name short"}


def case(name, data, header, rows, told=(), roles=None, suffix=".csv", encoding="utf-8", refused=None, notes=()):
    data = data.encode(encoding) if isinstance(data, str) else data
    CASES[name] = (data, header.split("|") if isinstance(header, str) else header, [r.split("|") if isinstance(r, str) else r for r in rows], sorted(told), roles, suffix, refused, notes)


# --- Sales and accounting ---------------------------------------------------------------------------------------------

case("sap_list",  # a list saved as "unconverted": title, dashes above and below the header, pipes at both edges
     "Table: KNA1\r\nDisplayed Fields:  4 of 4   Fixed Columns: 1\r\n-------------------------------------------------------\r\n"
     "|Customer  |Name 1             |PostalCode|City        |\r\n-------------------------------------------------------\r\n"
     "|0000100001|DUPONT Marie       |75011     |PARIS       |\r\n|0000100002|LEFEVRE Jean       |69003     |LYON        |\r\n"
     "|0000100003|MARTIN Zoe         |33000     |BORDEAUX    |\r\n-------------------------------------------------------\r\n",
     "c1|Customer|Name 1|PostalCode|City", ["|0000100001|DUPONT Marie       |75011     |PARIS       ", "|0000100002|LEFEVRE Jean       |69003     |LYON        ", "|0000100003|MARTIN Zoe         |33000     |BORDEAUX    "],
     ["preamble", "preamble", "preamble", "preamble", "footer"])
case("sap_minus_behind",  # amounts with the sign behind, as SAP prints them
     "Client;Nom;Solde\n100001;DUPONT;1.234,50\n100002;LEFEVRE;12,00-\n100003;MARTIN;0,00\n100004;PETIT;3.000,00-\n",
     "Client|Nom|Solde", ["100001|DUPONT|1.234,50", "100002|LEFEVRE|12,00-", "100003|MARTIN|0,00", "100004|PETIT|3.000,00-"])
case("cegid_cp1252",
     "Code tiers;Raison sociale;Pr\xe9nom;T\xe9l\xe9phone;Mobile;E-Mail;CP;Ville;Encours\r\nC00012;LEF\xc8VRE;H\xe9l\xe8ne;01 42 00 00 01;06 12 00 00 01;h.lefevre@exemple.fr;75011;Paris;1\xa0234,50\r\n"
     "C00013;NO\xcbL;Ana\xefs;;06 12 00 00 02;;69003;Lyon;\r\n", "Code tiers|Raison sociale|Prénom|Téléphone|Mobile|E-Mail|CP|Ville|Encours",
     ["C00012|LEFÈVRE|Hélène|01 42 00 00 01|06 12 00 00 01|h.lefevre@exemple.fr|75011|Paris|1\xa0234,50", "C00013|NOËL|Anaïs||06 12 00 00 02||69003|Lyon|"], encoding="latin-1")
case("sage_fixed_title",  # a report's title, an empty line, the table, totals by a label
     'SOCIETE EXEMPLE SARL\r\nBalance clients au 31/10/2026\r\n\r\n"Compte";"Intitulé";"Débit";"Crédit"\r\n"411DUPONT";"DUPONT Marie";"1 200,00";"0,00"\r\n"411MARTIN";"MARTIN Luc";"80,50";"80,50"\r\n"411PETIT";"PETIT Zoé";"0,00";"15,00"\r\n"";"TOTAL";"1 280,50";"95,50"\r\n',
     "Compte|Intitulé|Débit|Crédit", ["411DUPONT|DUPONT Marie|1 200,00|0,00", "411MARTIN|MARTIN Luc|80,50|80,50", "411PETIT|PETIT Zoé|0,00|15,00"], ["preamble", "preamble", "footer"])
case("ebp_semicolons_at_end",
     "Code (tiers);Civilité;Nom;Adresse 1 (facturation);Code postal (facturation);Ville (facturation);;;;\n"
     "CL00001;Madame;DUPONT;12 rue de la Paix;75002;PARIS;;;;\nCL00002;Monsieur;MARTIN;3 bis av. Foch;69006;LYON;;;;\n",
     "Code (tiers)|Civilité|Nom|Adresse 1 (facturation)|Code postal (facturation)|Ville (facturation)", ["CL00001|Madame|DUPONT|12 rue de la Paix|75002|PARIS", "CL00002|Monsieur|MARTIN|3 bis av. Foch|69006|LYON"])
case("sellsy_quotes_everywhere",
     '\ufeff"Type";"Nom";"Prénom";"Email";"Téléphone mobile";"Créé le"\n"Client";"DUPONT";"Marie";"marie@exemple.fr";"+33612000001";"01/02/2026 10:22"\n"Prospect";"L\'HUILLIER";"Zoé ""Zo""";"";"";"28/02/2026 09:00"\n',
     "Type|Nom|Prénom|Email|Téléphone mobile|Créé le", ["Client|DUPONT|Marie|marie@exemple.fr|+33612000001|01/02/2026 10:22", "Prospect|L'HUILLIER|Zoé \"Zo\"|||28/02/2026 09:00"])
case("odoo_external_ids",
     '"id","name","email","phone","street","zip","city","country_id/id","category_id/name"\n"__export__.res_partner_7_a1b2","Marie Dupont","marie@exemple.fr","+33 6 12 00 00 01","12, rue de la Paix","75002","Paris","base.fr","VIP,Newsletter"\n'
     '"__export__.res_partner_8_c3d4","Luc Martin","","","","","","",""\n',
     "id|name|email|phone|street|zip|city|country_id/id|category_id/name", ["__export__.res_partner_7_a1b2|Marie Dupont|marie@exemple.fr|+33 6 12 00 00 01|12, rue de la Paix|75002|Paris|base.fr|VIP,Newsletter", "__export__.res_partner_8_c3d4|Luc Martin|||||||"])
case("zoho_contacts",
     'Record Id,Contact Owner,First Name,Last Name,Account Name,Email,Phone,Mobile,Mailing Street,Mailing City,Mailing Zip,Tag\n'
     'zcrm_123,Owner,Marie,Dupont,,marie@exemple.fr,01 42 00 00 01,,"12 rue de la Paix\nBat. B",Paris,75002,\nzcrm_124,Owner,Luc,Martin,,,,+33612000002,,,,"a,b"\n',
     "Record Id|Contact Owner|First Name|Last Name|Account Name|Email|Phone|Mobile|Mailing Street|Mailing City|Mailing Zip|Tag",
     ["zcrm_123|Owner|Marie|Dupont||marie@exemple.fr|01 42 00 00 01||12 rue de la Paix\nBat. B|Paris|75002|", "zcrm_124|Owner|Luc|Martin||||+33612000002||||a,b"])
case("dolibarr_field_codes",
     "Id,Nom,Etat,Prospect,Client,CodePostal,Ville,Telephone,Email\n1,Dupont SARL,1,0,1,75002,Paris,\"0142000001\",contact@exemple.fr\n2,Martin & fils,1,2,0,69003,Lyon,\"0472000002\",\n",
     "Id|Nom|Etat|Prospect|Client|CodePostal|Ville|Telephone|Email", ["1|Dupont SARL|1|0|1|75002|Paris|0142000001|contact@exemple.fr", "2|Martin & fils|1|2|0|69003|Lyon|0472000002|"])

# --- Address books ----------------------------------------------------------------------------------------------------

case("google_contacts",
     "First Name,Middle Name,Last Name,Nickname,Birthday,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Formatted,Address 1 - Postal Code\n"
     'Marie,,Dupont,,1980-02-01,,* myContacts,* Home,marie@exemple.fr,Mobile,+33 6 12 00 00 01,"12 rue de la Paix\n75002 Paris",75002\nLuc,,Martin,,--02-03,,* myContacts,,,Mobile,06 12 00 00 02 ::: 01 42 00 00 02,,\n',
     "First Name|Middle Name|Last Name|Nickname|Birthday|Notes|Labels|E-mail 1 - Label|E-mail 1 - Value|Phone 1 - Label|Phone 1 - Value|Address 1 - Formatted|Address 1 - Postal Code",
     ["Marie||Dupont||1980-02-01||* myContacts|* Home|marie@exemple.fr|Mobile|+33 6 12 00 00 01|12 rue de la Paix\n75002 Paris|75002", "Luc||Martin||--02-03||* myContacts|||Mobile|06 12 00 00 02 ::: 01 42 00 00 02||"],
     roles={"First Name": "first_name", "Last Name": "last_name", "E-mail 1 - Value": "email", "Phone 1 - Value": "phone", "Birthday": "birth_date", "Address 1 - Postal Code": "postcode"})
case("outlook_french",
     '"Titre","Prénom","Nom","Société","Rue (domicile)","Ville (domicile)","Code postal (domicile)","Tél. mobile","Adresse de messagerie","Anniversaire"\r\n'
     '"","Marie","Dupont","","12 rue de la Paix\r\n3e étage","Paris","75002","06 12 00 00 01","marie@exemple.fr","00/00/00"\r\n"M.","Luc","Martin","","","","","","luc@exemple.fr","3/2/1975"\r\n',
     "Titre|Prénom|Nom|Société|Rue (domicile)|Ville (domicile)|Code postal (domicile)|Tél. mobile|Adresse de messagerie|Anniversaire",
     ["|Marie|Dupont||12 rue de la Paix\r\n3e étage|Paris|75002|06 12 00 00 01|marie@exemple.fr|00/00/00", "M.|Luc|Martin||||||luc@exemple.fr|3/2/1975"], encoding="cp1252",
     roles={"Prénom": "first_name", "Nom": "last_name", "Tél. mobile": "mobile", "Adresse de messagerie": "email", "Code postal (domicile)": "postcode"})
case("linkedin_notes_above",
     'Notes:\n"When exporting your connection data, you may notice that some of the email addresses are missing. You will only see email addresses for connections who have allowed their connections to see or download their email address."\n\n'
     "First Name,Last Name,URL,Email Address,Company,Position,Connected On\nMarie,Dupont,https://www.linkedin.com/in/md,,Exemple,CEO,12 Oct 2026\nLuc,Martin,https://www.linkedin.com/in/lm,luc@exemple.fr,\"Exemple, SA\",CTO,01 Sep 2025\nZoé,Petit,https://www.linkedin.com/in/zp,,,,30 Aug 2024\n",
     "First Name|Last Name|URL|Email Address|Company|Position|Connected On", ["Marie|Dupont|https://www.linkedin.com/in/md||Exemple|CEO|12 Oct 2026", "Luc|Martin|https://www.linkedin.com/in/lm|luc@exemple.fr|Exemple, SA|CTO|01 Sep 2025", "Zoé|Petit|https://www.linkedin.com/in/zp||||30 Aug 2024"],
     ["preamble", "preamble"])
case("icloud_tabs_utf16",
     "Prénom\tNom\tE-mail\tTéléphone\r\nHélène\tLefèvre\th@exemple.fr\t06 12 00 00 01\r\nZoé\tPetit\t\t06 12 00 00 02\r\n", "Prénom|Nom|E-mail|Téléphone", ["Hélène|Lefèvre|h@exemple.fr|06 12 00 00 01", "Zoé|Petit||06 12 00 00 02"], encoding="utf-16")

# --- Spreadsheets -----------------------------------------------------------------------------------------------------

MAC = "Civilité;Nom;Prénom;Ville\rMme;Lefèvre;Hélène;Besançon\rM.;Noël;François;Nîmes\rMme;Maçon;Zoé;Saint-Étienne\r"
case("excel_mac_macroman", MAC, "Civilité|Nom|Prénom|Ville", ["Mme|Lefèvre|Hélène|Besançon", "M.|Noël|François|Nîmes", "Mme|Maçon|Zoé|Saint-Étienne"], encoding="mac-roman")
case("excel_dos_cp850", MAC.replace("\r", "\r\n"), "Civilité|Nom|Prénom|Ville", ["Mme|Lefèvre|Hélène|Besançon", "M.|Noël|François|Nîmes", "Mme|Maçon|Zoé|Saint-Étienne"], encoding="cp850")
case("latin9_euro_oe", "Nom;Prénom;Montant\nLecœur;Zoé;12,50 €\nŒuvrard;Hélène;3,00 €\n", "Nom|Prénom|Montant", ["Lecœur|Zoé|12,50 €", "Œuvrard|Hélène|3,00 €"], encoding="iso-8859-15")
case("sep_line_tab", "sep=\t\nid\tnom\tville\n1\tDupont\tParis\n2\tMartin\tLyon\n", "id|nom|ville", ["1|Dupont|Paris", "2|Martin|Lyon"], ["preamble"])
case("sep_line_utf16", "sep=;\r\nid;nom;ville\r\n1;Dupont;Paris\r\n2;Martin;Lyon\r\n", "id|nom|ville", ["1|Dupont|Paris", "2|Martin|Lyon"], ["preamble"], encoding="utf-16")
case("leading_blank_columns", ";;id;nom;ville\n;;1;Dupont;Paris\n;;2;Martin;Lyon\n;;3;Petit;Nice\n", "c1|c2|id|nom|ville", ["||1|Dupont|Paris", "||2|Martin|Lyon", "||3|Petit|Nice"])
case("blank_rows_of_semicolons", "id;nom;ville\n1;Dupont;Paris\n;;\n;;\n2;Martin;Lyon\n;;\n;;\n;;\n", "id|nom|ville", ["1|Dupont|Paris", "2|Martin|Lyon"])
case("totals_by_group",  # group headers and subtotals between rows of data
     "Magasin;Client;CA\nParis;Dupont;120,00\nParis;Martin;80,00\nSous-total Paris;;200,00\nLyon;Petit;50,00\nSous-total Lyon;;50,00\nTotal général;;250,00\n",
     "Magasin|Client|CA", ["Paris|Dupont|120,00", "Paris|Martin|80,00", "Sous-total Paris||200,00", "Lyon|Petit|50,00"], ["footer", "footer"])
case("group_lines_alone",  # a group's name on a line of its own, padded
     "Client;Ville;CA\nRégion Nord;;\nDupont;Lille;120,00\nMartin;Lens;80,00\nRégion Sud;;\nPetit;Nice;50,00\nRoux;Pau;60,00\n",
     "Client|Ville|CA", ["Région Nord||", "Dupont|Lille|120,00", "Martin|Lens|80,00", "Région Sud||", "Petit|Nice|50,00", "Roux|Pau|60,00"])
case("dates_010203", "id;nom;naissance\n1;Dupont;01/02/03\n2;Martin;04/05/06\n3;Petit;07/08/09\n", "id|nom|naissance", ["1|Dupont|01/02/03", "2|Martin|04/05/06", "3|Petit|07/08/09"], roles={"naissance": "birth_date"})
case("phones_scientific", "id;nom;tel;cp\n1;Dupont;3,36E+10;1000\n2;Martin;3,36E+10;69003\n3;Petit;612000003;6000\n", "id|nom|tel|cp", ["1|Dupont|3,36E+10|1000", "2|Martin|3,36E+10|69003", "3|Petit|612000003|6000"])
case("apostrophe_phones", "id;nom;tel\n1;Dupont;'0612000001\n2;Martin;'0612000002\n3;Petit;'+33612000003\n", "id|nom|tel", ["1|Dupont|'0612000001", "2|Martin|'0612000002", "3|Petit|'+33612000003"])
case("formula_phones", 'id;nom;tel\n1;Dupont;="0612000001"\n2;Martin;="0612000002"\n3;Petit;="0612000003"\n', "id|nom|tel", ['1|Dupont|="0612000001"', '2|Martin|="0612000002"', '3|Petit|="0612000003"'])
case("formula_phones_quoted", 'id;nom;tel\n1;Dupont;"=""0612000001"""\n2;Martin;"=""0612000002"""\n', "id|nom|tel", ['1|Dupont|="0612000001"', '2|Martin|="0612000002"'])
case("numbers_nbsp", "id;nom;solde;points\n1;Dupont;1\u202f234,50 €;1\xa0000\n2;Martin;12,00 €;20\n3;Petit;3\u202f000,00 €;3\xa0500\n", "id|nom|solde|points", ["1|Dupont|1\u202f234,50 €|1\xa0000", "2|Martin|12,00 €|20", "3|Petit|3\u202f000,00 €|3\xa0500"])
case("html_entities", "id;nom;ville\n1;L&#39;Huillier;Saint-&Eacute;tienne\n2;Dupont &amp; fils;Besan&ccedil;on\n3;Martin;Lyon\n", "id|nom|ville",
     ["3|Martin|Lyon"], ["ragged", "ragged"])  # what the page's entities part is among the rejects
case("html_entities_comma", "id,nom,ville\n1,L&#39;Huillier,Saint-&Eacute;tienne\n2,Dupont &amp; fils,Besan&ccedil;on\n3,Martin,Lyon\n", "id|nom|ville",
     ["1|L&#39;Huillier|Saint-&Eacute;tienne", "2|Dupont &amp; fils|Besan&ccedil;on", "3|Martin|Lyon"])
case("multi_line_addresses", 'id;nom;adresse;cp\n1;Dupont;"12 rue de la Paix\nBât. B\n\n3e étage";75002\n2;Martin;"";69003\n3;Petit;"Lieu-dit\r\nLe Bourg";24000\n', "id|nom|adresse|cp",
     ["1|Dupont|12 rue de la Paix\nBât. B\n\n3e étage|75002", "2|Martin||69003", "3|Petit|Lieu-dit\r\nLe Bourg|24000"])
case("libreoffice_quoted_text", '"nom","né le","ca"\n"Dupont",01/02/80,"1 234,5"\n"Martin",28/02/75,"12,0"\n', "nom|né le|ca", ["Dupont|01/02/80|1 234,5", "Martin|28/02/75|12,0"])
case("merged_title_cells", ";;;\n;Fichier clients 2026;;\n;;;\nid;nom;prenom;ville\n1;Dupont;Marie;Paris\n2;Martin;Luc;Lyon\n3;Petit;Zoé;Nice\n", "id|nom|prenom|ville", ["1|Dupont|Marie|Paris", "2|Martin|Luc|Lyon", "3|Petit|Zoé|Nice"], ["preamble", "preamble", "preamble"])
case("excel_errors", "id;nom;ca\n1;Dupont;#N/A\n2;Martin;#REF!\n3;Petit;12,5\n4;Roux;#DIV/0!\n", "id|nom|ca", ["1|Dupont|#N/A", "2|Martin|#REF!", "3|Petit|12,5", "4|Roux|#DIV/0!"])

# --- Databases --------------------------------------------------------------------------------------------------------

case("mysql_outfile", "1\tDupont\tmarie@exemple.fr\t12 rue de la Paix\\\nBat B\t\\N\n2\tMartin\t\\N\tune\\\ttab\t2026-01-02\n3\tPetit\tzoe@exemple.fr\tC:\\\\temp\t2026-02-03\n", "c1|c2|c3|c4|c5",
     ["1|Dupont|marie@exemple.fr|12 rue de la Paix\nBat B|\\N", "2|Martin|\\N|une\ttab|2026-01-02", "3|Petit|zoe@exemple.fr|C:\\temp|2026-02-03"])
case("mysql_quotes_escaped", '"id","nom","note"\n"1","Dupont","dite \\"Nini\\""\n"2","Martin","a, b"\n"3","Petit","fin\\\\"\n', "id|nom|note", ['1|Dupont|dite "Nini"', "2|Martin|a, b", "3|Petit|fin\\"])
case("postgres_copy_text", "id\tnom\temail\n1\tDupont\tmarie@exemple.fr\n2\tMartin\t\\N\n3\tPetit\tzoe@exemple.fr\n\\.\n", "id|nom|email", ["1|Dupont|marie@exemple.fr", "2|Martin|\\N", "3|Petit|zoe@exemple.fr"], ["footer"])
case("psql_aligned", " id |  nom   |      email       \n----+--------+------------------\n  1 | Dupont | marie@exemple.fr\n  2 | Martin | \n  3 | Petit  | zoe@exemple.fr\n(3 rows)\n\n", "id|nom|email",
     [["  1 ", " Dupont ", " marie@exemple.fr"], ["  2 ", " Martin ", " "], ["  3 ", " Petit  ", " zoe@exemple.fr"]], ["preamble", "footer"])
case("mysql_box", "+----+--------+-------+\n| id | nom    | ville |\n+----+--------+-------+\n|  1 | Dupont | Paris |\n|  2 | Martin | Lyon  |\n|  3 | Petit  | Nice  |\n+----+--------+-------+\n3 rows in set (0.00 sec)\n", "c1|id|nom|ville",
     ["|  1 | Dupont | Paris ", "|  2 | Martin | Lyon  ", "|  3 | Petit  | Nice  "], ["preamble", "preamble", "footer", "footer"])
case("markdown_table", "| id | nom | ville |\n|---:|:----|-------|\n| 1 | Dupont | Paris |\n| 2 | Martin | Lyon |\n| 3 | Petit | Nice |\n", "c1|id|nom|ville", ["| 1 | Dupont | Paris ", "| 2 | Martin | Lyon ", "| 3 | Petit | Nice "], ["preamble"])
case("sqlserver_dashes", "id,nom,ville\n--,---,-----\n1,Dupont,Paris\n2,Martin,Lyon\n3,Petit,Nice\n\n(3 rows affected)\n", "id|nom|ville", ["1|Dupont|Paris", "2|Martin|Lyon", "3|Petit|Nice"], ["preamble", "footer"])
case("sqlcmd_fixed", "id          nom                  ville     \n----------- -------------------- ----------\n          1 Dupont               Paris     \n          2 Martin               Lyon      \n          3 Petit                Aix       \n\n(3 rows affected)\n",
     "id|nom|ville", ["1|Dupont|Paris", "2|Martin|Lyon", "3|Petit|Aix"], ["preamble", "footer"])
case("sqlplus_spool", "SQL> select * from clients;\n\n\"ID\",\"NOM\",\"VILLE\"\n1,\"Dupont\",\"Paris\"\n2,\"Martin\",\"Lyon\"\n3,\"Petit\",\"Nice\"\n\n3 rows selected.\n\nSQL> spool off\n", "ID|NOM|VILLE", ["1|Dupont|Paris", "2|Martin|Lyon", "3|Petit|Nice"],
     ["preamble", "footer", "footer"])
case("ctrl_z", b"id;nom;ville\r\n1;Dupont;Paris\r\n2;Martin;Lyon\r\n3;Petit;Nice\r\n\x1a", "id|nom|ville", ["1|Dupont|Paris", "2|Martin|Lyon", "3|Petit|Nice"], ["footer"])
case("null_words", "id,nom,email\n1,Dupont,NULL\n2,NULL,luc@exemple.fr\n3,Petit,(null)\n", "id|nom|email", ["1|Dupont|NULL", "2|NULL|luc@exemple.fr", "3|Petit|(null)"])
case("dump_dollar_escapes", 'id|nom|note\n1|Dupont|a\n2|Martin|"guillemets" dedans\n3|Petit|5" de pluie\n', "id|nom|note", [["1", "Dupont", "a"], ["3", "Petit", '5" de pluie']], ["unclosed_quote"])  # an opening quote that is data costs its line, said
case("tabs_with_quotes_inside", 'id\tnom\tnote\n1\tDupont\t"dite Nini\n2\tMartin\t12" vinyle\n3\tPetit\t"oui" ou "non"\n4\tRoux\t"fin\n', "id|nom|note", [["1", "Dupont", '"dite Nini'], ["2", "Martin", '12" vinyle'], ["3", "Petit", '"oui" ou "non"'], ["4", "Roux", '"fin']])

# --- Encodings and ends -----------------------------------------------------------------------------------------------

F = "id;nom;ville\n1;Lefèvre;Besançon\n2;Noël;Nîmes\n3;Petit;Nice\n"
FH, FR = "id|nom|ville", ["1|Lefèvre|Besançon", "2|Noël|Nîmes", "3|Petit|Nice"]
for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso-8859-1"):
    case("encoding_" + encoding.replace("-", "_"), F, FH, FR, encoding=encoding)
case("encoding_utf_16_be_bom", b"\xfe\xff" + F.encode("utf-16-be"), FH, FR)
case("utf16_cyrillic_no_bom", "id;имя;город\n1;Анна;Москва\n2;Иван;Казань\n3;Ольга;Тверь\n", "id|имя|город", ["1|Анна|Москва", "2|Иван|Казань", "3|Ольга|Тверь"], encoding="utf-16-le")
case("mojibake", F.encode("utf-8").decode("cp1252").encode("utf-8"), FH, FR, notes=["utf-8-twice"])
case("mixed_encodings", b"id;nom;ville\n1;Lef\xc3\xa8vre;Besan\xc3\xa7on\n2;No\xc3\xabl;N\xc3\xaemes\n3;P\xe9tit;Nice\n4;Roux;Pau\n", FH, ["1|Lefèvre|Besançon", "2|Noël|Nîmes", "4|Roux|Pau"], ["bad_encoding"])
case("bom_in_the_middle", F.encode("utf-8-sig") + F.replace("1;", "4;").replace("2;", "5;").replace("3;", "6;").encode("utf-8-sig"), FH, FR + ["4|Lefèvre|Besançon", "5|Noël|Nîmes", "6|Petit|Nice"], ["repeated_header"])
case("bom_before_row_in_the_middle", F.encode("utf-8-sig") + "\ufeff4;Roux;Pau\n5;Blanc;Lens\n".encode(), FH, FR + ["4|Roux|Pau", "5|Blanc|Lens"])
case("bom_twice", b"\xef\xbb\xbf\xef\xbb\xbf" + F.encode(), FH, FR)
case("bom_and_quoted_header", '\ufeff"id";"nom"\n"1";"Dupont"\n"2";"Martin"\n', "id|nom", ["1|Dupont", "2|Martin"])
case("header_again_in_the_middle", F + F.replace("1;", "4;").replace("2;", "5;").replace("3;", "6;"), FH, FR + ["4|Lefèvre|Besançon", "5|Noël|Nîmes", "6|Petit|Nice"], ["repeated_header"])
case("header_again_in_other_case", F + F.replace("id;nom;ville", "ID;NOM;VILLE").replace("1;", "4;").replace("2;", "5;").replace("3;", "6;"), FH, FR + ["4|Lefèvre|Besançon", "5|Noël|Nîmes", "6|Petit|Nice"], ["repeated_header"])
case("header_again_quoted", F + '"id";"nom";"ville"\n4;Roux;Pau\n', FH, FR + ["4|Roux|Pau"], ["repeated_header"])
case("no_final_newline", F.rstrip("\n"), FH, FR)
case("mixed_line_ends", b"id;nom;ville\r\n1;Dupont;Paris\n2;Martin;Lyon\r\n3;Petit;Nice\r4;Roux;Pau\n", "id|nom|ville", ["1|Dupont|Paris", "2|Martin|Lyon", "3|Petit|Nice", "4|Roux|Pau"])
case("cr_cr_lf", b"id;nom;ville\r\r\n1;Dupont;Paris\r\r\n2;Martin;Lyon\r\r\n", "id|nom|ville", ["1|Dupont|Paris", "2|Martin|Lyon"])
case("unicode_line_separators", "id;nom;note\n1;Dupont;a\u2028b\n2;Martin;c\u0085d\n3;Petit;e\n", "id|nom|note", ["1|Dupont|a\u2028b", "2|Martin|c\u0085d", "3|Petit|e"])
case("gz", gzip.compress(F.encode(), mtime=0), FH, FR, suffix=".csv.gz")
case("gz_without_its_name", gzip.compress(F.encode(), mtime=0), FH, FR)
case("gz_twice_concatenated", gzip.compress(F.encode(), mtime=0) + gzip.compress("4;Roux;Pau\n".encode(), mtime=0), FH, FR + ["4|Roux|Pau"], suffix=".csv.gz")
case("gz_truncated", gzip.compress((F + "".join(f"{i};nom{i * 7919 % 1000};v{i * 31 % 77}\n" for i in range(4, 3000))).encode(), mtime=0)[:-40], None, [], suffix=".csv.gz", refused="")
case("zip_not_csv", b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" + bytes(range(256)) * 4, None, [], suffix=".csv", refused="Excel")
case("xls_not_csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000, None, [], suffix=".csv", refused="old Excel")
case("html_not_csv", "<html><body><table><tr><td>id</td><td>nom</td></tr><tr><td>1</td><td>Dupont</td></tr></table></body></html>\n", None, [], suffix=".xls", refused="web page")
case("pdf_not_csv", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", None, [], refused="PDF")

# --- Small and extreme ------------------------------------------------------------------------------------------------

case("one_column", "email\nmarie@exemple.fr\nluc@exemple.fr\n\nzoe@exemple.fr\n", "email", ["marie@exemple.fr", "luc@exemple.fr", "", "zoe@exemple.fr"])
case("one_column_no_header", "marie@exemple.fr\nluc@exemple.fr\nzoe@exemple.fr\n", "c1", ["marie@exemple.fr", "luc@exemple.fr", "zoe@exemple.fr"])
case("one_column_trailing_semicolon", "email;\nmarie@exemple.fr;\nluc@exemple.fr;\n", "email", ["marie@exemple.fr", "luc@exemple.fr"])
case("one_row", "id;nom;prenom;email\n1;Dupont;Marie;marie@exemple.fr\n", "id|nom|prenom|email", ["1|Dupont|Marie|marie@exemple.fr"])
case("one_row_no_newline", "id;nom;prenom;email\n1;Dupont;Marie;marie@exemple.fr", "id|nom|prenom|email", ["1|Dupont|Marie|marie@exemple.fr"])
case("header_only", "id;nom;prenom;email\n", "id|nom|prenom|email", [])
case("header_only_no_newline", "id;nom;prenom;email", "id|nom|prenom|email", [])
case("empty", b"", None, [], refused="empty")
case("only_bom", b"\xef\xbb\xbf", None, [], refused="empty")
case("only_bom_utf16", b"\xff\xfe", None, [], refused="empty")
case("many_columns", ";".join(f"c{i}" for i in range(1, 5001)) + "\n" + ";".join(str(i) for i in range(1, 5001)) + "\n", [f"c{i}" for i in range(1, 5001)], [[str(i) for i in range(1, 5001)]])
case("too_many_columns", ";".join(f"c{i}" for i in range(1, 100001)) + "\n" + ";".join(str(i) for i in range(1, 100001)) + "\n", None, [], refused="65536")
case("cell_of_5_mb", "id;nom;note\n1;Dupont;" + "x" * 5_000_000 + "\n2;Martin;y\n", "id|nom|note", [["1", "Dupont", "x" * 5_000_000], "2|Martin|y"])
case("commas_in_prose", "id;commentaire\n1;bonjour, merci, au revoir\n2;oui, bien, sûr\n3;non, jamais, plus\n", "id|commentaire", ["1|bonjour, merci, au revoir", "2|oui, bien, sûr", "3|non, jamais, plus"])
case("decimal_commas_two_columns", "poids;taille\n70,5;1,80\n82,1;1,75\n64,0;1,68\n", "poids|taille", ["70,5|1,80", "82,1|1,75", "64,0|1,68"])
case("emails_with_semicolons_in_quotes", 'id,emails\n1,"a@exemple.fr;b@exemple.fr"\n2,"c@exemple.fr"\n3,"d@exemple.fr;e@exemple.fr"\n', "id|emails", ["1|a@exemple.fr;b@exemple.fr", "2|c@exemple.fr", "3|d@exemple.fr;e@exemple.fr"])
case("json_in_a_cell", 'id;nom;attrs\n1;Dupont;"{""a"": 1, ""b"": [1;2]}"\n2;Martin;"{}"\n3;Petit;""\n', "id|nom|attrs", ['1|Dupont|{"a": 1, "b": [1;2]}', "2|Martin|{}", "3|Petit|"])
case("numeric_header", "2024;2025;2026\n12;13;14\n15;16;17\n18;19;20\n", "2024|2025|2026", ["12|13|14", "15|16|17", "18|19|20"])
case("row_numbers_without_name", ",nom,ville\n0,Dupont,Paris\n1,Martin,Lyon\n2,Petit,Nice\n", "c1|nom|ville", ["0|Dupont|Paris", "1|Martin|Lyon", "2|Petit|Nice"])
case("r_row_names", '"nom","ville"\n"1","Dupont","Paris"\n"2","Martin","Lyon"\n"3","Petit","Nice"\n', "nom|ville|c3", [], ["ragged"])  # header one short: R's write.table
case("double_separator", "id;;nom;;ville\n1;;Dupont;;Paris\n2;;Martin;;Lyon\n", "id|c2|nom|c4|ville", ["1||Dupont||Paris", "2||Martin||Lyon"])
case("quoted_whole_lines", '"id,nom,ville"\n"1,Dupont,Paris"\n"2,Martin,Lyon"\n"3,Petit,Nice"\n', "id|nom|ville", ["1|Dupont|Paris", "2|Martin|Lyon", "3|Petit|Nice"])
case("blanks_around_separators", "id ; nom ; ville\n1 ; Dupont ; Paris\n2 ; Martin ; Lyon\n", "id|nom|ville", ["1 | Dupont | Paris", "2 | Martin | Lyon"])
case("comment_lines", "# export du 01/11/2026\n# 3 clients\nid;nom;ville\n1;Dupont;Paris\n2;Martin;Lyon\n3;Petit;Nice\n", "id|nom|ville", ["1|Dupont|Paris", "2|Martin|Lyon", "3|Petit|Nice"], ["preamble", "preamble"])
case("smart_quotes", "id;nom;note\n1;Dupont;«\xa0bien\xa0»\n2;Martin;“oui”\n3;Petit;‘non’\n", "id|nom|note", ["1|Dupont|«\xa0bien\xa0»", "2|Martin|“oui”", "3|Petit|‘non’"])
case("all_text_no_header_words", "Dupont;Marie;Paris\nMartin;Luc;Lyon\nPetit;Zoé;Nice\nRoux;Anne;Pau\n", "c1|c2|c3", ["Dupont|Marie|Paris", "Martin|Luc|Lyon", "Petit|Zoé|Nice", "Roux|Anne|Pau"])
case("surplus_row_after_blank_line", "id;nom;x\n1;a;b\n2;c;d\n\n3;d;e;\nTotal;4;\n", "id|nom|x", ["1|a|b", "2|c|d", "3|d|e"], ["footer"])


# --- Reading ----------------------------------------------------------------------------------------------------------

def read(program, path, folder):
    out, rejects = os.path.join(folder, "out.csv"), os.path.join(folder, "rejects.csv")
    for file in (out, rejects):
        if os.path.exists(file):
            os.remove(file)
    done = subprocess.run([program, "clean", path, "--out", out, "--rejects", rejects, "--force", "--progress", "none", "--max-rejects", "100%", "--lang", "en"], capture_output=True)
    if done.returncode:
        return done.returncode, None, [], [], done.stderr.decode()
    with open(out, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    told = []
    if os.path.exists(rejects):
        with open(rejects, encoding="utf-8", errors="replace", newline="") as file:
            told = sorted(row[3] for row in list(csv.reader(line.replace("\0", "?") for line in file))[1:])
    return 0, rows[0] if rows else [], rows[1:], told, done.stderr.decode()


def roles_of(program, path):
    done = subprocess.run([program, "check", path, "--progress", "none", "--lang", "en"], capture_output=True)
    found, inside = {}, False
    for line in done.stdout.decode().splitlines():
        if inside and line.startswith("    "):
            name, _, role = line.strip().rpartition(": ")
            found[name.strip('"')] = role
        elif inside:
            break
        inside |= line.strip() == "roles:"
    return found


def short(value):
    text = repr(value)
    return text if len(text) < 600 else text[:600] + "..."


def judge(program, name, folder):
    data, header, rows, told, roles, suffix, refused, notes = CASES[name]
    path = os.path.join(folder, name + suffix)
    with open(path, "wb") as file:
        file.write(data)
    code, names, found, reasons, text = read(program, path, folder)
    faults = []
    if code not in (0, 1, 2, 3, 4, 5, 6):
        faults.append(f"exit {code}")
    if refused is not None:
        if code != 3 or refused.lower() not in text.lower():
            faults.append(f"should be refused with '{refused}': exit {code} {text.strip()} {short(names)} {short(found)}")
    elif code:
        faults.append(f"refused: {text.strip()}")
    else:
        if names != header:
            faults.append(f"header is {short(names)}, not {short(header)}")
        if found != rows:
            faults.append(f"rows are {short(found)}, not {short(rows)}")
        if reasons != told:
            faults.append(f"told {reasons}, not {told}")
        faults += [f"'{note}' isn't said: {text}" for note in notes if note not in text]
        for column, role in (roles or {}).items():
            is_role = roles_of(program, path).get(column)
            if is_role != role:
                faults.append(f"{column} is {is_role}, not {role}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.dirname(HERE)), "build/release/cli/reveil"))
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--keep")
    args = parser.parse_args()
    wrong = known = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in args.only or CASES:
            faults = judge(args.program, name, args.keep or scratch)
            if name in KNOWN and not faults:
                faults = ["is read right: take it from the list of those that aren't"]
            elif name in KNOWN:
                known += 1
                print(f"{name}: known: {KNOWN[name]}")
                continue
            wrong += bool(faults)
            for fault in faults:
                print(f"{name}: {fault}")
    print(f"{len(args.only or CASES)} files, {known} known to be read otherwise than they should be, {wrong} besides")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
