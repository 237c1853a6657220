"""TFRecord files, written by TensorFlow."""

from pathlib import Path
from typing import Union

import tensorflow as tf

from .._dataset import Dataset
from ._rows import Row, Rows, png, write_labels


def write(dataset: Dataset, folder: Path, *, file_bytes: int) -> None:
    """Writes all files to an empty folder."""
    rows = Rows(dataset)
    for split in rows.splits:
        for name, part in rows.files(split, file_bytes):
            with tf.io.TFRecordWriter(str(folder / f"{name}.tfrecord")) as writer:
                for row in part:
                    # Otherwise features would be in an order that differs from process to process.
                    writer.write(_example(row, dataset).SerializeToString(deterministic=True))
    write_labels(dataset, folder)


def _example(row: Row, dataset: Dataset) -> tf.train.Example:
    height, width, channels = dataset.image_shape
    values = {
        "image/encoded": png(row.picture), "image/format": b"png",
        "image/height": height, "image/width": width, "image/channels": channels,
        "image/class/label": row.label, "image/class/text": dataset.classes[row.label].encode(),
        "image/key": row.key.encode(), "image/id": row.id,
    }
    return tf.train.Example(features=tf.train.Features(feature={name: _feature(it) for name, it in values.items()}))


def _feature(value: Union[int, bytes]) -> tf.train.Feature:
    if isinstance(value, int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
