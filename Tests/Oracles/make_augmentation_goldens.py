"""Writes fixtures/augmentation-golden.txt: what torchvision does to a small pattern.

Run: python3 Tests/Oracles/make_augmentation_goldens.py (needs torchvision). Each line holds an operation, its two
numbers, the number of channels and the 16x12 result in hexadecimal. The byte at index i of the source is the top byte of
(i * 2654435761) mod 2^32 inside a frame of two pixels of level 0. Outside an image torchvision has level 0 and prep the
image's background, which is 0 here.

hflip and vflip ignore their numbers. crop: the offset from the padded image's top left pixel, in columns and rows; the
padding is 4. brightness and contrast: the factor. elastic: alpha and sigma in pixels, from prep's noise under the key
0x0123456789abcdef; torchvision's displacements are in halves of an image, so its alpha is 2 * alpha.
"""

from pathlib import Path

import torch
from torchvision.transforms.v2 import functional as F

ROOT = Path(__file__).resolve().parents[2]
WIDTH, HEIGHT, FRAME = 16, 12, 2
KEY = 0x0123456789ABCDEF


def pattern(channels):
    image = torch.zeros(HEIGHT, WIDTH, channels, dtype=torch.uint8)
    for y in range(FRAME, HEIGHT - FRAME):
        for x in range(FRAME, WIDTH - FRAME):
            for c in range(channels):
                index = (y * WIDTH + x) * channels + c
                image[y, x, c] = ((index * 2654435761) % 2**32) >> 24
    return image.permute(2, 0, 1)


def philox(counter):
    """Philox4x32-10 of Salmon et al. (2011) with KEY; only the first word of the counter is not 0."""
    x, y, z, w = counter, 0, 0, 0
    k0, k1 = KEY & 0xFFFFFFFF, KEY >> 32
    for _ in range(10):
        a, b = x * 0xD2511F53, z * 0xCD9E8D57
        x, y, z, w = (b >> 32) ^ y ^ k0, b & 0xFFFFFFFF, (a >> 32) ^ w ^ k1, a & 0xFFFFFFFF
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return x, y, z, w


def noise(count):
    """Groups of eight blocks: all first words, low half before high half, then all second words, and so on."""
    values = []
    for group in range((count + 63) // 64):
        blocks = [philox(8 * group + k) for k in range(8)]
        for word in range(4):
            for block in blocks:
                for half in (block[word] & 0xFFFF, block[word] >> 16):
                    values.append(((half ^ 0x8000) - 0x8000 >> 1) / 16384)
    return torch.tensor(values[:count], dtype=torch.float32)


def elastic(image, alpha, sigma):
    """As ElasticTransform.make_params, with another noise."""
    area = WIDTH * HEIGHT
    size = int(8 * sigma + 1) | 1
    fields = []
    for axis, side in ((0, WIDTH), (1, HEIGHT)):
        field = noise(2 * area)[axis * area:(axis + 1) * area].reshape(1, 1, HEIGHT, WIDTH)
        fields.append(F.gaussian_blur(field, [size, size], [sigma, sigma]) * 2 * alpha / side)
    displacement = torch.cat(fields, 1).permute(0, 2, 3, 1)
    return F.elastic(image, displacement, fill=0)


def main():
    lines = ["# " + line for line in __doc__.splitlines()]

    def add(name, first, second, image):
        pixels = image.permute(1, 2, 0).contiguous().numpy().tobytes().hex()
        lines.append(f"{name} {first} {second} {image.shape[0]} {pixels}")

    for channels in (1, 3):
        image = pattern(channels)
        add("hflip", 0, 0, F.horizontal_flip(image))
        add("vflip", 0, 0, F.vertical_flip(image))
        for x, y in ((0, 0), (8, 3), (5, 8)):
            padded = F.pad(image, [4, 4, 4, 4], fill=0)
            add("crop", x, y, F.crop(padded, y, x, HEIGHT, WIDTH))
        for factor in (0.6, 1.3):
            add("brightness", factor, 0, F.adjust_brightness(image, factor))
            add("contrast", factor, 0, F.adjust_contrast(image, factor))
        add("elastic", 8, 1, elastic(image, 8, 1))
    add("elastic", 20, 1.25, elastic(pattern(1), 20, 1.25))
    (ROOT / "fixtures/augmentation-golden.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
