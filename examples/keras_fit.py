"""Trains a classifier with Keras, on any of its backends.

Usage: KERAS_BACKEND=jax python examples/keras_fit.py [DATASET]
"""

import sys

import keras
from keras import layers

import prep
import prep.keras

EPOCHS, BATCH = 15, 32

keras.utils.set_random_seed(0)
dataset = prep.open(sys.argv[1] if len(sys.argv) > 1 else "shards/kaggle")

# Without the last, smaller batch, all have one shape, so that backends compile the step once.
options = dict(batch_size=BATCH, remainder="drop", format="normalized")
train = prep.keras.generator(dataset, "train", augment="rotate=10,shift=2", **options)
steps = len(dataset.loader("train", **options))
validation = None
if dataset.splits["validation"]:
    validation = dataset.arrays("validation", format="normalized", layout="nhwc")[:2]
test = dataset.arrays("test", format="normalized", layout="nhwc")

model = keras.Sequential([
    keras.Input(dataset.image_shape),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(2),
    layers.Conv2D(32, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dense(len(dataset.classes)),
])
model.compile(
    optimizer=keras.optimizers.Adam(3e-3), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"])
model.fit(
    train, steps_per_epoch=steps, epochs=EPOCHS, validation_data=validation, verbose=2)
_, accuracy = model.evaluate(test.images, test.labels, verbose=0)
print(f"Keras on {keras.backend.backend()}: test accuracy {accuracy:.2f} of {len(test.labels)} images")
