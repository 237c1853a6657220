"""Exports. Oracle: the readers of these formats, beside the arrays and tables of `prep.Dataset`."""

import hashlib
import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import prep
import prep.export

Image = pytest.importorskip("PIL.Image")
# Asks nobody about local folders. Read when datasets is imported.
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def library(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


# MosaicML's first: it imports PyTorch, whose Triton ends a process that has TensorFlow's LLVM.
LIBRARIES = {name: library(module) for name, module in [
    ("mds", "streaming"), ("tfrecord", "tensorflow"), ("parquet", "datasets")]}


def needs(format, *values):
    """A parameter of tests that are skipped without the library of a format."""
    missing = pytest.mark.skipif(not LIBRARIES[format], reason=f"pip install 'prep-images[{format}]'")
    return pytest.param(format, *values, marks=missing, id=format)


EACH_FORMAT = pytest.mark.parametrize("format", [needs(format) for format in LIBRARIES])
PARQUET = pytest.mark.parametrize("format", [needs("parquet")])


@pytest.fixture(scope="session")
def augmented(fixtures, tmp_path_factory):
    return prep.prepare(
        fixtures / "digits.zip", pipeline="kaggle", output=tmp_path_factory.mktemp("augmented") / "digits", size=20,
        augment="rotate=10,copies=2", compression="none")


@pytest.fixture(params=["dataset", "colour", "augmented"])
def source(request):
    found = request.getfixturevalue(request.param)
    return found[0] if request.param == "colour" else found


# ---- Readers: pixels, labels, ids and keys of a split


def read_parquet(folder, split, cache):
    rows = LIBRARIES["parquet"].load_dataset(str(folder), cache_dir=str(cache), split=split)
    return [(row["image"], row["label"], row["id"], row["key"]) for row in rows]


def read_tfrecord(folder, split, cache):
    tf = LIBRARIES["tfrecord"]
    kinds = {
        "image/encoded": tf.string, "image/format": tf.string, "image/height": tf.int64, "image/width": tf.int64,
        "image/channels": tf.int64, "image/class/label": tf.int64, "image/class/text": tf.string,
        "image/key": tf.string, "image/id": tf.int64,
    }
    features = {name: tf.io.FixedLenFeature([], kind) for name, kind in kinds.items()}
    names = (folder / "labels.txt").read_text().splitlines()
    for record in tf.data.TFRecordDataset(sorted(map(str, folder.glob(f"{split}-*.tfrecord")))):
        row = {name: value.numpy() for name, value in tf.io.parse_single_example(record, features).items()}
        pixels = tf.io.decode_png(row["image/encoded"]).numpy()
        assert pixels.shape == (row["image/height"], row["image/width"], row["image/channels"])
        assert row["image/format"] == b"png" and row["image/class/text"].decode() == names[row["image/class/label"]]
        yield pixels, row["image/class/label"], row["image/id"], row["image/key"].decode()


def read_mds(folder, split, cache):
    rows = LIBRARIES["mds"].StreamingDataset(local=str(folder), split=split, shuffle=False, batch_size=1)
    for index in range(len(rows)):
        row = rows[index]
        yield row["image"], row["label"], row["id"], row["key"]


READERS = {"parquet": read_parquet, "tfrecord": read_tfrecord, "mds": read_mds}


def export(format, *values, **options):
    getattr(prep.export, format)(*values, **options)


def check(format, source, folder, cache):
    """Whether the samples in a folder are those of the dataset."""
    keys = source.provenance()["key"]
    for split, count in source.splits.items():
        images, labels, ids = source.arrays(split, format="uint8", layout="nhwc")
        rows = list(READERS[format](folder, split, cache))
        assert len(rows) == count
        for (image, label, id, key), *expected in zip(rows, images, labels, ids):
            np.testing.assert_array_equal(np.asarray(image).reshape(source.image_shape), expected[0])
            assert (label, id) == tuple(expected[1:]) and key == keys[id]


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*") if path.is_file()}


# ---- Every format


@EACH_FORMAT
def test_readers_find_the_samples_of_the_dataset(format, source, tmp_path):
    export(format, source, tmp_path / "out")
    check(format, source, tmp_path / "out", tmp_path / "cache")


@EACH_FORMAT
def test_another_process_writes_the_same_bytes(format, augmented, tmp_path):
    (tmp_path / "a").mkdir()  # May exist if it is empty.
    export(format, augmented, tmp_path / "a")
    script = "import prep.export, sys; getattr(prep.export, sys.argv[1])(*sys.argv[2:])"
    subprocess.run(
        [sys.executable, "-c", script, format, augmented.folder, tmp_path / "deeper/b"], check=True,
        capture_output=True)
    assert digests(tmp_path / "a") == digests(tmp_path / "deeper/b")
    assert os.stat(tmp_path / "a").st_mode == os.stat(tmp_path / "deeper").st_mode


@EACH_FORMAT
def test_only_empty_folders_are_written(format, dataset, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("x")
    for output in [tmp_path / "full", tmp_path / "full/file"]:
        with pytest.raises(prep.UsageError, match="not an empty folder"):
            export(format, dataset, output)
    assert digests(tmp_path) == {"full/file": hashlib.sha256(b"x").hexdigest()}


@EACH_FORMAT
def test_an_empty_folder_gets_the_files_itself(format, dataset, tmp_path):
    # It may be a mount point.
    output = tmp_path / "out"
    output.mkdir()
    number = os.stat(output).st_ino
    export(format, dataset, output)
    export(format, dataset, tmp_path / "new")
    assert os.stat(output).st_ino == number
    assert digests(output) == digests(tmp_path / "new")


@EACH_FORMAT
def test_no_export_lies_in_its_dataset(format, dataset, tmp_path):
    folder = shutil.copytree(dataset.folder, tmp_path / "in")
    with pytest.raises(prep.UsageError, match="lies in the folder of the dataset"):
        export(format, folder, folder / "out")
    prep.open(folder).verify()


@EACH_FORMAT
def test_nothing_is_left_of_an_export_that_fails(format, dataset, tmp_path):
    folder = shutil.copytree(dataset.folder, tmp_path / "damaged")
    # Of the last split, so that others are exported before.
    shard = next(folder.glob("test-*"))
    shard.write_bytes(shard.read_bytes()[:-1] + b"\0")
    with pytest.raises(prep.InputError, match=shard.name):
        export(format, folder, tmp_path / "out")
    assert os.listdir(tmp_path) == ["damaged"]


@EACH_FORMAT
def test_a_split_without_samples_is_left_out(format, fixtures, tmp_path):
    source = prep.prepare(fixtures / "digits.zip", pipeline="kaggle", output=tmp_path / "in", split="80/20/0")
    export(format, source, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("test*"))
    if format == "parquet":
        splits = LIBRARIES["parquet"].load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
        assert list(splits) == ["train", "validation"]


@pytest.mark.parametrize("format, suffix", [needs("parquet", ".parquet"), needs("tfrecord", ".tfrecord")])
def test_files_are_as_small_as_asked(format, suffix, augmented, tmp_path):
    export(format, augmented, tmp_path / "out", file_bytes=20_000)
    files = sorted((tmp_path / "out").rglob(f"train-*{suffix}"))
    assert [path.name for path in files] == [
        f"train-{number:05}-of-{len(files):05}{suffix}" for number in range(len(files))]
    assert len(files) > 3 and all(path.stat().st_size <= 20_000 for path in files)
    check(format, augmented, tmp_path / "out", tmp_path / "cache")
    with pytest.raises(prep.UsageError, match="file_bytes"):
        export(format, augmented, tmp_path / "other", file_bytes=0)


ODD_NAMES = ["1e3", "no", "a: b|c", "<b>`*", "\\x5CxE9", "été", "🐈 ", "#x", "-1", "=x"]


@EACH_FORMAT
def test_names_stay_as_they_are(format, tmp_path):
    for number in range(5 * len(ODD_NAMES)):
        # Without a suffix, keys look like numbers.
        path = tmp_path / "in" / f"{number:03}"
        path.parent.mkdir(exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(path, "png")
    labels = [f'{number:03},"{ODD_NAMES[number % len(ODD_NAMES)]}"\n' for number in range(5 * len(ODD_NAMES))]
    (tmp_path / "labels.csv").write_text("key,label\n" + "".join(labels))
    source = prep.prepare(tmp_path / "in", labels=tmp_path / "labels.csv", output=tmp_path / "shards", size=8)
    assert "007" in list(source.provenance()["key"])
    export(format, source, tmp_path / "out")
    check(format, source, tmp_path / "out", tmp_path / "cache")
    if format == "parquet":
        rows = LIBRARIES["parquet"].load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
        assert rows["train"].features["label"].names == source.classes
    else:
        assert (tmp_path / "out/labels.txt").read_text() == "".join(f"{name}\n" for name in source.classes)


@pytest.mark.parametrize("format, module", [("parquet", "datasets"), ("tfrecord", "tensorflow"), ("mds", "streaming")])
def test_a_missing_library_is_named(format, module, dataset, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, f"prep.export._{format}", raising=False)
    with pytest.raises(prep.UsageError, match=rf"{module}(.|\n)*prep-images\[{format}\]"):
        export(format, dataset, tmp_path / "out")
    assert not os.listdir(tmp_path)


# ---- Hugging Face


@PARQUET
def test_columns_have_the_types_of_hugging_face(format, source, tmp_path):
    datasets, parquet = LIBRARIES["parquet"], pytest.importorskip("pyarrow.parquet")
    export(format, source, tmp_path / "out")
    found = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in found.items()} == source.splits
    assert found["train"].features == datasets.Features({
        "image": datasets.Image(), "label": datasets.ClassLabel(names=source.classes),
        "id": datasets.Value("int64"), "key": datasets.Value("string")})
    for path in (tmp_path / "out/data").iterdir():
        metadata = parquet.ParquetFile(path).metadata
        sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
        assert set(sizes[:-1]) <= {100} and 0 < sizes[-1] <= 100
    plain = found["train"].cast_column("image", datasets.Image(decode=False))[0]["image"]
    assert plain["path"] == "00000000.png" and plain["bytes"].startswith(b"\x89PNG")


@PARQUET
@pytest.mark.parametrize("license, expected", [
    (None, (None, None)), ("CC-BY-4.0", ("cc-by-4.0", None)),
    ("https://example.org/terms", ("other", "https://example.org/terms"))])
def test_the_card_says_what_the_hub_asks_for(format, license, expected, augmented, tmp_path):
    hub = pytest.importorskip("huggingface_hub")
    export(format, augmented, tmp_path / "out", license=license)
    card = hub.DatasetCard.load(tmp_path / "out/README.md")
    assert (card.data.license, card.data.get("license_link")) == expected
    assert card.data.pretty_name == augmented.name and card.data.task_categories == ["image-classification"]
    assert card.data.size_categories == ["n<1K"]
    assert card.data.configs == [{"config_name": "default", "data_files": [
        {"split": split, "path": f"data/{split}-*"} for split in ("train", "validation", "test")]}]
    train = augmented.manifest["splits"]["train"]
    assert f"| train | {train['samples']} | {train['copies']} |" in card.text and augmented.digest in card.text
    for path in tmp_path.rglob("*.*"):
        assert str(tmp_path).encode() not in path.read_bytes()


def test_sizes_have_the_names_of_the_hub():
    pytest.importorskip("datasets")
    from prep.export._parquet import _size_category

    assert [_size_category(size) for size in (1, 999, 1000, 60_000, 999_999, 1_000_000, 1 << 32)] == [
        "n<1K", "n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "1B<n<10B"]
