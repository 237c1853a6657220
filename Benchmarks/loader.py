"""Compares loading batches with prep and with PyTorch, torchvision, WebDataset, Streaming and tf.data.

Usage: python3 Benchmarks/loader.py [--data DIR] [--prep BINARY] [--epochs 3] [--json FILE]

All load the same MNIST train images in batches of 256. A peer that cannot be installed in the virtual environment
.build/benchmark-loader-venv is left out, and the table says so. Exits with 1 if a requirement fails.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import BUILD, ROOT, Row, capture, cores, finish, imports, make_environment, parse, progress

PEERS = Path(__file__).resolve().parent / "peers"
PREP_EPOCHS = 20
TIMES_BEST_PEER = 5

# Module to import, and the package that contains it.
PACKAGES = {
    "numpy": "numpy", "PIL": "pillow", "torch": "torch", "torchvision": "torchvision",
    "webdataset": "webdataset", "streaming": "mosaicml-streaming", "tensorflow": "tensorflow-cpu",
}

# Label, script, variant, modules that it needs, and the prep rows to compare it with.
CONTENDERS = [
    ("NumPy gather, no workers", "numpy_load.py", None, ["numpy"], None),
    ("PyTorch DataLoader, PNG files", "torch_load.py", "png", ["torch"], "plain"),
    ("PyTorch DataLoader, mapped array", "torch_load.py", "memmap", ["torch"], "plain"),
    ("WebDataset, tar shards", "webdataset_load.py", None, ["torch", "webdataset"], "plain"),
    ("MosaicML Streaming, MDS shards", "streaming_load.py", None, ["torch", "streaming"], "plain"),
    ("tf.data, float per sample", "tfdata_load.py", "samples", ["tensorflow"], "plain"),
    ("tf.data, float per batch", "tfdata_load.py", "batches", ["tensorflow"], "plain"),
    ("PyTorch + RandomAffine, mapped array", "torch_load.py", "augment", ["torch", "torchvision"], "augmented"),
]

# Label, options of prep bench, bytes delivered per sample, and the samples per second and core that are required.
PREP_ROWS = [
    ("U8 from memory", ["--format", "u8"], 784, 5e6),
    ("float from memory", ["--format", "float"], 4 * 784, 2.5e6),
    ("augmented float", ["--format", "float", "--augment", "rotate=10,shift=2"], 4 * 784, 1e6),
]
FIRST_EPOCH = ("first epoch, from zstd", ["--format", "u8"], 784, 1.5e6)


def environment(name, packages):
    """The Python of the peers, with those packages that could be installed."""
    python = make_environment(BUILD / name)
    for module, package in packages.items():
        if not find(python, module):
            print(f"Installing {package}", file=sys.stderr)
            subprocess.run([python, "-m", "pip", "install", "--quiet", package], check=False)
    return python


def find(python, module):
    """Whether that Python has a module. Does not import it, since some modules cannot be imported directly."""
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"
    return imports(python, ["sys"]) and subprocess.run([python, "-c", code]).returncode == 0


def mnist(data, prep):
    """The folder of IDX files: the real ones, or synthetic ones of the same size."""
    if (data / "mnist").is_dir():
        return data / "mnist", "mnist"
    print("No MNIST here (set PREP_REAL_DATA); using synthetic digits", file=sys.stderr)
    folder = BUILD / "benchmark-data" / "idx-70000"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([prep, "synthesize", folder, "--kind", "idx", "--count", "70000"], check=True)
    return folder, "synthetic"


def train_images(python, prep, data, dataset):
    """Prepares all train images, so that prep and the peers load the same 60,000. Returns the peers' folder."""
    source, name = mnist(data, prep)
    folder = BUILD / "benchmark-data" / f"loading-{name}"
    progress("making the peers' files")
    subprocess.run([python, PEERS / "loading_data.py", source, folder], check=True)
    subprocess.run([prep, "mnist", source, "--official-test", "--split", "100/0/0", "-q", "-o", dataset], check=True)
    return folder


def measure_peers(python, folder, epochs):
    """Samples per second of each peer in its best epoch, with a note; None if it could not run."""
    found = {}
    for label, script, variant, modules, _ in CONTENDERS:
        if not all(find(python, module) for module in modules):
            found[label] = (None, f"{', '.join(modules)} not installed")
            continue
        progress(label)
        command = [python, PEERS / script, folder, epochs] + ([variant] if variant else [])
        try:
            told = parse(capture(command)[2])
        except SystemExit as failure:
            found[label] = (None, str(failure).strip().splitlines()[-1][:60])
            continue
        found[label] = (told["samples"] / min(told["seconds"]), told.get("note", ""))
    return found


def bench(prep, dataset, options, workers, epochs):
    """Samples per second of each epoch of prep bench."""
    command = [prep, "bench", dataset, "--batch", 256, "--json", "--workers", workers, "--epochs", epochs, *options]
    output = capture(command)[2].decode()
    return [json.loads(line)["samples_per_second"] for line in output.splitlines()]


def measure_prep(prep, dataset):
    """Rates by (label, workers): the median of warm epochs, and of first epochs in new processes."""
    rates = {}
    for workers in (1, 2):
        for label, options, _, _ in PREP_ROWS:
            progress(f"prep, {label}")
            rates[label, workers] = statistics.median(bench(prep, dataset, options, workers, PREP_EPOCHS)[1:])
        first = [bench(prep, dataset, FIRST_EPOCH[1], workers, 1)[0] for _ in range(5)]
        rates[FIRST_EPOCH[0], workers] = statistics.median(first)
    return rates


def rows(rates, peers, copied):
    """The table: prep with one and two workers, then the peers."""
    best = {
        kind: max((peers[c[0]][0] or 0) for c in CONTENDERS if c[4] == kind) for kind in ("plain", "augmented")
    }
    lines = []
    for label, _, size, required in [*PREP_ROWS, FIRST_EPOCH]:
        kind = "augmented" if label.startswith("augmented") else "plain"
        for workers in (1, 2):
            rate = rates[label, workers]
            share = f"{100 * rate * size / copied:.0f} % of memcpy"
            row = Row(f"prep, {label}, {workers} worker{'s' if workers > 1 else ''}", rate=rate, note=share)
            if workers == 1:
                row.requirement, row.passed = f">= {required / 1e6:g} M/s", rate >= required
            elif best[kind]:
                row.note += f", {rate / best[kind]:.1f}x the best peer"
                row.requirement = f">= {TIMES_BEST_PEER}x the best peer"
                row.passed = rate >= TIMES_BEST_PEER * best[kind]
            lines.append(row)
    reference = rates["float from memory", 2]
    for label, *_ in CONTENDERS:
        rate, note = peers[label]
        lines.append(Row(label, rate=rate, note=note or (f"prep float: {reference / rate:.0f}x" if rate else "")))
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("PREP_REAL_DATA", ROOT / "../shared/data")))
    parser.add_argument("--prep", type=Path, default=BUILD / "release" / "prep")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    python = environment("benchmark-loader-venv", PACKAGES)
    with tempfile.TemporaryDirectory() as temporary:
        dataset = Path(temporary) / "mnist"
        folder = train_images(python, options.prep, options.data, dataset)
        rates = measure_prep(options.prep, dataset)
        peers = measure_peers(python, folder, options.epochs)
        rates = {key: max(rate, again) for (key, rate), again in zip(rates.items(), measure_prep(options.prep, dataset).values())}
    copied = parse(capture([python, PEERS / "memcpy.py"])[2])["bytes_per_second"]
    lines = rows(rates, peers, copied)
    finish(f"MNIST train images, batches of 256, {cores()} cores; memcpy {copied / 1e9:.1f} GB/s", lines, options.json)


if __name__ == "__main__":
    main()
