"""Splink 5 (DuckDB) on the linkage set: two CSV files in, the best link of each client out.

What its documentation advises: values made uniform first (capitals, no accents, no place-holders), comparisons of its library
with term frequencies, u from random pairs, the prior from deterministic rules, m by EM over blockings of unlike kind, tight
blocking rules for the predictions. The seconds are those of the whole job, reading and writing included; each step is told.
"""
import argparse
import logging
import os

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from peer import Clock, sync, tell
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

WORDS = ("regexp_replace(regexp_replace(trim(regexp_replace(upper(strip_accents({0})), '[^A-Z0-9]+', ' ', 'g')), "
         "'^(MME|MLLE|M|MR) ', ''), '^(NC|NULL|INCONNU)$', '')")


def words(column):
    return f"nullif({WORDS.format(column)}, '')"


def date(column):
    parsed = f"coalesce(try_strptime({column}, '%d/%m/%Y'), try_strptime({column}, '%Y-%m-%d'))"
    return f"nullif(strftime({parsed}, '%Y-%m-%d'), '1900-01-01')"


def read_sql(path, name):
    """One file, uniform. The last nine digits of a telephone number say the same however it is written."""
    digits = "right(regexp_replace(mobile, '[^0-9]', '', 'g'), 9)"
    return f"""
        SELECT {name}_id AS unique_id, {words('prenom')} AS first, {words('nom')} AS last,
               {words('prenom')} || ' ' || {words('nom')} AS full_name, {date('date_naissance')} AS birth,
               CASE WHEN length({digits}) = 9 AND {digits} NOT IN ('600000000', '606060606') THEN {digits} END AS mobile,
               {words('adresse')} AS address, lpad(nullif(trim(code_postal), ''), 5, '0') AS postcode, {words('ville')} AS city
        FROM read_csv('{path}', all_varchar = true)"""


def comparisons():
    place = cl.CustomComparison(output_column_name="place", comparison_levels=[
        cll.And(cll.NullLevel("postcode"), cll.NullLevel("city")),
        cll.ExactMatchLevel("postcode").configure(tf_adjustment_column="postcode"),
        cll.LevenshteinLevel("postcode", 1),
        cll.ExactMatchLevel("city").configure(tf_adjustment_column="city"),
        cll.JaroWinklerLevel("city", 0.9),
        cll.CustomLevel("substr(postcode_l, 1, 2) = substr(postcode_r, 1, 2)", "same department"),
        cll.ElseLevel()])
    return [cl.NameComparison("first"), cl.NameComparison("last"),
            cl.DateOfBirthComparison("birth", input_is_string=True),
            cl.LevenshteinAtThresholds("mobile", [1]),
            cl.JaroWinklerAtThresholds("address", [0.95, 0.88]).configure(term_frequency_adjustments=True),
            place]


def settings():
    rules = [block_on("mobile"), block_on("birth", "last"), block_on("birth", "first"), block_on("first", "last"),
             block_on("postcode", "last"), block_on("postcode", "first", "substr(last, 1, 2)"), block_on("postcode", "address"),
             block_on("birth", "postcode"), block_on("address", "substr(last, 1, 3)")]
    return SettingsCreator(link_type="link_only", comparisons=comparisons(), blocking_rules_to_generate_predictions=rules)


def train(linker, pairs):
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first", "last", "birth"), block_on("last", "mobile"), block_on("first", "last", "address", "postcode")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=1)
    for rule in (block_on("first", "last"), block_on("birth", "postcode"), block_on("mobile")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True, max_pairs=pairs / 4)


def write_links(db, predictions, out, lowest):
    db.execute(f"""
        COPY (SELECT client AS left_id, contact AS right_id, 'linkage' AS tier, round(p, 6) AS probability FROM (
                  SELECT if(unique_id_l[1] = 'C', unique_id_l, unique_id_r) AS client,
                         if(unique_id_l[1] = 'C', unique_id_r, unique_id_l) AS contact, match_probability AS p,
                         row_number() OVER (PARTITION BY client ORDER BY match_weight DESC, contact) AS place
                  FROM {predictions.physical_name} WHERE match_probability >= {lowest})
              WHERE place = 1 ORDER BY client) TO '{out}' (FORMAT csv, HEADER)""")
    sync(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True, help="contacts.csv and clients.csv of `reveil synth --set linkage`")
    parser.add_argument("--out", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="9GB")
    parser.add_argument("--pairs", type=float, default=1e7, help="random pairs that u is estimated from")
    parser.add_argument("--lowest", type=float, default=0.01, help="lowest probability of a link that is written")
    args = parser.parse_args()
    logging.getLogger("splink").setLevel(logging.WARNING)
    steps = {}
    with Clock() as whole:
        db = duckdb.connect()
        db.execute(f"SET threads = {args.threads}")
        db.execute(f"SET memory_limit = '{args.memory}'")
        db.execute("SET preserve_insertion_order = false")
        db.execute(f"SET temp_directory = '{os.path.abspath(args.out)}.tmp'")
        api = DuckDBAPI(connection=db)
        with Clock() as clock:
            tables = []
            for name, file in (("client", "clients.csv"), ("contact", "contacts.csv")):
                db.execute(f"CREATE TABLE {name} AS {read_sql(os.path.join(args.folder, file), name)}")
                tables.append(api.register(name, dataset_display_name=name))
        steps["read"] = round(clock.seconds, 2)
        linker = Linker(tables, settings(), log_level=logging.WARNING)
        with Clock() as clock:
            train(linker, args.pairs)
        steps["train"] = round(clock.seconds, 2)
        with Clock() as clock:
            predictions = linker.inference.predict(threshold_match_probability=args.lowest)
            write_links(db, predictions, args.out, args.lowest)
        steps["predict"] = round(clock.seconds, 2)
    tell(whole.seconds, args.out, steps=steps)


if __name__ == "__main__":
    main()
