#!/usr/bin/env python3
"""The ten rows of docs/SCORING.md worked out from the formulas, in plain Python and without reveil: what its tables must say.

usage: ten_rows.py

Prints the intermediate figures and, per method, the points of the six values and the scores of the ten rows. The fits are
solved to the end here (Newton's method on the whole problem), reveil's stop at a thousandth, so a point may differ.
"""
import math

ROWS = [("Lyon", "cat"), ("Lyon", "cat"), ("Lyon", "dog"), ("Nice", "cat"), ("Lyon", "dog"),
        ("Nice", "dog"), ("Nice", "dog"), ("Nice", ""), ("Brest", "dog"), ("Brest", "cat")]
SEED = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
VALUES = ["Lyon", "Nice", "Brest", "cat", "dog", ""]
N = len(ROWS)
HAS = [[VALUES.index(town), VALUES.index(pet)] for town, pet in ROWS]
K_WOE, RIDGE_SCORECARD, RIDGE_LDA = 100, 1, 16


def solve(matrix, right):
    """Gaussian elimination with pivoting."""
    n = len(right)
    rows = [list(matrix[i]) + [right[i]] for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(n):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[i])]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def chance(margin):
    return 1 / (1 + math.exp(-margin))


def fit(features, labels, ridge, prior=None, linear=False, positive=False):
    """(intercept, weights) of the ridge regression of labels on features: least squares, or the likelihood by Newton's steps."""
    n, width = len(labels), len(features[0])
    prior = prior or [0.0] * width
    weights, intercept, free = list(prior), 0.0, list(range(width))
    for _ in range(60):
        margins = [intercept + sum(x * w for x, w in zip(row, weights)) for row in features]
        p = margins if linear else [chance(m) for m in margins]
        v = [1.0] * n if linear else [q * (1 - q) for q in p]
        index = [-1] + free
        column = lambda r, k: 1.0 if k < 0 else features[r][k]
        hessian = [[sum(v[r] * column(r, a) * column(r, b) for r in range(n)) + (ridge if a == b and a >= 0 else 0)
                    for b in index] for a in index]
        gradient = [sum((labels[r] - p[r]) * column(r, a) for r in range(n))
                    - (ridge * (weights[a] - prior[a]) if a >= 0 else 0) for a in index]
        step = solve(hessian, gradient)
        intercept += step[0]
        for a, s in zip(free, step[1:]):
            weights[a] += s
        below = [a for a in free if weights[a] < 0] if positive else []
        for a in below:
            weights[a] = 0.0
            free.remove(a)
    return intercept, weights


def woe(s, o, seeds, others):
    q = (s + o) / (seeds + others)
    return math.log((s + K_WOE * q) / (seeds + K_WOE)) - math.log((o + K_WOE * q) / (others + K_WOE)) if q else 0.0


def counts(rows):
    s = [sum(SEED[r] for r in rows if v in HAS[r]) for v in range(6)]
    o = [sum(1 - SEED[r] for r in rows if v in HAS[r]) for v in range(6)]
    return s, o, sum(SEED[r] for r in rows), sum(1 - SEED[r] for r in rows)


def scorecard(say=False):
    features = []
    for r in range(N):
        s, o, seeds, others = counts([i for i in range(N) if i % 4 != r % 4])
        features.append([woe(s[v], o[v], seeds, others) for v in HAS[r]])
    intercept, slopes = fit(features, SEED, RIDGE_SCORECARD, positive=True)
    s, o, seeds, others = counts(range(N))
    plain = [woe(s[v], o[v], seeds, others) for v in range(6)]
    if say:
        print("  out-of-fold woe, town and pet by row: " + "; ".join("%.4f %.4f" % tuple(f) for f in features))
        print("  slopes: town %.6f, pet %.6f" % tuple(slopes))
    return [slopes[0 if v < 3 else 1] * plain[v] for v in range(6)]


def one_hot(rows):
    return [[1.0 if v in HAS[r] else 0.0 for v in range(6)] for r in rows]


def lda(say=False):
    intercept, weights = fit(one_hot(range(N)), SEED, RIDGE_LDA, linear=True)
    # The same from means and covariance, up to a factor: (C + 16 / n)^-1 (m1 - m0).
    x = one_hot(range(N))
    mean = lambda rows: [sum(x[r][v] for r in rows) / len(rows) for v in range(6)]
    all_rows, seeds, others = mean(range(N)), mean([r for r in range(N) if SEED[r]]), mean([r for r in range(N) if not SEED[r]])
    covariance = [[sum((x[r][a] - all_rows[a]) * (x[r][b] - all_rows[b]) for r in range(N)) / N + (RIDGE_LDA / N if a == b else 0)
                   for b in range(6)] for a in range(6)]
    direction = solve(covariance, [a - b for a, b in zip(seeds, others)])
    ratio = [w / d for w, d in zip(weights, direction)]
    assert max(ratio) - min(ratio) < 1e-9, "least squares and the whitened centroid point the same way"
    if say:
        print("  m1 - m0: " + " ".join("%.4f" % (a - b) for a, b in zip(seeds, others)))
        print("  whitened: " + " ".join("%.4f" % d for d in direction))
    return weights


def logistic(say=False):
    prior = scorecard()
    held = [r for r in range(N) if r % 5 == 0]
    kept = [r for r in range(N) if r % 5]
    best, ridge = None, 1024
    for tried in (1024, 256, 64, 16, 8, 4, 2, 1):
        intercept, w = fit(one_hot(kept), [SEED[r] for r in kept], tried, prior)
        loss = 0.0
        for r in held:
            margin = intercept + sum(w[v] for v in HAS[r])
            loss -= math.log(chance(margin if SEED[r] else -margin))
        loss /= len(held)
        if say:
            print("  ridge %4d: loss of the held rows %.6f" % (tried, loss))
        if best is not None and loss >= best:
            break
        best, ridge = loss, tried
    intercept, weights = fit(one_hot(range(N)), SEED, ridge, prior)
    if say:
        print("  ridge %d; weights " % ridge + " ".join("%.5f" % w for w in weights))
    return weights


def boosted(say=False):
    """Three fits, each holding back every fifth row; no pair stands out by three deviations among ten rows."""
    prior, total = scorecard(), [0.0] * 6
    seeds = sum(SEED)
    for bag in range(3):
        kept, held = [r for r in range(N) if r % 5 != bag], [r for r in range(N) if r % 5 == bag]
        weights, intercept = list(prior), math.log((seeds + 0.5) / (N - seeds + 0.5))
        margin = lambda r: intercept + sum(weights[v] for v in HAS[r])
        loss = lambda: -sum(math.log(chance(margin(r) if SEED[r] else -margin(r))) for r in held)
        best, best_weights, best_round = loss(), list(weights), 0
        for turn in range(1, 5):
            for values in ((0, 1, 2), (3, 4, 5)):
                steps = {}
                for v in values:
                    g = sum(SEED[r] - chance(margin(r)) for r in kept if v in HAS[r])
                    h = sum(chance(margin(r)) * (1 - chance(margin(r))) for r in kept if v in HAS[r])
                    steps[v] = max(-1, min(1, 0.15 * g / (h + 2)))
                for v in values:
                    weights[v] += steps[v]
            if loss() < best:
                best, best_weights, best_round = loss(), list(weights), turn
        if say:
            print("  without rows %s: round %d of 4 is best; weights " % (" and ".join(str(r + 1) for r in held), best_round)
                  + " ".join("%.4f" % w for w in best_weights))
        total = [t + w / 3 for t, w in zip(total, best_weights)]
    if say:
        print("  mean " + " ".join("%.4f" % w for w in total))
    return total


def points(weights):
    people = [sum(v in row for row in HAS) / N for v in range(6)]
    centred = list(weights)
    for values in ((0, 1, 2), (3, 4, 5)):
        mean = sum(people[v] * weights[v] for v in values)
        for v in values:
            centred[v] -= mean
    raw = [sum(centred[v] for v in row) for row in HAS]
    mean = sum(raw) / N
    deviation = math.sqrt(sum((x - mean) ** 2 for x in raw) / N)
    exact = [100 / deviation * w for w in centred]
    whole = [round(p) for p in exact]
    return deviation, exact, whole, [500 + sum(whole[v] for v in row) for row in HAS]


for method in (scorecard, lda, logistic, boosted):
    print(method.__name__)
    deviation, exact, whole, scores = points(method(True))
    print("  deviation %.6f" % deviation)
    print("  points " + " ".join("%s %d (%.2f)" % (v or "missing", w, x) for v, w, x in zip(VALUES, whole, exact)))
    print("  scores " + " ".join(str(s) for s in scores))
