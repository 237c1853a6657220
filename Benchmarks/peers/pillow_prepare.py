"""Prepares an archive of photos as most people do: with zipfile, Pillow, one process.

Usage: pillow_prepare.py ARCHIVE OUTPUT.npz.
"""

import sys
import zipfile

import numpy as np
from PIL import Image

from stratified import image_names, labels_of, report, save


def main(path, output):
    names = image_names(path)
    images = np.empty((len(names), 28, 28), dtype=np.uint8)
    with zipfile.ZipFile(path) as archive:
        for index, name in enumerate(names):
            with archive.open(name) as file:
                images[index] = Image.open(file).convert("L").resize((28, 28), Image.BILINEAR)
    save(output, images, labels_of(names))
    report(len(names))


if __name__ == "__main__":
    main(*sys.argv[1:])
