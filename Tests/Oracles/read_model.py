"""Opens a model that prep trained, with nothing of ours: names, shapes and types with safetensors; and, where
PyTorch is installed, the same network's logits on the samples that prep judged.

    python3 Tests/Oracles/read_model.py PREP [RUN DATASET]

Without a run it trains small ones on the fixtures.
"""

import csv
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from safetensors import safe_open

from read_dataset import read_shards

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-4

# What torch.nn.Sequential calls the parameters of these recipes.
SHAPES = {
    "cnn": {
        "0.weight": (32, 1, 3, 3), "0.bias": (32,), "3.weight": (64, 32, 3, 3), "3.bias": (64,),
        "7.weight": (128, 3136), "7.bias": (128,), "9.weight": (10, 128), "9.bias": (10,),
    },
    "mlp": {
        "1.weight": (128, 784), "1.bias": (128,), "3.weight": (64, 128), "3.bias": (64,),
        "5.weight": (10, 64), "5.bias": (10,),
    },
    "lenet": {
        "0.weight": (6, 1, 5, 5), "0.bias": (6,), "3.weight": (16, 6, 5, 5), "3.bias": (16,),
        "7.weight": (120, 256), "7.bias": (120,), "9.weight": (84, 120), "9.bias": (84,),
        "11.weight": (10, 84), "11.bias": (10,),
    },
    "digitsnet": {
        "0.weight": (32, 1, 4, 4), "0.bias": (32,), "3.weight": (64, 32, 4, 4), "3.bias": (64,),
        "6.weight": (128, 64, 4, 4), "6.bias": (128,), "9.weight": (256, 128, 4, 4), "9.bias": (256,),
        "13.weight": (128, 256), "13.bias": (128,), "15.weight": (10, 128), "15.bias": (10,),
    },
    "best": {
        **{f"{index}.{kind}": shape for index, inputs, filters in (
            (0, 1, 32), (3, 32, 32), (7, 32, 64), (10, 64, 64), (14, 64, 128), (17, 128, 128))
           for kind, shape in (("weight", (filters, inputs, 3, 3)), ("bias", (filters,)))},
        **{f"{index}.{kind}": (channels,) for index, channels in (
            (1, 32), (4, 32), (8, 64), (11, 64), (15, 128), (18, 128))
           for kind in ("weight", "bias", "running_mean", "running_var")},
        "23.weight": (10, 512), "23.bias": (10,),
    },
}


def check_digest(path):
    """`prep.digest` is the SHA-256 of the file with zeros in place of its own digits."""
    data = path.read_bytes()
    mark = b'"prep.digest":"'
    start = data.index(mark) + len(mark)
    digest = data[start:start + 64]
    assert hashlib.sha256(data[:start] + b"0" * 64 + data[start + 64:]).hexdigest().encode() == digest


def read(path):
    """Tensors by name, and the description."""
    check_digest(Path(path))
    with safe_open(path, "np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, json.loads(file.metadata()["prep"])


def check_names(run):
    tensors, description = read(run / "model.safetensors")
    recipe = description["recipe"].split()[1].strip('"')
    assert description["format"] == "prep-model"
    if recipe in SHAPES:
        found = {name: tensor.shape for name, tensor in tensors.items()}
        assert found == SHAPES[recipe], found
    assert all(tensor.dtype == np.float32 and np.isfinite(tensor).all() for tensor in tensors.values())
    return recipe, tensors, description


def check_logits(prep, run, dataset, recipe, tensors):
    """A thousand samples through PyTorch: of test, or of train where that is smaller."""
    try:
        import torch

        from torch_nets import RECIPES
    except ImportError:
        print(f"{recipe}: names and shapes agree (PyTorch is not installed; logits were not compared)")
        return
    network = RECIPES[recipe][0]().eval()
    network.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in tensors.items()}, strict=True)
    manifest = json.loads((Path(dataset) / "dataset.json").read_text())
    split = "test" if manifest["splits"]["test"]["samples"] >= 1000 else "train"
    images = np.stack([row[6] for row in read_shards(Path(dataset), manifest) if row[0] == split][:1000])
    size = RECIPES[recipe][3]
    margin = (size - images.shape[1]) // 2
    if margin:
        border = [np.concatenate([i[0], i[-1], i[1:-1, 0], i[1:-1, -1]]) for i in images]
        levels = [np.sort(ring)[(len(ring) - 1) // 2] for ring in border]
        images = np.stack([np.pad(i, margin, constant_values=l) for i, l in zip(images, levels)])
    x = torch.from_numpy(images.astype(np.float32) / 255).unsqueeze(1)
    if recipe.startswith("digitsnet"):
        x = (x - 0.5) / 0.5
        network = network[:-1] if recipe == "digitsnet" else network
    with torch.no_grad():
        expected = network(x).numpy()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "predictions.csv"
        command = [prep, "evaluate", run, dataset, "--split", split, "--predictions", table]
        subprocess.run(command, check=True, capture_output=True)
        rows = list(csv.reader(table.open()))[1:1001]
    found = np.array([[float(value) for value in row[4:]] for row in rows], dtype=np.float32)
    difference = float(np.abs(found - expected).max())
    assert difference < TOLERANCE, f"{recipe}: logits differ by {difference}"
    print(f"{recipe}: logits of {len(rows)} images agree with PyTorch's within {difference:.1e}")


def main():
    prep = str(Path(sys.argv[1]).resolve())
    if len(sys.argv) == 4:
        run, dataset = Path(sys.argv[2]), sys.argv[3]
        recipe, tensors, _ = check_names(run)
        return check_logits(prep, run, dataset, recipe, tensors)
    with tempfile.TemporaryDirectory() as folder:
        dataset = f"{folder}/mnist"
        source = ROOT / "fixtures" / "mnist"
        subprocess.run([prep, "mnist", source, "-o", dataset, "--official-test", "--quiet"], check=True)
        for recipe in ("mlp", "cnn", "lenet", "digitsnet", "best"):
            run = Path(folder) / recipe
            command = [prep, "train", dataset, "--recipe", recipe, "--epochs", "1", "-o", run, "--quiet"]
            subprocess.run(command, check=True)
            name, tensors, _ = check_names(run)
            check_logits(prep, run, dataset, name, tensors)


if __name__ == "__main__":
    main()
