"""Trained models for PyTorch, ONNX and Keras. Oracle: the logits that `prep evaluate` writes."""

import csv
import functools
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

yaml = pytest.importorskip("yaml")
safetensors = pytest.importorskip("safetensors.numpy")

import prep  # noqa: E402
from prep._model import read  # noqa: E402

RECIPES = {path.stem: path for path in sorted((Path(__file__).resolve().parents[2] / "recipes").glob("*.yaml"))}
# What no recipe of ours has: oblong images, numbers as padding, pooling with a remainder, a linear layer that keeps the
# number of its inputs, normalization after it.
ODD = """
name: odd
input: {size: 31x27, channels: 3, pixels: {mean: [0.00001, 0.5, 0.4], deviation: [0.3, 0.2, 1.5]}}
layers:
  - convolution: {filters: 6, kernel: 4, padding: 2}
  - batch_normalization
  - relu
  - max_pool: 3
  - dropout: 0.00001
  - convolution: {filters: 5, kernel: 2, padding: same}
  - relu
  - max_pool: 2
  - flatten
  - dropout: 0.1
  - linear: 100
  - batch_normalization
  - relu
  - linear: classes
  - softmax
"""
ALL = [*RECIPES, "adapted", "odd"]


class Trained(NamedTuple):
    run: Path
    images: np.ndarray
    """Of the test split, as they are stored, [N, C, H, W]."""
    inputs: np.ndarray
    """What the network reads, made of them by the loader."""
    logits: np.ndarray
    ends_in_softmax: bool

    @property
    def probabilities(self):
        return softmax(self.logits)

    def check(self, outputs, *, preprocessing=False):
        """Whether they are what a network should make of `images` if it preprocesses them, else of `inputs`."""
        assert outputs.dtype == np.float32
        if preprocessing or self.ends_in_softmax:
            assert np.abs(outputs - self.probabilities).max() < 1e-5
        else:
            assert np.abs(outputs - self.logits).max() < 1e-4 * max(1, np.abs(self.logits).max())
            assert np.abs(softmax(outputs) - self.probabilities).max() < 1e-5


def softmax(logits):
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def command(*arguments):
    subprocess.run([sys.executable, "-m", "prep", *arguments], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def datasets(tmp_path_factory, fixtures):
    """By channels; their images are smaller than the input of any recipe, by odd numbers."""
    Image = pytest.importorskip("PIL.Image")
    folder, random = tmp_path_factory.mktemp("datasets"), np.random.default_rng(2)
    for number in range(120):
        path = folder / "photos" / f"{number % 3}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256 - 80 * (number % 3), (23, 30, 3), dtype=np.uint8)).save(path)
    return {
        1: prep.prepare(
            fixtures / "digits.zip", pipeline="kaggle", output=folder / "gray", size="25x22", split="50/10/40"),
        3: prep.prepare(folder / "photos", output=folder / "colour", size="30x23", split="50/10/40")}


@pytest.fixture(scope="session")
def trained(tmp_path_factory, datasets):
    """Trains a recipe for an epoch, once."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "odd.yaml").write_text(ODD)

    @functools.lru_cache(maxsize=None)
    def train(name):
        path, run, table = RECIPES.get(name, folder / "odd.yaml"), folder / name, folder / f"{name}.csv"
        dataset = datasets[1 if name == "adapted" else yaml.safe_load(path.read_text())["input"].get("channels", 1)]
        recipe = [] if name == "adapted" else ["--recipe", path]
        command("train", dataset.folder, *recipe, "--epochs", "1", "--output", run, "--quiet")
        command("evaluate", run, dataset.folder, "--split", "test", "--predictions", table)
        with open(table) as file:
            _, *rows = csv.reader(file)
        images, _, ids = dataset.arrays("test", format="uint8")
        assert [int(row[0]) for row in rows] == list(ids)
        recipe = yaml.safe_load((run / "recipe.yaml").read_text())
        levels = recipe["input"]["pixels"]
        levels = {"unit": "float32", "symmetric": {"mean": 0.5, "deviation": 0.5}}[levels] if type(levels) is str else {
            key: np.float32(levels[key]).tolist() for key in levels}
        inputs = dataset.arrays("test", format=levels, canvas=recipe["input"]["size"]).images
        logits = np.array([row[4:] for row in rows]).astype(np.float32)
        return Trained(run, images, inputs, logits, recipe["layers"][-1] == "softmax")

    return train


# ---- What networks say


@pytest.mark.parametrize("recipe", ALL)
def test_pytorch_says_what_prep_says(trained, recipe):
    torch = pytest.importorskip("torch")
    import prep.torch

    model = trained(recipe)
    network = prep.torch.load(model.run)
    state = safetensors.load_file(model.run / "model.safetensors")
    assert {name for name in network.state_dict() if "num_batches" not in name} == set(state)
    assert not network.training
    with torch.no_grad():
        model.check(network(torch.from_numpy(model.inputs)).numpy())
        network = prep.torch.load(model.run / "model.safetensors", preprocessing=True)
        model.check(network(torch.from_numpy(model.images)).numpy(), preprocessing=True)
        assert np.array_equal(network[0](torch.from_numpy(model.images)).numpy(), model.inputs)


@pytest.mark.parametrize("recipe", ALL)
def test_onnx_says_what_prep_says(trained, recipe, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    import prep.onnx

    model = trained(recipe)
    for preprocessing, images in ((False, model.inputs), (True, model.images)):
        prep.onnx.export(model.run, tmp_path / "model.onnx", preprocessing=preprocessing)
        session = runtime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
        (input,), (output,) = session.get_inputs(), session.get_outputs()
        assert input.name == ("images" if preprocessing else "input")
        assert output.name == ("probabilities" if preprocessing or model.ends_in_softmax else "logits")
        found, = session.run(None, {input.name: images})
        model.check(found, preprocessing=preprocessing)
        single, = session.run(None, {input.name: images[:1]})
        assert np.allclose(single, found[:1], atol=1e-5)


@pytest.mark.parametrize("recipe", ["lenet", "digitsnet", "best", "odd"])
def test_keras_says_what_prep_says(trained, recipe, tmp_path):
    keras = pytest.importorskip("keras")
    import prep.keras

    model = trained(recipe)
    network = prep.keras.load(model.run)
    model.check(network.predict(model.inputs.transpose(0, 2, 3, 1), verbose=0))
    network = prep.keras.load(model.run, preprocessing=True)
    images = model.images.transpose(0, 2, 3, 1)
    found = network.predict(images, verbose=0)
    model.check(found, preprocessing=True)
    network.save(tmp_path / "model.keras")
    assert np.array_equal(keras.models.load_model(tmp_path / "model.keras").predict(images, verbose=0), found)


def test_an_onnx_file_says_where_it_is_from_and_is_the_same_each_time(trained, datasets, tmp_path):
    onnx = pytest.importorskip("onnx")
    import prep.onnx

    for name in "ab":
        prep.onnx.export(trained("best").run, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    metadata = {item.key: item.value for item in onnx.load(tmp_path / "a").metadata_props}
    assert json.loads(metadata.pop("classes")) == datasets[1].classes
    assert metadata == {"recipe": "best", "dataset": datasets[1].name, "digest": datasets[1].digest}


# ---- What is no model


def rewritten(source, target, change):
    """A copy whose description and tensors `change` changes, with the digest that belongs to it."""
    with safetensors.safe_open(source, "np") as file:
        tensors, description = safetensors.load_file(source), json.loads(file.metadata()["prep"])
    change(description, tensors)
    zeros = "0" * 64
    safetensors.save_file(tensors, target, {"prep": json.dumps(description), "prep.digest": zeros})
    data = target.read_bytes()
    target.write_bytes(data.replace(zeros.encode(), hashlib.sha256(data).hexdigest().encode(), 1))
    return target


def replace(old, new):
    return lambda description, _: description.update(recipe=description["recipe"].replace(old, new))


def without_the_last_layer(description, tensors):
    replace("  - linear: classes\n", "")(description, tensors)
    del tensors["11.weight"], tensors["11.bias"]


@pytest.mark.parametrize("change, words", [
    (lambda description, _: description.update(version=3), "prep-model 3(.|\n)*Update"),
    (lambda description, _: description.update(format="else"), "else 2"),
    (lambda description, _: description.pop("image"), "malformed.*image"),
    (lambda description, _: description["image"].update(width=99), "images of .* do not fit"),
    (lambda description, _: description["image"].update(channels=3), "images of .* do not fit"),
    (lambda description, _: description["classes"].pop(), "11.weight"),
    (replace("- relu", "- gelu"), "layer 1 is “gelu”"),
    (replace("kernel: 5", "kernel: 50"), "does not fit its input"),
    (replace("layers:", "layers: ["), "not a model"),
    (replace("max_pool: 2", "max_pool: 0"), "malformed.*ZeroDivision"),
    (without_the_last_layer, r"end in \(84,\)"),
    (lambda _, tensors: tensors.pop("9.bias"), "9.bias is missing"),
    (lambda _, tensors: tensors.update({"9.bias": np.zeros(3, np.float32)}), r"9.bias is float32 \(3,\)"),
    (lambda _, tensors: tensors.update({"9.bias": tensors["9.bias"].astype(np.float64)}), "9.bias is float64"),
    (lambda _, tensors: tensors.update({"8.bias": np.zeros(3, np.float32)}), "8.bias belongs to no layer"),
])
def test_what_does_not_fit_is_named(trained, tmp_path, change, words):
    source = trained("lenet").run / "model.safetensors"
    assert read(rewritten(source, tmp_path / "same", lambda *_: None)).recipe == "lenet"
    path = rewritten(source, tmp_path / "edited.safetensors", change)
    with pytest.raises(prep.InputError, match=words) as caught:
        read(path)
    assert str(caught.value).startswith(str(path)) and caught.value.status == 65


def test_what_is_no_model_is_refused(trained, datasets, fixtures, tmp_path):
    run = trained("lenet").run
    data = bytearray((run / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "damaged.safetensors").write_bytes(data)
    (tmp_path / "empty.safetensors").write_bytes(b"")
    safetensors.save_file({"a": np.zeros(1)}, tmp_path / "other.safetensors")
    for path, words in [
        (tmp_path / "damaged.safetensors", "checksum"), (tmp_path / "empty.safetensors", "not a model"),
        (tmp_path / "other.safetensors", "no key “prep”"), (run / "checkpoint.safetensors", "prep-checkpoint"),
        (fixtures / "digits.zip", "not a model"), (datasets[1].folder, "no model.safetensors in it"),
        (tmp_path / "nothing", "no such file or folder"),
    ]:
        with pytest.raises(prep.InputError, match=words):
            read(path)
