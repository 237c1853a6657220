"""Makes the files that the loading peers read: the train images as arrays and as PNG files in class folders.

Usage: loading_data.py MNIST FOLDER. Writes FOLDER/images.npy, labels.npy and png/CLASS/INDEX.png once.
"""

import gzip
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from loading import make_once, png_names


def read_idx(mnist, kind, header):
    """The bytes after the header of the train file of "images" or "labels"."""
    path, = mnist.glob(f"train-{kind}*.gz")
    return np.frombuffer(gzip.decompress(path.read_bytes()), dtype=np.uint8, offset=header)


def fill(mnist, folder):
    """Writes the arrays and the PNG files."""
    images = read_idx(mnist, "images", 16).reshape(-1, 28, 28)
    labels = read_idx(mnist, "labels", 8).astype(np.int64)
    if len(images) != len(labels):
        raise SystemExit(f"{len(images)} images but {len(labels)} labels")
    np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", labels)
    for label in np.unique(labels):
        (folder / "png" / str(label)).mkdir(parents=True)
    for image, (path, _) in zip(images, png_names(folder)):
        Image.fromarray(image).save(path)


if __name__ == "__main__":
    make_once(Path(sys.argv[2]), lambda folder: fill(Path(sys.argv[1]), folder))
