"""Prepares an archive of photos as most people do: with zipfile, Pillow, one process.

Usage: pillow_prepare.py ARCHIVE OUTPUT.npz [SIDE MODE]. SIDE is 28 and MODE is L, unless given.
"""

import sys
import zipfile

import numpy as np
from PIL import Image

from stratified import image_names, labels_of, report, save


def main(path, output, side="28", mode="L"):
    names, size = image_names(path), (int(side), int(side))
    images = np.empty((len(names), *size) + ((3,) if mode == "RGB" else ()), dtype=np.uint8)
    with zipfile.ZipFile(path) as archive:
        for index, name in enumerate(names):
            with archive.open(name) as file:
                images[index] = Image.open(file).convert(mode).resize(size, Image.BILINEAR)
    save(output, images, labels_of(names))
    report(len(names))


if __name__ == "__main__":
    main(*sys.argv[1:])
