"""Augments with tf.image in tf.data, in batches of 64. Where an operation takes a batch and draws for each of its images,
it gets the batch, as Keras' layers do.

TensorFlow has no elastic distortion and no erasing, and its brightness adds where others multiply. Its affine change is
the operation that tf.keras.layers.RandomRotation is made of.
"""

import math
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from augmenting import PADDING, ROTATION, SHIFT, TONE, best_rate, check, measure  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def crop(width, height, channels):
    margins = [[PADDING, PADDING], [PADDING, PADDING], [0, 0]]
    return lambda image: tf.image.random_crop(tf.pad(image, margins), (height, width, channels))


def affine(width, height, channels):
    def change(images):
        def draw(limit):
            return tf.random.uniform((tf.shape(images)[0],), -limit, limit)

        angle, dx, dy = draw(math.radians(ROTATION)), draw(SHIFT), draw(SHIFT)
        cosine, sine, zero = tf.cos(angle), tf.sin(angle), tf.zeros_like(angle)
        x, y = (width - 1) / 2, (height - 1) / 2
        rows = [cosine, -sine, x - cosine * (x + dx) + sine * (y + dy),
                sine, cosine, y - sine * (x + dx) - cosine * (y + dy), zero, zero]
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=images, transforms=tf.stack(rows, axis=1), output_shape=(height, width), fill_value=0.0,
            interpolation="BILINEAR", fill_mode="CONSTANT")
    return change


def rate(function, images, shape):
    """Images per second of a pipeline on one thread."""
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    options.threading.max_intra_op_parallelism = 1
    data = tf.data.Dataset.from_tensor_slices(np.stack(images)).repeat()
    data = data.batch(64).map(function) if function in BATCHES else data.map(function).batch(64)
    batches = iter(data.with_options(options))
    check(next(batches).numpy()[0], shape)
    return best_rate(lambda: len(next(batches)))


def batched(make):
    """Marks what `make` returns as a function of a batch."""
    def marked(*shape):
        function = make(*shape)
        BATCHES.add(function)
        return function
    return marked


BATCHES = set()
OPERATIONS = {
    "flip": batched(lambda *_: tf.image.random_flip_left_right),
    "crop": crop,
    "affine": batched(affine),
    "brightness": lambda *_: lambda image: tf.image.random_brightness(image, TONE),
    "contrast": lambda *_: lambda image: tf.image.random_contrast(image, 1 - TONE, 1 + TONE),
}

measure(OPERATIONS, rate=rate)
