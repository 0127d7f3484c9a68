"""Writes tests/golden/probit_limits.csv with statsmodels, an oracle that the package does not use.

python tests/diagnostics/make_probit_limits.py > tests/golden/probit_limits.csv
"""

import random
import sys
from statistics import NormalDist

DOSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


def main() -> None:
    import numpy as np
    import statsmodels.api as sm  # where it is installed: it is not among the test tools

    rng, normal = random.Random(8), NormalDist()
    sys.stdout.write("found,total,intercept,slope,slope_error,deviance,limit\n")
    for _ in range(40):
        total, middle, slope = rng.choice((12, 20, 24, 60)), rng.uniform(0.3, 1.0), rng.uniform(1.5, 4)
        shares = [normal.cdf(slope * (np.log10(dose) - middle)) for dose in DOSES]
        found = [sum(rng.random() < share for _ in range(total)) for share in shares]
        if found == sorted(found) and sum(0 < one < total for one in found) < 2:
            continue  # no slope to speak of
        counts = np.column_stack([found, [total - one for one in found]])
        model = sm.GLM(counts, sm.add_constant(np.log10(DOSES)), sm.families.Binomial(sm.families.links.Probit()))
        fit = model.fit(tol=1e-12, maxiter=200)
        intercept, line = fit.params
        limit = 10 ** ((normal.inv_cdf(0.95) - intercept) / line)
        values = (intercept, line, fit.bse[1], fit.deviance, limit)
        sys.stdout.write(f"{' '.join(map(str, found))},{total},{','.join(f'{one:.6g}' for one in values)}\n")


if __name__ == "__main__":
    main()
