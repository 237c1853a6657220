#!/usr/bin/env python3
"""Compares the time of `prep` with a C floor, Pillow and OpenCV, as ratios on one machine.

Usage: python3 Benchmarks/prepare.py [--data DIR] [--prep BINARY] [--rounds 3] [--quick] [--json FILE]
Ends with status 1 if a requirement fails.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from measure import (
    BUILD, MEBIBYTE, MEGABYTE, ROOT, Row, cores, ensure_modules, finish, interleave, progress, run,
)

PEERS = ROOT / "Benchmarks" / "peers"
GENERATED = BUILD / "benchmark-data"
SCALES = (20_000, 300_000)

# The requirements: ratios of speed, and the seconds and bytes that the project promises.
PILLOW_RATIO = 5.0
OPENCV_RATIO = 1.0
FLOOR_RATIO = 1.25
PEAK_BYTES = 200 * MEGABYTE
MNIST_SECONDS = 0.35
SCALE_RATE = 0.8
SCALE_MEMORY = "256MB"  # what prep is told; it counts in MiB
SCALE_PEAK_BYTES = 256 * MEBIBYTE


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = os.environ.get("PREP_REAL_DATA") or ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(data),
                        help="folder that holds kaggle/handwritten-digits-0-9.zip and mnist/")
    parser.add_argument("--prep", type=Path, default=BUILD / "release" / "prep", help="the program")
    parser.add_argument("--rounds", type=int, default=3, help="number of rounds; the best one counts")
    parser.add_argument("--quick", action="store_true", help="leave out the scaling check")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers there")
    options = parser.parse_args()
    options.prep = options.prep.resolve()
    if not options.prep.exists():
        parser.error(f"{options.prep} is missing; build it with: make build")
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def synthesize(prep, name, *flags):
    """Makes an archive or folder of synthetic digits once, and returns its path."""
    path = GENERATED / name
    if not path.exists():
        progress(f"making {name}")
        GENERATED.mkdir(parents=True, exist_ok=True)
        unfinished = GENERATED / f"unfinished-{name}"
        run([prep, "synthesize", unfinished, "--overwrite", *flags])
        unfinished.rename(path)
    return path


def find_data(options):
    """The Kaggle archive and the MNIST folder; synthetic ones of the same size if they are missing."""
    archive = options.data / "kaggle" / "handwritten-digits-0-9.zip"
    mnist = options.data / "mnist"
    if not archive.exists():
        print(f"{archive} is missing: using a synthetic archive of as many images instead.")
        archive = synthesize(options.prep, "kaggle-21555.zip", "--count", 21_500, "--duplicates", 55)
    if not mnist.exists():
        print(f"{mnist} is missing: using synthetic IDX files of as many images instead.")
        mnist = synthesize(options.prep, "idx-70000", "--kind", "idx", "--count", 70_000)
    return archive, mnist


def compile_floor():
    """Compiles floor.c into .build. If it cannot, says why and returns None."""
    program = BUILD / "benchmark-floor"
    flags = ["-larchive", "-lturbojpeg"]
    if shutil.which("pkg-config"):
        found = subprocess.run(["pkg-config", "--cflags", "--libs", "libarchive", "libturbojpeg"],
                               capture_output=True, text=True)
        flags = found.stdout.split() if found.returncode == 0 else flags
    try:
        source = ROOT / "Benchmarks" / "floor.c"
        subprocess.run(["cc", "-O2", source, "-o", program, *flags], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"Cannot compile floor.c, so there is no floor: {error}")
        return None
    return program


def prepare(prep, verb, source, *flags):
    """A function that prepares `source` with prep."""
    return lambda folder: run([prep, verb, source, "--output", folder / "out", "--json", *flags])


def peer(script, source):
    """A function that prepares `source` with a Python script."""
    return lambda folder: run([sys.executable, PEERS / script, source, folder / "out.npz"])


def measure_kaggle(options, archive, floor):
    """Runs all programs on the Kaggle archive, and checks that all found the same number of images."""
    contenders = {}
    if floor:
        contenders["read"] = lambda folder: run([floor, "read", archive])
        contenders["floor"] = lambda folder: run([floor, "decode", archive])
    contenders["prep"] = prepare(options.prep, "kaggle", archive)
    contenders["pillow"] = peer("pillow_prepare.py", archive)
    contenders["opencv"] = peer("opencv_prepare.py", archive)
    warm(archive)
    runs = interleave(contenders, options.rounds)
    counts = {name: result.samples for name, result in runs.items()}
    if len(set(counts.values())) != 1:
        raise SystemExit(f"the programs disagree on the number of images: {counts}")
    return runs


def warm(path):
    """Reads a file once in small pieces, so that the first program does not wait for the disk."""
    with open(path, "rb") as file:
        while file.read(1 << 20):
            pass


def kaggle_rows(runs):
    """The rows of the Kaggle archive; ratios are seconds divided by prep's seconds."""
    prep = runs["prep"]
    rows = []

    def add(label, seconds, **rest):
        rows.append(Row(label, seconds, seconds / prep.seconds, **rest))

    if "floor" in runs:
        floor = runs["floor"].seconds
        shared = floor / cores()
        slowdown = prep.seconds / shared
        add("libarchive read, C, 1 thread", runs["read"].seconds)
        add("libarchive + TurboJPEG, C, 1 thread", floor)
        add(f"  the same over {cores()} cores: the floor", shared, note=f"prep takes {slowdown:.2f}x",
            requirement=f"prep <= {FLOOR_RATIO}x floor", passed=slowdown <= FLOOR_RATIO)
    add("prep kaggle, all cores", prep.seconds, peak_bytes=prep.peak_bytes,
        note=f"{prep.samples / prep.seconds:,.0f} images/s",
        requirement=f"peak < {PEAK_BYTES // MEGABYTE} MB", passed=prep.peak_bytes < PEAK_BYTES)
    for name, label, ratio, sign in (
        ("pillow", "Pillow, 1 process", PILLOW_RATIO, ">="),
        ("opencv", "OpenCV, 2 processes", OPENCV_RATIO, ">"),
    ):
        reached = runs[name].seconds / prep.seconds
        add(label, runs[name].seconds, requirement=f"{sign} {ratio:.1f}x prep",
            passed=reached >= ratio if sign == ">=" else reached > ratio)
    return rows


def measure_mnist(options, mnist):
    """Prepares MNIST, in rounds of its own because it is quick."""
    return interleave({"mnist": prepare(options.prep, "mnist", mnist)}, options.rounds)


def mnist_row(result):
    """The row of MNIST."""
    return Row("prep mnist, all cores", result.seconds, peak_bytes=result.peak_bytes,
               note=f"{result.samples / result.seconds:,.0f} images/s",
               requirement=f"< {MNIST_SECONDS} s", passed=result.seconds < MNIST_SECONDS)


def measure_scaling(options):
    """Prepares a small and a large synthetic archive with the same memory budget."""
    contenders = {}
    for count in SCALES:
        archive = synthesize(options.prep, f"kaggle-{count}.zip", "--count", count)
        warm(archive)
        contenders[f"scale-{count}"] = prepare(options.prep, "kaggle", archive, "--memory", SCALE_MEMORY)
    return interleave(contenders, options.rounds)


def scaling_rows(runs):
    """The rows of the scaling check: rate and peak memory must not depend on the count."""
    small, large = (runs[f"scale-{count}"] for count in SCALES)
    rates = [result.samples / result.seconds for result in (small, large)]
    relative = rates[1] / rates[0]
    label = "prep kaggle, {:,} images, --memory " + SCALE_MEMORY
    return [
        Row(label.format(SCALES[0]), small.seconds, peak_bytes=small.peak_bytes,
            note=f"{rates[0]:,.0f} images/s"),
        Row(label.format(SCALES[1]), large.seconds, peak_bytes=large.peak_bytes,
            note=f"{rates[1]:,.0f} images/s",
            requirement=f"peak < {SCALE_PEAK_BYTES / MEGABYTE:.0f} MB (256 MiB)",
            passed=large.peak_bytes < SCALE_PEAK_BYTES),
        Row("  rate of the larger over the smaller", note=f"{relative:.2f}x",
            requirement=f">= {SCALE_RATE}x", passed=relative >= SCALE_RATE),
    ]


def main():
    options = arguments()
    ensure_modules({"numpy": "numpy", "PIL": "pillow", "cv2": "opencv-python-headless"})
    archive, mnist = find_data(options)
    runs = measure_kaggle(options, archive, compile_floor())
    rows = kaggle_rows(runs)
    runs |= measure_mnist(options, mnist)
    rows.append(mnist_row(runs["mnist"]))
    if not options.quick:
        runs |= measure_scaling(options)
        rows += scaling_rows(runs)
    finish(f"{archive.name} to 28x28 gray, best of {options.rounds}, {cores()} cores", rows, options.json)


if __name__ == "__main__":
    main()
