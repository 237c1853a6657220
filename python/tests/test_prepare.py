"""Preparing from Python. Oracle: the program itself, and its messages."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import prep


def test_options_are_those_of_the_command(fixtures, tmp_path):
    dataset = prep.prepare(
        fixtures / "digits.zip", pipeline="kaggle", output=tmp_path / "a", size=20, split="60/20/20", jobs=1,
        augment="rotate=10,copies=1", max_rejected="20%")
    subprocess.run(
        [sys.executable, "-m", "prep", "kaggle", fixtures / "digits.zip", "-o", tmp_path / "b", "--size", "20",
         "--split", "60/20/20", "--augment", "rotate=10,copies=1", "--max-rejected", "20%", "--quiet"], check=True)
    assert dataset.digest == prep.open(tmp_path / "b").digest
    assert dataset.image_shape == (20, 20, 1)
    assert dataset.folder == str(tmp_path / "a")


def test_what_is_false_is_not_asked_for(fixtures, tmp_path):
    dataset = prep.prepare(
        fixtures / "digits.zip", pipeline="kaggle", output=tmp_path / "a", size=8, quiet=np.True_, strict=False,
        overwrite=np.False_)
    assert dataset.image_shape == (8, 8, 1)


def test_progress_is_a_share(fixtures, tmp_path):
    seen = []
    prep.prepare(fixtures / "digits.zip", pipeline="kaggle", output=tmp_path / "a", progress=seen.append)
    assert all(0 <= share <= 1 for share in seen)


def test_mistakes_are_errors_that_say_what_to_do(fixtures, tmp_path):
    with pytest.raises(prep.UsageError, match="--siez"):
        prep.prepare(fixtures / "digits.zip", output=tmp_path / "a", siez=3)
    with pytest.raises(prep.InputError, match="no such file"):
        prep.prepare(tmp_path / "nothing.zip", output=tmp_path / "a")
    with pytest.raises(prep.UsageError):
        prep.prepare(output=tmp_path / "a")
    (tmp_path / "file").write_text("x")
    with pytest.raises(prep.PrepError):
        prep.prepare(fixtures / "digits.zip", pipeline="kaggle", output=tmp_path / "file")
    assert sorted(os.listdir(tmp_path)) == ["file"]


def test_an_existing_dataset_is_replaced_only_if_asked(fixtures, tmp_path):
    first = prep.prepare(fixtures / "digits.zip", pipeline="kaggle", output=tmp_path / "a")
    with pytest.raises(prep.UsageError, match="overwrite"):
        prep.prepare(fixtures / "digits.zip", pipeline="kaggle", output=tmp_path / "a")
    second = prep.prepare(fixtures / "digits.zip", pipeline="kaggle", output=tmp_path / "a", overwrite=True, size=20)
    assert first.digest != second.digest


def test_ctrl_c_comes_through_and_leaves_nothing(tmp_path):
    script = """
import prep, sys
try:
    print("ready", flush=True)
    prep.prepare(sys.argv[1], pipeline="mnist", output=sys.argv[2])
except KeyboardInterrupt:
    sys.exit(7)
"""
    subprocess.run(
        [sys.executable, "-m", "prep", "synthesize", tmp_path / "big", "--kind", "idx", "--count", "60000"], check=True,
        stdout=subprocess.DEVNULL)
    process = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "big", tmp_path / "out"], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 7
    assert not (tmp_path / "out" / "dataset.json").exists()


def test_a_work_folder_is_for_the_command_line(fixtures, tmp_path):
    with pytest.raises(prep.UsageError, match="--work is for the command line"):
        prep.prepare(fixtures / "digits.zip", output=tmp_path / "x", work=tmp_path / "work")
    assert not (tmp_path / "work").exists()
