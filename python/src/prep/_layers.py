"""The layers of a recipe, with their shapes and weights: what PyTorch, ONNX and Keras are given to build."""

import math
from typing import Any, Callable, Dict, List, NamedTuple, Tuple, Union

import numpy as np

# Of batch normalization; a new batch has this share in the running mean and variance.
EPSILON, MOMENTUM = 1e-5, 0.1

Shape = Tuple[int, ...]
"""Of one sample: (channels, height, width), or (units,)."""


class Convolution(NamedTuple):
    """A square kernel and stride 1."""

    filters: int
    kernel: int
    padding: Union[int, str]
    """Zeros on each side, or "same", which keeps height and width."""

    @property
    def zeros(self) -> Tuple[int, int]:
        """How many come before and after each dimension: of an odd number, one more after."""
        if self.padding == "same":
            return (self.kernel - 1) // 2, self.kernel // 2
        return self.padding, self.padding


class Layer(NamedTuple):
    """A layer of a trained network."""

    index: int
    """Its number in the recipe, from 0, with which the names of its tensors begin."""
    kind: str
    """What recipes call it."""
    value: Any
    """A `Convolution`, the window of pooling, the share of dropout, the units of a linear layer, else None."""
    input: Shape
    output: Shape
    flattened: Shape
    """The input, before it was flattened; the columns of a linear layer's weight are in the order of these axes."""
    tensors: Dict[str, np.ndarray]
    """weight and bias; of batch normalization, also running_mean and running_var."""


class _Kind(NamedTuple):
    """What a layer is made of: its value, from the recipe's and the number of classes; the shape of its output; the
    shapes of its tensors, in the order of `Layer.tensors`."""

    value: Callable = lambda value, classes: value
    output: Callable = lambda value, shape: shape
    tensors: Callable = lambda value, input, output: {}


_KINDS = {
    "convolution": _Kind(
        value=lambda value, classes: Convolution(**value),
        output=lambda value, shape: (
            value.filters, *(side + sum(value.zeros) - value.kernel + 1 for side in shape[1:])),
        tensors=lambda value, input, output: {
            "weight": (value.filters, input[0], value.kernel, value.kernel), "bias": (value.filters,)}),
    "batch_normalization": _Kind(
        tensors=lambda value, input, output: dict.fromkeys(
            ("weight", "bias", "running_mean", "running_var"), input[:1])),
    "relu": _Kind(),
    "max_pool": _Kind(output=lambda window, shape: (shape[0], *(side // window for side in shape[1:]))),
    # PyYAML reads 1e-05 as text.
    "dropout": _Kind(value=lambda value, classes: float(value)),
    "flatten": _Kind(output=lambda value, shape: (math.prod(shape),)),
    "linear": _Kind(
        value=lambda value, classes: classes if value == "classes" else value,
        output=lambda units, shape: (units,),
        tensors=lambda value, input, output: {"weight": output + input, "bias": output}),
    "softmax": _Kind(),
}


def layers(items: list, shape: Shape, classes: int, tensors: Dict[str, np.ndarray]) -> List[Layer]:
    """The layers that a recipe lists, for an input of `shape`.

    Raises ValueError if they do not fit each other, or if the tensors are not exactly theirs.
    """
    placed, flattened, others = [], shape, dict(tensors)
    for index, item in enumerate(items):
        (name, value), = item.items() if isinstance(item, dict) else [(item, None)]
        if name not in _KINDS:
            raise ValueError(f"its layer {index} is “{name}”, which this version does not know; update the package")
        kind = _KINDS[name]
        value = kind.value(value, classes)
        output = kind.output(value, shape)
        if min(output) < 1:
            raise ValueError(f"its layer {index}, {name}, does not fit its input of {shape}")
        wanted = kind.tensors(value, shape, output)
        weights = {key: _take(others, f"{index}.{key}", size) for key, size in wanted.items()}
        placed.append(Layer(index, name, value, shape, output, flattened, weights))
        # These keep the order of values.
        flattened = flattened if name in ("flatten", "relu", "dropout") else output
        shape = output
    if shape != (classes,):
        raise ValueError(f"its layers end in {shape}, but it has {classes} classes")
    if others:
        raise ValueError(f"its tensors do not fit its recipe: {min(others)} belongs to no layer")
    return placed


def _take(tensors: Dict[str, np.ndarray], name: str, shape: Shape) -> np.ndarray:
    if name not in tensors:
        raise ValueError(f"its tensors do not fit its recipe: {name} is missing")
    tensor = tensors.pop(name)
    if tensor.shape != shape or tensor.dtype != np.float32:
        raise ValueError(
            f"its tensors do not fit its recipe: {name} is {tensor.dtype} {tensor.shape}, not float32 {shape}")
    return tensor
