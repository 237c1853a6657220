"""Compares training steps in prep, PyTorch and Keras, as ratios and as a share of the machine's peak.

Usage: python3 Benchmarks/training.py [--data DIR] [--prep BINARY] [--recipes cnn,mlp] [--processor avx2]
           [--seconds 5] [--rounds 3] [--json FILE]

A step includes everything: fetching a batch, forward, backward, optimizer. prep trains epochs of MNIST; the peers
train the same networks on data in memory. They take turns, for about the same time; a ratio is the median of the
rounds' ratios, and the better of PyTorch's two layouts counts in each. `--processor avx2` keeps all of them from using
AVX-512. One recipe is measured again while another process keeps one core busy. Packages go into
.build/benchmark-training-venv. Exits with 1 if a requirement fails.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from loader import environment, find, mnist
from measure import BUILD, ROOT, Row, capture, cores, finish, progress

PEERS = Path(__file__).resolve().parent / "peers"
PACKAGES = {"torch": "torch", "tensorflow": "tensorflow-cpu"}
# Recipe, and the multiple of PyTorch's rate that is required: more where 3x3 convolutions save multiplications.
# Recipes for images in colour are measured by colour.py.
RECIPES = {
    "mlp": 2, "mlp-wide": 2, "lenet": 2, "cnn": 2.5, "fast": 2.5, "dropout-cnn": 2, "two-conv": 2.5, "digitsnet": 2,
    "digitsnet-logits": 2, "best": 3,
}
BUSY_RECIPE = "cnn"
# What keeps prep, PyTorch, and the oneDNN and MKL of both peers from using AVX-512.
PROCESSORS = {"": {}, "avx2": {"PREP_CPU": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2",
                               "MKL_ENABLE_INSTRUCTIONS": "AVX2"}}


def peak():
    """10^9 operations per second on all cores."""
    binary = BUILD / "benchmark-peak"
    source = Path(__file__).resolve().parent / "peak.c"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", binary, source], check=True)
    return float(subprocess.run([binary, str(cores())], check=True, capture_output=True, text=True).stdout)


def operations(prep, recipe):
    """Floating-point operations of a training step per sample: one forward and two backward products per layer,
    but only one backward product for the first layer, whose input needs no gradient. Winograd's convolutions need fewer
    multiplications than are counted here."""
    told = json.loads(subprocess.run([prep, "recipes", recipe, "--json"], check=True, capture_output=True).stdout)
    products = [layer["multiply_adds"] for layer in told["layers"] if layer["multiply_adds"]]
    return 2 * (3 * sum(products) - products[0])


def train_prep(prep, data, recipe, epochs):
    """Samples per second, the median of epochs after the first, which reads and decodes the shards; and peak memory."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        command = [prep, "train", data, "--recipe", recipe, "--epochs", epochs, "--json", "--output", f"{folder}/run"]
        _, memory, printed = capture(command)
    rates = [json.loads(line)["samples_per_second"] for line in printed.decode().splitlines()[:epochs]]
    return statistics.median(rates[1:]), memory


def train_peer(python, script, *words):
    _, memory, printed = capture([python, PEERS / script, *words])
    told = json.loads(printed.splitlines()[-1])
    return told["samples"] / told["seconds"], memory


def measure(arguments, python, data, recipe):
    """For each round the rates of prep, PyTorch (best layout) and Keras, their memory, and the machine's peak."""
    rounds, epochs = [], 2
    for number in range(arguments.rounds):
        progress(f"round {number + 1} of {arguments.rounds}: {recipe}")
        # Twice, since a peak measured in a slow moment of a shared machine would flatter prep.
        before = peak()
        rates = {"prep": train_prep(arguments.prep, data, recipe, epochs)}
        rates["peak"] = max(before, peak()), 0
        rates["PyTorch"] = max(
            train_peer(python, "torch_train.py", recipe, layout, str(arguments.seconds))
            for layout in ("contiguous", "channels_last"))
        if find(python, "tensorflow"):
            rates["Keras"] = train_peer(python, "keras_train.py", recipe, str(arguments.seconds))
        rounds.append(rates)
        # From the second round on, prep trains for as long as a peer.
        epochs = 1 + max(1, math.ceil(arguments.seconds * rates["prep"][0] / arguments.samples))
    progress("")
    return rounds


def median(rounds, name):
    return statistics.median(rates[name][0] for rates in rounds)


def recipe_rows(arguments, recipe, rounds):
    """A row for prep with its ratio and share of the peak, and one for each peer."""
    ratios = [rates["prep"][0] / rates["PyTorch"][0] for rates in rounds]
    shares = [rates["prep"][0] * operations(arguments.prep, recipe) * 1e-9 / rates["peak"][0] for rates in rounds]
    label = f"{recipe}{', ' + arguments.processor if arguments.processor else ''}"
    ratio, required = statistics.median(ratios), RECIPES[recipe]
    rows = [Row(f"train {label}: prep", rate=median(rounds, "prep"), requirement=f">= {required}x PyTorch",
                note=f"{ratio:.2f}x PyTorch ({min(ratios):.2f} to {max(ratios):.2f}), "
                     f"{statistics.median(shares):.0%} of peak", passed=ratio >= required)]
    rows += [Row(f"train {label}: {name}", rate=median(rounds, name)) for name in ("PyTorch", "Keras") if name in rounds[0]]
    for row in rows:
        row.peak_bytes = max(rates[row.label.split(": ")[1]][1] for rates in rounds)
    return rows


def busy_row(arguments, python, data, recipe, quiet):
    """The share of the rate that remains while another process keeps one core busy."""
    hog = subprocess.Popen([sys.executable, "-c", "while True: pass"],
                           preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))
    try:
        busy = measure(arguments, python, data, recipe)
    finally:
        hog.kill()
    left = {name: median(busy, name) / median(quiet, name) for name in ("prep", "PyTorch")}
    return Row(f"train {recipe}: prep, with a busy core", rate=median(busy, "prep"), passed=left["prep"] >= left["PyTorch"],
               note=f"keeps {left['prep']:.0%}, PyTorch {left['PyTorch']:.0%}", requirement=">= PyTorch's share")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a prepared MNIST folder (default: made from PREP_REAL_DATA)")
    parser.add_argument("--prep", type=Path, default=BUILD / "release" / "prep")
    parser.add_argument("--recipes", default=",".join(RECIPES))
    parser.add_argument("--processor", default="", choices=PROCESSORS, help="leave AVX-512 unused")
    parser.add_argument("--seconds", type=float, default=5, help="time for each program in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    os.environ |= PROCESSORS[arguments.processor]
    python = environment("benchmark-training-venv", PACKAGES)
    data = arguments.data or prepared(arguments.prep)
    arguments.samples = json.loads((data / "dataset.json").read_text())["splits"]["train"]["samples"]
    rows = []
    for recipe in arguments.recipes.split(","):
        rounds = measure(arguments, python, data, recipe)
        rows += recipe_rows(arguments, recipe, rounds)
        if recipe == BUSY_RECIPE and not arguments.processor:
            rows.append(busy_row(arguments, python, data, recipe, rounds))
    finish(f"MNIST, {cores()} cores, {arguments.processor or 'all vectors'}, {arguments.rounds} rounds", rows, arguments.json)


def prepared(prep):
    """The folder of MNIST as shards, or of as many synthetic digits."""
    source = Path(os.environ.get("PREP_REAL_DATA", ROOT.parent / "shared" / "data"))
    folder, _ = mnist(source, prep)
    output = BUILD / "benchmark-data" / "training-mnist"
    if not (output / "dataset.json").exists():
        output.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([prep, "mnist", folder, "--official-test", "--output", output, "--quiet"], check=True)
    return output


if __name__ == "__main__":
    main()
