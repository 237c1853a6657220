"""Prepared datasets of images: made, opened and streamed as NumPy arrays.

    import prep

    dataset = prep.prepare("photos.zip", size=32)
    for images, labels, ids in dataset.batches("train", batch_size=256, augment="flip=horizontal"):
        ...

`prep.torch` and `prep.keras` hold what PyTorch and Keras expect.
"""

from ._dataset import Dataset
from ._library import InputError, PrepError, SystemFailure, UsageError, version as __version__
from ._loader import Batch, Loader
from ._prepare import prepare

__all__ = ["Batch", "Dataset", "InputError", "Loader", "PrepError", "SystemFailure", "UsageError", "open", "prepare"]


def open(folder) -> Dataset:
    """Opens a prepared dataset."""
    return Dataset(folder)
