"""Writes fixtures/training-golden.safetensors: what PyTorch computes, for the tests of Training.

    python3 Tests/Oracles/make_training_goldens.py

Weights and data come from `noise`, which the tests compute too, so that only results are stored.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

from torch_nets import RECIPES

torch.set_num_threads(1)
GOLDENS = {}


def noise(count, salt):
    """Uniform in -1 ..< 1: a hash of index and salt, in 32-bit arithmetic."""
    h = (np.arange(count, dtype=np.uint64) + np.uint64(salt * 1_000_003)) & np.uint64(0xFFFFFFFF)
    for factor in (0x45D9F3B, 0x45D9F3B):
        h = ((h ^ (h >> np.uint64(16))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    h = h ^ (h >> np.uint64(16))
    return (h.astype(np.float64) / 2**31 - 1).astype(np.float32)


def fill(network):
    """Weights from noise: +-1/sqrt(fan_in) for matrices, smaller for vectors."""
    with torch.no_grad():
        for salt, parameter in enumerate(network.parameters()):
            fan_in = parameter[0].numel() if parameter.dim() > 1 else 100
            values = noise(parameter.numel(), salt + 1) / np.float32(np.sqrt(fan_in))
            parameter.copy_(torch.from_numpy(values.reshape(parameter.shape)))
            if parameter.dim() == 1 and salt % 2 == 0:
                parameter.add_(1)


def batch(count, height, width, salt, channels=1):
    """NCHW, from pixels whose channels are interleaved."""
    pixels = (noise(count * height * width * channels, salt) + 1) / 2
    return torch.from_numpy(pixels.reshape(count, height, width, channels).transpose(0, 3, 1, 2).copy())


def labels(count, classes, salt):
    return torch.tensor([(i * 7 + salt) % classes for i in range(count)])


def layer_case(name, *layers, smoothing=0.0):
    """Logits, loss and all gradients of a small network on six images of 12 x 10."""
    network = nn.Sequential(*layers)
    fill(network)
    output = network(batch(6, 12, 10, 500))
    logits = network[:-1](batch(6, 12, 10, 500)) if isinstance(network[-1], nn.Softmax) else output
    GOLDENS[f"{name}/logits"] = logits.detach().numpy()
    loss = nn.functional.cross_entropy(output, labels(6, 5, 0), label_smoothing=smoothing)
    loss.backward()
    GOLDENS[f"{name}/loss"] = loss.detach().numpy().reshape(1)
    for key, parameter in network.named_parameters():
        GOLDENS[f"{name}/{key}"] = parameter.grad.numpy()
    for key, buffer in network.named_buffers():
        if "running" in key:
            GOLDENS[f"{name}/{key}"] = buffer.numpy()


def optimizer_case(name, make, steps=5):
    weights = nn.Parameter(torch.from_numpy(noise(50, 700)))
    optimizer = make([weights])
    for step in range(steps):
        weights.grad = torch.from_numpy(noise(50, 701 + step) * 0.1)
        optimizer.step()
    GOLDENS[f"optimizer/{name}"] = weights.detach().numpy()


def schedule_case(name, make):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = make(optimizer)
    rates = []
    for _ in range(40):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    GOLDENS[f"schedule/{name}"] = np.array(rates, dtype=np.float32)


def trajectory(name, network, make_optimizer, size, count):
    """Losses of ten steps on ten batches, and how far each tensor moved: the norm of its change, and the change of
    64 of its elements. Of `best` also what its averaged weights say of sixteen images after three steps."""
    fill_plain(network)
    before = [parameter.detach().clone() for parameter in network.parameters()]
    optimizer = make_optimizer(network)
    is_best = name == "best"
    if name in ("best", "fast", "digitsnet", "digitsnet-logits"):
        # Gradients that are little more than rounding, as of biases before a normalization, which Adam would blow up to
        # whole steps: with the usual epsilon, two layouts of PyTorch end up to 24 % apart.
        optimizer.param_groups[0]["eps"] = 1e-3
    average = torch.optim.swa_utils.AveragedModel(network, use_buffers=True)
    for layer in network:
        if isinstance(layer, nn.Dropout):
            layer.p = 0
    channels = getattr(network[0], "in_channels", 1)
    smoothing = {"best": 0.05, "fast": 0.05, "cifar": 0.2}.get(name, 0)
    losses = []
    for step in range(10):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(
            network(batch(count, size, size, 900 + step, channels)), labels(count, 10, step),
            label_smoothing=smoothing)
        loss.backward()
        optimizer.step()
        average.update_parameters(network)
        losses.append(loss.item())
        if is_best and step == 2:
            with torch.no_grad():
                GOLDENS["trajectory/best/logits"] = average.eval()(batch(16, size, size, 950)).numpy()
    GOLDENS[f"trajectory/{name}/losses"] = np.array(losses, dtype=np.float32)
    changes = [(new.detach() - old).flatten() for new, old in zip(network.parameters(), before)]
    GOLDENS[f"trajectory/{name}/distances"] = np.array([change.norm().item() for change in changes], dtype=np.float32)
    GOLDENS[f"trajectory/{name}/changes"] = np.concatenate(
        [change[::max(1, len(change) // 64)][:64].numpy() for change in changes])


def fill_plain(network):
    """Weights as in `fill`, vectors smaller; scales of normalizations around one."""
    scales = {id(layer.weight) for layer in network if isinstance(layer, nn.BatchNorm2d)}
    with torch.no_grad():
        for salt, parameter in enumerate(network.parameters()):
            fan_in = parameter[0].numel() if parameter.dim() > 1 else 10_000
            values = noise(parameter.numel(), salt + 1) / np.float32(np.sqrt(fan_in))
            parameter.copy_(torch.from_numpy(values.reshape(parameter.shape)))
            if id(parameter) in scales:
                parameter.add_(1)


layer_case("same", nn.Conv2d(1, 6, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
           nn.Linear(180, 5))
layer_case("even", nn.Conv2d(1, 5, 2, padding="same"), nn.ReLU(), nn.Conv2d(5, 4, 4, padding=1), nn.ReLU(),
           nn.Flatten(), nn.Linear(396, 7), nn.ReLU(), nn.Linear(7, 5))
layer_case("normalized", nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
           nn.Linear(80, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 5))
layer_case("normalized-unpooled", nn.Conv2d(1, 17, 3), nn.BatchNorm2d(17), nn.ReLU(), nn.Conv2d(17, 3, 3),
           nn.Flatten(), nn.Linear(144, 5))
layer_case("pool-three", nn.Conv2d(1, 3, 2), nn.MaxPool2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(27, 5))
layer_case("first", nn.Conv2d(1, 32, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 4, 2), nn.ReLU(),
           nn.Flatten(), nn.Linear(80, 5))
layer_case("first-even", nn.Conv2d(1, 16, 4, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
           nn.Linear(16 * 5 * 4, 5))
layer_case("pixels-pooled", nn.MaxPool2d(2), nn.Flatten(), nn.Linear(30, 5))
layer_case("softmax", nn.Flatten(), nn.Linear(120, 5), nn.Softmax(dim=1))
layer_case("smoothed", nn.Flatten(), nn.Linear(120, 5), smoothing=0.1)

optimizer_case("sgd", lambda p: torch.optim.SGD(p, lr=0.1))
optimizer_case("momentum", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01))
optimizer_case("nesterov", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True))
optimizer_case("adam", lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1))
optimizer_case("adamw", lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1))

schedule_case("step", lambda o: torch.optim.lr_scheduler.StepLR(o, 20, 0.1))
schedule_case("cosine", lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 40))
schedule_case("one-cycle", lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 1.0, total_steps=41))

for name, (make, make_optimizer, count, size) in RECIPES.items():
    trajectory(name, make(), make_optimizer, size, count)

path = Path(__file__).parents[2] / "fixtures" / "training-golden.safetensors"
save_file({name: np.ascontiguousarray(value) for name, value in GOLDENS.items()}, path,
          metadata={"prep": json.dumps({"torch": torch.__version__}), "prep.digest": "0" * 64})
# As FORMAT.md has it for models: the digest of the file while these digits are zeros.
data = path.read_bytes()
path.write_bytes(data.replace(b"0" * 64, hashlib.sha256(data).hexdigest().encode(), 1))
print(path.stat().st_size, "bytes")
