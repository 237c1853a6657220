"""Shared by the augmenting peers: their command line, the images, timing, the report.

Every peer is called PEER FOLDER [VARIANT]. FOLDER holds an array of images for each size, which augment.py made. Every peer
changes one image after another, as the workers of a loader do, from uint8 to uint8, on one thread; tf.image changes
batches where it can.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

# Time for each operation and size, and for each of the passes of which the best counts: as long as an epoch of prep.
SECONDS, PASS = 0.25, 0.003

# As prep's --augment rotate=10,shift=2, crop=4, erase=8, elastic=30/4, brightness=0.2 and contrast=0.2.
ROTATION, SHIFT, PADDING, SIDE, ALPHA, SIGMA, TONE = 10, 2, 4, 8, 30, 4, 0.2


def measure(operations, prepare=lambda image: image, rate=None):
    """Prints images per second by size and operation.

    `operations` maps a name to a function that makes, for width, height and channels, a function of one image.
    `prepare` gets an array of height, width, channels. `rate` may replace the loop below.
    """
    rate = rate or loop
    rates = {}
    for path in sorted(Path(sys.argv[1]).glob("*.npy")):
        images = np.load(path)
        prepared = [prepare(image) for image in images]
        height, width, channels = images.shape[1:]
        rates[path.stem] = {}
        for name, make in operations.items():
            rates[path.stem][name] = rate(make(width, height, channels), prepared, (height, width, channels))
    print(json.dumps(rates))


def loop(function, images, shape):
    """Images per second, after a few to warm up; the last of these is checked."""
    for image in images[:10]:
        result = function(image)
    check(np.asarray(result), shape)

    def step():
        for image in images[:16]:
            function(image)
        return 16

    return best_rate(step)


def best_rate(step):
    """The rate of the best pass; `step` changes some images and returns how many."""
    best = 0
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < PASS:
            count += step()
        best = max(best, count / (time.perf_counter() - start))
    return best


def check(result, shape):
    """Stops unless the result is an image of bytes, whatever the order of its axes."""
    if result.dtype != np.uint8 or sorted(result.squeeze().shape) != sorted(size for size in shape if size > 1):
        raise SystemExit(f"not an image of bytes: {result.dtype} {result.shape}, not {shape}")
