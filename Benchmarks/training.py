"""Compares training steps in prep, PyTorch and Keras, as ratios and as a share of the machine's peak.

Usage: python3 Benchmarks/training.py [--data DIR] [--prep BINARY] [--recipes cnn,mlp] [--seconds 5] [--json FILE]

A step includes everything: fetching a batch, forward, backward, optimizer. prep trains two epochs of MNIST; the
peers train the same networks on data in memory, for a fixed time. The better of PyTorch's two layouts counts. One
recipe is measured again while another process keeps one core busy. Packages go into .build/benchmark-training-venv.
Exits with 1 if a requirement fails.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from loader import environment, find, mnist
from measure import BUILD, ROOT, capture, cores, progress

PEERS = Path(__file__).resolve().parent / "peers"
PACKAGES = {"torch": "torch", "tensorflow": "tensorflow-cpu"}
# Recipe, and the multiple of PyTorch's rate that is required.
RECIPES = {
    "mlp": 2, "mlp-wide": 2, "cnn": 2, "lenet": 2, "two-conv": 2, "dropout-cnn": 2, "digitsnet": 1.4,
    "digitsnet-logits": 1.4, "fast": 2, "best": 2,
}
# Recipes for images in colour are measured by colour.py.
PEAK_RECIPE, PEAK_SHARE = "cnn", 0.55


def peak():
    """10^9 operations per second on all cores."""
    binary = BUILD / "benchmark-peak"
    source = Path(__file__).resolve().parent / "peak.c"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", binary, source], check=True)
    return float(subprocess.run([binary, str(cores())], check=True, capture_output=True, text=True).stdout)


def operations(prep, recipe):
    """Floating-point operations of a training step per sample: one forward and two backward products per layer,
    but only one backward product for the first layer, whose input needs no gradient."""
    told = json.loads(subprocess.run([prep, "recipes", recipe, "--json"], check=True, capture_output=True).stdout)
    products = [layer["multiply_adds"] for layer in told["layers"] if layer["multiply_adds"]]
    return 2 * (3 * sum(products) - products[0])


def train_prep(prep, data, recipe):
    """Samples per second of the better of two epochs: the first one reads and decodes the shards."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        command = [prep, "train", data, "--recipe", recipe, "--epochs", "2", "--json", "--output", f"{folder}/run"]
        lines = capture(command)[2].decode().splitlines()
    return max(json.loads(line)["samples_per_second"] for line in lines[:2])


def train_peer(python, script, *words):
    told = json.loads(capture([python, PEERS / script, *words])[2].splitlines()[-1])
    return told["samples"] / told["seconds"]


def measure(arguments, python, data, recipe):
    """Rates of prep, PyTorch (best layout) and Keras, and the machine's peak; the best of each over the rounds."""
    rates = {"prep": 0, "PyTorch": 0, "Keras": 0, "peak": 0}
    for number in range(arguments.rounds):
        progress(f"round {number + 1} of {arguments.rounds}: {recipe}")
        # Twice, since a peak measured in a slow moment of a shared machine would flatter prep.
        before = peak()
        rates["prep"] = max(rates["prep"], train_prep(arguments.prep, data, recipe))
        rates["peak"] = max(rates["peak"], before, peak())
        for layout in ("contiguous", "channels_last"):
            rate = train_peer(python, "torch_train.py", recipe, layout, str(arguments.seconds))
            rates["PyTorch"] = max(rates["PyTorch"], rate)
        if find(python, "tensorflow"):
            rates["Keras"] = max(
                rates["Keras"], train_peer(python, "keras_train.py", recipe, str(arguments.seconds)))
    progress("")
    return rates


def slowdowns(arguments, python, data, recipe, quiet):
    """Share of the rate that remains while another process keeps one core busy."""
    hog = subprocess.Popen([sys.executable, "-c", "while True: pass"],
                           preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))
    try:
        busy = measure(arguments, python, data, recipe)
    finally:
        hog.kill()
    return {name: busy[name] / quiet[name] for name in ("prep", "PyTorch", "Keras") if quiet[name]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a prepared MNIST folder (default: made from PREP_REAL_DATA)")
    parser.add_argument("--prep", type=Path, default=BUILD / "release" / "prep")
    parser.add_argument("--recipes", default=",".join(RECIPES))
    parser.add_argument("--seconds", type=float, default=5, help="time for each peer and layout")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    python = environment("benchmark-training-venv", PACKAGES)
    data = arguments.data or prepared(arguments.prep)
    failed, results = False, {}
    top = 0
    print(f"{cores()} cores\n")
    print(f"{'recipe':<14}{'prep':>10}{'PyTorch':>10}{'Keras':>10}{'x PyTorch':>11}{'x Keras':>9}{'of peak':>9}  required")
    for recipe in arguments.recipes.split(","):
        rates = measure(arguments, python, data, recipe)
        ratio = rates["prep"] / rates["PyTorch"]
        share = rates["prep"] * operations(arguments.prep, recipe) * 1e-9 / rates["peak"]
        top = max(top, rates["peak"])
        passed = ratio >= RECIPES[recipe] and (recipe != PEAK_RECIPE or share >= PEAK_SHARE)
        required = f"{RECIPES[recipe]} x PyTorch" + (f", {PEAK_SHARE:.0%} of peak" if recipe == PEAK_RECIPE else "")
        keras = f"{rates['prep'] / rates['Keras']:.1f}" if rates["Keras"] else "-"
        print(f"{recipe:<14}{rates['prep']:>10,.0f}{rates['PyTorch']:>10,.0f}{rates['Keras']:>10,.0f}{ratio:>11.2f}"
              f"{keras:>9}{share:>9.0%}  {required}  {'pass' if passed else 'FAIL'}", flush=True)
        results[recipe] = {**rates, "share_of_peak": share}
        failed |= not passed
        if recipe == PEAK_RECIPE:
            left = slowdowns(arguments, python, data, recipe, rates)
            passed = left["prep"] >= left["PyTorch"]
            print(f"  of that rate, with a busy core: prep {left['prep']:.0%}, PyTorch {left['PyTorch']:.0%}"
                  f"  required: no less than PyTorch  {'pass' if passed else 'FAIL'}", flush=True)
            results["busy"] = left
            failed |= not passed
    print(f"\nPeak: {top:.0f} GFLOP/s of multiply-adds")
    if arguments.json:
        arguments.json.write_text(json.dumps({"peak": top, "recipes": results}, indent=2))
    sys.exit(failed)


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
