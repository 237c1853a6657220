"""MDS files, written by MosaicML's streaming."""

from pathlib import Path

from streaming import MDSWriter

from .._dataset import Dataset
from ._rows import Rows, write_labels

COLUMNS = {"image": "png", "label": "int", "id": "int", "key": "str"}
FILE_BYTES = 1 << 26


def write(dataset: Dataset, folder: Path) -> None:
    """Writes all files to an empty folder."""
    rows = Rows(dataset)
    # The writer keeps a file in memory until it is full. It would write an empty one before a sample that is larger.
    file_bytes = max(FILE_BYTES, 2 * rows.row_bytes)
    for split in rows.splits:
        with MDSWriter(out=str(folder / split), columns=COLUMNS, size_limit=file_bytes) as writer:
            for row in rows.of(split):
                # It encodes the PNG itself.
                writer.write({"image": row.picture, "label": row.label, "id": row.id, "key": row.key})
    write_labels(dataset, folder)
