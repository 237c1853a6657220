"""Writes fixtures/draft-golden.txt: digests of JPEGs that Pillow's draft decodes at a part of their size.

    python Tests/Oracles/make_draft_goldens.py
"""

import hashlib
from pathlib import Path

from PIL import Image

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
HEADER = "# NAME TARGETWxTARGETH WIDTHxHEIGHT SHA256: pixels after Pillow's draft(mode, TARGET), as stored.\n"
NAMES = ("jpeg-gray", "jpeg-rgb-420", "jpeg-rgb-422", "jpeg-rgb-444", "jpeg-rgb-progressive", "jpeg-rgb-restart")


def lines():
    for name in NAMES:
        for target in ((1, 1), (4, 3), (7, 5), (9, 9), (12, 8), (1000, 1)):
            with Image.open(FIXTURES / "images" / f"{name}.jpg") as image:
                image.draft(image.mode, target)
                size, pixels = image.size, image.tobytes()
            digest = hashlib.sha256(pixels).hexdigest()
            yield f"{name}.jpg {target[0]}x{target[1]} {size[0]}x{size[1]} {digest}\n"


(FIXTURES / "draft-golden.txt").write_text(HEADER + "".join(lines()))
