"""Batches and trained models for Keras, whatever its backend, and batches for tf.data.

    model.fit(prep.keras.generator(dataset, batch_size=256), steps_per_epoch=len(dataset.loader(batch_size=256)))
    model.fit(prep.keras.tf_dataset(dataset, "train", epochs=5, batch_size=256))
    model = prep.keras.load("runs/mnist-cnn-1")
"""

import itertools
from typing import Iterator, Tuple

import numpy as np

from ._dataset import Dataset
from ._library import UsageError
from ._model import Run


def generator(dataset: Dataset, split: str = "train", **options) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """Images (NHWC) and labels, epoch after epoch, without end; options as for `prep.Dataset.loader`."""
    loader = dataset.loader(split, **{"layout": "nhwc", "copy": True, **options})
    if not len(loader):
        raise UsageError(64, f"{dataset.folder}: {loader.samples} samples of {split} make no batch; take a smaller one")
    epoch = 0
    while True:
        for images, labels, _ in loader.epoch(epoch):
            yield images, labels
        epoch += 1


def tf_dataset(dataset: Dataset, split: str = "train", *, epochs: int = 1, first_epoch: int = 0, **options):
    """The same as a `tf.data.Dataset` of so many epochs, with its signature. Each pass goes on with the epochs that follow,
    so that `fit` with many epochs augments and shuffles anew."""
    import tensorflow as tf

    # TensorFlow takes arrays as they lie in memory, and may ask for more before it has used them.
    loader = dataset.loader(split, **{"layout": "nhwc", **options, "copy": True})

    passes = itertools.count()

    def batches():
        first = first_epoch + next(passes) * epochs
        for epoch in range(first, first + epochs):
            for images, labels, _ in loader.epoch(epoch):
                yield images, labels

    result = tf.data.Dataset.from_generator(batches, output_signature=(
        tf.TensorSpec((None, *loader.image_shape), loader.dtype), tf.TensorSpec((None,), tf.uint16)))
    return result.apply(tf.data.experimental.assert_cardinality(epochs * len(loader)))


def load(run: Run, *, preprocessing: bool = False):
    """The network of a run's folder or a model file, with its weights, as a `keras.Model` for images in NHWC.

    Its layers have the names and numbers of the recipe's, such as `convolution_0`. It takes what `prep.Dataset.loader`
    delivers with the recipe's format and canvas, and returns logits; where the recipe ends in softmax, probabilities.

    preprocessing: whether it takes images as they are in the dataset, uint8 [N, H, W, C], and returns probabilities
    """
    # Batches need no Keras.
    from . import _keras_model

    return _keras_model.load(run, preprocessing)
