"""Trains a classifier with JAX alone: stochastic gradient descent with momentum, written out.

Usage: python examples/jax_train.py [DATASET]
"""

import sys

import jax
import jax.numpy as jnp

import prep

EPOCHS, RATE, MOMENTUM = 20, 0.02, 0.9


def initialize(key, *sizes):
    """Weights and biases of fully connected layers."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [(jax.random.normal(key, (inputs, outputs)) * jnp.sqrt(2 / inputs), jnp.zeros(outputs))
            for key, inputs, outputs in zip(keys, sizes, sizes[1:])]


@jax.jit
def logits(layers, images):
    x = images.reshape(len(images), -1)
    for weight, bias in layers[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    weight, bias = layers[-1]
    return x @ weight + bias


def loss(layers, images, labels):
    scores = jax.nn.log_softmax(logits(layers, images))
    return -jnp.take_along_axis(scores, labels[:, None], axis=1).mean()


@jax.jit
def step(layers, velocity, images, labels):
    gradient = jax.grad(loss)(layers, images, labels)
    velocity = jax.tree.map(lambda v, g: MOMENTUM * v - RATE * g, velocity, gradient)
    return jax.tree.map(jnp.add, layers, velocity), velocity


dataset = prep.open(sys.argv[1] if len(sys.argv) > 1 else "shards/kaggle")
height, width, channels = dataset.image_shape
layers = initialize(jax.random.key(0), height * width * channels, 128, len(dataset.classes))
velocity = jax.tree.map(jnp.zeros_like, layers)

# copy=True, because JAX computes asynchronously and, on a CPU, may read NumPy's memory in place: without it, the loader
# could write the next batch there too early. One loader for all epochs, because it keeps the pixels.
loader = dataset.loader(
    "train", batch_size=32, remainder="drop", format="normalized", layout="nhwc", augment="rotate=10,shift=2",
    copy=True)
for epoch in range(EPOCHS):
    for images, labels, _ in loader.epoch(epoch):
        layers, velocity = step(layers, velocity, images, labels)

images, labels, _ = dataset.arrays("test", format="normalized", layout="nhwc")
print(f"test accuracy {(logits(layers, images).argmax(axis=1) == labels).mean():.2f} of {len(labels)} images")
