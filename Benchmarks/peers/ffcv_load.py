"""Loads a .beton with FFCV, two workers, random order, in the cache of the system, as FFCV advises for small datasets.

Usage: ffcv_load.py FOLDER EPOCHS VARIANT. Makes FOLDER-beton once: gray images as an NDArrayField, since RGBImageField
would store each three times; in the smallest pages, which waste the least space. FFCV 1.0.2 reads such a field on one
thread, whatever the number of workers. The variants:
bytes: as stored
float: made float by an operation in numba, since FFCV's NormalizeImage takes three channels only
float-parallel: the same, each batch divided among the workers, which pays on some machines
augment: torchvision's RandomAffine in FFCV's pipeline, where it gets a batch and draws once for all its images. FFCV
has no rotation, and its RandomTranslate fails for this field beside NumPy 1, which makes floats of its uint64 sizes
augment-each: the same for one image after another, so that it draws for each, as prep does; a tenth of the images,
because that is slow
augment-numba: an operation written by hand, which draws for each image and interpolates, as prep does
"""

import math
from dataclasses import replace

import numpy as np
import torch
from ffcv.fields import IntField, NDArrayField
from ffcv.fields.ndarray import NDArrayDecoder
from ffcv.loader import Loader, OrderOption
from ffcv.pipeline.allocation_query import AllocationQuery
from ffcv.pipeline.compiler import Compiler
from ffcv.pipeline.operation import Operation
from ffcv.transforms import ToTensor, ToTorchImage
from ffcv.writer import DatasetWriter

from loading import BATCH, WORKERS, allow_torchvision, arguments, images_and_labels, make_once, time_epochs
from loading_bytes import FloatsFirst

ROTATION, SHIFT = 10, 2
PAGE = 1 << 21


class Floats(Operation):
    """An operation from bytes to floats of the same shape. FFCV compiles `change`, and passes it a batch and the memory
    for the result."""

    def __init__(self, change, parallel):
        super().__init__()
        self.change, self.parallel = change, parallel

    def generate_code(self):
        function = self.change(Compiler.get_iterator() if self.parallel else range)
        function.is_parallel = self.parallel
        return function

    def declare_state_and_memory(self, previous_state):
        kind = np.dtype(np.float32)
        return replace(previous_state, jit_mode=True, dtype=kind), AllocationQuery(previous_state.shape, kind)


def scale(indices):
    def function(images, floats):
        for index in indices(len(images)):
            source, target = images[index].reshape(-1), floats[index].reshape(-1)
            for pixel in range(len(source)):
                target[pixel] = source[pixel] * np.float32(1 / 255)
        return floats

    return function


def affine(indices):
    limit, one = math.radians(ROTATION), np.float32(1)

    def function(images, floats):
        height, width = images.shape[1:3]
        middle_y, middle_x = np.float32((height - 1) / 2), np.float32((width - 1) / 2)
        for index in indices(len(images)):
            source, target = images[index], floats[index]
            angle = np.random.uniform(-limit, limit)
            cosine, sine = np.float32(math.cos(angle)), np.float32(math.sin(angle))
            shift_x = middle_x + np.float32(np.random.uniform(-SHIFT, SHIFT))
            shift_y = middle_y + np.float32(np.random.uniform(-SHIFT, SHIFT))
            for row in range(height):
                for column in range(width):
                    x, y = np.float32(column) - shift_x, np.float32(row) - shift_y
                    from_x, from_y = cosine * x + sine * y + middle_x, cosine * y - sine * x + middle_y
                    left, top = int(math.floor(from_x)), int(math.floor(from_y))
                    value = np.float32(0)
                    # The outermost half pixel stays black, which spares a test for each of the four neighbours.
                    if 0 <= left < width - 1 and 0 <= top < height - 1:
                        u, v = from_x - np.float32(left), from_y - np.float32(top)
                        upper = source[top, left, 0] * (one - u) + source[top, left + 1, 0] * u
                        lower = source[top + 1, left, 0] * (one - u) + source[top + 1, left + 1, 0] * u
                        value = min((upper * (one - v) + lower * v) * np.float32(1 / 255), one)
                    target[row, column, 0] = value
        return floats

    return function


class Each(torch.nn.Module):
    """Applies a module to one image after another, so that it draws for each."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, images):
        return torch.stack([self.module(image) for image in images])


def torchvision_affine():
    """RandomAffine with the nearest pixel, its default, which is less work than interpolating; and a note."""
    note = allow_torchvision()
    from torchvision.transforms import RandomAffine
    return RandomAffine(ROTATION, (SHIFT / 28, SHIFT / 28)), note


class Samples:
    """Pairs of image and label, for the writer."""

    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index][..., None], int(self.labels[index])


def fill(images, labels, folder):
    """Writes train.beton."""
    fields = {"image": NDArrayField(images.dtype, (*images.shape[1:], 1)), "label": IntField()}
    # One writer, because each leaves a page that is not full.
    writer = DatasetWriter(str(folder / "train.beton"), fields, page_size=PAGE, num_workers=1)
    writer.from_indexed_dataset(Samples(images, labels))


def main():
    folder, epochs, variant = arguments()
    images, labels = images_and_labels(folder)
    beton = make_once(folder.with_name(f"{folder.name}-beton"), lambda new: fill(images, labels, new)) / "train.beton"
    note, count = "", len(labels)
    if variant == "bytes":
        operations = [ToTensor()]
    elif variant in ("float", "float-parallel"):
        operations = [Floats(scale, variant == "float-parallel"), ToTensor()]
    elif variant in ("augment", "augment-each"):
        module, note = torchvision_affine()
        if variant == "augment-each":
            module, count = Each(module), count // 10
        operations = [Floats(scale, False), ToTensor(), ToTorchImage(), module]
    elif variant == "augment-numba":
        operations = [Floats(affine, True), ToTensor()]
    else:
        raise SystemExit(f"no such variant: {variant}")
    loader = Loader(
        str(beton), batch_size=BATCH, num_workers=WORKERS, os_cache=True, order=OrderOption.RANDOM, drop_last=False,
        indices=np.arange(count), pipelines={"image": [NDArrayDecoder(), *operations]})
    time_epochs(FloatsFirst(loader) if variant == "bytes" else loader, epochs, count, note)


if __name__ == "__main__":
    main()
