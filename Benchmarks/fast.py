"""Trains the recipe `fast` with many seeds: accuracy on MNIST's t10k, and the time of the whole process.

Usage: python3 Benchmarks/fast.py [--seeds 30] [--peer-seeds 3] [--data DIR] [--prep BINARY] [--processor avx2]
           [--json FILE]

Nothing is chosen by looking at t10k: prep keeps 2 % of train for validation, and evaluates t10k once, at the end. The same
network is trained in PyTorch with the same schedule, in turns. Each time is from process start to the written model, t10k
included. Exits with 1 if the mean is below 99 %, or the median above two seconds (four with `--processor avx2`).
"""

import argparse
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from loader import environment, mnist
from measure import BUILD, ROOT, Row, capture, cores, finish, parse, progress
from training import PACKAGES, PEERS, PROCESSORS

ACCURACY = 0.99
SECONDS = {"": 2, "avx2": 4}


def run_prep(prep, dataset, seed, folder):
    """Seconds of the process, and the accuracy on test."""
    seconds, _, printed = capture(
        [prep, "train", dataset, "--recipe", "fast", "--seed", seed, "--output", f"{folder}/run-{seed}", "--json"])
    return seconds, parse(printed.splitlines()[-1])["test"]["accuracy"]


def run_peer(python, source, seed, folder):
    seconds, _, printed = capture([python, PEERS / "torch_fast.py", source, seed, f"{folder}/{seed}.pt"])
    return seconds, parse(printed)["accuracy"]


def row(label, runs, **rest):
    """The mean accuracy with its spread, and the median time."""
    scores = [100 * accuracy for _, accuracy in runs]
    spread = f" ± {statistics.stdev(scores):.3f}" if len(scores) > 1 else ""
    return Row(label, statistics.median(seconds for seconds, _ in runs), **rest,
               note=f"{len(runs)} seeds: mean {statistics.mean(scores):.3f} %{spread}, "
                    f"{min(scores):.2f} to {max(scores):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("PREP_REAL_DATA", ROOT / "../shared/data")))
    parser.add_argument("--prep", type=Path, default=BUILD / "release" / "prep")
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--peer-seeds", type=int, default=3)
    parser.add_argument("--processor", default="", choices=PROCESSORS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.environ |= PROCESSORS[options.processor]
    python = environment("benchmark-training-venv", PACKAGES)
    source, name = mnist(options.data, options.prep)
    ours, peers = [], []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        dataset = f"{folder}/mnist98"
        split = ["--official-test", "--split", "98/2/0"]
        subprocess.run([options.prep, "mnist", source, *split, "-q", "-o", dataset], check=True)
        for seed in range(options.seeds):
            progress(f"seed {seed}")
            ours.append(run_prep(options.prep, dataset, seed, folder))
            if seed < options.peer_seeds:
                peers.append(run_peer(python, source, seed, folder))
    limit = SECONDS[options.processor]
    mean, time = statistics.mean(accuracy for _, accuracy in ours), statistics.median(seconds for seconds, _ in ours)
    rows = [row(f"fast: prep{', ' + options.processor if options.processor else ''}", ours,
                requirement=f">= {ACCURACY:.0%} in {limit} s", passed=mean >= ACCURACY and time <= limit)]
    if peers:
        rows.append(row("fast: PyTorch", peers))
    scores = " ".join(f"{100 * accuracy:.2f}" for _, accuracy in ours)
    finish(f"{name}, {cores()} cores; accuracy of each seed in percent: {scores}", rows, options.json)


if __name__ == "__main__":
    main()
