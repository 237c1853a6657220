"""Batches for Keras and tf.data. Oracle: the batches of `prep.Dataset` itself."""

import numpy as np
import pytest

import prep
import prep.keras

OPTIONS = dict(batch_size=16, seed=5, augment="rotate=10")


def wanted(dataset, epochs):
    return [batch for epoch in epochs for batch in dataset.batches("train", epoch=epoch, layout="nhwc", copy=True, **OPTIONS)]


def test_a_generator_goes_on_with_the_next_epoch(dataset):
    expected = wanted(dataset, [0, 1])
    found = [batch for batch, _ in zip(prep.keras.generator(dataset, **OPTIONS), expected)]
    for (images, labels), batch in zip(found, expected, strict=True):
        assert np.array_equal(images, batch.images) and np.array_equal(labels, batch.labels)


def test_a_generator_without_batches_says_so(dataset):
    endless = prep.keras.generator(dataset, batch_size=1000, remainder="drop")
    with pytest.raises(prep.UsageError, match="no batch"):
        next(endless)


def test_batches_of_tensorflow_stay_as_they_are_when_it_takes_the_next(dataset):
    pytest.importorskip("tensorflow")
    expected = wanted(dataset, [2, 3])
    twice = prep.keras.tf_dataset(dataset, epochs=1, first_epoch=2, **OPTIONS)
    for found in [
        list(prep.keras.tf_dataset(dataset, epochs=2, first_epoch=2, **OPTIONS)),
        [*twice, *twice],
        list(prep.keras.tf_dataset(dataset, epochs=2, first_epoch=2, **OPTIONS).prefetch(8)),
    ]:
        for (images, labels), batch in zip(found, expected, strict=True):
            assert np.array_equal(images.numpy(), batch.images) and np.array_equal(labels.numpy(), batch.labels)
