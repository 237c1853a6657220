"""Datasets for the tests: the fixtures, prepared once."""

import os
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest

import prep

# Keras takes TensorFlow unless it is told otherwise.
for backend in ("tensorflow", "jax", "torch"):
    if find_spec(backend):
        os.environ.setdefault("KERAS_BACKEND", backend)

# Whoever started the tests in the background may have them ignore interrupts, and children would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.fixture(scope="session")
def fixtures():
    return FIXTURES


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    return prep.prepare(FIXTURES / "digits.zip", pipeline="kaggle", output=folder / "digits", folds=3)


@pytest.fixture(scope="session")
def colour(tmp_path_factory):
    """Twenty-four images of 6x4 in two classes, and their pixels by key."""
    Image = pytest.importorskip("PIL.Image")
    import numpy as np

    folder = tmp_path_factory.mktemp("colour")
    random, pixels = np.random.default_rng(1), {}
    for number in range(24):
        key = f"{number % 2}/{number:02}.png"
        pixels[key] = random.integers(0, 256, (4, 6, 3), dtype=np.uint8)
        (folder / "in" / key).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[key]).save(folder / "in" / key)
    return prep.prepare(folder / "in", output=folder / "out", size="6x4"), pixels
