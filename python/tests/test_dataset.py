"""What is in a dataset. Oracle: dataset.json, and Pillow's pixels."""

import datetime
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import prep


def test_a_dataset_tells_what_is_in_it(dataset):
    manifest = json.loads((Path(dataset.folder) / "dataset.json").read_text())
    assert dataset.manifest == manifest
    assert dataset.digest == manifest["digest"] and dataset.name == "kaggle"
    assert dataset.classes == [str(digit) for digit in range(10)]
    assert sum(dataset.splits.values()) == manifest["samples"]
    assert "kaggle" in repr(dataset) and "28x28x1" in repr(dataset)


def test_tables_have_a_row_for_each_sample(dataset):
    provenance = dataset.provenance()
    assert list(provenance["id"]) == list(range(dataset.manifest["samples"]))
    assert {"key", "label", "split", "fold"} <= set(provenance)
    findings = dataset.findings()
    assert len(findings["finding"]) == sum(finding["samples"] for finding in dataset.manifest["findings"])
    assert len(dataset.rejections()["key"]) == dataset.manifest["rejected"]


def test_pixels_labels_and_ids_belong_together(colour):
    dataset, pixels = colour
    keys = list(dataset.provenance()["key"])
    seen = set()
    for split in dataset.splits:
        images, labels, ids = dataset.arrays(split, format="uint8", layout="nhwc")
        assert len(images) == dataset.splits[split]
        for image, label, id in zip(images, labels, ids):
            assert np.array_equal(image, pixels[keys[id]])
            assert dataset.classes[label] == keys[id].split("/")[0]
            seen.add(keys[id])
    assert seen == set(pixels)


def test_names_that_begin_like_formulas_are_the_classes(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    for label in ("-1", "+1"):
        for number in range(6):
            path = tmp_path / "in" / label / f"={number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((4, 4), 40 * number, np.uint8)).save(path)
    dataset = prep.prepare(tmp_path / "in", output=tmp_path / "out", size=4, near="0", leaks="keep")
    table = dataset.provenance()
    assert set(table["label"]) == set(dataset.classes) == {"-1", "+1"}
    assert set(table["key"]) == {f"{label}/={number}.png" for label in ("-1", "+1") for number in range(6)}


def test_all_samples_of_a_split_come_in_stored_order(dataset):
    for name, value in dict(shuffle=True, batch_size=3, remainder="drop", state="{}").items():
        with pytest.raises(prep.UsageError, match=name):
            dataset.arrays("train", **{name: value})


def test_what_is_said_of_a_dataset_may_be_in_any_script(dataset, tmp_path):
    creator, text = "𠮷野 😀", "one\x85two\u2028three\ufeff"
    dataset.export("npz", tmp_path / "out", creators=[creator], description=text, date=datetime.date(2026, 1, 2))
    card = json.loads((tmp_path / "out/croissant.json").read_text())
    assert (card["creator"][0]["name"], card["description"], card["datePublished"]) == (creator, text, "2026-01-02")
    with pytest.raises(TypeError):
        dataset.export("npz", tmp_path / "other", creators=[object()])


def test_damage_is_found(dataset, tmp_path):
    dataset.verify()
    folder = shutil.copytree(dataset.folder, tmp_path / "copy")
    shard = next(folder.glob("train-*"))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    damaged = prep.open(folder)
    with pytest.raises(prep.InputError, match=shard.name):
        damaged.verify()
    with pytest.raises(prep.InputError, match=shard.name):
        list(damaged.batches("train"))
    with pytest.raises(prep.InputError, match="no dataset|not a dataset|dataset.json"):
        prep.open(tmp_path)


def test_tables_have_whole_numbers_where_there_are_numbers_and_text_elsewhere(tmp_path, monkeypatch):
    Image = pytest.importorskip("PIL.Image")
    for number in range(40):
        path = tmp_path / "in" / str(number % 2) / f"{number:03}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (8, 8), dtype=np.uint8)).save(path, "png")
    dataset = prep.prepare(tmp_path / "in", output=tmp_path / "out", size=8)
    for missing in [False, True]:
        if missing:
            monkeypatch.setitem(sys.modules, "pandas", None)
        table = dataset.provenance()
        assert list(table["key"])[:2] == ["0/000", "0/002"] and list(table["label"])[-1] == "1"
        assert [int(width) for width in table["width"]] == [8] * 40
        unique = np.asarray(table["group"].isna()) if hasattr(table["group"], "isna") else table["group"] == -1
        assert unique.all()
