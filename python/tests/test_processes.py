"""Datasets, loaders and errors that go to other processes, or stay while folders change."""

import copy
import multiprocessing
import os
import pickle
import shutil

import numpy as np
import pytest

import prep


def failing(folder):
    prep.open(folder)


def test_errors_come_back_from_a_pool(tmp_path):
    (tmp_path / "dataset.json").write_text("{}")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        with pytest.raises(prep.InputError) as found:
            pool.map_async(failing, [str(tmp_path)]).get(60)
    with pytest.raises(prep.InputError) as wanted:
        failing(str(tmp_path))
    assert str(found.value) == str(wanted.value) and found.value.status == 65
    assert copy.copy(found.value).status == 65


def test_a_dataset_is_found_again_from_another_folder(dataset, tmp_path, monkeypatch):
    monkeypatch.chdir(os.path.dirname(dataset.folder))
    own = prep.open(os.path.basename(dataset.folder))
    data = pickle.dumps(own.loader("train"))
    monkeypatch.chdir(tmp_path)
    assert len(pickle.loads(data)) == len(own.loader("train"))


def test_another_dataset_in_the_same_folder_is_not_taken_for_the_first(dataset, fixtures, tmp_path):
    folder = tmp_path / "digits"
    shutil.copytree(dataset.folder, folder)
    first = prep.open(folder)
    data = pickle.dumps(first)
    loader = first.loader("train")
    images = np.copy(next(loader.epoch()).images)
    prep.prepare(fixtures / "digits.zip", pipeline="kaggle", output=folder, seed=9, overwrite=True)
    with pytest.raises(prep.InputError, match="another dataset"):
        pickle.loads(data)

    def child(queue):
        try:
            next(loader.epoch())
        except prep.InputError as error:
            queue.put(str(error))

    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    assert "another dataset" in queue.get(timeout=60)
    process.join(60)
    # This process has the first one's files open.
    assert np.array_equal(next(loader.epoch()).images, images)
