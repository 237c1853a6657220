"""Wrong labels that `prep audit --folds 5` finds, beside cleanlab on the same probabilities.

    python3 Benchmarks/audit.py FOLDER [SEED] [PREP]

FOLDER holds MNIST's four IDX files. One percent of all labels are changed to another class, drawn by SEED (default 0).
For each way to rank: how many changed labels are in the first 2 % of the ranking, and the share of sound ones in the
first 1 %. cleanlab's find_label_issues chooses and ranks labels itself; of it, the number chosen is given too.
"""

import csv
import gzip
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import measure

measure.ensure_modules({"cleanlab": "cleanlab", "numpy": "numpy"})

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores


def flip(source, target, seed):
    """Copies MNIST with 1 % of its labels changed; returns the keys of those."""
    labels = {}
    for part in ("train", "t10k"):
        shutil.copyfile(next(source.glob(f"{part}-images*")), target / f"{part}-images-idx3-ubyte.gz")
        labels[part] = bytearray(gzip.open(next(source.glob(f"{part}-labels*"))).read())
    keys = [(part, index) for part, data in labels.items() for index in range(len(data) - 8)]
    draw = random.Random(seed)
    flipped = set()
    for part, index in draw.sample(keys, len(keys) // 100):
        old = labels[part][8 + index]
        labels[part][8 + index] = draw.choice([label for label in range(10) if label != old])
        flipped.add(f"{part}/{index:05d}")
    for part, data in labels.items():
        with gzip.open(target / f"{part}-labels-idx1-ubyte.gz", "wb") as file:
            file.write(bytes(data))
    return flipped


def main():
    source, seed = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    prep = Path(sys.argv[3] if len(sys.argv) > 3 else ".build/release/prep").resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flipped = flip(source, folder, seed)
        subprocess.run([prep, "mnist", folder, "-o", folder / "shards", "-q"], check=True)
        subprocess.run(
            [prep, "audit", folder / "shards", "--folds", "5", "--csv", folder / "audit.csv", "--limit", "1"],
            check=True, stdout=subprocess.DEVNULL)
        with open(folder / "audit.csv", newline="") as file:
            rows = list(csv.DictReader(file))
    is_flipped = np.array([row["key"] in flipped for row in rows])
    labels = np.array([int(row["label"]) for row in rows])
    probabilities = np.array([[float(row[f"probability of {label}"]) for label in range(10)] for row in rows])

    def report(name, order):
        first, most = is_flipped[order[: len(rows) // 50]], is_flipped[order[: len(rows) // 100]]
        print(f"{name:42} {first.sum():4} of {len(flipped)} in the first 2 %  "
              f"{100 * (1 - most.mean()):5.2f} % sound in the first 1 %")

    for measure_name in ("self_confidence", "normalized_margin"):
        report(f"prep {measure_name}", np.argsort([float(row[measure_name]) for row in rows], kind="stable"))
    for method in ("self_confidence", "normalized_margin", "confidence_weighted_entropy"):
        scores = get_label_quality_scores(labels, probabilities, method=method)
        report(f"cleanlab {method}", np.argsort(scores, kind="stable"))
    chosen = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence")
    print(f"cleanlab find_label_issues: {len(chosen)} labels, {is_flipped[chosen].sum()} of them changed; "
          f"contradicted by the models: {sum(row['label'] != row['predicted'] for row in rows)}")


main()
