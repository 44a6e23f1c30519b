"""AUC of the peers on our folds: scoring_peers.py FILE TARGET ACTIVE DROPPED THREADS prints {peer: AUC} as JSON.

Run by scoring.py with the interpreter of bench/peers/setup.sh. A row's fold is splitmix64(row ^ splitmix64(seed)) modulo 5 with seed 0, as in
matcher/learn.c; the AUC counts each pair of rows of one fold once. Words are categories, missing cells stay missing.
"""
import json
import sys

import lightgbm
import numpy
import pandas
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def mix(x):
    x = x.astype(numpy.uint64)
    x = (x ^ (x >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return x ^ (x >> numpy.uint64(31))


def folds(rows, seed=0):
    return (mix(numpy.arange(rows, dtype=numpy.uint64) ^ mix(numpy.array([seed], dtype=numpy.uint64))) % numpy.uint64(5)).astype(int)


def read(path, target, active, dropped):
    table = pandas.read_csv(path, sep=None, engine="python", skipinitialspace=True)
    label = (table.pop(target).astype(str).str.strip() == active).to_numpy().astype(int)
    table = table.drop(columns=[dropped])
    for column in table.columns:
        if not pandas.api.types.is_numeric_dtype(table[column]):
            table[column] = table[column].astype("category")
    return table, label


def logistic(table):
    words = [c for c in table.columns if isinstance(table[c].dtype, pandas.CategoricalDtype)]
    numbers = [c for c in table.columns if c not in words]

    def prepare(part):
        part = part.copy()
        for c in words:
            part[c] = part[c].astype(object).fillna("?").astype(str)
        part[numbers] = part[numbers].fillna(part[numbers].median())
        return part

    return prepare, make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), words), (StandardScaler(), numbers)), LogisticRegression(max_iter=1000)
    )


def main():
    path, target, active, dropped, threads = sys.argv[1:6]
    table, label = read(path, target, active, dropped)
    fold = folds(len(table))
    prepare, regression = logistic(table)
    models = {
        "scikit-learn logistic": (prepare(table), regression),
        "scikit-learn HistGradientBoosting": (table, HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=1)),
        "LightGBM": (table, lightgbm.LGBMClassifier(num_threads=int(threads), verbose=-1, seed=1)),
    }
    figures = {}
    for name, (features, model) in models.items():
        won = pairs = 0.0
        for k in range(5):
            model.fit(features[fold != k], label[fold != k])
            held = label[fold == k]
            weight = float(held.sum()) * float((1 - held).sum())
            won += weight * roc_auc_score(held, model.predict_proba(features[fold == k])[:, 1])
            pairs += weight
        figures[name] = won / pairs
    print(json.dumps(figures))


main()
