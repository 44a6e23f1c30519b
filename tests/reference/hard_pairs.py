#!/usr/bin/env python3
"""Sixty hard pairs among six hundred easy ones: is `match` as wise as somebody who does this for a living?

usage: hard_pairs.py [PROGRAM]

Each pair: what it is, 1 the same person, 0 another one, None either answer is fair; then both rows (civility, first and last name, birth
date, address, extra line, postcode, city, mobile, e-mail). Exits 1 when a pair is decided wrongly that isn't among those known to be: in this
file everybody has an other self and families are unheard of, so whoever shares home and birth date is taken for one.
"""
import csv
import os
import subprocess
import sys
import tempfile

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEADER = "civilite prenom nom date_naissance adresse complement code_postal ville mobile email".split()
KNOWN = {"twins2", "father son same name", "company rows", "two flats namesakes", "name only frequent"}
PAIRS = [
    ("twins", 0,
     "M.|Pierre|MOREL|1985-04-12|4 rue du Puits||69005|Lyon",
     "M.|Paul|MOREL|1985-04-12|4 rue du Puits||69005|Lyon"),
    ("twins2", 0,
     "Mme|Lea|RICHARD|1999-01-20|8 rue Haute||31000|Toulouse",
     "Mme|Lena|RICHARD|1999-01-20|8 rue Haute||31000|Toulouse"),
    ("father son same name", 0,
     "M.|Jean|BERTRAND|1945-03-02|17 rue Neuve||59000|Lille",
     "M.|Jean|BERTRAND|1972-11-25|17 rue Neuve||59000|Lille"),
    ("father son no birth on one", None,
     "M.|Jean|CHARPENTIER|1945-03-02|19 rue Neuve||59000|Lille",
     "M.|Jean|CHARPENTIER||19 rue Neuve||59000|Lille"),
    ("mother daughter initials", 0,
     "Mme|Claire|VIDAL|1950-02-01|2 rue Pasteur||34000|Montpellier",
     "Mme|Chloe|VIDAL|1980-02-01|2 rue Pasteur||34000|Montpellier"),
    ("married name", 1,
     "Mme|Sophie|LEFORT|1979-06-15|10 rue Carnot||44000|Nantes|0611121314",
     "Mme|Sophie|BARBIER|1979-06-15|10 rue Carnot||44000|Nantes|0611121314"),
    ("married hyphen", 1,
     "Mme|Julie|GIRARD-FAURE|1984-09-09|5 place Royale||44000|Nantes",
     "Mme|Julie|FAURE|1984-09-09|5 place Royale||44000|Nantes"),
    ("maiden ep", 1,
     "Mme|Nathalie|ROCHE ep. COLIN|1969-12-05|77 avenue Foch||57000|Metz",
     "Mme|Nathalie|ROCHE|1969-12-05|77 av Foch||57000|Metz"),
    ("particle de", 1,
     "M.|Hugues|DE LA VILLARDIERE|1966-07-07|1 rue du Parc||78000|Versailles",
     "M.|Hugues|VILLARDIERE (DE LA)|1966-07-07|1 rue du Parc||78000|Versailles"),
    ("particle glued", 1,
     "M.|Yves|LE GUEN|1958-05-04|3 rue de Siam||29200|Brest",
     "M.|Yves|LEGUEN|1958-05-04|3 r de Siam||29200|Brest"),
    ("van der", 1,
     "M.|Jan|VAN DER MEER|1977-03-09|12 rue Royale||59800|Lille",
     "M.|Jan|VANDERMEER|1977-03-09|12 rue Royale||59800|Lille"),
    ("ben", 1,
     "M.|Karim|BEN SALAH|1988-08-18|9 rue Nationale||13001|Marseille",
     "M.|Karim|BENSALAH|1988-08-18|9 rue Nationale||13001|Marseille 1er"),
    ("swap names", 1,
     "M.|Laurent|THOMAS|1971-10-30|6 rue Thiers||38000|Grenoble",
     "M.|Thomas|LAURENT|1971-10-30|6 rue Thiers||38000|Grenoble"),
    ("swap names no birth", None,
     "M.|Arnaud|VINCENT||6 rue Sully||38000|Grenoble",
     "M.|Vincent|ARNAUD||6 rue Sully||38000|Grenoble"),
    ("jp", 1,
     "M.|Jean-Pierre|MARCHAND|1955-01-17|21 rue Victor Hugo||87000|Limoges",
     "M.|JP|MARCHAND|1955-01-17|21 rue V. Hugo||87000|Limoges"),
    ("manu", 1,
     "M.|Emmanuel|PERROT|1981-05-25|30 rue de Paris||35000|Rennes",
     "M.|Manu|PERROT|1981-05-25|30 rue de Paris||35000|Rennes"),
    ("jean / jean-marc brother", 0,
     "M.|Jean|AUBRY|1960-01-11|2 rue Basse||14000|Caen",
     "M.|Jean-Marc|AUBRY|1963-08-22|2 rue Basse||14000|Caen"),
    ("jeanpaul/jeanluc", 0,
     "M.|Jean-Paul|BENARD|1960-01-11|2 rue Haute||14000|Caen",
     "M.|Jean-Luc|BENARD|1963-08-22|2 rue Haute||14000|Caen"),
    ("birth swapped", 1,
     "Mme|Alice|GUERIN|1990-03-07|14 rue Diderot||21000|Dijon",
     "Mme|Alice|GUERIN|1990-07-03|14 rue Diderot||21000|Dijon"),
    ("birth 1900", 1,
     "Mme|Monique|CLEMENT|1900-01-01|55 rue Jean Jaures||93200|Saint-Denis",
     "Mme|Monique|CLEMENT|1948-05-05|55 r Jean Jaures||93200|Saint Denis"),
    ("birth jan first namesakes", 0,
     "M.|Mohamed|BENALI|1975-01-01|4 rue Blanche||13003|Marseille",
     "M.|Mohamed|BENALI|1975-01-01|120 bd National||67000|Strasbourg"),
    ("default phone", 0,
     "M.|Louis|ROGER|1970-02-02|3 rue A||33000|Bordeaux|0600000000",
     "Mme|Emma|LAMY|1992-05-05|7 rue B||06000|Nice|0600000000"),
    ("catch-all mail", 0,
     "M.|Marc|FABRE||3 rue C||33000|Bordeaux||contact@boutique.fr",
     "Mme|Eva|MASSON||7 rue D||06000|Nice||contact@boutique.fr"),
    ("noreply", 0,
     "M.|Denis|PREVOST||||33000|Bordeaux||noreply@shop.com",
     "M.|Luc|MALLET||||06000|Nice||noreply@shop.com"),
    ("family mail", 0,
     "M.|Alain|BOULANGER|1960-04-04|8 rue E||76000|Rouen||famille.boulanger@orange.fr",
     "Mme|Christine|BOULANGER|1962-05-05|8 rue E||76000|Rouen||famille.boulanger@orange.fr"),
    ("company rows", 0,
     "|||| 12 zone artisanale||63000|Clermont-Ferrand||compta@sarl-x.fr",
     "M.|Paul|GAILLARD||12 zone artisanale||63000|Clermont-Ferrand||compta@sarl-x.fr"),
    ("BE", 1,
     "M.|Luc|PEETERS|1980-10-10|Rue de la Loi 16||1000|Bruxelles",
     "M.|Luc|PEETERS|1980-10-10|16 rue de la Loi||B-1000|Brussel"),
    ("CH", 1,
     "Mme|Anna|KELLER|1975-02-20|Bahnhofstrasse 12||8001|Zurich",
     "Mme|Anna|KELLER|1975-02-20|Bahnhofstr. 12||CH-8001|Zürich"),
    ("DE", 1,
     "Mme|Ute|MÜLLER|1965-12-12|Hauptstraße 5||10115|Berlin",
     "Mme|Ute|MUELLER|1965-12-12|Hauptstr. 5||10115|Berlin"),
    ("UK", 1,
     "M.|John|SMITH|1970-03-03|10 Downing Street||SW1A 2AA|London",
     "M.|John|SMITH|1970-03-03|10 Downing St||SW1A2AA|London"),
    ("ES", 1,
     "M.|Jose|GARCIA LOPEZ|1983-07-21|Calle Mayor 3||28013|Madrid",
     "M.|José|GARCIA|1983-07-21|C/ Mayor 3||28013|Madrid"),
    ("IT", 1,
     "Mme|Giulia|ROSSI|1991-09-01|Via Roma 7||00184|Roma",
     "Mme|Giulia|ROSSI|1991-09-01|Via Roma, 7||184|Roma"),
    ("DOM", 1,
     "M.|Kevin|HOAREAU|1995-04-30|12 chemin des Bancouliers||97410|Saint-Pierre|0692123456",
     "M.|Kévin|HOAREAU|1995-04-30|12 ch. des Bancouliers||97410|ST PIERRE|+262692123456"),
    ("CEDEX", 1,
     "M.|Bruno|HERVE|1964-11-11|BP 123||38024|Grenoble Cedex 1|0622334455",
     "M.|Bruno|HERVE|1964-11-11|BP 123||38000|Grenoble|0622334455"),
    ("lieu-dit", 1,
     "M.|Gael|KERVELLA|1950-10-09|Lieu-dit Kerlouan||29890|Kerlouan",
     "M.|Gaël|KERVELLA|1950-10-09|Kerlouan||29890|KERLOUAN"),
    ("paris arr", 1,
     "Mme|Ines|BLANC|1987-06-06|5 rue de Rivoli||75001|Paris",
     "Mme|Inès|BLANC|1987-06-06|5 rue de Rivoli||75001|Paris 1er"),
    ("paris 75000", 1,
     "Mme|Agathe|MULLER|1989-02-06|5 rue de Rennes||75000|Paris",
     "Mme|Agathe|MULLER|1989-02-06|5 rue de Rennes||75006|Paris 06"),
    ("merged commune", 1,
     "M.|Noel|TESSIER|1957-12-24|2 rue de l Eglise||49320|Brissac-Quincé",
     "M.|Noël|TESSIER|1957-12-24|2 rue de l Eglise||49320|Brissac Loire Aubance"),
    ("alsace", 1,
     "M.|Hans|SCHMITT|1961-08-13|14 Grand Rue||67000|Strasbourg",
     "M.|Hans|SCHMIDT|1961-08-13|14 Grand'Rue||67000|Strasbourg"),
    ("alsace2", 1,
     "Mme|Lise|KLEIN|1978-01-31|3 Vieille-route-de-Schiltigheim||67300|Schiltigheim",
     "Mme|Lise|KLEIN|1978-01-31|3 vieille rte de Schiltigheim||67300|Schiltigheim"),
    ("two flats namesakes", 0,
     "M.|Nicolas|MARTIN|1980-01-15|50 avenue d Ivry|APPT 12|75013|Paris",
     "M.|Nicolas|MARTIN|1991-07-25|50 avenue d Ivry|APPT 133|75013|Paris"),
    ("same flat other wording", 1,
     "M.|Rémi|ADAM|1986-10-12|8 rue Mouffetard|Bat B Esc 2 Apt 14|75005|Paris",
     "M.|Remi|ADAM|1986-10-12|8 rue Mouffetard|Batiment B, 14|75005|Paris"),
    ("mover with birth+mobile", 1,
     "Mme|Elsa|COSTA|1993-05-13|3 rue Foch||06000|Nice|0677889900",
     "Mme|Elsa|COSTA|1993-05-13|45 bd Carnot||31000|Toulouse|0677889900"),
    ("mover rare name birth", 1,
     "Mme|Apolline|QUENNEVILLE|1993-05-13|3 rue Foch||06000|Nice",
     "Mme|Apolline|QUENNEVILLE|1993-05-13|45 bd Carnot||31000|Toulouse"),
    ("reused phone", 0,
     "M.|Hugo|LEBRUN|1990-01-02|1 rue X||69001|Lyon|0688776655",
     "Mme|Fatou|DIALLO|1985-09-03|9 rue Y||13008|Marseille|0688776655"),
    ("one digit birth", 1,
     "M.|Oscar|GERMAIN|1982-04-14|31 rue Y||45000|Orleans",
     "M.|Oscar|GERMAIN|1982-04-16|31 rue Y||45000|Orléans"),
    ("typo both names", 1,
     "M.|Mickael|DUBOIS|1979-12-01|6 rue Z||80000|Amiens",
     "M.|Michael|DUBOSI|1979-12-01|6 rue Z||80000|Amiens"),
    ("accented", 1,
     "Mme|Zoé|BÉRENGER|2001-02-28|18 rue Kléber||33200|Bordeaux",
     "Mme|ZOE|BERENGER|2001-02-28|18 r Kleber||33200|BORDEAUX"),
    ("wife with husband first", 0,
     "Mme|Jeanne|PICARD|1950-06-06|3 rue du Lac||74000|Annecy",
     "M.|Jean|PICARD|1948-02-02|3 rue du Lac||74000|Annecy"),
    ("name only frequent", 0,
     "M.|Michel|DURAND|||||",
     "M.|Michel|DURAND|||||"),
    ("rare name + city", 1,
     "M.|Eustache|KOVALEVSKI|||||Pau",
     "M.|Eustache|KOVALEVSKI|||||Pau"),
    ("vve", 1,
     "Mme|Odette|Vve RENARD née PIOT|1930-03-30|1 place du Marche||58000|Nevers",
     "Mme|Odette|RENARD|1930-03-30|1 pl du Marché||58000|Nevers"),
    ("street saint", 1,
     "M.|Theo|ROY|1998-11-19|9 rue Ste Catherine||33000|Bordeaux",
     "M.|Théo|ROY|1998-11-19|9 rue Sainte-Catherine||33000|Bordeaux"),
    ("general", 1,
     "Mme|Lola|NOEL|1994-08-08|100 av du Gal de Gaulle||94000|Creteil",
     "Mme|Lola|NOEL|1994-08-08|100 avenue Charles de Gaulle||94000|Créteil"),
    ("number letter", 1,
     "M.|Max|MEUNIER|1973-01-23|12B rue des Pres||72000|Le Mans",
     "M.|Max|MEUNIER|1973-01-23|12 bis rue des Prés||72000|LE MANS"),
    ("zero eaten cp", 1,
     "Mme|Rose|BRUN|1968-07-16|4 cours Mirabeau||1000|Bourg-en-Bresse",
     "Mme|Rose|BRUN|1968-07-16|4 cours Mirabeau||01000|Bourg en Bresse"),
    ("corse", 1,
     "M.|Ange|COLONNA|1959-09-19|2 cours Napoleon||20000|Ajaccio",
     "M.|Ange|COLONNA|1959-09-19|2 cours Napoléon||2A000|Ajaccio"),
    ("civility wrong", 1,
     "Mme|Dominique|LEROUX|1966-06-26|7 rue du Port||17000|La Rochelle",
     "M.|Dominique|LEROUX|1966-06-26|7 rue du Port||17000|La Rochelle"),
    ("siblings near birth", 0,
     "M.|Adam|HADDAD|2000-05-05|3 allee des Roses||92000|Nanterre",
     "M.|Amin|HADDAD|2001-05-05|3 allee des Roses||92000|Nanterre"),
    ("cyrillic/latin", None,
     "M.|Иван|ПЕТРОВ|1980-05-17|3 rue Daru||75008|Paris",
     "M.|Ivan|PETROV|1980-05-17|3 rue Daru||75008|Paris"),
    ("greek/latin", None,
     "M.|Γιώργος|ΠΑΠΠΑΣ|1981-04-18|9 rue Georges Bizet||75016|Paris",
     "M.|Giorgos|PAPPAS|1981-04-18|9 rue Georges Bizet||75016|Paris"),
]
FIRST = "Anne Bruno Chloe Denis Elise Franck Gilles Helene Igor Josette Karim Lucie Marc Nadia Olivier Paul Rose Serge Theo Yann".split()
LAST = ("Abadie Bonnet Chevalier Dupuis Etienne Fontaine Garnier Hubert Imbert Jacquet Klein Lambert Moulin Nguyen Ollivier Perrin Quintard Durand "
        "Martin Dubois").split()
STREET = "Lilas Gambetta Pasteur Basse Moulins Carnot Voltaire Paix Marche Ecoles Tilleuls Prairie Fontaine".split()
EASY = 600


def easy(i):
    return [("Mme", "M.")[i % 2], FIRST[i * 7 % 20], LAST[(i * 3 + i // 20) % 20], f"19{40 + i * 11 % 55}-{1 + i % 12:02d}-{1 + i * 5 % 28:02d}",
            f"{1 + i * 3 % 90} rue {STREET[i % 13]}", "", f"{10000 + i * 311 % 85000:05d}", f"Ville{i % 97}",
            f"06{10000000 + i * 73939 % 89999999:08d}", f"x{i}@ex{i % 9}.fr"]


def write(path, side):
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", *HEADER])
        for i in range(EASY):
            row = easy(i)
            if side and i % 3 == 0:
                row[4], row[6:9] = "", ["", "", ""]
            rows.writerow([f"b{i}", *row])
        for i, pair in enumerate(PAIRS):
            cells = pair[2 + side].split("|")
            rows.writerow([i, *cells, *[""] * (len(HEADER) - len(cells))])


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(PROJECT, "build/release/cli/reveil")
    with tempfile.TemporaryDirectory() as folder:
        left, right, out = (os.path.join(folder, name) for name in ("left.csv", "right.csv", "links.csv"))
        write(left, 0)
        write(right, 1)
        subprocess.run([program, "match", "--left", left, "--right", right, "--out", out, "--quiet"], check=True)
        with open(out, encoding="utf-8", newline="") as file:
            found = {row["left_id"]: row for row in csv.DictReader(file)}
    wrong = []
    for i, (name, same, _, _) in enumerate(PAIRS):
        link = found.get(str(i))
        if same is not None and (link is not None) != bool(same) or (link and link["right_id"] != str(i)):
            wrong.append(name)
            print(f"{'known' if name in KNOWN else 'WRONG'}  {name}: {link or 'no link'}")
    lost = sum(found.get(f"b{i}", {}).get("right_id") != f"b{i}" for i in range(EASY))
    new = [name for name in wrong if name not in KNOWN]
    print(f"{len(PAIRS)} hard pairs: {len(wrong)} wrong, {len(new)} of them new; {lost} of {EASY} easy ones lost")
    return 1 if new or lost else 0


if __name__ == "__main__":
    sys.exit(main())
