"""Model files of `prep train`, which FORMAT.md describes."""

import hashlib
import json
import os
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple, Union

import numpy as np

from ._layers import Layer, Shape, layers
from ._library import InputError

FORMAT, VERSION = "prep-model", 2
_RANGES = {"unit": {"mean": 0, "deviation": 1}, "symmetric": {"mean": 0.5, "deviation": 0.5}}

Run = Union[str, os.PathLike]
"""A run's folder, or a model file."""


class Pixels(NamedTuple):
    """How an image of the dataset becomes the network's input: if the input is larger, it is placed in the middle of a
    canvas with its background, which is the lower median of its outermost pixels in each channel; then levels become
    (x / 255 - mean) / deviation, in float32."""

    image: Shape
    input: Shape
    mean: np.ndarray
    deviation: np.ndarray

    @property
    def margins(self) -> Tuple[Tuple[int, int], Tuple[int, int]]:
        """Added pixels above and below, left and right: of an odd number, one more below or right."""
        height, width = (outer - inner for outer, inner in zip(self.input[1:], self.image[1:]))
        return (height // 2, height - height // 2), (width // 2, width - width // 2)

    @property
    def border(self) -> np.ndarray:
        """The outermost pixels, as places in a plane."""
        is_border = np.ones(self.image[1:], bool)
        is_border[1:-1, 1:-1] = False
        return np.flatnonzero(is_border)


class Model(NamedTuple):
    """The content of a model file."""

    recipe: str
    classes: List[str]
    """Names, in the order of the outputs."""
    dataset: str
    digest: str
    """Of the dataset."""
    pixels: Pixels
    layers: List[Layer]

    @property
    def tensors(self) -> Dict[str, np.ndarray]:
        """By the names of a state dict."""
        return {f"{layer.index}.{name}": tensor for layer in self.layers for name, tensor in layer.tensors.items()}

    @property
    def ends_in_softmax(self) -> bool:
        """Whether the outputs are probabilities already; else they are logits, and their softmax is."""
        return self.layers[-1].kind == "softmax"


def read(run: Run) -> Model:
    """Reads a model and checks it; raises InputError if that is not what it is."""
    try:
        import safetensors.numpy
        import yaml
    except ImportError as error:
        raise ImportError(f"{error}; models need safetensors and PyYAML: pip install safetensors pyyaml") from error
    path = Path(run)
    file = path / "model.safetensors" if path.is_dir() else path
    if not file.exists():
        reason = "no model.safetensors in it" if path.is_dir() else "no such file or folder"
        raise InputError(65, f"{path}: {reason}; name the folder of a run, or a model file")
    try:
        data = file.read_bytes()
        tensors = safetensors.numpy.load(data)
        description = _description(data)
        return _model(description, yaml.safe_load(description["recipe"]), tensors)
    except (safetensors.SafetensorError, yaml.YAMLError, ValueError) as error:
        raise InputError(65, f"{file}: not a model that this version can use: {error}") from error
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
        raise InputError(65, f"{file}: not a model: its metadata are malformed ({error!r})") from error


def _description(data: bytes) -> dict:
    """What stands under the key `prep`, if digest and version are right."""
    size = int.from_bytes(data[:8], "little")
    metadata: Dict[str, str] = json.loads(data[8:8 + size]).get("__metadata__", {})
    if "prep" not in metadata:
        raise ValueError("its metadata have no key “prep”")
    # Of the whole file, with zeros in place of the digest itself.
    key, digest = '"prep.digest":"', metadata.get("prep.digest", "")
    unsigned = data.replace(f'{key}{digest}"'.encode(), f'{key}{"0" * 64}"'.encode(), 1)
    if hashlib.sha256(unsigned).hexdigest() != digest:
        raise ValueError("its content does not match its checksum\nCopy it again, or train again.")
    description = json.loads(metadata["prep"])
    found = description.get("format"), description.get("version")
    if found != (FORMAT, VERSION):
        raise ValueError(
            "its format is {} {}, this package reads {} {}\nUpdate the package, or train again.".format(
                *found, FORMAT, VERSION))
    return description


def _model(description: dict, recipe: dict, tensors: Dict[str, np.ndarray]) -> Model:
    image, classes, input = description["image"], description["classes"], recipe["input"]
    channels, (width, height) = input["channels"], map(int, input["size"].split("x"))
    levels = _RANGES[input["pixels"]] if isinstance(input["pixels"], str) else input["pixels"]
    pixels = Pixels(
        (image.get("channels", 1), image["height"], image["width"]), (channels, height, width),
        *(np.broadcast_to(np.array(levels[key], np.float32), channels) for key in ("mean", "deviation")))
    if pixels.image[0] != channels or min(map(min, pixels.margins)) < 0:
        raise ValueError(f"images of {pixels.image} do not fit its input of {pixels.input}")
    return Model(
        recipe["name"], classes, description["dataset"], description["digest"], pixels,
        layers(recipe["layers"], pixels.input, len(classes), tensors))
