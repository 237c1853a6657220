"""Parquet files for Hugging Face's datasets, written by PyArrow, and a dataset card."""

import re
from itertools import islice
from pathlib import Path
from typing import Iterator, Optional

import datasets
import pyarrow
import pyarrow.parquet
from datasets.info import DatasetInfosDict
from huggingface_hub import DatasetCardData

from .._dataset import Dataset
from ._rows import Row, Rows, png

# Small, since a reader that wants one image reads its whole group.
GROUP_ROWS = 100


def write(dataset: Dataset, folder: Path, *, license: Optional[str], file_bytes: int) -> None:
    """Writes all files to an empty folder."""
    rows = Rows(dataset)
    features = datasets.Features({
        "image": datasets.Image(), "label": datasets.ClassLabel(names=dataset.classes),
        "id": datasets.Value("int64"), "key": datasets.Value("string"),
    })
    data = folder / "data"
    data.mkdir()
    splits = {}
    for split, count in rows.splits.items():
        size = sum(
            _write_file(data / f"{name}.parquet", part, features.arrow_schema)
            for name, part in rows.files(split, file_bytes))
        splits[split] = {"name": split, "num_bytes": size, "num_examples": count}
    info = datasets.DatasetInfo(
        features=features, splits=splits, dataset_size=sum(split["num_bytes"] for split in splits.values()),
        download_size=sum(path.stat().st_size for path in data.iterdir()))
    card = f"---\n{_front_matter(dataset, info, license)}\n---\n\n{_text(dataset, rows.splits)}"
    (folder / "README.md").write_text(card, encoding="utf-8", newline="\n")


def _write_file(path: Path, rows: Iterator[Row], schema: pyarrow.Schema) -> int:
    """Writes a file, and returns the bytes of its columns in memory."""
    size = 0
    # Dictionaries and statistics of images would only repeat them; PNGs are compressed already.
    with pyarrow.parquet.ParquetWriter(
        path, schema, use_dictionary=["label"], write_statistics=["label", "id", "key"],
        compression={"image.bytes": "none", **dict.fromkeys(["image.path", "label", "id", "key"], "snappy")},
    ) as writer:
        while group := list(islice(rows, GROUP_ROWS)):
            table = pyarrow.Table.from_pylist([_columns(row) for row in group], schema=schema)
            writer.write_table(table, row_group_size=GROUP_ROWS)
            size += table.nbytes
    return size


def _columns(row: Row) -> dict:
    # Named by their number, because copies of a sample have the same key.
    image = {"bytes": png(row.picture), "path": f"{row.number:08}.png"}
    return {"image": image, "label": row.label, "id": row.id, "key": row.key}


# ---- The card


def _front_matter(dataset: Dataset, info: datasets.DatasetInfo, license: Optional[str]) -> str:
    """What the Hub and `load_dataset` read, as YAML."""
    data = DatasetCardData(
        pretty_name=dataset.name, task_categories=["image-classification"],
        size_categories=[_size_category(sum(split.num_examples for split in info.splits.values()))],
        configs=[{
            "config_name": "default",
            "data_files": [{"split": split, "path": f"data/{split}-*"} for split in info.splits],
        }],
        **_license(license or dataset.manifest["configuration"].get("about", {}).get("license")))
    DatasetInfosDict({"default": info}).to_dataset_card_data(data)
    return data.to_yaml()


def _license(license: Optional[str]) -> dict:
    """The Hub knows identifiers in small letters, some by other names; any other licence has a link."""
    if license and ":" in license:
        return {"license": "other", "license_link": license}
    name = license and re.sub("-(only|or-later)$", "", license.lower())
    renamed = {"c-uda-1.0": "c-uda", "odbl-1.0": "odbl", "odc-by-1.0": "odc-by", "pddl-1.0": "pddl"}
    return {"license": renamed.get(name, name)}


def _size_category(count: int) -> str:
    names = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B"]
    power = max(len(str(count)) - 3, 0)
    return f"{names[power - 1]}<n<{names[power]}" if power else "n<1K"


def _text(dataset: Dataset, splits: dict) -> str:
    """What people read."""
    height, width, channels = dataset.image_shape
    copies = {split: dataset.manifest["splits"][split].get("copies", 0) for split in splits}
    table = "\n".join(f"| {split} | {count - copies[split]} | {copies[split]} |" for split, count in splits.items())
    return f"""\
# {dataset.name}

{"Gray" if channels == 1 else "Colour"} images of {width} x {height} pixels in {len(dataset.classes)} classes, for \
image classification.

| split | samples | augmented copies |
|---|---|---|
{table}

| column | content |
|---|---|
| `image` | the image, as PNG |
| `label` | its class |
| `id` | the number of the sample; an augmented copy has that of its original |
| `key` | where the sample was in the source |

Rows are in random order. Augmented copies, where there are any, lie among the samples of train.

## Loading

```python
import datasets

samples = datasets.load_dataset("FOLDER", split="{next(iter(splits))}")  # this folder, or its name on the Hub
names = samples.features["label"].names
```

## Classes

Labels, samples in {", ".join(splits)} without copies, and names:

{_classes(dataset, splits)}

## Provenance

Exported from the prepared dataset with the digest `{dataset.digest}`,
which covers pixels, labels, splits and order. Ids are rows of that dataset's table of provenance.
"""


def _classes(dataset: Dataset, splits: dict, most: int = 100) -> str:
    """Indented, so that names are shown as they are, whatever Markdown or HTML they may look like."""
    counts = [dataset.manifest["splits"][split]["classes"] for split in splits]
    lines = [
        " ".join([f"    {label:>5}", *(f"{count[name]:>9}" for count in counts), f"  {name}"])
        for label, name in enumerate(dataset.classes[:most])]
    if len(dataset.classes) > most:
        lines.append(f"\n… and {len(dataset.classes) - most} more.")
    return "\n".join(lines)
