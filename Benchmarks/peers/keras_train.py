"""Training with Keras' fit. Usage: keras_train.py RECIPE SECONDS

Prints {"samples": ..., "seconds": ...} of fits after a warm-up.
"""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402


def convolution(filters, kernel, padding):
    return layers.Conv2D(filters, kernel, padding=padding, activation="relu")


def perceptron(*widths):
    return [layers.Flatten(), *(layers.Dense(width, activation="relu") for width in widths), layers.Dense(10)]


def cnn():
    return [convolution(32, 3, "same"), layers.MaxPooling2D(), convolution(64, 3, "same"),
            layers.MaxPooling2D(), layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10)]


def fast():
    return [convolution(16, 3, "same"), layers.MaxPooling2D(), convolution(16, 3, "valid"), layers.MaxPooling2D(),
            convolution(32, 3, "same"), layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10)]


def digitsnet():
    stack = []
    for filters in (32, 64, 128, 256):
        stack += [layers.ZeroPadding2D(1), convolution(filters, 4, "valid"), layers.MaxPooling2D()]
    return stack + [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10)]


def best():
    def unit(filters, padding):
        return [layers.Conv2D(filters, 3, padding=padding), layers.BatchNormalization(), layers.ReLU()]

    return [*unit(32, "valid"), *unit(32, "valid"), layers.MaxPooling2D(), *unit(64, "valid"), *unit(64, "valid"),
            layers.MaxPooling2D(), *unit(128, "same"), *unit(128, "same"), layers.MaxPooling2D(), layers.Dropout(0.2),
            layers.Flatten(), layers.Dense(10)]


# name: (layers, batch, width and height)
RECIPES = {
    "digitsnet": (digitsnet, 64, 32),
    "digitsnet-logits": (digitsnet, 64, 32),
    "best": (best, 64, 28),
    "mlp": (lambda: perceptron(128, 64), 128, 28),
    "mlp-wide": (lambda: perceptron(1024, 512), 128, 28),
    "cnn": (cnn, 128, 28),
    "fast": (fast, 32, 28),
    "lenet": (lambda: [convolution(6, 5, "valid"), layers.MaxPooling2D(), convolution(16, 5, "valid"),
                       layers.MaxPooling2D(), layers.Flatten(), layers.Dense(120, activation="relu"),
                       layers.Dense(84, activation="relu"), layers.Dense(10)], 16, 28),
    "two-conv": (lambda: [convolution(64, 3, "valid"), convolution(32, 3, "valid"), layers.MaxPooling2D(),
                          layers.Flatten(), layers.Dense(10)], 32, 28),
    "dropout-cnn": (lambda: [convolution(64, 2, "same"), layers.MaxPooling2D(), layers.Dropout(0.3),
                             convolution(32, 2, "same"), layers.MaxPooling2D(), layers.Dropout(0.3),
                             layers.Flatten(), layers.Dense(256, activation="relu"), layers.Dropout(0.5),
                             layers.Dense(10)], 60, 28),
}

name, budget = sys.argv[1], float(sys.argv[2])
make, batch, size = RECIPES[name]
network = keras.Sequential([layers.Input((size, size, 1)), *make()])
optimizer = keras.optimizers.SGD(1e-3, momentum=0.9) if name == "lenet" else keras.optimizers.Adam()
network.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=["accuracy"])
count = batch * 40
images = np.random.rand(count, size, size, 1).astype("float32")
labels = np.random.randint(0, 10, count)
network.fit(images, labels, batch, verbose=0)
samples, start = 0, time.perf_counter()
while time.perf_counter() - start < budget:
    network.fit(images, labels, batch, verbose=0)
    samples += count
print(json.dumps({"samples": samples, "seconds": time.perf_counter() - start}))
