"""Training steps of a recipe's network in PyTorch. Usage: torch_train.py RECIPE contiguous|channels_last SECONDS

The data are floats in memory, gathered by shuffled indices, which is cheaper than any DataLoader. Prints
{"samples": ..., "seconds": ...} of full steps after a warm-up.
"""

import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "Oracles"))
from torch_nets import RECIPES  # noqa: E402

name, layout, budget = sys.argv[1], sys.argv[2], float(sys.argv[3])
make, make_optimizer, batch, size = RECIPES[name]
memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
network = make().to(memory_format=memory_format)
optimizer = make_optimizer(network)
loss = torch.nn.CrossEntropyLoss()
images = torch.rand(20_000, getattr(network[0], "in_channels", 1), size, size)
labels = torch.randint(0, 10, (20_000,))


def steps(seconds):
    done, start = 0, time.perf_counter()
    while True:
        order = torch.randperm(len(images))
        for first in range(0, len(images) - batch + 1, batch):
            picked = order[first:first + batch]
            optimizer.zero_grad()
            loss(network(images[picked].to(memory_format=memory_format)), labels[picked]).backward()
            optimizer.step()
            done += batch
            elapsed = time.perf_counter() - start
            if elapsed > seconds:
                return done, elapsed


steps(min(1.0, budget / 4))
samples, seconds = steps(budget)
print(json.dumps({"samples": samples, "seconds": seconds}))
