"""Four-parameter curves a second, beside SciPy's curve_fit, lmfit and bindcurve on the same curves in one run.

    SWANNECK_CURVE_PEERS=/path/to/python python benchmarks/curves.py [curves]

The variable names a Python that has lmfit and bindcurve; peers that are missing are left out. Curves have 8 doses in 2
replicates (2,000 curves unless told; each peer gets as many as it can do in a few seconds). Intervals: ours are
profile likelihood's, of all four parameters; curve_fit gives none. Times are of the processor, the best of three.
"""

import json
import os
import subprocess
import sys
import time

import numpy as np

from swanneck.statistics import FitSettings, fit_curve, fit_curves

PEERS = r"""
import json, sys, time, warnings
import numpy as np
from scipy.optimize import curve_fit
warnings.simplefilter("ignore")
asked = json.load(sys.stdin)
x, curves = np.array(asked["x"]), np.array(asked["curves"])

def model(x, b, c, d, e):
    return c + (d - c) / (1 + (x / e) ** b)

def start(y):
    return [1.0, float(y.min()), float(y.max()), 1.0]

def by_scipy(y):
    return curve_fit(model, x, y, start(y), maxfev=5000)[0][3]

def by_lmfit(y):
    import lmfit
    fitted = lmfit.Model(model)
    guess = fitted.make_params(**dict(zip("bcde", start(y))))
    guess["e"].min = 1e-9
    return fitted.fit(y, guess, x=x).params["e"].value

def by_bindcurve(y):
    import bindcurve, pandas
    table = pandas.DataFrame({"compound_id": "one", "experiment_id": "1", "replicate_id": ["1", "2"] * (len(x) // 2),
                              "concentration": x, "response": y})
    return float(bindcurve.fit(bindcurve.DoseResponseData(table), model="ic50").parameters("one")["IC50"])

told = {}
for name, fit, share in (("scipy", by_scipy, 1.0), ("lmfit", by_lmfit, 0.2), ("bindcurve", by_bindcurve, 0.08)):
    some = curves[: max(10, int(len(curves) * share))]
    found = []
    try:
        fit(some[0])
        spent = time.process_time()
        for y in some:
            try:
                found.append(fit(y))
            except (RuntimeError, ValueError):
                found.append(None)
        told[name] = {"rate": len(some) / (time.process_time() - spent), "e": found}
    except ImportError:
        pass
    except Exception as error:
        told[name] = {"error": repr(error)}
json.dump(told, sys.stdout)
"""


def simulate(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2026)
    x = np.repeat(np.geomspace(0.001, 1000, 8), 2)
    e, b = np.exp(rng.uniform(np.log(0.1), np.log(10), (count, 1))), rng.uniform(0.7, 2.0, (count, 1))
    return x, 100 / (1 + (x / e) ** b) + rng.normal(0, 5, (count, x.size)), e[:, 0]


def rate(action, count: int) -> float:
    spent = []
    for _ in range(3):
        begun = time.process_time()
        action()
        spent.append(time.process_time() - begun)
    return count / min(spent)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    x, curves, truth = simulate(count)
    wald = FitSettings(interval="wald")
    fits = fit_curves(x, curves)  # compiles, or loads what was compiled
    ours = rate(lambda: fit_curves(x, curves), count)
    rates = {
        "swanneck, batch, profile intervals": ours,
        "swanneck, batch, Wald intervals": rate(lambda: fit_curves(x, curves, settings=wald), count),
        "swanneck, one by one, profile": rate(lambda: [fit_curve(x, y) for y in curves[:100]], 100),
    }
    python = os.environ.get("SWANNECK_CURVE_PEERS", sys.executable)
    asked = json.dumps({"x": x.tolist(), "curves": curves.tolist()})
    told = json.loads(
        subprocess.run([python, "-c", PEERS], input=asked, capture_output=True, text=True, check=True).stdout
    )
    for name, one in told.items():
        if "error" in one:
            print(f"{name} failed: {one['error']}")
            continue
        rates[name] = one["rate"]
        pairs = [(a, b) for a, b in zip(one["e"], fits.estimates["e"], strict=False) if a]
        equal = np.mean([abs(np.log(abs(a) / b)) < 1e-3 for a, b in pairs])
        print(f"{name}: {len(one['e'])} curves, {len(one['e']) - len(pairs)} failed, e equal to 0.1 % in {equal:.1%}")
    print(f"{count} curves of 8 doses x 2 replicates, noise 5 % of the span")
    for name, value in rates.items():
        print(f"{name:<38}{value:>9.0f} a second{ours / value:>9.1f} x")
    for name, true in {"c": 0.0, "d": 100.0, "e": truth}.items():
        covered = np.mean((fits.lows[name] <= true) & (true <= fits.highs[name]))
        print(f"coverage of {name}: {covered:.1%} of 95 % intervals")


if __name__ == "__main__":
    main()
