"""Shared by the loading peers: their command line, the images, timing epochs, the report.

Every peer is called PEER FOLDER EPOCHS [VARIANT]. FOLDER holds the files that loading_data.py made; a
peer keeps its own format in a folder beside it. Every peer delivers batches of float32 images in 0...1 and labels.
"""

import json
import os
import re
import shutil
import sys
import time
from pathlib import Path

import numpy as np

BATCH = 256
WORKERS = 2


def arguments():
    """The folder, the number of epochs to time, and the variant or None."""
    folder, epochs, *variant = sys.argv[1:]
    return Path(folder), int(epochs), variant[0] if variant else None


def images_and_labels(folder):
    """The images, uint8 (count, height, width) or (count, height, width, 3), memory-mapped; the labels, int64 (count,)."""
    return np.load(folder / "images.npy", mmap_mode="r"), np.load(folder / "labels.npy")


def png_names(folder):
    """Path and label of each PNG file, in order of the images; the files lie in class folders."""
    labels = np.load(folder / "labels.npy")
    return [(folder / "png" / str(label) / f"{index:05}.png", int(label)) for index, label in enumerate(labels)]


def make_once(folder, function):
    """Calls `function` with an empty folder to fill, unless `folder` is there already."""
    if not folder.exists():
        unfinished = folder.with_name(f"unfinished-{folder.name}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        function(unfinished)
        os.rename(unfinished, folder)
    return folder


def time_epochs(loader, epochs, expected, note=""):
    """Times whole epochs of `loader`, an iterable of (images, labels), and prints the report.

    A first epoch starts the workers and warms the cache; it is checked, not timed.
    """
    check(loader, expected)
    seconds = []
    for _ in range(epochs):
        start = time.perf_counter()
        count = sum(len(labels) for _, labels in loader)
        seconds.append(time.perf_counter() - start)
        if count != expected:
            raise SystemExit(f"an epoch gave {count} samples, not {expected}")
    print(json.dumps({"samples": expected, "seconds": seconds, "note": note}))


def check(loader, expected):
    """Runs one epoch and stops unless it gives float32 in 0...1, batches of BATCH, and every sample."""
    count = 0
    for number, (images, labels) in enumerate(loader):
        count += len(labels)
        if number == 0:
            first = np.asarray(images)
            good = first.dtype == np.float32 and first.size in (BATCH * 28 * 28, BATCH * 32 * 32 * 3) and len(labels) == BATCH
            if not good or first.min() < 0 or not 0.5 < first.max() <= 1:
                raise SystemExit(f"not a batch of floats in 0...1: {first.dtype} {first.shape} to {first.max()}")
    if count != expected:
        raise SystemExit(f"an epoch gave {count} samples, not {expected}")


def allow_torchvision():
    """Lets torchvision be imported with a PyTorch that its compiled operators were not built for.

    The import fails only because operators such as torchvision::nms are missing. Declaring them is
    enough, because transforms use none of them. Returns a note if this was needed.
    """
    import torch

    global library  # the declarations live as long as this object
    library, note = None, ""
    for _ in range(20):
        try:
            import torchvision  # noqa: F401
            return note
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if not missing:
                raise
            for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
                del sys.modules[name]
            library = library or torch.library.Library("torchvision", "DEF")
            library.define(f"{missing[1]}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            note = "torchvision without its compiled operators"
    raise SystemExit("torchvision cannot be imported")
