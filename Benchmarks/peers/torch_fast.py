"""The recipe `fast` in PyTorch: its network, schedule and averaged weights, from process start to the written model.

Usage: torch_fast.py MNIST_FOLDER SEED OUTPUT. MNIST_FOLDER holds the IDX files. Prints {"accuracy": …} on t10k. The images
are floats in memory; there is no validation, so PyTorch trains on all 60,000.
"""

import gzip
import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "Oracles"))
from torch_nets import RECIPES  # noqa: E402

# As in recipes/fast.yaml.
RATE, RISE, SMOOTHING, AVERAGING, EPOCHS = 0.012, 0.2, 0.05, 0.99, 1
folder, seed, output = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def idx(name, header):
    path = next(folder.glob(f"{name}*"))
    data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    return torch.frombuffer(bytearray(data), dtype=torch.uint8, offset=header)


def split(name):
    images = idx(f"{name}-images", 16).reshape(-1, 1, 28, 28).float() / 255
    return images.to(memory_format=torch.channels_last), idx(f"{name}-labels", 8).long()


torch.manual_seed(seed)
images, labels = split("train")
make, _, batch, _ = RECIPES["fast"]
network = make().to(memory_format=torch.channels_last)
averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(AVERAGING))
loss = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
optimizer = torch.optim.Adam(network.parameters(), lr=RATE, foreach=True)
steps = EPOCHS * (len(images) // batch)
schedule = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, RATE, steps, pct_start=RISE, cycle_momentum=False)
for _ in range(EPOCHS):
    order = torch.randperm(len(images))
    for first in range(0, len(images) - batch + 1, batch):
        picked = order[first:first + batch]
        optimizer.zero_grad()
        loss(network(images[picked]), labels[picked]).backward()
        optimizer.step()
        schedule.step()
        averaged.update_parameters(network)
images, labels = split("t10k")
with torch.no_grad():
    right = sum((averaged(x).argmax(1) == y).sum().item() for x, y in zip(images.split(1000), labels.split(1000)))
torch.save(averaged.module.state_dict(), output)
print(json.dumps({"accuracy": right / len(labels)}))
