"""Augments with Albumentations 2, the last version under a free licence, which computes with OpenCV."""

import os

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

import albumentations as A  # noqa: E402
import cv2  # noqa: E402

from augmenting import ALPHA, PADDING, ROTATION, SHIFT, SIDE, SIGMA, TONE, measure  # noqa: E402

cv2.setNumThreads(1)


def called(transform):
    return lambda image: transform(image=image)["image"]


OPERATIONS = {
    "flip": lambda *_: called(A.HorizontalFlip(p=0.5)),
    "crop": lambda width, height, _: called(A.Compose([A.Pad(PADDING, p=1), A.RandomCrop(height, width, p=1)])),
    "affine": lambda *_: called(
        A.Affine(rotate=(-ROTATION, ROTATION), translate_px=(-SHIFT, SHIFT), interpolation=cv2.INTER_LINEAR, p=1)),
    "elastic": lambda *_: called(A.ElasticTransform(alpha=ALPHA, sigma=SIGMA, interpolation=cv2.INTER_LINEAR, p=1)),
    "brightness": lambda *_: called(A.RandomBrightnessContrast(TONE, 0, p=1)),
    "contrast": lambda *_: called(A.RandomBrightnessContrast(0, TONE, p=1)),
    "erase": lambda *_: called(
        A.CoarseDropout(num_holes_range=(1, 1), hole_height_range=(SIDE, SIDE), hole_width_range=(SIDE, SIDE), p=1)),
}

measure(OPERATIONS)
