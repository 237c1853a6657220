"""Trained models as ONNX files, without PyTorch.

    prep.onnx.export("runs/mnist-cnn-1", "digits.onnx", preprocessing=True)
"""

import json
import os
from pathlib import Path
from typing import Sequence, Union

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ._layers import EPSILON
from ._library import version
from ._model import Model, Pixels, Run, read

# Of 2022, so that older runtimes read them too.
OPSET, IR_VERSION = 17, 8

# Operator and attributes. The tensors of a layer are in the order of the operator's inputs.
_LAYERS = {
    "convolution": lambda layer: (
        "Conv", {"kernel_shape": [layer.value.kernel] * 2, "pads": np.repeat(layer.value.zeros, 2).tolist()}),
    "batch_normalization": lambda layer: ("BatchNormalization", {"epsilon": EPSILON}),
    "relu": lambda layer: ("Relu", {}),
    "max_pool": lambda layer: ("MaxPool", {"kernel_shape": [layer.value] * 2, "strides": [layer.value] * 2}),
    "dropout": lambda layer: ("Identity", {}),
    "flatten": lambda layer: ("Flatten", {"axis": 1}),
    "linear": lambda layer: ("Gemm", {"transB": 1}),
    "softmax": lambda layer: ("Softmax", {"axis": 1}),
}


def export(run: Run, path: Union[str, os.PathLike], *, preprocessing: bool = False) -> None:
    """Writes the network of a run's folder or a model file, for batches of any size; the same bytes each time.

    Its input are float32 [N, C, H, W] as `prep.Dataset.loader` delivers them with the recipe's format and canvas; its
    output are logits, or probabilities where the recipe ends in softmax. The metadata have `recipe`, `dataset`, its
    `digest`, and `classes` as a JSON list in the order of the outputs.

    preprocessing: whether its input are images as they are in the dataset, uint8 [N, C, H, W], and its output
        probabilities
    """
    content = _content(read(run), preprocessing)
    onnx.checker.check_model(content, full_check=True)
    # What lies there stays until all is written.
    path = Path(path).resolve()
    hidden = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        hidden.write_bytes(content.SerializeToString(deterministic=True))
        os.replace(hidden, path)
    finally:
        hidden.unlink(missing_ok=True)


def _content(model: Model, preprocessing: bool) -> onnx.ModelProto:
    graph, pixels = _Graph(), model.pixels
    input, kind, shape = (
        ("images", TensorProto.UINT8, pixels.image) if preprocessing else ("input", TensorProto.FLOAT, pixels.input))
    output = "probabilities" if model.ends_in_softmax else "logits"
    value = _preprocess(graph, input, pixels) if preprocessing else input
    for layer in model.layers:
        operator, attributes = _LAYERS[layer.kind](layer)
        weights = [graph.constant(f"{layer.index}.{name}", tensor) for name, tensor in layer.tensors.items()]
        name = output if layer is model.layers[-1] else f"{layer.index}.{layer.kind}"
        value = graph.add(operator, name, value, *weights, **attributes)
    if preprocessing and not model.ends_in_softmax:
        output = graph.add("Softmax", "probabilities", value, axis=1)
    content = helper.make_model(
        helper.make_graph(
            graph.nodes, model.recipe, [helper.make_tensor_value_info(input, kind, ["N", *shape])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", len(model.classes)])], graph.constants),
        producer_name="prep", producer_version=version, ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)])
    helper.set_model_props(content, {
        "recipe": model.recipe, "dataset": model.dataset, "digest": model.digest,
        "classes": json.dumps(model.classes)})
    return content


class _Graph:
    """Nodes, each named like its output, and constants."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def add(self, operator: str, name: str, *inputs: str, others: Sequence[str] = (), **attributes) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name, *others], name, **attributes))
        return name

    def constant(self, name: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def integers(self, name: str, *values: int) -> str:
        return self.constant(name, np.array(values, np.int64))


def _preprocess(graph: _Graph, images: str, pixels: Pixels) -> str:
    """From images to the network's input."""
    value = graph.add("Cast", "levels", images, to=TensorProto.FLOAT)
    (top, bottom), (left, right) = pixels.margins
    if any((top, bottom, left, right)):
        background = _background(graph, value, pixels.border)
        # Levels are whole numbers, so that this is exact. Pad takes no value of each image's own.
        value = graph.add("Sub", "contrast", value, background)
        pads = graph.integers("margins", 0, 0, top, left, 0, 0, bottom, right)
        value = graph.add("Pad", "contrast.padded", value, pads)
        value = graph.add("Add", "levels.padded", value, background)
    shape = (1, -1, 1, 1)
    value = graph.add("Div", "unit", value, graph.constant("levels.maximum", np.float32(255)))
    value = graph.add("Sub", "centered", value, graph.constant("mean", pixels.mean.reshape(shape)))
    return graph.add("Div", "input", value, graph.constant("deviation", pixels.deviation.reshape(shape)))


def _background(graph: _Graph, value: str, border: np.ndarray) -> str:
    """The lower median of the border, [N, C, 1, 1]: the largest of its smaller half."""
    value = graph.add("Reshape", "planes", value, graph.integers("planes.shape", 0, 0, -1))
    value = graph.add("Gather", "border", value, graph.integers("border.places", *border), axis=2)
    half = graph.integers("border.half", (len(border) + 1) // 2)
    value = graph.add("TopK", "border.lower", value, half, others=["border.order"], axis=2, largest=0)
    value = graph.add("ReduceMax", "border.median", value, axes=[2])
    return graph.add("Reshape", "background", value, graph.integers("background.shape", 0, 0, 1, 1))
