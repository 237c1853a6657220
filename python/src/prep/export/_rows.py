"""The rows of a dataset, in the order in which every export has them."""

import io
from itertools import count, islice
from pathlib import Path
from typing import Iterator, NamedTuple, Tuple

from PIL import Image

from .._dataset import Dataset
from .._library import UsageError

BATCH_SAMPLES, BATCH_BYTES = 256, 16 << 20


class Row(NamedTuple):
    """A sample, or an augmented copy of one."""

    number: int
    """Within its split."""
    picture: Image.Image
    label: int
    id: int
    key: str


class Rows:
    """A dataset's rows, of which a batch is in memory at a time, beside the keys of all."""

    def __init__(self, dataset: Dataset):
        self.dataset = dataset
        sizes = dataset.splits
        self.splits = {split: sizes[split] for split in ("train", "validation", "test") if sizes.get(split)}
        """Numbers of rows of those that have any."""
        self._keys = list(dataset.provenance()["key"])
        height, width, channels = dataset.image_shape
        self._pixel_bytes = height * width * channels
        self.row_bytes = height * (width * channels + 1) + 1024
        """About the most that a row takes: PNG adds a byte to each line, and little else to what does not compress."""

    def of(self, split: str) -> Iterator[Row]:
        """All rows of a split in stored order."""
        # A window of one block, since by default the loader would first decode the whole split. Arrays are copies,
        # since Pillow may refer to the pixels of gray images instead of taking them over.
        batches = self.dataset.batches(
            split, batch_size=max(min(BATCH_SAMPLES, BATCH_BYTES // self._pixel_bytes), 1), shuffle=False, window=1,
            prefetch=2, format="uint8", layout="nhwc", copy=True)
        numbers = count()
        for images, labels, ids in batches:
            # Pillow's gray images have no axis of channels.
            pictures = map(Image.fromarray, images[..., 0] if images.shape[-1] == 1 else images)
            for picture, label, id in zip(pictures, labels.tolist(), ids.tolist()):
                yield Row(next(numbers), picture, label, id, self._keys[id])

    def files(self, split: str, file_bytes: int) -> Iterator[Tuple[str, Iterator[Row]]]:
        """Names of files that hold a split, and the rows of each, to be taken before the next name is.

        Their sizes in rows differ by at most one. They are known beforehand, because their number is in their names.
        """
        if file_bytes < 1:
            raise UsageError(64, f"file_bytes must be 1 or more, not {file_bytes}")
        size = self.splits[split]
        files = min(-(-size * self.row_bytes // file_bytes), size)
        rows = self.of(split)
        for file in range(files):
            part = size * (file + 1) // files - size * file // files
            yield f"{split}-{file:05}-of-{files:05}", islice(rows, part)


def png(picture: Image.Image) -> bytes:
    """A picture as a PNG file, the same bytes each time."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=6)
    return file.getvalue()


def write_labels(dataset: Dataset, folder: Path) -> None:
    """The names of classes for formats without a place for them. Line ends within names are escaped."""
    (folder / "labels.txt").write_text("".join(f"{name}\n" for name in dataset.classes), encoding="utf-8", newline="\n")
