"""Augments with tf.image in tf.data, in batches of 64.

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
    def change(image):
        angle = tf.random.uniform((), -1, 1) * math.radians(ROTATION)
        dx, dy = (tf.random.uniform((), -SHIFT, SHIFT) for _ in range(2))
        cosine, sine = tf.cos(angle), tf.sin(angle)
        x, y = (width - 1) / 2, (height - 1) / 2
        row = [cosine, -sine, x - cosine * (x + dx) + sine * (y + dy),
               sine, cosine, y - sine * (x + dx) - cosine * (y + dy), 0.0, 0.0]
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=image[None], transforms=tf.stack(row)[None], output_shape=(height, width), fill_value=0.0,
            interpolation="BILINEAR", fill_mode="CONSTANT")[0]
    return change


def rate(function, images, shape):
    """Images per second of a pipeline on one thread."""
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    options.threading.max_intra_op_parallelism = 1
    data = tf.data.Dataset.from_tensor_slices(np.stack(images)).repeat().map(function).batch(64).with_options(options)
    batches = iter(data)
    check(next(batches).numpy()[0], shape)
    return best_rate(lambda: len(next(batches)))


OPERATIONS = {
    "flip": lambda *_: tf.image.random_flip_left_right,
    "crop": crop,
    "affine": affine,
    "brightness": lambda *_: lambda image: tf.image.random_brightness(image, TONE),
    "contrast": lambda *_: lambda image: tf.image.random_contrast(image, 1 - TONE, 1 + TONE),
}

measure(OPERATIONS, rate=rate)
