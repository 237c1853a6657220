"""Compares augmentation on one core: prep, torchvision v2, Albumentations 2 and tf.image.

Usage: python3 Benchmarks/augment.py [--prep BINARY] [--rounds 3] [--json FILE]

All change random images of three sizes, one after another, from uint8 to uint8. The packages of the peers go into
the virtual environment .build/benchmark-augment-venv; a peer that cannot be installed is left out. The programs run in turn,
and the best pass of a few milliseconds counts. prep's rate is that of the one worker of `prep bench`, while it augments and puts the result
into the batch. Exits with 1 if a requirement fails.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from loader import environment, find
from measure import BUILD, capture, parse, progress

PEERS = Path(__file__).resolve().parent / "peers"

PACKAGES = {
    "numpy": "numpy", "PIL": "pillow", "torch": "torch", "torchvision": "torchvision",
    "albumentations": "albumentations<3", "tensorflow": "tensorflow-cpu",
}
# Label, script and variant, and modules that it needs.
CONTENDERS = [
    ("torchvision", ["torch_augment.py"], ["torch", "torchvision"]),
    ("torchvision, Pillow", ["torch_augment.py", "pillow"], ["torch", "torchvision", "PIL"]),
    ("Albumentations", ["albumentations_augment.py"], ["albumentations"]),
    ("tf.image", ["tf_augment.py"], ["tensorflow"]),
]

# prep's options for each operation; augmenting.py has those of the peers.
OPERATIONS = {
    "flip": "flip=horizontal", "crop": "crop=4", "affine": "rotate=10,shift=2", "elastic": "elastic=30/4",
    "brightness": "brightness=0.2", "contrast": "contrast=0.2", "erase": "erase=8",
}
# Width, channels, images, and epochs for prep bench. Few large images, so that caches hold them, as those of the peers.
SIZES = {"28x28 gray": (28, 1, 2000, 20), "32x32 RGB": (32, 3, 2000, 20), "224x224 RGB": (224, 3, 32, 30)}
REQUIRED = {"affine": 10, "elastic": 5}

MAKE = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
folder, name, width, channels, count = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
images = np.random.default_rng(0).integers(0, 256, (count, width, width, channels), dtype=np.uint8)
np.save(folder / f"{name}.npy", images[:64])
(folder / name / "class").mkdir(parents=True)
for number, image in enumerate(images):
    Image.fromarray(image.squeeze()).save(folder / name / "class" / f"{number}.png", compress_level=0)
"""


def make(prep, python, folder):
    """The images as arrays for the peers, and as datasets of prep."""
    for name, (width, channels, count, _) in SIZES.items():
        progress(f"making images, {name}")
        subprocess.run([python, "-c", MAKE, folder, name, str(width), str(channels), str(count)], check=True)
        subprocess.run(
            [prep, "images", folder / name, "--size", str(width), "--channels", "gray" if channels == 1 else "rgb",
             "--near", "0", "--split", "100/0/0", "--compression", "none", "-q", "-o", folder / f"{name}.prep"],
            check=True)


def measure_prep(prep, folder):
    """Images per second and core, by size and operation."""
    rates = {}
    for size, (_, _, _, epochs) in SIZES.items():
        rates[size] = {}
        for operation, option in OPERATIONS.items():
            progress(f"prep, {size}, {operation}")
            command = [prep, "bench", folder / f"{size}.prep", "--format", "u8", "--workers", "1", "--batch", "4",
                       "--prefetch", "2", "--epochs", str(epochs), "--augment", option, "--json"]
            output = capture(command)[2].decode()
            epochs_told = [json.loads(line) for line in output.splitlines()][1:]
            rates[size][operation] = max(told["samples"] / told["augment"] for told in epochs_told)
    return rates


def measure(prep, python, folder, rounds):
    """The best rates of each contender, by label, size and operation; missing ones could not run."""
    best, failures = {}, {}
    for _ in range(rounds):
        found = {"prep": measure_prep(prep, folder)}
        for label, (script, *variant), modules in CONTENDERS:
            if label in failures or not all(find(python, module) for module in modules):
                failures.setdefault(label, "not installed")
                continue
            progress(label)
            try:
                found[label] = parse(capture([python, PEERS / script, folder, *variant])[2])
            except SystemExit as failure:
                failures[label] = str(failure).strip().splitlines()[-1][:100]
        for label, sizes in found.items():
            for size, operations in sizes.items():
                for operation, rate in operations.items():
                    key = label, size, operation
                    best[key] = max(best.get(key, 0), rate)
    return best, failures


def report(best):
    """The lines of the table, and those of the requirements that fail."""
    labels = ["prep"] + [label for label, *_ in CONTENDERS]
    lines = ["| size | operation | " + " | ".join(labels) + " | prep / best |"]
    lines.append("|---|---|" + "---:|" * (len(labels) + 1))
    failures = []
    for size in SIZES:
        for operation in OPERATIONS:
            rates = [best.get((label, size, operation)) for label in labels]
            peers = [rate for rate in rates[1:] if rate]
            ratio = rates[0] / max(peers) if peers else None
            cells = [f"{rate:,.0f}" if rate else "–" for rate in rates]
            cells.append(f"{ratio:.1f}" if ratio else "–")
            lines.append(f"| {size} | {operation} | " + " | ".join(cells) + " |")
            if ratio is not None and ratio < REQUIRED.get(operation, 0):
                failures.append(f"{size}, {operation}: {ratio:.1f} times the best peer, not {REQUIRED[operation]}")
    return lines, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prep", type=Path, default=BUILD / "release" / "prep")
    parser.add_argument("--python", type=Path, help="a Python that has the peers' packages")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    python = options.python or environment("benchmark-augment-venv", PACKAGES)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make(options.prep, python, folder)
        best, missing = measure(options.prep, python, folder, options.rounds)
    progress("")
    lines, failures = report(best)
    print("Images per second on one core, the best of several passes\n")
    print("\n".join(lines + [f"\n{label}: {reason}" for label, reason in missing.items()]))
    if options.json:
        rates = [{"program": a, "size": b, "operation": c, "rate": rate} for (a, b, c), rate in best.items()]
        options.json.write_text(json.dumps(rates, indent=1) + "\n")
    print("\n" + ("\n".join(failures) if failures else "all requirements pass"))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
