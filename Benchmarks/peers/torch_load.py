"""Loads with PyTorch's DataLoader, two persistent workers.

Usage: torch_load.py FOLDER EPOCHS VARIANT. The variants:
png: PNG files in class folders, opened with Pillow
memmap: a memory-mapped array, made float in __getitem__
augment: the same array through torchvision's RandomAffine, which takes the nearest pixel by default; that is
less work than interpolating
"""

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from loading import BATCH, WORKERS, allow_torchvision, arguments, images_and_labels, png_names, time_epochs


class Files(Dataset):
    """One PNG file per sample."""

    def __init__(self, folder):
        self.samples = png_names(folder)

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        path, label = self.samples[index]
        with Image.open(path) as image:
            pixels = np.asarray(image, dtype=np.float32)
        return torch.from_numpy(pixels).div_(255).unsqueeze_(0), label


class Mapped(Dataset):
    """A memory-mapped array; `augment` takes and returns a Pillow image."""

    def __init__(self, folder, augment=None):
        self.images, self.labels = images_and_labels(folder)
        self.augment = augment

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = self.images[index]
        if self.augment:
            image = self.augment(Image.fromarray(image))
        pixels = torch.from_numpy(np.asarray(image, dtype=np.float32)).div_(255)
        pixels = pixels.unsqueeze_(0) if pixels.ndim == 2 else pixels.permute(2, 0, 1).contiguous()
        return pixels, self.labels[index]


def main():
    folder, epochs, variant = arguments()
    note = ""
    if variant == "png":
        dataset = Files(folder)
    elif variant == "memmap":
        dataset = Mapped(folder)
    elif variant == "augment":
        note = allow_torchvision()
        from torchvision.transforms import RandomAffine
        dataset = Mapped(folder, RandomAffine(degrees=10, translate=(2 / 28, 2 / 28)))
    else:
        raise SystemExit(f"no such variant: {variant}")
    loader = DataLoader(dataset, batch_size=BATCH, shuffle=True, num_workers=WORKERS, persistent_workers=True)
    time_epochs(loader, epochs, len(dataset), note)


if __name__ == "__main__":
    main()
