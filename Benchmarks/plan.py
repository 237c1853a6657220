"""Time, memory and disk of `prep plan` for many millions of samples.

    python3 Benchmarks/plan.py [PREP] [--millions 11,33,100] [--scratch FOLDER]

The tables of 64 staged parts are made up: names of files in ten class folders, so that neighbours in the final order lie in
different parts, random digests, one sample in a hundred with the pixels of another part's. There are no pixels, so that
the search for near-duplicates is off, as it is anyway for more than ten million samples. 100 million take some 15 GB of
disk.
"""

import argparse
import hashlib
import json
import os
import shutil
import struct
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

import measure

measure.ensure_modules({"numpy": "numpy"})

import numpy as np

PARTS = 64
CLASSES = 10


def safetensors(path, columns):
    """Writes columns, and returns bytes and SHA-256 of the file."""
    header, offset = {}, 0
    for name, values in columns.items():
        header[name] = {
            "dtype": f"U{values.dtype.itemsize * 8}", "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header).encode()
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for piece in [struct.pack("<Q", len(text)), text] + [values.tobytes() for values in columns.values()]:
            file.write(piece)
            digest.update(piece)
    return path.stat().st_size, digest.hexdigest()


def texts(name, values):
    data = b"".join(values)
    return {name: np.frombuffer(data, np.uint8), f"{name}_ends": np.cumsum([len(v) for v in values], dtype=np.uint64)}


def keys(part, total):
    """Names such as 7/image-000000123.jpg in order, and their classes: every 64th image is of this part."""
    numbers = np.arange(part, total, PARTS, dtype=np.uint64)
    labels = (numbers // PARTS % CLASSES).astype(np.uint32)
    order = np.argsort(labels, kind="stable")
    numbers, labels = numbers[order], labels[order]
    text = np.empty((len(numbers), 21), np.uint8)
    text[:] = np.frombuffer(b"0/image-000000000.jpg", np.uint8)
    text[:, 0] += labels.astype(np.uint8)
    rest = numbers.copy()
    for column in range(16, 7, -1):
        text[:, column] += (rest % 10).astype(np.uint8)
        rest //= 10
    return numbers, labels, text


def stage(work, part, total):
    """Replaces the files of a staged part."""
    name = f"staged/part-{part:05}-of-{PARTS:05}"
    record = json.loads((work / f"{name}.json").read_text())
    numbers, labels, text = keys(part, total)
    count = len(numbers)
    generator = np.random.default_rng(part)
    # Every hundredth image is a copy of the one before it, which another part has.
    shown = np.where(numbers % 100 == 99, numbers - 1, numbers)
    pixels = np.stack([shown * np.uint64(0x9E3779B97F4A7C15), shown], axis=1)
    table = {
        **texts("label_names", [str(label).encode() for label in range(CLASSES)]),
        **texts("rejected_keys", []), **texts("rejected_reasons", []),
        "keys": text.reshape(-1), "keys_ends": np.arange(1, count + 1, dtype=np.uint64) * 21,
        "labels": labels, "sources": generator.integers(0, 256, (count, 32), np.uint8), "pixel_digests": pixels,
        "source_sizes": np.full((count, 2), 100, np.uint32), "operations": np.zeros(count, np.uint8),
        "given_splits": np.full(count, 255, np.uint8), "measures": np.tile(np.array([240, 200, 0, 0], np.uint8), (count, 1)),
        "rejected_inputs": np.zeros(0, np.uint32), "inputs": np.array([part], np.uint32),
        "input_images": np.array([count], np.uint64), "input_rows": np.array([count], np.uint32),
    }
    size, digest = safetensors(work / f"{name}.table.safetensors", table)
    # A hole instead of pixels.
    path = work / f"{name}.pixels.safetensors"
    header = json.dumps({"pixels": {"dtype": "U8", "shape": [count, 28, 28], "data_offsets": [0, count * 784]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    os.truncate(path, 8 + len(header) + count * 784)
    record["values"]["samples"] = count
    record["files"] = [
        {"name": f"{name}.pixels.safetensors", "bytes": path.stat().st_size, "sha256": "0" * 64},
        {"name": f"{name}.table.safetensors", "bytes": size, "sha256": digest}]
    del record["digest"]
    record["digest"] = hashlib.sha256(
        json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
    (work / f"{name}.json").write_text(json.dumps(record))


def run(prep, scratch, millions):
    folder = Path(tempfile.mkdtemp(prefix="prep-plan-", dir=scratch))
    try:
        photo = zipfile.ZipFile(measure.ROOT / "fixtures/digits.zip")
        name = next(name for name in photo.namelist() if name.endswith(".jpg"))
        inputs = [folder / f"part-{part:02}.zip" for part in range(PARTS)]
        for path in inputs:
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("0/a.jpg", photo.read(name))
        work = folder / "work"
        for part in range(PARTS):
            subprocess.run(
                [prep, "stage", *inputs, "--pipeline", "kaggle", "--near", "0", "--part", f"{part}/{PARTS}", "--work", work],
                check=True, stdout=subprocess.DEVNULL)
            stage(work, part, millions * 1_000_000)
        tables = sum(path.stat().st_size for path in (work / "staged").glob("*.table.safetensors"))
        # Of this process alone, not of those before it.
        start = time.monotonic()
        process = subprocess.Popen([prep, "plan", "--work", work], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"prep plan: status {status}")
        plan = sum(path.stat().st_size for path in (work / "plan").iterdir())
        print(
            f"{millions:4} million: {time.monotonic() - start:6.0f} s, peak {usage.ru_maxrss / 2**20:5.2f} GB, "
            f"reads {tables / 2**30:5.2f} GB of tables, writes {plan / 2**30:5.2f} GB", flush=True)
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prep", nargs="?", default=measure.ROOT / ".build/release/prep")
    parser.add_argument("--millions", default="11,33,100")
    parser.add_argument("--scratch")
    options = parser.parse_args()
    for millions in options.millions.split(","):
        run(options.prep, options.scratch, int(millions))


if __name__ == "__main__":
    main()
