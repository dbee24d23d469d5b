"""Makes statistics.json: what scipy and statsmodels' formulas say of a few small samples.

Run with scipy installed: python Tests/Goldens/studies/make.py
"""
import json
import os

import numpy
import scipy
from scipy import optimize, stats

generator = numpy.random.default_rng(7)


def effect_interval(values):
    """The shifts of the noncentral t that put the sample's own t at its 97.5th and 2.5th percentile, over root n."""
    count = len(values)
    root = count**0.5
    t = values.mean() / values.std(ddof=1) * root
    reach = 5 * abs(t) + 10

    def below(shift):
        found = stats.nct.cdf(t, count - 1, shift)
        return found if found == found else float(shift < t)  # SciPy has NaN far out, where it is 0 or 1

    def shift(share):
        return optimize.brentq(lambda shift: below(shift) - share, -reach, reach, xtol=1e-12)

    return [float(shift(0.975) / root), float(shift(0.025) / root)]


def interval(values):
    values = numpy.asarray(values)
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return {
        "values": values.tolist(),
        "mean": float(values.mean()),
        "deviation": float(values.std(ddof=1)),
        "low": float(values.mean() - half),
        "high": float(values.mean() + half),
        "effect": effect_interval(values),
    }


def correlation(first, second):
    found = stats.pearsonr(first, second)
    bounds = found.confidence_interval(0.95)
    return {
        "first": list(map(float, first)),
        "second": list(map(float, second)),
        "linear": float(found.statistic),
        "low": float(bounds.low),
        "high": float(bounds.high),
        "rank": float(stats.spearmanr(first, second).statistic),
        "slope": float(stats.linregress(first, second).slope),
    }


def share(hits, count):
    bounds = stats.binomtest(hits, count).proportion_ci(0.95, method="wilson")
    return {"hits": hits, "count": count, "low": float(bounds.low), "high": float(bounds.high)}


normal = generator.normal(size=12).round(3)
golden = {
    "provenance": f"make.py, scipy {scipy.__version__}, numpy {numpy.__version__}, seed 7",
    "tolerance": 1e-9,
    "reason": "double precision, sums of at most 102 terms and a bisection to the last bits",
    "intervals": [interval([1.0, 3.0]), interval(normal[:5]), interval(normal)]
    + [interval(generator.normal(size=n).round(3)) for n in (3, 4, 31, 102)]
    + [interval([-0.0031, -0.003, -0.0029, -0.003, -0.0031])],
    "correlations": [
        correlation(normal, (normal * 2 + generator.normal(size=12)).round(3)),
        correlation([1, 2, 2, 3, 5, 8], [2, 1, 4, 4, 4, 9]),
    ],
    "shares": [share(0, 10), share(8, 10), share(117, 200), share(26, 26)],
}
place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "statistics.json")
with open(place, "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
