#!/usr/bin/env python3
"""The lifecycle on CDNOW (2,357 customers, 18 months), through the program alone: published fits, hold-out, who stays away.

    lifecycle.py REVEIL [--data DIR]

DIR is the folder with scoring/cdnow. Prints one line a figure, with what is wanted where something is; exits with 1 when
one is missed. Where the package lifetimes can be imported, its fits of the same customers stand beside ours.
"""
import argparse
import csv
import datetime
import json
import math
import os
import subprocess
import sys
import tempfile

missed = 0


def tell(what, found, wanted="", good=True):
    global missed
    missed += not good
    print(f"{what:72} {found:>14} {'wanted ' + wanted if wanted else ''}{'' if good else '  MISSED'}")


def near(what, found, wanted, share):
    tell(what, f"{found:.5f}", f"{wanted} within {share:.1%}", abs(found - wanted) <= share * abs(wanted))


def segment(reveil, folder, *arguments):
    out, summary = os.path.join(folder, "s.csv"), os.path.join(folder, "s.json")
    subprocess.run([reveil, "segment", "--out", out, "--summary", summary, "--force", "--quiet", *arguments], check=True)
    with open(out) as f:
        rows = {row["client_id"]: row for row in csv.DictReader(f)}
    with open(summary) as f:
        return rows, json.load(f)["segment"]


def read_orders(path):
    """client -> day -> amount"""
    orders = {}
    with open(path) as f:
        for line in f:
            _, client, day, _, amount = line.split()
            day = datetime.date(int(day[:4]), int(day[4:6]), int(day[6:]))
            days = orders.setdefault(client, {})
            days[day] = days.get(day, 0) + float(amount)
    return orders


def correlation(xs, ys):
    n, mx, my = len(xs), sum(xs) / len(xs), sum(ys) / len(ys)
    sxy = sum((x - mx) * (y - my) for x, y in zip(xs, ys))
    return sxy / math.sqrt(sum((x - mx) ** 2 for x in xs) * sum((y - my) ** 2 for y in ys)) if n else math.nan


def mean_error(xs, ys):
    return sum(abs(x - y) for x, y in zip(xs, ys)) / len(xs)


def auc(scores, labels):
    """The share of pairs ranked rightly; ties count half."""
    order = sorted(range(len(scores)), key=lambda i: scores[i])
    rank_sum, i = 0.0, 0
    while i < len(order):
        end = i
        while end < len(order) and scores[order[end]] == scores[order[i]]:
            end += 1
        rank_sum += sum(labels[order[k]] for k in range(i, end)) * (i + 1 + end) / 2
        i = end
    positives = sum(labels)
    return (rank_sum - positives * (positives + 1) / 2) / (positives * (len(labels) - positives))


def fits(reveil, folder, orders_csv):
    rows, bg = segment(reveil, folder, "--transactions", orders_csv, "--as-of", "1997-09-30", "--model", "bg")
    for name, wanted in (("r", 0.2426), ("alpha", 4.414), ("a", 0.7929), ("b", 2.426)):
        near(f"BG/NBD {name}", bg["model"][name], wanted, 0.005)
    value = bg["model"]["log_likelihood"]
    tell("BG/NBD log-likelihood", f"{value:.2f}", "-9582.4", abs(value + 9582.4) < 0.05)
    tell("BG/NBD converged", bg["model"]["converged"], "", bg["model"]["converged"])
    rows, mbg = segment(reveil, folder, "--transactions", orders_csv, "--as-of", "1997-09-30", "--horizon-days", "273")
    value = mbg["model"]["log_likelihood"]
    tell("MBG/NBD log-likelihood", f"{value:.2f}", "-9582.1", abs(value + 9582.1) < 0.05)
    for name, error in zip(("r", "alpha", "a", "b"), mbg["model"]["standard_errors"]):
        tell(f"MBG/NBD {name} (standard error)", f"{mbg['model'][name]:.4f} ({error:.4f})")
    return rows, bg, mbg


def hold_out(rows, orders, cut):
    later = {c: [a for d, a in days.items() if d > cut] for c, days in orders.items()}
    expected = [float(rows[c]["expected_orders"]) for c in orders]
    bought = [len(later[c]) for c in orders]
    error, together = mean_error(expected, bought), correlation(expected, bought)
    tell("MBG/NBD, orders of the next 39 weeks: mean absolute error", f"{error:.4f}", "<= .77", error <= 0.77)
    tell("MBG/NBD, orders of the next 39 weeks: correlation", f"{together:.4f}", ">= .625", together >= 0.625)
    back = [c for c in orders if later[c] and rows[c]["expected_order_value"]]
    mean = [sum(later[c]) / len(later[c]) for c in back]
    worth = [float(rows[c]["expected_order_value"]) for c in back]
    own = [float(rows[c]["amount"]) / int(rows[c]["orders"]) for c in back]
    tell(f"gamma-gamma, mean order of the {len(back)} who came back: error", f"{mean_error(worth, mean):.3f}")
    tell("gamma-gamma, mean order: correlation", f"{correlation(worth, mean):.4f}")
    tell("the own mean as it is: error", f"{mean_error(own, mean):.3f}", "above", mean_error(own, mean) > mean_error(worth, mean))
    known = [c for c in orders if rows[c]["expected_value"]]
    money = [float(rows[c]["expected_value"]) for c in known]
    spent = [sum(later[c]) for c in known]
    past = [float(rows[c]["amount"]) for c in known]
    tell("expected_value against money spent in the next 39 weeks: correlation", f"{correlation(money, spent):.4f}")
    tell("amount so far against it: correlation", f"{correlation(past, spent):.4f}", "below",
         correlation(past, spent) < correlation(money, spent))


def who_stays_away(reveil, folder, orders_csv, orders):
    cut = datetime.date(1997, 12, 31)
    rows, _ = segment(reveil, folder, "--transactions", orders_csv, "--as-of", cut.isoformat(), "--horizon-days", "181")
    repeat = [c for c in orders if c in rows and int(rows[c]["orders"]) > 1]
    away = [int(not any(d > cut for d in orders[c])) for c in repeat]
    silence = [int(rows[c]["recency_days"]) for c in repeat]
    by_model = auc([-float(rows[c]["expected_orders"]) for c in repeat], away)
    by_recency = auc(silence, away)
    by_rhythm = auc([s / float(rows[c]["mean_interval_days"]) for s, c in zip(silence, repeat)], away)
    tell(f"{len(repeat)} repeat buyers, no order in 181 days: AUC of MBG expected orders", f"{by_model:.4f}", ">= .70", by_model >= 0.70)
    tell("AUC of days of silence", f"{by_recency:.4f}", "below", by_recency < by_model)
    tell("AUC of silence over own mean interval", f"{by_rhythm:.4f}", "below", by_rhythm < by_model)


def beside_lifetimes(rows, bg, mbg, orders, cut):
    try:
        import warnings
        warnings.filterwarnings("ignore")
        from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter
        from lifetimes import __version__ as version
        import numpy as np
    except ImportError:
        print("lifetimes isn't here: nothing to stand beside")
        return
    days = {c: sorted(d for d in o if d <= cut) for c, o in orders.items()}
    x = np.array([len(days[c]) - 1 for c in orders], dtype=float)
    t_x = np.array([(days[c][-1] - days[c][0]).days / 7 for c in orders])
    age = np.array([(cut - days[c][0]).days / 7 for c in orders])
    for name, fitter, ours in (("BG/NBD", BetaGeoFitter(), bg), ("MBG/NBD", ModifiedBetaGeoFitter(), mbg)):
        fitter.fit(x, t_x, age)
        value = -fitter._negative_log_likelihood_ * len(x) + x.sum() * math.log(fitter._scale)  # it divides times by the longest
        apart = max(abs(ours["model"][p] / fitter.params_[p] - 1) for p in ("r", "alpha", "a", "b"))
        errors = max(abs(e / fitter.standard_errors_[p] - 1) for p, e in zip(("r", "alpha", "a", "b"), ours["model"]["standard_errors"]))
        tell(f"lifetimes {version}, {name}: log-likelihood", f"{value:.4f}", f"ours {ours['model']['log_likelihood']:.4f}",
             ours["model"]["log_likelihood"] > value - 1e-3)
        tell("  parameters, standard errors: furthest apart", f"{apart:.1e}, {errors:.1e}", "", apart < 1e-3)
    theirs = fitter.conditional_expected_number_of_purchases_up_to_time(273 / 7, x, t_x, age)
    ours = np.array([float(rows[c]["expected_orders"]) for c in orders])
    alive = fitter.conditional_probability_alive(x, t_x, age)
    tell("  MBG expected orders, p_alive of 2,357 customers: furthest apart",
         f"{np.abs(theirs - ours).max():.1e}, {np.abs(alive - np.array([float(rows[c]['p_alive']) for c in orders])).max():.1e}")
    total = np.array([sum(a for d, a in o.items() if d <= cut) for o in orders.values()])
    paid = total > 0
    fitter = GammaGammaFitter()
    fitter.fit(x[paid] + 1, total[paid] / (x[paid] + 1))
    model = mbg["value_model"]
    apart = max(abs(model[p] / fitter.params_[p] - 1) for p in ("p", "q", "v"))
    value = -fitter._negative_log_likelihood_ * paid.sum()
    tell("gamma-gamma, all orders: log-likelihood", f"{value:.4f}", f"ours {model['log_likelihood']:.4f}")
    tell("  parameters: furthest apart", f"{apart:.1e}", "", apart < 1e-3)
    theirs = np.array(fitter.conditional_expected_average_profit(x[paid] + 1, total[paid] / (x[paid] + 1)))
    ours = np.array([float(rows[c]["expected_order_value"] or "nan") for c in orders])[paid]
    tell("  expected_order_value: furthest apart (it has two decimals)", f"{np.abs(theirs - ours).max():.4f}")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reveil")
    parser.add_argument("--data", default=os.path.join(here, "../../../shared/data"))
    options = parser.parse_args()
    orders = read_orders(os.path.join(options.data, "scoring/cdnow/CDNOW_sample.txt"))
    cut = datetime.date(1997, 9, 30)
    with tempfile.TemporaryDirectory() as folder:
        orders_csv = os.path.join(folder, "orders.csv")
        with open(orders_csv, "w") as f:
            print("client_id,date,amount", file=f)
            for client, days in orders.items():
                for day, amount in days.items():
                    print(f"{client},{day},{amount:.2f}", file=f)
        rows, bg, mbg = fits(options.reveil, folder, orders_csv)
        hold_out(rows, orders, cut)
        who_stays_away(options.reveil, folder, orders_csv, orders)
        beside_lifetimes(rows, bg, mbg, orders, cut)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
