#!/usr/bin/env python3
"""Makes fixtures/inputs: small digits in the forms in which people have images, with NumPy, Pillow and Python's csv.

    python3 Tests/Oracles/make_inputs.py

The digits are those of fixtures/mnist, reduced to 8x8 pixels. Writes

    train.csv.gz, test.csv      as Kaggle's digit-recognizer: label,pixel0…; test has no labels
    digits.npz                  as Keras ships MNIST: x_train, y_train, x_test, y_test
    emnist/                     two sets of IDX files as EMNIST has them, transposed, and a mapping
    scans/, labels.csv          PNG files without folders for classes, and a table of their labels
"""

import csv
import gzip
import io
import struct
from pathlib import Path

import numpy
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "fixtures/inputs"


def read(name):
    data = gzip.open(ROOT / f"fixtures/mnist/{name}-ubyte.gz").read()
    shape = struct.unpack(f">{data[3]}I", data[4:4 + 4 * data[3]])
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3]).reshape(shape)


def reduced(images):
    return numpy.stack([numpy.asarray(Image.fromarray(image).resize((8, 8), Image.Resampling.BOX)) for image in images])


def table(images, labels):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(([] if labels is None else ["label"]) + [f"pixel{i}" for i in range(images[0].size)])
    for number, image in enumerate(images):
        writer.writerow(([] if labels is None else [labels[number]]) + image.ravel().tolist())
    return text.getvalue().encode()


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def main():
    (OUT / "emnist").mkdir(parents=True, exist_ok=True)
    (OUT / "scans").mkdir(exist_ok=True)
    images, labels = reduced(read("train-images-idx3")[:120]), read("train-labels-idx1")[:120]
    tests, answers = reduced(read("t10k-images-idx3")[:30]), read("t10k-labels-idx1")[:30]
    # Without a time, so that the file is the same each time.
    (OUT / "train.csv.gz").write_bytes(gzip.compress(table(images, labels), 9, mtime=0))
    (OUT / "test.csv").write_bytes(table(tests, None))
    numpy.savez_compressed(OUT / "digits.npz", x_train=images, y_train=labels, x_test=tests, y_test=answers)
    for name, first in (("letters", 1), ("digits", 0)):
        for part, array, numbers in (("train", images[:60], labels[:60]), ("test", tests[:10], answers[:10])):
            stem = OUT / f"emnist/emnist-{name}-{part}"
            Path(f"{stem}-images-idx3-ubyte").write_bytes(idx(array.transpose(0, 2, 1).copy()))
            Path(f"{stem}-labels-idx1-ubyte").write_bytes(idx(numbers + numpy.uint8(first)))
    # The mapping of EMNIST's letters: label, code of the capital, code of the small letter.
    (OUT / "emnist/emnist-letters-mapping.txt").write_text("".join(f"{i} {64 + i} {96 + i}\n" for i in range(1, 27)))
    rows = [["image_id", "label", "split", "writer"]]
    for number, (image, label) in enumerate(zip(images[:40], labels[:40])):
        Image.fromarray(image).save(OUT / f"scans/{number:03}.png", optimize=True)
        rows.append([f"{number:03}", f"digit {label}", "train" if number < 30 else "test", f"w{number // 2}"])
    # One image without a row, and one row without an image.
    rows[-1][0] = "999"
    with open(OUT / "labels.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


main()
