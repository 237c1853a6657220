"""Trains one network on two processes, with PyTorch's DistributedDataParallel.

Usage: torchrun --standalone --nproc-per-node 2 examples/pytorch_two_processes.py [DATASET]
"""

import sys

import torch
import torch.distributed as distributed
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import prep
import prep.torch

EPOCHS, BATCH = 10, 32


def total(*numbers):
    """Their sums over all processes."""
    sums = torch.tensor(numbers)
    distributed.all_reduce(sums)
    return sums.tolist()


distributed.init_process_group("gloo")  # before loaders, which take rank and world size from there
torch.manual_seed(0)
dataset = prep.open(sys.argv[1] if len(sys.argv) > 1 else "shards/kaggle")
height, width, channels = dataset.image_shape
network = DistributedDataParallel(nn.Sequential(
    nn.Flatten(), nn.Linear(channels * height * width, 128), nn.ReLU(), nn.Linear(128, len(dataset.classes))))
optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)

# The batch size is that of all processes together. Without the last, smaller batch, each process has an equal part
# of every batch, as the mean of their gradients requires.
loader = prep.torch.DataLoader(
    dataset, "train", batch_size=BATCH, remainder="drop", format="normalized", augment="rotate=10,shift=2")
for epoch in range(EPOCHS):
    loader.set_epoch(epoch)
    samples = 0
    for images, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()
        samples += len(labels)
    assert total(samples) == [len(loader) * BATCH]

correct = samples = 0
with torch.no_grad():
    for images, labels in prep.torch.DataLoader(dataset, "test", format="normalized", shuffle=False):
        correct += (network.module(images).argmax(dim=1) == labels).sum().item()
        samples += len(labels)
correct, samples = total(correct, samples)
assert samples == dataset.splits["test"]
if distributed.get_rank() == 0:
    print(f"{distributed.get_world_size()} processes, test accuracy {correct / samples:.2f} of {samples} images")
distributed.barrier()  # so that no thread of gloo still holds a tensor when Python ends
distributed.destroy_process_group()
