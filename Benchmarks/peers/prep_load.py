"""Loads shards with prep's Python package, two workers.

Usage: prep_load.py DATASET EPOCHS VARIANT. PREP_LIBRARY names the library, PYTHONPATH the package. The variants:
bytes, float, augment: NumPy arrays in the loader's memory
torch, torch-augment: tensors of floats, from prep.torch
"""

from operator import itemgetter

import prep

from loading import BATCH, WORKERS, arguments, time_epochs
from loading_bytes import FloatsFirst

AUGMENT = "rotate=10,shift=2"
FORMATS = {"bytes": "uint8"}


class Epochs:
    """Images and labels of a loader; each iteration is the next epoch, as in prep.torch."""

    def __init__(self, loader):
        self.loader, self.next = loader, 0

    def __iter__(self):
        self.next += 1
        return map(itemgetter(0, 1), self.loader.epoch(self.next))


def main():
    folder, epochs, variant = arguments()
    dataset = prep.open(folder)
    options = dict(batch_size=BATCH, workers=WORKERS, augment=AUGMENT if variant.endswith("augment") else None)
    if variant.startswith("torch"):
        from prep.torch import DataLoader
        loader = DataLoader(dataset, "train", **options)
    else:
        loader = Epochs(dataset.loader("train", format=FORMATS.get(variant, "float32"), **options))
    time_epochs(FloatsFirst(loader) if variant == "bytes" else loader, epochs, dataset.splits["train"])


if __name__ == "__main__":
    main()
