"""Compares loading from Python with prep and with FFCV, torchvision + DataLoader, tf.data, Streaming and WebDataset.

Usage: python3 Benchmarks/python.py [--data DIR] [--prep BINARY] [--library FILE] [--rounds 3] [--quick] [--json FILE]

All load the same MNIST train images in batches of 256, with two workers. Then `cnn` is trained in PyTorch, fed by prep
and by PyTorch's DataLoader. FFCV is built in the virtual environment .build/benchmark-ffcv-venv; the other peers, and
prep, run in that of loader.py. Exits with 1 if a requirement fails.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from loader import CONTENDERS, PACKAGES, PEERS, environment, find, measure_peers, train_images
from measure import BUILD, MEGABYTE, ROOT, Row, capture, cores, finish, make_environment, parse, progress

# OpenCV's is the last version beside NumPy 1; pip would download several before it finds that.
FFCV_PACKAGES = ["ffcv==1.0.2", "numpy<2", "opencv-python==4.11.0.86", "numba", "torch", "torchvision"]
FFCV_NEEDS = "apt install g++ pkg-config libopencv-dev libturbojpeg0-dev"

# Variant of prep_load.py: label, the variants of FFCV that it is compared with, and the multiple of their best that is
# required.
PREP = {
    "bytes": ("prep, U8", ["bytes"], 3),
    "float": ("prep, float", ["float", "float-parallel"], 2),
    "torch": ("prep.torch.DataLoader, float", ["float", "float-parallel"], None),
    "augment": ("prep, augmented float", ["augment", "augment-each"], 10),
    "torch-augment": ("prep.torch.DataLoader, augmented float", ["augment", "augment-each"], None),
}

# Variant of ffcv_load.py: label, epochs, and the variant of prep that does the same. What users write by hand in numba
# is measured too, but nothing is required of it.
FFCV = {
    "bytes": ("FFCV, U8", 60, "bytes"),
    "float": ("FFCV, float", 60, "float"),
    "float-parallel": ("FFCV, float, on both cores", 60, "float"),
    "augment": ("FFCV + RandomAffine, drawn once per batch", 5, "augment"),
    "augment-each": ("FFCV + RandomAffine, drawn for each image", 2, "augment"),
    "augment-numba": ("FFCV + affine by hand in numba", 5, "augment"),
}
PREP_EPOCHS = 60
SMALLER = 5
TRAINING = {"prep": "cnn in PyTorch, prep.torch.DataLoader", "torch": "cnn in PyTorch, DataLoader + RandomAffine"}


def ffcv_environment():
    """A Python that has FFCV, which pip compiles with the system's OpenCV and TurboJPEG."""
    python = make_environment(BUILD / "benchmark-ffcv-venv")
    if not find(python, "ffcv"):
        found = shutil.which("pkg-config") and all(
            subprocess.run(["pkg-config", "--exists", name]).returncode == 0 for name in ("opencv4", "libturbojpeg"))
        if not found:
            raise SystemExit(f"FFCV cannot be built without OpenCV and TurboJPEG: {FFCV_NEEDS}")
        print("Installing FFCV, several minutes", file=sys.stderr)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *FFCV_PACKAGES], check=True)
    return python


def measure_round(pythons, dataset, folder):
    """Samples per second of prep in its median epoch, by variant, and of FFCV in its best one, in turn."""
    rates = {}

    def measure(name, source, epochs, variant, middle):
        progress(f"{name}, {variant}")
        told = parse(capture([pythons[name], PEERS / f"{name}_load.py", source, epochs, variant])[2])
        rates[name, variant] = told["samples"] / middle(told["seconds"])

    for variant in PREP:
        measure("prep", dataset, PREP_EPOCHS, variant, statistics.median)
        for rival, (_, epochs, same) in FFCV.items():
            if same == variant:
                measure("ffcv", folder, epochs, rival, min)
    return rates


def train(python, dataset, folder):
    """What fed_train.py tells of an epoch, by variant."""
    told = {}
    for variant, label in TRAINING.items():
        progress(label)
        source = dataset if variant == "prep" else folder
        told[variant] = parse(capture([python, PEERS / "fed_train.py", source, 1, variant])[2])
    return told


def loading_rows(rates, peers):
    """prep with its multiple of FFCV, then FFCV and the other peers."""
    rows = []
    for variant, (label, rivals, required) in PREP.items():
        rate, best = rates["prep", variant], max(rates["ffcv", rival] for rival in rivals)
        row = Row(label, rate=rate, note=f"{rate / best:.1f}x FFCV")
        if required:
            row.requirement, row.passed = f">= {required}x FFCV", rate >= required * best
        rows.append(row)
    for variant, (label, _, same) in FFCV.items():
        rate = rates["ffcv", variant]
        rows.append(Row(label, rate=rate, note=f"prep: {rates['prep', same] / rate:.1f}x"))
    for label, _, _, _, kind in CONTENDERS if peers else []:
        rate, note = peers[label]
        reference = rates["prep", "torch-augment" if kind == "augmented" else "torch"]
        rows.append(Row(label, rate=rate, note=note or (f"prep.torch: {reference / rate:.0f}x" if rate else "")))
    return rows


def size_rows(dataset, beton):
    """Bytes of the files that hold the train images and labels."""
    shards = sum(path.stat().st_size for path in dataset.glob("train-*"))
    ratio = beton.stat().st_size / shards
    return [
        Row("prep, shards of train", note=f"{shards / MEGABYTE:.1f} MB", requirement=f"<= 1/{SMALLER} of FFCV",
            passed=ratio >= SMALLER),
        Row("FFCV, .beton", note=f"{beton.stat().st_size / MEGABYTE:.1f} MB, {ratio:.2f}x prep"),
    ]


def training_rows(rounds):
    """The fastest epoch of each, with its waits."""
    rows = []
    for variant, label in TRAINING.items():
        told = min((told[variant] for told in rounds), key=lambda told: told["seconds"][0])
        waits = f"wait {1e3 * told['wait']:.2f} ms per step, 95 % within {1e3 * told['late_wait']:.2f} ms"
        rows.append(Row(label, rate=told["samples"] / told["seconds"][0], note=waits))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("PREP_REAL_DATA", ROOT / "../shared/data")))
    parser.add_argument("--prep", type=Path, default=BUILD / "release" / "prep")
    parser.add_argument("--library", type=Path, default=BUILD / "release" / "libprep.so")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=1, help="of the peers other than FFCV, in each round")
    parser.add_argument("--quick", action="store_true", help="one round of prep and FFCV alone, no training")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.environ |= {"PREP_LIBRARY": str(options.library.resolve()), "PYTHONPATH": str(ROOT / "python" / "src")}
    python = environment("benchmark-loader-venv", PACKAGES)
    pythons = {"prep": python, "ffcv": ffcv_environment()}
    rates, peers, trained = {}, {}, []
    with tempfile.TemporaryDirectory() as temporary:
        dataset = Path(temporary) / "mnist"
        folder = train_images(python, options.prep, options.data, dataset)
        for _ in range(1 if options.quick else options.rounds):
            for key, rate in measure_round(pythons, dataset, folder).items():
                rates[key] = max(rate, rates.get(key, 0))
            if not options.quick:
                for label, (rate, note) in measure_peers(python, folder, options.epochs).items():
                    peers[label] = max((rate, note), peers.get(label, (None, "")), key=lambda pair: pair[0] or 0)
                trained.append(train(python, dataset, folder))
        sizes = size_rows(dataset, folder.with_name(f"{folder.name}-beton") / "train.beton")
    rows = [*loading_rows(rates, peers), *sizes, *(training_rows(trained) if trained else [])]
    finish(f"MNIST train images, batches of 256, {cores()} cores, from Python", rows, options.json)


if __name__ == "__main__":
    main()
