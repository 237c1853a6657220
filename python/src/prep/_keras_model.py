"""Trained models for Keras, whatever its backend. Images are NHWC, as `prep.keras` delivers them."""

import keras
import numpy as np
from keras import layers, ops

from ._layers import EPSILON, MOMENTUM, Layer
from ._model import Model, Pixels, Run, read

_FORMAT = "channels_last"


def _convolution(layer: Layer, name: str) -> list:
    filters, kernel, padding = layer.value
    if padding == "same":
        return [layers.Conv2D(filters, kernel, padding="same", data_format=_FORMAT, name=name)]
    pad = [layers.ZeroPadding2D(padding, data_format=_FORMAT, name=f"{name}_padding")] if padding else []
    return [*pad, layers.Conv2D(filters, kernel, data_format=_FORMAT, name=name)]


_LAYERS = {
    "convolution": _convolution,
    "batch_normalization": lambda layer, name: [
        # Keras' momentum is the share that the old mean and variance keep.
        layers.BatchNormalization(axis=-1, epsilon=EPSILON, momentum=1 - MOMENTUM, name=name)],
    "relu": lambda layer, name: [layers.ReLU(name=name)],
    "max_pool": lambda layer, name: [layers.MaxPooling2D(layer.value, data_format=_FORMAT, name=name)],
    "dropout": lambda layer, name: [layers.Dropout(layer.value, name=name)],
    "flatten": lambda layer, name: [layers.Flatten(data_format=_FORMAT, name=name)],
    "linear": lambda layer, name: [layers.Dense(layer.value, name=name)],
    "softmax": lambda layer, name: [layers.Softmax(axis=-1, name=name)],
}


def _columns_last(weight: np.ndarray, flattened: tuple) -> np.ndarray:
    """A linear layer's weight, for inputs that were flattened with their channels last."""
    return np.moveaxis(weight.reshape(-1, *flattened), 1, -1).reshape(weight.shape)


# How Keras holds the weight of a layer.
_WEIGHTS = {
    "convolution": lambda layer: layer.tensors["weight"].transpose(2, 3, 1, 0),
    "linear": lambda layer: _columns_last(layer.tensors["weight"], layer.flattened).T,
    "batch_normalization": lambda layer: layer.tensors["weight"],
}


def load(run: Run, preprocessing: bool) -> keras.Model:
    model = read(run)
    steps, (channels, height, width) = [], model.pixels.input
    for layer in model.layers:
        steps += _LAYERS[layer.kind](layer, _name(layer))
    network = keras.Sequential([keras.Input((height, width, channels)), *steps], name=model.recipe)
    for layer in model.layers:
        if layer.tensors:
            _, *others = layer.tensors.values()
            network.get_layer(_name(layer)).set_weights([_WEIGHTS[layer.kind](layer), *others])
    return _with_preprocessing(network, model) if preprocessing else network


def _name(layer: Layer) -> str:
    return f"{layer.kind}_{layer.index}"


def _with_preprocessing(network: keras.Model, model: Model) -> keras.Model:
    channels, height, width = model.pixels.image
    images = keras.Input((height, width, channels), dtype="uint8", name="images")
    output = network(_preprocess(images, model.pixels))
    return keras.Model(images, output if model.ends_in_softmax else ops.softmax(output, axis=-1))


def _preprocess(images, pixels: Pixels):
    channels, height, width = pixels.image
    x = ops.cast(images, "float32")
    (top, bottom), (left, right) = pixels.margins
    if any((top, bottom, left, right)):
        border = ops.take(ops.reshape(x, (-1, height * width, channels)), pixels.border, axis=1)
        median = ops.sort(border, axis=1)[:, (len(pixels.border) - 1) // 2]
        background = ops.reshape(median, (-1, 1, 1, channels))
        # Levels are whole numbers, so that this is exact.
        x = ops.pad(x - background, ((0, 0), (top, bottom), (left, right), (0, 0))) + background
    return (x / 255 - pixels.mean) / pixels.deviation
