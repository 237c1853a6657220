"""Splits that keep groups together, compared with scikit-learn's, on ten sets of groups.

    python3 Benchmarks/groups.py [PREP]

Each set is an archive of small images whose classes and groups are drawn; prep splits it 80/10/10 by --groups.
StratifiedGroupKFold makes ten folds, of which one is test and one validation; GroupShuffleSplit takes a tenth for test
and a ninth of the rest for validation. Both are tried with five seeds, prep with seed 0 alone; the best of the peers'
seeds by size plus class deviation counts. Size deviation: the share of samples by which splits differ from 80/10/10.
Class deviation: the mean difference of a class's share in a split from its share in all, in percentage points.
"""

import csv
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import measure

measure.ensure_modules({"sklearn": "scikit-learn", "PIL": "pillow", "numpy": "numpy"})

import numpy as np
from PIL import Image
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold

WANTED = np.array([0.8, 0.1, 0.1])
# Name, sizes of groups, number of classes, and how strongly groups prefer classes (Dirichlet; lower is stronger).
SETS = [
    ("20 equal writers", lambda r: [100] * 20, 10, 100),
    ("40 writers of 20 to 80", lambda r: r.integers(20, 81, 40), 10, 100),
    ("100 writers of 5 to 40", lambda r: r.integers(5, 41, 100), 10, 1),
    ("300 patients of 1 to 12", lambda r: r.integers(1, 13, 300), 3, 0.5),
    ("1000 patients of 1 to 5", lambda r: r.integers(1, 6, 1000), 2, 0.3),
    ("12 large sequences", lambda r: r.integers(80, 400, 12), 5, 5),
    ("one giant, many small", lambda r: [600] + [8] * 150, 4, 2),
    ("power law", lambda r: np.maximum((r.pareto(1.2, 150) * 5).astype(int), 1).clip(1, 500), 10, 1),
    ("pure groups", lambda r: r.integers(5, 30, 120), 10, 0.01),
    ("rare class", lambda r: r.integers(5, 60, 80), 20, 0.2),
]


def draw(number):
    """Group and label of each sample of a set."""
    random = np.random.default_rng(number)
    _, sizes, classes, preference = SETS[number]
    groups, labels = [], []
    for group, size in enumerate(sizes(random)):
        shares = random.dirichlet(np.full(classes, preference))
        groups += [group] * int(size)
        labels += list(random.choice(classes, int(size), p=shares))
    return np.array(groups), np.array(labels)


def deviations(counts):
    """Size and class deviation of samples per split and class."""
    counts = np.array(counts, float)
    sizes = counts.sum(1)
    size = np.abs(sizes / sizes.sum() - WANTED).sum() / 2
    shares = counts / np.maximum(sizes, 1)[:, None]
    return size * 100, np.abs(shares - counts.sum(0) / counts.sum()).mean() * 100


def count(parts, labels):
    return [np.bincount(labels[part], minlength=labels.max() + 1) for part in parts]


def peers(groups, labels, seed):
    everything = np.arange(len(labels))
    folds = [test for _, test in StratifiedGroupKFold(10, shuffle=True, random_state=seed).split(
        everything, labels, groups)]
    yield "StratifiedGroupKFold", [np.concatenate(folds[2:]), folds[1], folds[0]]
    rest, test = next(GroupShuffleSplit(1, test_size=0.1, random_state=seed).split(everything, labels, groups))
    train, validation = next(
        GroupShuffleSplit(1, test_size=1 / 9, random_state=seed).split(rest, labels[rest], groups[rest]))
    yield "GroupShuffleSplit", [rest[train], rest[validation], test]


def ours(prep, folder, groups, labels):
    random = np.random.default_rng(1)
    archive, table = folder / "x.zip", folder / "groups.csv"
    with zipfile.ZipFile(archive, "w") as output, table.open("w", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(["key", "group"])
        for index, (group, label) in enumerate(zip(groups, labels)):
            data = io.BytesIO()
            Image.fromarray(random.integers(0, 256, (8, 8), np.uint8)).save(data, "png")
            output.writestr(f"{label:03}/{index:06}.png", data.getvalue())
            rows.writerow([f"{label:03}/{index:06}.png", group])
    subprocess.run([prep, "images", archive, "--size", "8", "--groups", table, "-o", folder / "out", "--quiet",
                    "--overwrite"], check=True)
    splits = json.loads((folder / "out/dataset.json").read_text())["splits"]
    return [list(splits[name]["classes"].values()) for name in ("train", "validation", "test")]


def main():
    prep = Path(sys.argv[1] if len(sys.argv) > 1 else ".build/release/prep").resolve()
    print("| groups | prep: size, class | StratifiedGroupKFold | GroupShuffleSplit |\n|---|---|---|---|")
    for number, (name, *_) in enumerate(SETS):
        groups, labels = draw(number)
        best = {}
        for seed in range(5):
            for peer, parts in peers(groups, labels, seed):
                found = deviations(count(parts, labels))
                best[peer] = min(best.get(peer, found), found, key=sum)
        with tempfile.TemporaryDirectory() as folder:
            best["prep"] = deviations(ours(prep, Path(folder), groups, labels))
        cells = [f"{best[key][0]:.2f} %, {best[key][1]:.2f}" for key in
                 ("prep", "StratifiedGroupKFold", "GroupShuffleSplit")]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


main()
