"""Reads prepared datasets with nothing of prep's own: safetensors, zstandard, csv, json, Pillow.

Usage: read_dataset.py PREP. Prepares the fixtures in a temporary folder with the given binary and checks
that the official safetensors reader loads every shard, that labels and images match the source through
the provenance, and that every digest in dataset.json is what FORMAT.md says. With PREP_REAL_DATA the
real Kaggle archive and MNIST are read too.
"""

import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import zstandard
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load

ROOT = Path(__file__).resolve().parents[2]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def plain(data, name):
    """The content of a file: its zstd frames decompressed one after the other, if it has any."""
    if not name.endswith(".zst"):
        return data
    return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()


def read_shards(folder, manifest):
    """All rows of all splits: (split, shard, slot, id, label, copy, image)."""
    for split, contents in manifest["splits"].items():
        for number, record in enumerate(contents["shards"]):
            stored = (folder / record["name"]).read_bytes()
            assert len(stored) == record["bytes"] and sha256(stored) == record["sha256"], record["name"]
            content = plain(stored, record["name"])
            assert len(content) == record["content_bytes"] and sha256(content) == record["content_sha256"]
            check_frames(stored, content, record)
            check_header(content, split, number, len(contents["shards"]), manifest)
            tensors = load(content)
            copies = tensors.get("copies", np.zeros(record["samples"], np.uint8))
            assert tensors["images"].shape == (
                record["samples"], manifest["image"]["height"], manifest["image"]["width"])
            for slot in range(record["samples"]):
                yield (split, number, slot, int(tensors["ids"][slot]), int(tensors["labels"][slot]),
                       int(copies[slot]), tensors["images"][slot])


def check_frames(stored, content, record):
    """Every frame is readable by itself and has the digest that the manifest promises."""
    for frame in record["frames"]:
        piece = stored[frame["offset"]:frame["offset"] + frame["bytes"]]
        if record["name"].endswith(".zst"):
            piece = zstandard.ZstdDecompressor().decompress(piece)
        start = frame["content_offset"]
        assert piece == content[start:start + frame["content_bytes"]]
        assert sha256(piece) == frame["sha256"]


def check_header(content, split, number, count, manifest):
    """The metadata of the safetensors header, read by the official reader."""
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(content)
        file.flush()
        with safe_open(file.name, framework="numpy") as reader:
            identity = json.loads(reader.metadata()["prep"])
    header_length = int.from_bytes(content[:8], "little")
    assert (8 + header_length) % 64 == 0
    assert identity == {
        "format": "prep-shard", "version": 3, "split": split, "shard": number, "shards": count,
        "classes": manifest["classes"], "buffer_sha256": sha256(content[8 + header_length:])}


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_digests(manifest):
    """The digests of everything that defines the data, and of the whole manifest, as FORMAT.md defines them."""
    rest = {key: value for key, value in manifest.items() if key != "manifest_digest"}
    assert sha256(canonical(rest)) == manifest["manifest_digest"]
    identity = {key: manifest[key] for key in
                ("classes", "format", "image", "version")}
    identity["provenance"] = manifest["provenance"]["content_sha256"]
    identity["splits"] = {split: [shard["content_sha256"] for shard in contents["shards"]]
                          for split, contents in manifest["splits"].items()}
    assert manifest["version"] == 3 and sha256(canonical(identity)) == manifest["digest"]


def check(folder, source_image):
    """Checks a dataset; `source_image(row)` gives the prepared pixels and the source's SHA-256."""
    manifest = json.loads((folder / "dataset.json").read_text())
    check_digests(manifest)
    text = plain((folder / "provenance.csv.zst").read_bytes(), "provenance.csv.zst")
    assert sha256(text) == manifest["provenance"]["content_sha256"]
    assert len(text) == manifest["provenance"]["content_bytes"]
    provenance = list(csv.DictReader(io.StringIO(text.decode())))
    assert len(provenance) == manifest["samples"]
    seen, train, rows = {}, [], 0
    for split, shard, slot, id, label, copy, image in read_shards(folder, manifest):
        row = provenance[id]
        rows += 1
        assert int(row["id"]) == id and row["split"] == split and row["label"] == manifest["classes"][label]
        if split == "train":
            train.append(image)
        if copy:
            assert split == "train"
            continue
        assert (int(row["shard"]), int(row["slot"])) == (shard, slot)
        pixels, digest = source_image(row)
        assert row["sha256"] == digest, row["key"]
        assert np.array_equal(image, pixels), row["key"]
        assert seen.setdefault(image.tobytes(), split) == split, f"{row['key']} leaks"
    train = np.stack(train).astype(np.float64) / 255
    assert abs(train.mean() - manifest["mean"]) < 1e-9 and abs(train.std() - manifest["std"]) < 1e-9
    print(f"{manifest['name']}: {rows} rows in {sum(len(s['shards']) for s in manifest['splits'].values())} shards read")


def archive_images(path):
    archive = zipfile.ZipFile(path)

    def image(row):
        data = archive.read(row["key"])
        picture = Image.open(io.BytesIO(data)).convert("L").resize((28, 28), Image.BILINEAR)
        return np.asarray(picture), sha256(data)

    return image


def idx_images(folder):
    files = {}
    for part in ("train", "t10k"):
        data = gzip.open(folder / f"{part}-images-idx3-ubyte.gz").read()
        count, height, width = np.frombuffer(data, ">u4", 4)[1:]
        files[part] = (np.frombuffer(data, np.uint8, offset=16).reshape(count, height, width), sha256(data))

    def image(row):
        part, index = row["key"].split("/")
        return files[part][0][int(index)], files[part][1]

    return image


def main(prep):
    sources = [(ROOT / "fixtures/digits.zip", ROOT / "fixtures/mnist")]
    if os.environ.get("PREP_REAL_DATA"):
        data = Path(os.environ["PREP_REAL_DATA"])
        sources.append((data / "kaggle/handwritten-digits-0-9.zip", data / "mnist"))
    with tempfile.TemporaryDirectory() as temporary:
        for number, (archive, idx) in enumerate(sources):
            runs = [("zstd", ["kaggle", archive, "--augment", "rotate=10,shift=2,copies=1"], archive_images(archive)),
                    ("plain", ["kaggle", archive, "--compression", "none"], archive_images(archive)),
                    ("idx", ["mnist", idx, "--official-test"], idx_images(idx))]
            for name, arguments, source_image in runs:
                folder = Path(temporary) / f"{name}-{number}"
                subprocess.run([prep, *map(str, arguments), "--quiet", "--output", str(folder)], check=True)
                check(folder, source_image)


if __name__ == "__main__":
    main(sys.argv[1])
