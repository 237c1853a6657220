"""A prepared dataset: what is in it, and its batches."""

import ctypes as c
import io
import json
import os
from typing import Iterator, Optional, Sequence, Tuple, Union

import numpy as np

from . import _library as _c
from ._loader import Batch, Loader

Augmentation = Union[str, dict]


class Dataset:
    """A dataset that `prep` has prepared. Tables are read, and checked against their digests, when they are asked for."""

    def __init__(self, folder: Union[str, os.PathLike]):
        self.folder = os.fspath(folder)
        """The folder that holds dataset.json."""
        # It is opened again in other processes, and this one may go to another folder.
        self._place = os.path.abspath(self.folder)
        self._open(self._place)

    def _open(self, path: str, digest: Optional[str] = None):
        handle = _c.opened(_c.library.prep_dataset_open, _c.library.prep_dataset_close, _c.path(path))
        manifest = json.loads(_c.library.prep_dataset_manifest(handle.pointer))
        if digest not in (None, manifest["digest"]):
            raise _c.InputError(65, f"{path}: holds another dataset by now\nOpen it anew.")
        self._handle = handle
        self.manifest: dict = manifest
        """The contents of dataset.json, which FORMAT.md describes."""

    def __reduce__(self):
        """Another process opens its own."""
        return _reopened, (self._place, self.digest)

    @property
    def _pointer(self):
        if self._handle.is_forked:
            self._open(self._place, self.digest)
        return self._handle.pointer

    def __repr__(self) -> str:
        height, width, channels = self.image_shape
        sizes = ", ".join(f"{size} {name}" for name, size in self.splits.items())
        return f"<prep.Dataset {self.name}: {sizes}; {width}x{height}x{channels}, {len(self.classes)} classes>"

    @property
    def name(self) -> str:
        return self.manifest["name"]

    @property
    def digest(self) -> str:
        """SHA-256 over all that decides a training: pixels, labels, splits, order."""
        return self.manifest["digest"]

    @property
    def classes(self) -> list:
        """Names, by class number."""
        return self.manifest["classes"]

    @property
    def image_shape(self) -> Tuple[int, int, int]:
        """Height, width, channels."""
        image = self.manifest["image"]
        return image["height"], image["width"], image.get("channels", 1)

    @property
    def splits(self) -> dict:
        """Samples of train, validation and test, with augmented copies."""
        splits = self.manifest["splits"]
        return {name: splits[name]["samples"] + splits[name].get("copies", 0) for name in ("train", "validation", "test")}

    # ---- Tables

    def provenance(self):
        """Where each sample comes from, in the order of ids."""
        return self._table("provenance")

    def findings(self):
        """Every sample of every quality finding."""
        return self._table("findings")

    def rejections(self):
        """The entries that were left out, and why."""
        return self._table("rejections")

    def _table(self, name):
        text, length = c.c_void_p(), c.c_size_t()
        _c.check(_c.library.prep_dataset_table(self._pointer, name.encode(), c.byref(text), c.byref(length)))
        return _table(_c.take_text(text, length.value))

    def verify(self) -> None:
        """Reads every byte of the dataset and checks all digests; raises InputError with everything that is wrong."""
        _c.check(_c.library.prep_dataset_verify(self._pointer))

    # ---- For other tools

    def export(self, format: str, output: Union[str, os.PathLike], **about) -> None:
        """Writes the dataset to a folder that is empty or does not exist.

        format: "folder" (PNGs), "idx" (MNIST's files), "npz", "csv", or "webdataset"; docs/exports.md has more
        about: what is said of the dataset: license, creators, description, citation, url, date, sources
        """
        _c.check(_c.library.prep_dataset_export(
            self._pointer, _c.path(format), _c.path(output), _c.options(about)))

    def card(self, **about) -> None:
        """Writes croissant.json and README.md into the dataset's folder; `about` as for `export`."""
        _c.check(_c.library.prep_dataset_card(self._pointer, _c.options(about)))

    # ---- Batches

    def loader(
        self, split: str = "train", *, batch_size: int = 128, format: Union[str, dict] = "float32",
        layout: str = "nchw", shuffle: bool = True, seed: int = 0, augment: Optional[Augmentation] = None,
        remainder: str = "keep", rank: Tuple[int, int] = (0, 1), fold: Optional[int] = None,
        window: Optional[int] = None, canvas: Optional[str] = None, workers: Optional[int] = None,
        prefetch: int = 4, memory: Optional[str] = None, state: Optional[str] = None, copy: bool = False,
    ) -> Loader:
        """Opens a split.

        batch_size: samples of a step, over all ranks
        format: "float32" (0 to 1), "uint8" (as stored), "normalized" (by mean and deviation of train, or of
            all other folds with `fold`), or
            {"mean": 0.5, "deviation": 0.5}, or lists of one for each channel
        layout: "nchw", as PyTorch takes images, or "nhwc", as Keras and JAX do
        augment: such as "rotate=10,shift=2,flip=horizontal"; docs/augmentation.md lists all
        remainder: "keep", "drop" or "pad": what becomes of samples that do not fill the last batch. With several ranks
            choose one of the last two: of a small last batch some ranks get fewer samples, or none
        rank: the number of this process, and how many share the data
        fold: the fold that is validated while all others are train
        window: blocks among which samples are shuffled; all, if they fit `memory`
        canvas: "32x32", a frame in whose middle images are placed
        memory: "1GB" of pixels held; a larger split is shuffled in windows of that size
        workers, prefetch: threads and batches ahead; they change no batch
        state: what `Loader.state` gave; split, fold, and options that decide the order of samples come from there
        copy: whether arrays are the caller's, instead of valid until the next batch; JAX needs it, because it computes
            later, from the same memory
        """
        options = dict(
            split=split, batch_size=batch_size, format=format, layout=layout, shuffle=shuffle, seed=seed,
            augment=augment, remainder=remainder, rank=list(rank), fold=fold, window=window, canvas=canvas,
            workers=workers, prefetch=prefetch, memory=memory, state=state)
        return Loader(self, options, copy)

    def batches(self, split: str = "train", *, epoch: int = 0, step: int = 0, **options) -> Iterator[Batch]:
        """The batches of one epoch; options as for `loader`."""
        return self.loader(split, **options).epoch(epoch, step)

    def arrays(self, split: str = "train", **options) -> Batch:
        """All images, labels and ids of a split in stored order, in memory of their own; options as for `loader`."""
        for name in {"shuffle", "batch_size", "remainder", "state"} & set(options):
            raise _c.UsageError(64, f"{name}: arrays are all of a split, in stored order; batches have this option")
        loader = self.loader(split, shuffle=False, batch_size=4096, **options)
        parts = [Batch(*map(np.copy, batch)) for batch in loader.epoch()]
        return Batch(*map(np.concatenate, zip(*parts)))


def _reopened(folder: str, digest: str) -> Dataset:
    dataset = Dataset.__new__(Dataset)
    dataset.folder = dataset._place = folder
    dataset._open(folder, digest)
    return dataset


# Columns of numbers; a whole number that is not there is <NA> in pandas, -1 in NumPy. Others are text, whatever it looks
# like.
_NUMBERS = {
    **dict.fromkeys(("id", "shard", "slot", "width", "height", "group", "unit", "fold", "set"), "Int64"),
    "value": "float64"}


def _table(text: str):
    """A CSV table as a DataFrame if pandas is there, else as a dict of NumPy arrays."""
    head = text.partition("\n")[0].split(",")
    try:
        import pandas
    except ImportError:
        import csv

        _, *rows = csv.reader(io.StringIO(text))
        return {name: _column(name, values) for name, values in zip(head, zip(*rows) if rows else [()] * len(head))}
    table = pandas.read_csv(
        io.StringIO(text), dtype={name: _NUMBERS.get(name, str) for name in head}, keep_default_na=False,
        na_values={name: [""] for name in _NUMBERS})
    for name in set(head) - set(_NUMBERS):
        table[name] = table[name].map(_cell)
    return table


# How cells begin that spreadsheets would take for formulas (FORMAT.md).
_FORMULAS = {f"\\x{ord(sign):X}": sign for sign in "=+-@"}


def _cell(text: str) -> str:
    return _FORMULAS[text[:4]] + text[4:] if text[:4] in _FORMULAS else text


def _column(name: str, values: Sequence[str]) -> np.ndarray:
    kind = _NUMBERS.get(name)
    if kind == "Int64":
        return np.array([int(value) if value else -1 for value in values], dtype=np.int64)
    return np.array(
        [float(value or "nan") for value in values] if kind else [_cell(value) for value in values],
        dtype=kind or object)
