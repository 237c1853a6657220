"""Writes TIFF files of any layout, also those that Pillow cannot write: planes, tiles, BigTIFF, both byte orders."""

import struct
import zlib

import numpy as np

SHORT, LONG, LONG8, BYTE = 3, 4, 16, 1
UNSIGNED, SIGNED, FLOAT = 1, 2, 3


def packed(samples, bits, order):
    """Samples (rows of integers or floats) as bytes; rows of fewer than 8 bits are padded."""
    if bits >= 8:
        return samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    rows = samples.reshape(samples.shape[0], -1).astype(np.uint8)
    digits = (rows[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(digits.reshape(len(rows), -1), axis=1).tobytes()


def tiff(samples, bits=8, photometric=1, kind=UNSIGNED, order="<", big=False, planar=False, tile=None, rows=8,
         deflate=False, extra=None, palette=None, orientation=None, more=False, tags=()):
    """samples: height x width x samples, of a dtype of `bits` bits (of bytes below 8)."""
    height, width, count = samples.shape
    planes = [samples[:, :, s:s + 1] for s in range(count)] if planar else [samples]
    chunks = []
    for plane in planes:
        step_y, step_x = tile or (rows, width)
        for y in range(0, height, step_y):
            for x in range(0, width, step_x):
                part = plane[y:y + step_y, x:x + step_x]
                if tile:
                    fill = [(0, step_y - part.shape[0]), (0, step_x - part.shape[1]), (0, 0)]
                    part = np.pad(part, fill, mode="edge")
                data = packed(part, bits, order)
                chunks.append(zlib.compress(data) if deflate else data)

    head = 16 if big else 8
    offsets, position = [], head
    for chunk in chunks:
        offsets.append(position)
        position += len(chunk) + len(chunk) % 2
    entries = [
        (256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [bits] * count), (259, SHORT, [8 if deflate else 1]),
        (262, SHORT, [photometric]), (277, SHORT, [count]), (284, SHORT, [2 if planar else 1]),
        (339, SHORT, [kind] * count), *tags,
    ]
    if tile:
        entries += [(322, SHORT, [tile[1]]), (323, SHORT, [tile[0]]), (324, LONG, offsets),
                    (325, LONG, [len(c) for c in chunks])]
    else:
        entries += [(273, LONG, offsets), (278, LONG, [rows]), (279, LONG, [len(c) for c in chunks])]
    if extra is not None:
        entries.append((338, SHORT, extra))
    if palette is not None:
        entries.append((320, SHORT, palette))
    if orientation is not None:
        entries.append((274, SHORT, [orientation]))
    body = b"".join(chunk + bytes(len(chunk) % 2) for chunk in chunks)
    first = head + len(body)
    directory, size = make_directory(sorted(entries), first, order, big, 0)
    if more:  # a second page: the same directory again
        directory, size = make_directory(sorted(entries), first, order, big, first + size)
        directory += make_directory(sorted(entries), first + size, order, big, 0)[0]
    mark = b"II" if order == "<" else b"MM"
    start = struct.pack(order + "HHHQ", 43, 8, 0, first) if big else struct.pack(order + "HI", 42, first)
    return mark + start + body + directory


def make_directory(entries, start, order, big, following):
    """A directory that begins at `start`, with the values that do not fit into it, and its size."""
    letters = {SHORT: "H", LONG: "I", LONG8: "Q", BYTE: "B"}
    entry_size, room = (20, 8) if big else (12, 4)
    position = start + (8 if big else 2) + len(entries) * entry_size + (8 if big else 4)
    out = struct.pack(order + ("Q" if big else "H"), len(entries))
    outside = b""
    for tag, kind, values in entries:
        data = struct.pack(f"{order}{len(values)}{letters[kind]}", *values)
        out += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, len(values))
        if len(data) > room:
            data += bytes(len(data) % 2)
            out += struct.pack(order + ("Q" if big else "I"), position + len(outside))
            outside += data
        else:
            out += data.ljust(room, b"\0")
    out += struct.pack(order + ("Q" if big else "I"), following)
    return out + outside, len(out + outside)
