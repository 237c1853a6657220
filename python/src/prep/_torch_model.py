"""Trained models for PyTorch."""

import torch
from torch import nn

from ._layers import EPSILON, MOMENTUM
from ._model import Pixels, Run, read

_LAYERS = {
    "convolution": lambda layer: nn.Conv2d(
        layer.input[0], layer.value.filters, layer.value.kernel, padding=layer.value.padding),
    "batch_normalization": lambda layer: (nn.BatchNorm2d if len(layer.input) == 3 else nn.BatchNorm1d)(
        layer.input[0], eps=EPSILON, momentum=MOMENTUM),
    "relu": lambda layer: nn.ReLU(),
    "max_pool": lambda layer: nn.MaxPool2d(layer.value),
    "dropout": lambda layer: nn.Dropout(layer.value),
    "flatten": lambda layer: nn.Flatten(),
    "linear": lambda layer: nn.Linear(*layer.input, *layer.output),
    "softmax": lambda layer: nn.Softmax(dim=1),
}


class Preprocessing(nn.Module):
    """Images as the dataset holds them, uint8 [N, C, H, W], to the network's input."""

    def __init__(self, pixels: Pixels):
        super().__init__()
        (top, bottom), (left, right) = pixels.margins
        self.margins = (left, right, top, bottom)
        self.register_buffer("border", torch.from_numpy(pixels.border))
        self.register_buffer("mean", torch.tensor(pixels.mean).view(-1, 1, 1))
        self.register_buffer("deviation", torch.tensor(pixels.deviation).view(-1, 1, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = images.float()
        if any(self.margins):
            background = x.flatten(2)[:, :, self.border].median(dim=2).values[:, :, None, None]
            # Levels are whole numbers, so that this is exact.
            x = nn.functional.pad(x - background, self.margins) + background
        return (x / 255 - self.mean) / self.deviation


def load(run: Run, *, preprocessing: bool = False) -> nn.Sequential:
    """The network of a run's folder or a model file, with its weights, in evaluation mode.

    Its layers are those of the recipe, and its state dict has the names of the file. It takes what
    `prep.Dataset.loader` delivers with the recipe's format and canvas, and returns logits; where the recipe ends in
    softmax, probabilities.

    preprocessing: whether it takes images as they are in the dataset, uint8 [N, C, H, W], and returns probabilities;
        then its first part is a `Preprocessing`, and its second the network
    """
    model = read(run)
    network = nn.Sequential(*(_LAYERS[layer.kind](layer) for layer in model.layers))
    network.load_state_dict({name: torch.tensor(tensor) for name, tensor in model.tensors.items()})
    if preprocessing:
        network = nn.Sequential(Preprocessing(model.pixels), network)
        if not model.ends_in_softmax:
            network.append(nn.Softmax(dim=1))
    return network.eval()
