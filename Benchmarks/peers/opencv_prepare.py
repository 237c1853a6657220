"""Prepares an archive of photos with OpenCV in two processes: decode to gray, shrink by area.

Usage: opencv_prepare.py ARCHIVE OUTPUT.npz. OpenCV uses the JPEG's Y plane as gray, so it converts no
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


def open_archive(path):
    """Gives each process an archive of its own and one thread."""
    global archive
    cv2.setNumThreads(1)
    archive = zipfile.ZipFile(path)


def prepare(names):
    """Returns the images of these entries: uint8, shape (count, 28, 28)."""
    images = np.empty((len(names), 28, 28), dtype=np.uint8)
    for index, name in enumerate(names):
        encoded = np.frombuffer(archive.read(name), dtype=np.uint8)
        image = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
        images[index] = cv2.resize(image, (28, 28), interpolation=cv2.INTER_AREA)
    return images


def main(path, output):
    names = image_names(path)
    chunks = [names[first:first + CHUNK] for first in range(0, len(names), CHUNK)]
    with multiprocessing.Pool(PROCESSES, open_archive, (path,)) as pool:
        images = np.concatenate(pool.map(prepare, chunks, chunksize=1))
    save(output, images, labels_of(names))
    report(len(names))


if __name__ == "__main__":
    main(*sys.argv[1:])
