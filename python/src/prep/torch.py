"""Loaders and trained models for PyTorch.

    loader = prep.torch.DataLoader("shards/mnist", "train", batch_size=256, augment="rotate=10")
    for images, labels in loader:
        ...
    network = prep.torch.load("runs/mnist-cnn-1")
"""

import json
import os
from typing import Iterator, Optional, Tuple, Union

import numpy as np
import torch

from ._library import UsageError
from ._dataset import Dataset as PreparedDataset
from ._torch_model import Preprocessing, load  # noqa: F401

Source = Union[str, os.PathLike, PreparedDataset]


def _dataset(source: Source) -> PreparedDataset:
    return source if isinstance(source, PreparedDataset) else PreparedDataset(source)


def _rank() -> Tuple[int, int]:
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


class DataLoader:
    """Batches of images and int64 labels as tensors. Each iteration is the next epoch.

    Ranks come from `torch.distributed` if it is initialized. With CUDA, batches are in pinned memory. Otherwise images
    are in the loader's memory, valid until the next batch is asked for, unless `copy=True`. `state_dict()` in the
    middle of an epoch and `load_state_dict()` in another process go on with the same batches.

    It needs no workers. In those of PyTorch's own loader, each delivers some of the batches, and they come in the same
    order. They are made anew from this object for each pass: call `set_epoch` before it, and do not ask `state_dict()`. A
    worker that was spawned knows no ranks: give `rank` there.

    With several ranks, `remainder="drop"` or `"pad"` keeps the last batch from being smaller for some, or empty.

    options: those of `prep.Dataset.loader`
    """

    def __init__(
        self, dataset: Source, split: str = "train", *, rank: Optional[Tuple[int, int]] = None,
        pin_memory: Optional[bool] = None, copy: bool = False, **options,
    ):
        self.dataset = _dataset(dataset)
        self.pin_memory = torch.cuda.is_available() if pin_memory is None else pin_memory
        self._options = dict(options, split=split, rank=rank or _rank(), copy=copy)
        self._loader = self.dataset.loader(**self._options)
        self.set_epoch(0)

    def __len__(self) -> int:
        return len(self._loader)

    def set_epoch(self, epoch: int) -> None:
        """The next iteration is this epoch, from its beginning."""
        self._next = self._position = (epoch, 0)

    def state_dict(self) -> dict:
        """How far it has come: what follows the batch that was delivered last."""
        return {"state": self._loader.state(*self._position)}

    def load_state_dict(self, state: dict) -> None:
        """Goes on where the state was saved; the rank is this process's own."""
        loader = self.dataset.loader(**dict(self._options, state=state["state"]))
        saved = json.loads(state["state"])
        for name, given in ("split", self._options["split"]), ("fold", self._options.get("fold")):
            if saved.get(name) != given:
                raise UsageError(
                    64, f"{name}: the state was saved with {saved.get(name)}, but the loader has {given}")
        self._loader = loader
        self._next = self._position = self._loader.start

    def __iter__(self) -> Iterator[Tuple[torch.Tensor, torch.Tensor]]:
        epoch, start = self._next
        self._next = (epoch + 1, 0)
        worker = torch.utils.data.get_worker_info()
        for step, batch in enumerate(self._loader.epoch(epoch, start), start + 1):
            self._position = (epoch, step) if step < len(self._loader) else self._next
            if worker and (step - 1 - start) % worker.num_workers != worker.id:
                continue
            images = torch.from_numpy(batch.images)
            labels = torch.from_numpy(batch.labels.astype(np.int64))
            if worker:
                # It hands a batch on while it asks for the next one, and leaves CUDA to the process that it works for.
                yield images.clone(), labels
            else:
                yield (images.pin_memory(), labels.pin_memory()) if self.pin_memory else (images, labels)


class Dataset(torch.utils.data.Dataset):
    """A split in memory, sample by sample, for `torch.utils.data.DataLoader`. `DataLoader` above is much faster.

    options: those of `prep.Dataset.loader`, without augmentation: each sample is made once
    """

    def __init__(self, dataset: Source, split: str = "train", **options):
        self.images, self.labels, self.ids = _dataset(dataset).arrays(split, **options)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Tuple[torch.Tensor, int]:
        return torch.from_numpy(self.images[index]), int(self.labels[index])
