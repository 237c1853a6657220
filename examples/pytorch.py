"""Trains a classifier with PyTorch, and resumes it from a checkpoint in the middle of an epoch.

Usage: python examples/pytorch.py [DATASET]
"""

import sys
import tempfile

import torch
from torch import nn

import prep
import prep.torch

EPOCHS = 15
OPTIONS = dict(batch_size=32, format="normalized")


def start(dataset):
    """Network, optimizer and loader before the first step."""
    torch.manual_seed(0)
    height, width, channels = dataset.image_shape
    network = nn.Sequential(
        nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * (height // 4) * (width // 4), len(dataset.classes)))
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    loader = prep.torch.DataLoader(dataset, "train", augment="rotate=10,shift=2", **OPTIONS)
    return {"network": network, "optimizer": optimizer, "loader": loader}


def train(parts, steps=0, checkpoint=None):
    """Trains on after so many steps; halfway, it saves a checkpoint."""
    network, optimizer, loader = parts.values()
    for _ in range(steps // len(loader), EPOCHS):
        for images, labels in loader:  # the next epoch; after load_state_dict, the rest of one
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(images), labels).backward()
            optimizer.step()
            steps += 1
            if steps == EPOCHS * len(loader) // 2:
                states = {name: part.state_dict() for name, part in parts.items()}
                torch.save({"steps": steps, **states}, checkpoint)
    return network


dataset = prep.open(sys.argv[1] if len(sys.argv) > 1 else "shards/kaggle")
with tempfile.NamedTemporaryFile(suffix=".pt") as checkpoint:
    network = train(start(dataset), checkpoint=checkpoint.name)
    saved, parts = torch.load(checkpoint.name), start(dataset)
for name, part in parts.items():
    part.load_state_dict(saved[name])
resumed = train(parts, saved["steps"])
with torch.no_grad():
    test = prep.torch.DataLoader(dataset, "test", shuffle=False, **OPTIONS)
    correct = sum((network(images).argmax(dim=1) == labels).sum().item() for images, labels in test)
assert all(map(torch.equal, network.parameters(), resumed.parameters()))
print(f"test accuracy {correct / dataset.splits['test']:.2f}; the same weights when resumed at step {saved['steps']}")
