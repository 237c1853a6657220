"""Batches of a split, as NumPy arrays in the loader's memory."""

import ctypes as c
from typing import Iterator, NamedTuple

import numpy as np

from . import _library as _c


class Batch(NamedTuple):
    """Images and labels of one step. Without `copy=True`, they are valid until the next batch is asked for."""

    images: np.ndarray
    """`[count, channels, height, width]` or `[count, height, width, channels]`, float32 or uint8."""
    labels: np.ndarray
    """Class numbers, uint16."""
    ids: np.ndarray
    """Rows of the provenance, uint32."""


class _View:
    """Memory of a loader, which lives as long as an array refers to it."""

    def __init__(self, owner, address, shape, kind):
        self.owner = owner
        self.__array_interface__ = {"data": (address, False), "shape": shape, "typestr": kind, "version": 3}


class Loader:
    """A split of a dataset as batches, epoch after epoch.

    Batches depend only on the dataset, the options, epoch and step: never on `workers` or `prefetch`. A process
    that was forked opens its own.
    """

    def __init__(self, dataset, options, copy=False):
        self._dataset, self._options, self.copy = dataset, options, copy
        self._open()

    def _open(self):
        text = _c.options(self._options)
        self._handle = _c.opened(
            _c.library.prep_loader_open, _c.library.prep_loader_close, self._dataset._pointer, text)
        info = _c._Info()
        _c.check(_c.library.prep_loader_describe(self._handle.pointer, c.byref(info)))
        self.samples: int = info.samples
        """Samples of the split, over all ranks."""
        self.dtype = np.dtype(np.float32 if info.is_float else np.uint8)
        size = (info.height, info.width)
        self.image_shape = (info.channels, *size) if info.is_planar else (*size, info.channels)
        """Shape of one image in a batch."""
        self.start = (info.epoch, info.step)
        """Epoch and step of the state that it was opened with."""
        self._steps = info.steps
        self._views = {}

    def __reduce__(self):
        """Another process opens its own."""
        return Loader, (self._dataset, self._options, self.copy)

    @property
    def _pointer(self):
        if self._handle.is_forked:
            self._open()
        return self._handle.pointer

    def __len__(self) -> int:
        """Batches of an epoch, the same for all ranks."""
        return self._steps

    def state(self, epoch: int, step: int) -> str:
        """What `dataset.loader(state=...)` needs to continue with the batch of `step` in `epoch`."""
        text = c.c_void_p()
        _c.check(_c.library.prep_loader_state(
            self._pointer, _c.whole("epoch", epoch), _c.whole("step", step), c.byref(text)))
        return _c.take_text(text)

    def epoch(self, epoch: int = 0, step: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, from `step` on."""
        # Begun here, so that errors come from this call.
        handle = _c.opened(
            _c.library.prep_epoch_open, _c.library.prep_epoch_close, self._pointer,
            _c.whole("epoch", epoch), _c.whole("step", step))
        return self._batches(handle)

    def _batches(self, handle):
        batch, following = _c._Batch(), _c.library.prep_epoch_next
        pointer, reference = handle.pointer, c.byref(batch)
        try:
            while not (status := following(pointer, reference)):
                yield self._arrays(batch)
            _c.check(status)
        finally:
            handle.close()

    def _arrays(self, batch):
        # Slots are used again and again, so that their arrays are made once.
        key = (batch.pixels, batch.count)
        arrays = self._views.get(key)
        if arrays is None:
            count, owner = batch.count, self._handle
            arrays = self._views[key] = Batch(
                np.asarray(_View(owner, batch.pixels, (count, *self.image_shape), self.dtype.str)),
                np.asarray(_View(owner, batch.labels, (count,), "<u2")),
                np.asarray(_View(owner, batch.ids, (count,), "<u4")))
        return Batch(*(array.copy() for array in arrays)) if self.copy else arrays
