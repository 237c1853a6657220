"""Prepares images of many kinds with the given binary and compares every pixel with Pillow's.

Usage: formats.py PREP. image_files.py makes at least 40 files each of WebP, TIFF, GIF and BMP, all of one size, with
Pillow, ImageMagick and the formats' own tools (cwebp, gif2webp, webpmux, tiffcp). They are prepared at that size, in
colour, and none may be rejected. Files that no reader of Pillow reads, and tools that are missing, are counted.
"""

import csv
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import image_files
import numpy as np
import zstandard
from safetensors.numpy import load

ENDINGS = {"webp": "webp", "tiff": "tif", "gif": "gif", "bmp": "bmp"}


def prepared(prep, format, made, folder):
    """Number of a file -> its pixels in the dataset."""
    for number, (_, data, _) in enumerate(made):
        place = folder / "in" / str(number % 2)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.{ENDINGS[format]}").write_bytes(data)
    subprocess.run(
        [prep, "images", folder / "in", "-o", folder / "out", "--compression", "none", "--quiet", "--near", "0",
         "--channels", "rgb", "--size", f"{image_files.WIDTH}x{image_files.HEIGHT}", "--max-rejected", "0"], check=True)
    text = zstandard.ZstdDecompressor().stream_reader((folder / "out/provenance.csv.zst").read_bytes()).read()
    rows = list(csv.DictReader(io.StringIO(text.decode())))
    manifest = json.loads((folder / "out/dataset.json").read_text())
    images = {}
    for contents in manifest["splits"].values():
        for shard in contents["shards"]:
            tensors = load((folder / "out" / shard["name"]).read_bytes())
            images.update(zip(tensors["ids"].tolist(), tensors["images"]))
    return {int(Path(row["key"]).stem): images[int(row["id"])] for row in rows}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    failed = False
    for format in ENDINGS:
        made, unread = image_files.files(format)
        with tempfile.TemporaryDirectory() as folder:
            found = prepared(Path(sys.argv[1]).resolve(), format, made, Path(folder))
        wrong = [name for number, (name, _, expected) in enumerate(made)
                 if not np.array_equal(found[number], expected)]
        print(f"formats: {len(made)} {format} files, {len(made) - len(wrong)} equal to Pillow, "
              f"{len(unread)} not made or not read by Pillow")
        for name in wrong:
            print(f"    {name} differs")
        failed |= bool(wrong) or len(made) < 40
    sys.exit(1 if failed else 0)


main()
