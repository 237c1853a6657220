"""Exports of the library, opened by the readers that others use for these formats."""

import csv
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

import prep

Image = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="session", params=["dataset", "colour"])
def source(request):
    found = request.getfixturevalue(request.param)
    return found if request.param == "dataset" else found[0]


def expected(source, split):
    """Images as NHW or NHWC, and labels, in the order of an export."""
    images, labels, _ = source.arrays(split, format="uint8", layout="nhwc")
    return images if images.shape[-1] == 3 else images[..., 0], labels


@pytest.fixture(scope="session")
def exported(source, tmp_path_factory):
    """Exports a format once."""
    folder, done = tmp_path_factory.mktemp("exports"), {}

    def export(format):
        if format not in done:
            source.export(format, folder / format, license="CC0-1.0", creators=["Ada Lovelace"], date="2026-11-27")
            done[format] = folder / format
        return done[format]

    return export


def test_folders_of_png_files(source, exported):
    folder = exported("folder")
    for split in source.splits:
        images, labels = expected(source, split)
        files = sorted((folder / split).glob("*/*.png"), key=lambda path: path.name)
        assert [path.parent.name for path in files] == [source.classes[label] for label in labels]
        for path, image in zip(files, images):
            np.testing.assert_array_equal(np.asarray(Image.open(path)), image)


def test_torchvision_reads_the_folders(source, exported):
    ImageFolder = pytest.importorskip("torchvision.datasets").ImageFolder
    for split in source.splits:
        found = ImageFolder(exported("folder") / split)
        images, labels = expected(source, split)
        for path, target in found.samples:
            row = int(path.rsplit("/", 1)[1][:-4])
            assert found.classes[target] == source.classes[labels[row]]
        rows = [int(path.rsplit("/", 1)[1][:-4]) for path, _ in found.samples]
        assert sorted(rows) == list(range(len(images)))


def test_arrays_with_the_names_of_keras(source, exported):
    name = f"{source.name}.npz"
    with np.load(exported("npz") / name) as arrays:
        assert arrays["classes"].tolist() == source.classes
        for split in source.splits:
            part = {"validation": "val"}.get(split, split)
            images, labels = expected(source, split)
            np.testing.assert_array_equal(arrays[f"x_{part}"], images)
            np.testing.assert_array_equal(arrays[f"y_{part}"], labels)


def test_tables_as_kaggle_has_them(source, exported):
    for split in source.splits:
        images, labels = expected(source, split)
        with open(exported("csv") / f"{split}.csv", newline="") as file:
            head, *rows = csv.reader(file)
        assert head == ["label"] + [f"pixel{number}" for number in range(images[0].size)]
        assert [row[0] for row in rows] == [source.classes[label] for label in labels]
        np.testing.assert_array_equal(np.array([row[1:] for row in rows], np.uint8), images.reshape(len(images), -1))


def test_the_files_of_mnist(source, exported):
    if source.image_shape[2] == 3:
        with pytest.raises(prep.UsageError, match="npz"):
            exported("idx")
        return
    for split in source.splits:
        images, labels = expected(source, split)
        name = exported("idx") / {"test": "t10k"}.get(split, split)
        for suffix, values, dimensions in [("images-idx3", images, 3), ("labels-idx1", labels, 1)]:
            content = open(f"{name}-{suffix}-ubyte", "rb").read()
            assert content[:4] == bytes([0, 0, 8, dimensions])
            shape = np.frombuffer(content, ">u4", dimensions, 4)
            data = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
            np.testing.assert_array_equal(data.reshape(shape), values)


def test_torchvision_reads_the_files_of_mnist(source, exported):
    mnist = pytest.importorskip("torchvision.datasets.mnist")
    if source.image_shape[2] == 3:
        pytest.skip("gray images only")
    images, labels = expected(source, "train")
    np.testing.assert_array_equal(mnist.read_image_file(exported("idx") / "train-images-idx3-ubyte"), images)
    np.testing.assert_array_equal(mnist.read_label_file(exported("idx") / "train-labels-idx1-ubyte"), labels)


def test_tar_files_of_webdataset(source, exported):
    webdataset = pytest.importorskip("webdataset")
    for split in source.splits:
        images, labels = expected(source, split)
        keys = source.provenance()["key"]
        ids = source.arrays(split, format="uint8").ids
        files = sorted(map(str, exported("webdataset").glob(f"{split}-*.tar")))
        found = list(webdataset.WebDataset(files, shardshuffle=False, empty_check=False).decode(
                "rgb8" if source.image_shape[2] == 3 else "l8"))
        assert len(found) == len(images)
        for row, sample in enumerate(found):
            np.testing.assert_array_equal(np.asarray(sample["png"]), images[row])
            assert sample["cls"] == labels[row] and sample["json"]["class"] == source.classes[labels[row]]
            assert sample["json"]["key"] == keys[ids[row]] and sample["__key__"] == f"{split}-{row:08}"


def test_indices_of_dali_by_their_rule(source, exported):
    for path in exported("webdataset").glob("*.tar"):
        samples = {}
        with tarfile.open(path) as tar:
            assert {member.pax_headers == {} for member in tar} == {True}
            for member in tar.getmembers():
                name, kind = member.name.split(".")
                samples.setdefault(name, []).extend([kind, member.offset_data, member.size, member.name])
        lines = [f"v1.2 {len(samples)}"] + [" ".join(map(str, parts)) for parts in samples.values()]
        assert path.with_suffix(".idx").read_text() == "\n".join(lines) + "\n"


@pytest.mark.parametrize("format", ["folder", "npz", "csv", "webdataset"])
def test_lists_of_samples(source, exported, format):
    with open(exported(format) / "samples.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = source.provenance()["key"]
    position = 0
    for split in source.splits:
        _, labels, ids = source.arrays(split, format="uint8")
        for row, (label, id) in enumerate(zip(labels, ids)):
            found = rows[position]
            assert (found["split"], int(found["row"]), int(found["id"])) == (split, row, id)
            assert found["label"] == source.classes[label] and found["key"] == keys[id]
            assert int(found["class"]) == label
            position += 1
    assert position == len(rows)


# ---- Metadata


def validate(folder):
    """What mlcroissant's own command says."""
    result = subprocess.run(
        [Path(sys.executable).with_name("mlcroissant"), "validate", "--jsonld", folder / "croissant.json"],
        capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "error" not in result.stderr.lower(), result.stderr
    return result.stderr


@pytest.mark.parametrize("format", ["folder", "npz", "csv", "webdataset"])
def test_mlcroissant_validates_exports_and_reads_their_samples(source, exported, format):
    croissant = pytest.importorskip("mlcroissant")
    validate(exported(format))
    records = list(croissant.Dataset(jsonld=exported(format) / "croissant.json").records("samples"))
    assert len(records) == sum(source.splits.values())
    assert records[0]["samples/split"] == b"train" and records[0]["samples/row"] == 0


def test_mlcroissant_reads_images_of_folders(source, exported):
    croissant = pytest.importorskip("mlcroissant")
    records = list(croissant.Dataset(jsonld=exported("folder") / "croissant.json").records("images"))
    assert len(records) == sum(source.splits.values())
    parts = {split: expected(source, split) for split in source.splits}
    for record in records:
        images, labels = parts[record["images/split"].decode()]
        row = record["images/row"]
        assert record["images/label"].decode() == source.classes[labels[row]]
        # mlcroissant makes all images RGB.
        image = record["images/image"].convert("L" if images.ndim == 3 else "RGB")
        np.testing.assert_array_equal(np.asarray(image), images[row])


def test_mlcroissant_validates_the_card_of_a_dataset(source):
    pytest.importorskip("mlcroissant")
    source.card(license="CC-BY-4.0", creators=["Ada Lovelace"], sources=["https://example.org/photos"])
    validate(Path(source.folder))
    card = json.loads(open(f"{source.folder}/croissant.json").read())
    assert card["identifier"] == f"sha256:{source.digest}"
    source.verify()


def test_what_is_said_must_make_sense(source, tmp_path):
    with pytest.raises(prep.UsageError, match="SPDX"):
        source.export("csv", tmp_path / "x", license="ask me")
    with pytest.raises(prep.UsageError, match="allowed: folder"):
        source.export("parchment", tmp_path / "x")
    assert not any(tmp_path.iterdir())
