"""Loads with bare NumPy in one thread: a permutation, gathered batch by batch. A floor, not a loader.

Usage: numpy_load.py FOLDER EPOCHS.
"""

import numpy as np

from loading import BATCH, arguments, images_and_labels, time_epochs


class Gather:
    """Images in memory, in a new order every epoch."""

    def __init__(self, images, labels):
        self.images = np.array(images)
        self.labels = labels
        self.generator = np.random.default_rng(0)

    def __iter__(self):
        order = self.generator.permutation(len(self.labels))
        for first in range(0, len(order), BATCH):
            index = order[first:first + BATCH]
            yield self.images[index].astype(np.float32) / 255, self.labels[index]


if __name__ == "__main__":
    folder, epochs, _ = arguments()
    images, labels = images_and_labels(folder)
    time_epochs(Gather(images, labels), epochs, len(labels))
