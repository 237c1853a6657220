"""Compares preparing, loading and training of CIFAR-10 in colour with the usual tools.

Usage: python3 Benchmarks/colour.py [--data DIR] [--prep BINARY] [--rounds 3] [--seconds 10] [--json FILE]

Needs cifar10/cifar-10-images.zip in the data folder: 60,000 JPEGs of 32x32 in train/CLASS/ and test/CLASS/. Whole processes
prepare it in turns: `prep images`, a script with Pillow, and one with OpenCV in two processes. Loading: `prep bench`,
also per byte beside gray MNIST, PyTorch's DataLoader and tf.data. Training: steps of the recipe cifar beside PyTorch.
"""

import argparse
import json
import os
import subprocess
import statistics
import sys
import tempfile
from pathlib import Path

from loader import PACKAGES, PEERS, environment, find, mnist
from measure import BUILD, ROOT, Row, capture, cores, interleave, parse, progress, run, table
from training import train_peer

EPOCHS = 12
CONTENDERS = [
    ("PyTorch DataLoader, mapped array", "torch_load.py", "memmap", "torch"),
    ("tf.data, float per sample", "tfdata_load.py", "samples", "tensorflow"),
    ("tf.data, float per batch", "tfdata_load.py", "batches", "tensorflow"),
]


def prepare(options, python, archive):
    """Seconds of each program, and its ratio to prep's."""
    def peer(script):
        return lambda folder: run([python, PEERS / script, archive, folder / "out.npz", "32", "RGB"])

    runs = interleave({
        "prep images": lambda folder: run([options.prep, "images", archive, "--size", "32", "-o", folder / "out", "--quiet"]),
        "Pillow, one process": peer("pillow_prepare.py"),
        "OpenCV, two processes": peer("opencv_prepare.py"),
    }, options.rounds)
    fastest = runs["prep images"].seconds
    return [Row(f"prepare: {name}", found.seconds, found.seconds / fastest, found.peak_bytes) for name, found in runs.items()]


def bench(prep, dataset, workers, *words):
    """Samples per second: the median of warm epochs."""
    output = capture([prep, "bench", dataset, "--json", "--workers", workers, "--epochs", EPOCHS, *words])[2].decode()
    return statistics.median([json.loads(line)["samples_per_second"] for line in output.splitlines()][1:])


def load(options, python, colour, gray, arrays):
    """prep in every format, per byte beside gray images in the same; then the peers."""
    rows = []
    for label, words in [("U8", ["--format", "u8"]), ("float", ["--format", "float"]), ("normalized", ["--format", "normalized"])]:
        for layout in ("nchw", "nhwc"):
            progress(f"prep bench, {label} {layout}")
            # In turns, so that noise affects both alike.
            pairs = [(bench(options.prep, colour, 1, *words, "--layout", layout), bench(options.prep, gray, 1, *words))
                     for _ in range(options.rounds)]
            rate, other = (max(rates) for rates in zip(*pairs))
            share = rate * 3072 / (other * 784)
            rows.append(Row(f"load: prep, {label}, {layout}, 1 worker", rate=rate, note=f"{share:.2f}x the bytes of gray",
                            requirement="no slower than gray", passed=share >= 1))
    both = bench(options.prep, colour, 2, "--format", "float")
    rows.append(Row("load: prep, float, nchw, 2 workers", rate=both))
    for label, script, variant, module in CONTENDERS:
        if not find(python, module):
            rows.append(Row(f"load: {label}", note=f"{module} not installed"))
            continue
        progress(label)
        told = parse(capture([python, PEERS / script, arrays, 3, variant])[2])
        rate = told["samples"] / min(told["seconds"])
        rows.append(Row(f"load: {label}", rate=rate, note=f"prep: {both / rate:.0f}x"))
    return rows


def train(options, python, colour):
    """Images per second of training steps, loading included for prep."""
    rates = {"prep": 0.0, "PyTorch": 0.0}
    for _ in range(options.rounds):
        progress("training")
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            lines = capture([options.prep, "train", colour, "--recipe", "cifar", "--epochs", "1", "--json",
                             "--output", f"{folder}/run"])[2].decode().splitlines()
        rates["prep"] = max(rates["prep"], json.loads(lines[0])["samples_per_second"])
        for layout in ("contiguous", "channels_last"):
            rates["PyTorch"] = max(rates["PyTorch"], train_peer(python, "torch_train.py", "cifar", layout, str(options.seconds))[0])
    ratio = rates["prep"] / rates["PyTorch"]
    return [Row("train: prep, cifar", rate=rates["prep"], note=f"{ratio:.2f}x PyTorch", requirement=">= PyTorch", passed=ratio >= 1),
            Row("train: PyTorch, cifar", rate=rates["PyTorch"])]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("PREP_REAL_DATA", ROOT / "../shared/data")))
    parser.add_argument("--prep", type=Path, default=BUILD / "release" / "prep")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of training for each peer and layout")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    archive = options.data / "cifar10" / "cifar-10-images.zip"
    if not archive.exists():
        sys.exit(f"{archive} is missing; set PREP_REAL_DATA")
    python = environment("benchmark-loader-venv", PACKAGES | {"cv2": "opencv-python-headless"})
    rows = prepare(options, python, archive)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        # All train images, so that prep and the peers load about as many.
        subprocess.run([options.prep, "images", archive, "--size", "32", "--given", "keep", "--split", "100/0/0", "-q",
                        "-o", folder / "colour"], check=True)
        subprocess.run([options.prep, "mnist", mnist(options.data, options.prep)[0], "--official-test", "--split",
                        "100/0/0", "-q", "-o", folder / "gray"], check=True)
        subprocess.run([python, PEERS / "pillow_prepare.py", archive, folder / "all.npz", "32", "RGB"], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([python, "-c", (
            "import numpy as np, sys; file = np.load(sys.argv[1] + '/all.npz');"
            "np.save(sys.argv[1] + '/images.npy', file['train_images']);"
            "np.save(sys.argv[1] + '/labels.npy', file['train_labels'].astype(np.int64))"), folder], check=True)
        rows += load(options, python, folder / "colour", folder / "gray", folder)
        rows += train(options, python, folder / "colour")
    progress("")
    print(f"CIFAR-10, {cores()} cores\n")
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps([vars(row) for row in rows], indent=1) + "\n")
    sys.exit(any(row.passed is False for row in rows))


if __name__ == "__main__":
    main()
