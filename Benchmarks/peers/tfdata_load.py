"""Loads from memory with tf.data.

Usage: tfdata_load.py FOLDER EPOCHS VARIANT. The variants differ in the order of two steps:
samples: shuffle, make each sample float, batch, prefetch
batches: shuffle, batch, make each batch float, prefetch
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from loading import BATCH, arguments, images_and_labels, time_epochs  # noqa: E402


def scale(images, labels):
    """Bytes as floats in 0...1."""
    return tf.cast(images, tf.float32) / 255, labels


def main():
    folder, epochs, variant = arguments()
    images, labels = images_and_labels(folder)
    dataset = tf.data.Dataset.from_tensor_slices((np.array(images), labels)).shuffle(len(labels))
    if variant == "samples":
        dataset = dataset.map(scale, num_parallel_calls=tf.data.AUTOTUNE).batch(BATCH)
    elif variant == "batches":
        dataset = dataset.batch(BATCH).map(scale, num_parallel_calls=tf.data.AUTOTUNE)
    else:
        raise SystemExit(f"no such variant: {variant}")
    time_epochs(dataset.prefetch(tf.data.AUTOTUNE), epochs, len(labels))


if __name__ == "__main__":
    main()
