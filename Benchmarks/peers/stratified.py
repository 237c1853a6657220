"""Shared by both preparing peers: listing the images, a stratified 80/10/10 split, saving it as .npz."""

import json
import zipfile

import numpy as np

SUFFIXES = (".jpg", ".jpeg", ".png")


def image_names(path):
    """The names of the images in a zip with one folder per class, sorted."""
    with zipfile.ZipFile(path) as archive:
        return sorted(name for name in archive.namelist() if name.lower().endswith(SUFFIXES))


def labels_of(names):
    """The class index of every name, from its folder: uint8, shape (count,)."""
    folders = [name.split("/")[-2] for name in names]
    index = {folder: number for number, folder in enumerate(sorted(set(folders)))}
    return np.array([index[folder] for folder in folders], dtype=np.uint8)


def split(labels, seed=0):
    """Shuffles each class and splits it 80/10/10. Returns the indices of train, validation and test."""
    generator = np.random.default_rng(seed)
    parts = ([], [], [])
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        tenth = len(members) // 10
        cuts = (len(members) - 2 * tenth, len(members) - tenth)
        for part, indices in zip(parts, np.split(members, cuts)):
            part.append(indices)
    return [generator.permutation(np.concatenate(part)) for part in parts]


def save(path, images, labels):
    """Writes the uint8 images (count, 28, 28) and labels of every split, uncompressed."""
    arrays = {}
    for name, indices in zip(("train", "validation", "test"), split(labels)):
        arrays[f"{name}_images"] = images[indices]
        arrays[f"{name}_labels"] = labels[indices]
    np.savez(path, **arrays)


def report(count):
    """Prints the number of images, which the benchmark reads."""
    print(json.dumps({"samples": count}))
