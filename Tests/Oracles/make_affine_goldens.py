"""Writes fixtures/affine-golden.txt: Pillow's bilinear affine transform of a small pattern.

Run: python3 Tests/Oracles/make_affine_goldens.py (needs Pillow). Each line holds rotation, shift x, shift y and
scale, then the 28x28 result in hexadecimal. The source pixel at index i is the top byte of
(i * 2654435761) mod 2^32 inside a frame of four pixels of level 0. Pillow and prep treat what lies outside the
image differently, so positions outside are filled with 0 and the frame is 0 too: there, the conventions meet.
"""

import math
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SIZE, FRAME = 28, 4


def pattern():
    image = Image.new("L", (SIZE, SIZE))
    for y in range(FRAME, SIZE - FRAME):
        for x in range(FRAME, SIZE - FRAME):
            image.putpixel((x, y), (((y * SIZE + x) * 2654435761) % 2**32) >> 24)
    return image


def transform(image, rotation, shift_x, shift_y, scale):
    """Counter-clockwise rotation about the centre, scale, then shift; Pillow wants the inverse map."""
    cosine, sine = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    a, b, c, d = cosine / scale, -sine / scale, sine / scale, cosine / scale
    # Pillow's positions are of pixel corners; the centre of the image lies at SIZE / 2.
    middle = SIZE / 2
    x0 = middle - a * (middle + shift_x) - b * (middle + shift_y)
    y0 = middle - c * (middle + shift_x) - d * (middle + shift_y)
    return image.transform((SIZE, SIZE), Image.AFFINE, (a, b, x0, c, d, y0), Image.BILINEAR, fillcolor=0)


def main():
    lines = ["# " + line for line in __doc__.splitlines()]
    image = pattern()
    for rotation, shift_x, shift_y, scale in [
            (0, 0, 0, 1), (0, 0.5, -1.25, 1), (10, 0, 0, 1), (-7.5, 1.5, 2, 1), (33, -2, 0.75, 1.1), (0, 0, 0, 0.8)]:
        result = transform(image, rotation, shift_x, shift_y, scale)
        lines.append(f"{rotation} {shift_x} {shift_y} {scale} {result.tobytes().hex()}")
    (ROOT / "fixtures/affine-golden.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
