"""Test pictures in Pillow, the pixels that they must come out with, and the tools that write them to files."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

WIDTH, HEIGHT = 37, 29


def rgb(array):
    """One, three or no channels as RGB bytes."""
    array = np.asarray(array)
    array = array.reshape(*array.shape[:2], -1)
    return np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array


def over_white(color, alpha):
    t = 255 * (255 - alpha.astype(int)) + color.astype(int) * alpha + 128
    return ((t + (t >> 8)) >> 8).astype(np.uint8)


def from_pillow(data):
    """What Pillow shows of the first frame: upright, transparency pasted over white."""
    image = Image.open(io.BytesIO(data))
    image.load()
    image = ImageOps.exif_transpose(image)
    assert image.mode not in ("I;16", "I;16B", "I", "F"), image.mode
    if image.mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in image.info:
        if image.mode == "La":
            image = image.convert("LA")
        image = image.convert("RGBA")
        array = np.asarray(image)
        return over_white(array[:, :, :3], array[:, :, 3:])
    return np.asarray(image.convert("RGB"))


def by_rule(samples, bits, top=None):
    """16 bits as PNGs of 16 bits; floats in 0...1 times 255, rounded; other numbers in 0...255 as they are, rounded."""
    if bits == 16 and top is None:
        return ((samples.astype(np.int64) * 255 + 32895) >> 16).astype(np.uint8)
    return np.floor(samples.astype(np.float64) * (255 / top) + 0.5).astype(np.uint8)


# ---------------------------------------------------------------- pictures


def picture(seed=0, size=(WIDTH, HEIGHT)):
    """A smooth RGB picture with sharp edges."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (5, 6, 3), np.uint8))
    image = small.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(4):
        x, y = (int(random.integers(0, side)) for side in size)
        draw.rectangle([x, y, x + 9, y + 6], fill=tuple(int(c) for c in random.integers(0, 256, 3)))
    return image


def alpha(seed=0):
    random = np.random.default_rng(seed + 1000)
    levels = random.integers(0, 256, (HEIGHT, WIDTH), np.uint8)
    levels[:9] = 255
    levels[-9:] = 0
    return Image.fromarray(levels)


def with_alpha(image, seed=0):
    image = image.copy()
    image.putalpha(alpha(seed))
    return image


def indexed(seed=0, colors=256):
    return picture(seed).quantize(colors, dither=Image.Dither.NONE)


def saved(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data


def turned(seed, orientation):
    """A picture that is 37x29 when it is turned as `orientation` says."""
    return picture(seed, (HEIGHT, WIDTH) if orientation >= 5 else (WIDTH, HEIGHT))


class Tools:
    """Runs programs in a temporary folder. What a program cannot do here is left out and counted."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.missing = []

    def run(self, name, *arguments, **inputs):
        """Writes `inputs` (suffix=bytes) as in.SUFFIX and runs a program. What it writes to out.SUFFIX, or None."""
        for file in self.folder.iterdir():
            file.unlink()
        for suffix, data in inputs.items():
            (self.folder / f"in.{suffix}").write_bytes(data)
        if shutil.which(name):
            subprocess.run([name, *arguments], cwd=self.folder, capture_output=True)
            for file in self.folder.glob("out.*"):
                return file.read_bytes()
        self.missing.append(" ".join((name, *arguments)))
        return None
