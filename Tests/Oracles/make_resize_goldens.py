"""Writes fixtures/resize-golden.txt: digests of Pillow's resize over a formula-made source.

Run:  python -m pip install -r Tests/Oracles/requirements.txt
      python Tests/Oracles/make_resize_goldens.py [--kaggle ARCHIVE]

With --kaggle it also prints, and records in the file, one SHA-256 over all members of that zip
archive of images, each converted to gray and resized to 28x28. Without it, a record already in
the file is kept.
"""

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as transforms

OUTPUT = Path(__file__).resolve().parents[2] / "fixtures" / "resize-golden.txt"
KAGGLE_RECORD = "kaggle-28x28-bilinear"

HEADER = f"""\
# Digests of Pillow's Image.resize(size, filter). Written by Tests/Oracles/make_resize_goldens.py.
# FILTER SRCWxSRCH DSTWxDSTH CHANNELS SHA256_OF_RESIZED_BYTES
# Lines that begin with "cover" hold digests of torchvision's resize(min(DSTW, DSTH)) and center_crop of such an image.
# The source byte at index i = (y*W + x)*CHANNELS + c is ((i * 2654435761) mod 2^32) >> 24.
# The record "{KAGGLE_RECORD} SHA256" is over the bytes of
# Image.open(member).convert("L").resize((28, 28), BILINEAR) of all members of the Kaggle archive
# handwritten-digits-0-9.zip, concatenated in bytewise order of the member names.
"""

FILTERS = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}

SIZES = (
    ((90, 140), (28, 28)),
    ((28, 28), (20, 20)),
    ((28, 28), (32, 32)),
    ((28, 28), (28, 28)),
    ((28, 28), (28, 17)),  # one axis unchanged
    ((28, 28), (17, 28)),
    ((28, 28), (224, 224)),
    ((17, 5), (64, 3)),
    ((1, 1), (28, 28)),
    ((3, 3), (1, 1)),
    ((2, 3), (5, 7)),
    ((100, 1), (7, 3)),
    ((5, 700), (28, 28)),
    ((37, 29), (28, 28)),
    ((64, 64), (63, 65)),
    ((257, 129), (96, 64)),
    ((300, 200), (28, 28)),
    ((640, 480), (48, 48)),
    ((149, 109), (49, 48)),  # shows that the constants of Pillow's hamming are floats
)


def source_image(size, channels):
    width, height = size
    index = np.arange(width * height * channels, dtype=np.uint64)
    samples = ((index * 2654435761) % 2**32 >> 24).astype(np.uint8)
    return Image.frombytes("L" if channels == 1 else "RGB", size, samples.tobytes())


def resize_lines():
    for filter_name, resample in FILTERS.items():
        for source, target in SIZES:
            for channels in (1, 3):
                resized = source_image(source, channels).resize(target, resample)
                digest = hashlib.sha256(resized.tobytes()).hexdigest()
                sizes = " ".join(f"{width}x{height}" for width, height in (source, target))
                yield f"{filter_name} {sizes} {channels} {digest}"


def cover_lines():
    for filter_name in ("box", "bilinear", "hamming", "bicubic", "lanczos"):
        mode = InterpolationMode(filter_name)
        for source in ((90, 140), (640, 480), (480, 641), (28, 28), (301, 200), (17, 5), (33, 700), (1, 3)):
            for side in (28, 31):
                for channels in (1, 3):
                    image = transforms.resize(source_image(source, channels), side, mode)
                    digest = hashlib.sha256(transforms.center_crop(image, side).tobytes()).hexdigest()
                    width, height = source
                    yield f"cover {filter_name} {width}x{height} {side}x{side} {channels} {digest}"


def kaggle_digest(archive):
    digest = hashlib.sha256()
    with zipfile.ZipFile(archive) as members:
        names = [entry.filename for entry in members.infolist() if not entry.is_dir()]
        for name in sorted(names, key=str.encode):
            image = Image.open(io.BytesIO(members.read(name)))
            digest.update(image.convert("L").resize((28, 28), Image.Resampling.BILINEAR).tobytes())
    return digest.hexdigest()


def recorded_kaggle_lines():
    if not OUTPUT.exists():
        return []
    return [line for line in OUTPUT.read_text().splitlines() if line.startswith(KAGGLE_RECORD + " ")]


def main():
    parser = argparse.ArgumentParser(description="Write fixtures/resize-golden.txt.")
    parser.add_argument("--kaggle", metavar="ARCHIVE", help="also digest this zip archive of images")
    arguments = parser.parse_args()

    if arguments.kaggle:
        digest = kaggle_digest(arguments.kaggle)
        print(digest)
        kaggle_lines = [f"{KAGGLE_RECORD} {digest}"]
    else:
        kaggle_lines = recorded_kaggle_lines()
    lines = [*resize_lines(), *cover_lines(), *kaggle_lines]
    OUTPUT.write_text(HEADER + "".join(line + "\n" for line in lines))


if __name__ == "__main__":
    main()
