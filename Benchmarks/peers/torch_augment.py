"""Augments with torchvision's transforms v2, on tensors or, with the variant pillow, on Pillow's images.

Its elastic alpha is in halves of pixels.
"""

import sys

import torch
from PIL import Image

from augmenting import ALPHA, PADDING, ROTATION, SHIFT, SIDE, SIGMA, TONE, measure
from loading import allow_torchvision

allow_torchvision()
from torchvision.transforms import v2  # noqa: E402

torch.set_num_threads(1)
BILINEAR = v2.InterpolationMode.BILINEAR


def erase(width, height, channels):
    share = SIDE * SIDE / (width * height)
    return v2.RandomErasing(p=1, scale=(share, share), ratio=(1, 1))


OPERATIONS = {
    "flip": lambda *_: v2.RandomHorizontalFlip(0.5),
    "crop": lambda width, height, _: v2.RandomCrop((height, width), padding=PADDING),
    "affine": lambda width, height, _: v2.RandomAffine(
        ROTATION, translate=(SHIFT / width, SHIFT / height), interpolation=BILINEAR),
    "elastic": lambda *_: v2.ElasticTransform(alpha=2.0 * ALPHA, sigma=float(SIGMA)),
    "brightness": lambda *_: v2.ColorJitter(brightness=TONE),
    "contrast": lambda *_: v2.ColorJitter(contrast=TONE),
}

if sys.argv[2:] == ["pillow"]:
    measure(OPERATIONS, lambda image: Image.fromarray(image.squeeze()))
else:
    # Pillow's images are not erased.
    measure(OPERATIONS | {"erase": erase}, lambda image: torch.from_numpy(image).permute(2, 0, 1).contiguous())
