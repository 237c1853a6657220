"""The recipes' networks as PyTorch has them, written by hand from the projects' descriptions: the oracle
of training tests, and what benchmarks compare with. Layer numbers are those of prep's recipes."""

import torch
from torch import nn


def digitsnet(softmax):
    layers = []
    for inputs, outputs in ((1, 32), (32, 64), (64, 128), (128, 256)):
        layers += [nn.Conv2d(inputs, outputs, 4, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)]
    return nn.Sequential(*layers, *([nn.Softmax(dim=1)] if softmax else []))


def perceptron(*widths):
    layers = [nn.Flatten()]
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 49, 128), nn.ReLU(), nn.Linear(128, 10))


def fast():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding="same"), nn.ReLU(), nn.Flatten(), nn.Linear(1152, 128), nn.ReLU(), nn.Linear(128, 10))


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def two_conv():
    return nn.Sequential(
        nn.Conv2d(1, 64, 3), nn.ReLU(), nn.Conv2d(64, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(4608, 10))


def dropout_cnn():
    return nn.Sequential(
        nn.Conv2d(1, 64, 2, padding="same"), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.3),
        nn.Conv2d(64, 32, 2, padding="same"), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.3),
        nn.Flatten(), nn.Linear(1568, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 10))


def best():
    def unit(inputs, outputs, padding):
        return nn.Conv2d(inputs, outputs, 3, padding=padding), nn.BatchNorm2d(outputs), nn.ReLU()

    return nn.Sequential(
        *unit(1, 32, 0), *unit(32, 32, 0), nn.MaxPool2d(2), *unit(32, 64, 0), *unit(64, 64, 0), nn.MaxPool2d(2),
        *unit(64, 128, 1), *unit(128, 128, 1), nn.MaxPool2d(2), nn.Dropout(0.2), nn.Flatten(), nn.Linear(512, 10))


def cifar():
    def unit(inputs, outputs, window=1):
        pool = [nn.MaxPool2d(window)] if window > 1 else []
        return nn.Conv2d(inputs, outputs, 3, padding=1), *pool, nn.BatchNorm2d(outputs), nn.ReLU()

    return nn.Sequential(
        nn.Conv2d(3, 24, 2), nn.ReLU(), *unit(24, 64, 2), *unit(64, 64), *unit(64, 256, 2), *unit(256, 256),
        *unit(256, 256, 2), *unit(256, 256), nn.MaxPool2d(3), nn.Flatten(), nn.Linear(256, 10))


def adam(network, rate=1e-3, epsilon=1e-7):
    return torch.optim.Adam(network.parameters(), lr=rate, eps=epsilon)


def momentum(network):
    return torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9)


def head_apart(network, rate, head_rate, decay):
    """SGD with a rate of its own for the last layer, whose decay is that much larger."""
    *body, weight, bias = network.parameters()
    return torch.optim.SGD(
        [{"params": body}, {"params": [weight, bias], "lr": rate * head_rate, "weight_decay": decay / head_rate}],
        rate, momentum=0.9, weight_decay=decay, nesterov=True)


# name: (network, optimizer, batch, width and height of the input)
RECIPES = {
    "digitsnet": (lambda: digitsnet(True), lambda n: adam(n, epsilon=1e-8), 64, 32),
    "digitsnet-logits": (lambda: digitsnet(False), lambda n: adam(n, epsilon=1e-8), 64, 32),
    "mlp": (lambda: perceptron(784, 128, 64, 10), adam, 128, 28),
    "mlp-wide": (lambda: perceptron(784, 1024, 512, 10), adam, 128, 28),
    "cnn": (cnn, adam, 128, 28),
    "lenet": (lenet, momentum, 16, 28),
    "two-conv": (two_conv, adam, 32, 28),
    "dropout-cnn": (dropout_cnn, adam, 60, 28),
    "fast": (fast, lambda n: adam(n, 0.012, 1e-8), 32, 28),
    # At a low rate, since rounding grows with the steps.
    "cifar": (cifar, lambda n: head_apart(n, 1e-4, 0.0125, 5e-4), 32, 32),
    "best": (best, lambda n: torch.optim.AdamW(n.parameters(), lr=3e-3, weight_decay=0.02), 64, 28),
}
