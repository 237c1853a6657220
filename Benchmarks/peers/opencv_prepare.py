"""Prepares an archive of photos with OpenCV in two processes: decode, shrink by area.

Usage: opencv_prepare.py ARCHIVE OUTPUT.npz [SIDE MODE]. SIDE is 28 and MODE is L, unless given. For gray, OpenCV uses the JPEG's Y plane as gray, so it converts no
colours, which is less work than the other programs do.
"""

import multiprocessing
import sys
import zipfile

import cv2
import numpy as np

from stratified import image_names, labels_of, report, save

PROCESSES = 2
CHUNK = 256  # images per task: few enough to balance the load, enough to hide the cost of a message


def open_archive(path, side, mode):
    """Gives each process an archive of its own and one thread."""
    global archive, size, is_colour
    size, is_colour = (int(side), int(side)), mode == "RGB"
    cv2.setNumThreads(1)
    archive = zipfile.ZipFile(path)


def prepare(names):
    """Returns the images of these entries: uint8, shape (count, SIDE, SIDE), in colour with a last axis of 3."""
    images = np.empty((len(names), *size) + ((3,) if is_colour else ()), dtype=np.uint8)
    for index, name in enumerate(names):
        encoded = np.frombuffer(archive.read(name), dtype=np.uint8)
        image = cv2.imdecode(encoded, cv2.IMREAD_COLOR if is_colour else cv2.IMREAD_GRAYSCALE)
        if is_colour:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        images[index] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return images


def main(path, output, side="28", mode="L"):
    names = image_names(path)
    chunks = [names[first:first + CHUNK] for first in range(0, len(names), CHUNK)]
    with multiprocessing.Pool(PROCESSES, open_archive, (path, side, mode)) as pool:
        images = np.concatenate(pool.map(prepare, chunks, chunksize=1))
    save(output, images, labels_of(names))
    report(len(names))


if __name__ == "__main__":
    main(*sys.argv[1:])
