"""Trains `cnn` in PyTorch for epochs of augmented batches of 64, and times how long each step waits for its batch.

Usage: fed_train.py FOLDER EPOCHS VARIANT. Prints {"samples": ..., "seconds": [...], "wait": ..., "late_wait": ...}: the
mean wait and its 95th percentile. The variants:
prep: prep.torch.DataLoader, two workers; FOLDER is a prepared dataset, see prep_load.py
torch: PyTorch's DataLoader and torchvision's RandomAffine over a mapped array, two persistent workers
"""

import json
import statistics
import sys
import time
from pathlib import Path

import torch

from loading import WORKERS, allow_torchvision, arguments

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "Oracles"))
from torch_nets import adam, cnn  # noqa: E402

BATCH = 64
# Steps of the first epoch in which workers start and memory is touched; neither they nor their waits count.
WARM_UP = 50


def prep_loader(folder):
    from prep.torch import DataLoader
    from prep_load import AUGMENT
    return DataLoader(folder, "train", batch_size=BATCH, workers=WORKERS, augment=AUGMENT)


def torch_loader(folder):
    allow_torchvision()
    from torch_load import Mapped
    from torchvision.transforms import RandomAffine
    samples = Mapped(folder, RandomAffine(degrees=10, translate=(2 / 28, 2 / 28)))
    return torch.utils.data.DataLoader(
        samples, batch_size=BATCH, shuffle=True, num_workers=WORKERS, persistent_workers=True)


def main():
    folder, epochs, variant = arguments()
    loader = {"prep": prep_loader, "torch": torch_loader}[variant](folder)
    torch.manual_seed(0)
    network, loss = cnn(), torch.nn.CrossEntropyLoss()
    optimizer = adam(network)
    seconds, samples, waits = [], [], []
    for epoch in range(epochs):
        batches, count, step = iter(loader), 0, 0
        begun = ready = time.perf_counter()
        while batch := next(batches, None):
            waited, (images, labels) = time.perf_counter() - ready, batch
            optimizer.zero_grad()
            loss(network(images), labels).backward()
            optimizer.step()
            ready = time.perf_counter()
            step += 1
            if epoch == 0 and step <= WARM_UP:
                begun = ready
                continue
            count += len(labels)
            waits.append(waited)
        seconds.append(ready - begun)
        samples.append(count)
    print(json.dumps({
        "samples": sum(samples), "seconds": [sum(seconds)], "wait": statistics.fmean(waits),
        "late_wait": statistics.quantiles(waits, n=20)[-1]}))


if __name__ == "__main__":
    main()
