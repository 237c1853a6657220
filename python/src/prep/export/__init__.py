"""Prepared datasets in the formats of other libraries, which write them themselves.

    import prep.export

    prep.export.parquet("shards/photos", "exports/photos", license="cc-by-4.0")

| function   | what opens the folder                               | what brings the library               |
|------------|-----------------------------------------------------|---------------------------------------|
| `parquet`  | `datasets.load_dataset(folder)`                     | `pip install 'prep-images[parquet]'`  |
| `tfrecord` | `tf.data.TFRecordDataset(files)`                    | `pip install 'prep-images[tfrecord]'` |
| `mds`      | `streaming.StreamingDataset(local=folder, split=…)` | `pip install 'prep-images[mds]'`      |

Each sample has its image as PNG, its label, and its id and key, which are those of the provenance. Samples keep their
splits and their stored order, which is random already. Augmented copies are samples of train, with the id and key of
their original. A split without samples is left out.

The same dataset gives the same bytes each time, as long as the libraries have the same versions. The output must not
exist or be an empty folder, and appears when everything is written.
"""

import importlib
import os
from typing import Optional, Union

from .._dataset import Dataset
from .._library import UsageError
from ._folder import new_folder

__all__ = ["mds", "parquet", "tfrecord"]

Source = Union[str, os.PathLike, Dataset]
Output = Union[str, os.PathLike]


def parquet(dataset: Source, output: Output, *, license: Optional[str] = None, file_bytes: int = 500_000_000) -> None:
    """Writes Parquet files for Hugging Face's datasets, and a dataset card.

    license: an identifier of the Hub, such as "cc-by-4.0", or a URL; by default, what the pipeline says
    file_bytes: the most that a file takes, estimated as if PNG did not compress
    """
    _export("parquet", dataset, output, license=license, file_bytes=file_bytes)


def tfrecord(dataset: Source, output: Output, *, file_bytes: int = 500_000_000) -> None:
    """Writes files of `tf.train.Example`, and the names of classes, a line each in label order, to labels.txt.

    Features are image/encoded, image/format ("png"), image/height, image/width, image/channels, image/class/label (from
    0), image/class/text, image/key and image/id.

    file_bytes: the most that a file takes, estimated as if PNG did not compress
    """
    _export("tfrecord", dataset, output, file_bytes=file_bytes)


def mds(dataset: Source, output: Output) -> None:
    """Writes a folder per split for MosaicML's streaming, and the names of classes, as `tfrecord` does."""
    _export("mds", dataset, output)


def _export(format: str, dataset: Source, output: Output, **options) -> None:
    try:
        writer = importlib.import_module(f"._{format}", __name__)
    except ImportError as error:
        raise UsageError(64, f"prep.export.{format}: {error}\nRun pip install 'prep-images[{format}]'.") from error
    dataset = dataset if isinstance(dataset, Dataset) else Dataset(dataset)
    with new_folder(output, dataset) as folder:
        writer.write(dataset, folder, **options)
