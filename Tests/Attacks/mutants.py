"""Damaged images for images.py: mutations of the fixtures' JPEGs and PNGs.

`Mutants(rng).next()` gives (what was done, extension, bytes). Everything follows from the random numbers.
"""

import struct
import zlib

from common import FIXTURES

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS = (b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD hIST pHYs sPLT tIME tEXt zTXt iTXt eXIf oFFs pCAL "
          b"sCAL acTL fcTL fdAT cICP mDCV cLLI CgBI abcd ABCD IdAT").split()
MARKERS = [0x00, 0x01, *range(0xC0, 0x100)]
SIZES = [0, 1, 2, 3, 7, 8, 9, 16, 17, 100, 255, 256, 1000, 4096, 10_000, 32_767, 32_768, 65_500, 65_535]
LONG_SIZES = SIZES + [65_536, 1_000_000, 1_000_001, 2**24, 2**31 - 1, 2**31, 2**32 - 1]
LENGTHS = [0, 1, 2, 3, 4, 8, 255, 256, 65_535]
# Width, height, depth and color type of seeds that are very wide or very tall.
LONG = [(1, 1, 8, 0), (1, 40_000, 1, 0), (40_000, 1, 8, 0), (3, 9_000, 8, 6), (9_000, 3, 8, 2), (1, 65_536, 8, 0),
        (70_000, 1, 1, 0)]
BYTES = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF]


def crc_of(data):
    return zlib.crc32(data).to_bytes(4, "big")


def chunk(kind, data):
    return len(data).to_bytes(4, "big") + kind + data + crc_of(kind + data)


def png_of(width, height, depth, color, level=9):
    """A real PNG of one tone, for shapes that no fixture has."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[color]
    row = b"\x00" + b"\x55" * ((width * channels * depth + 7) // 8)
    return (SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(row * height, level)) + chunk(b"IEND", b""))


def segments(data):
    """A JPEG's parts: markers with their segments, and entropy-coded data in between."""
    parts, position = [], 0
    while position < len(data) - 1:
        if data[position] != 0xFF or data[position + 1] in (0, 0xFF) or 0xD0 <= data[position + 1] <= 0xD7:
            end = position
            while end < len(data) - 1 and not (data[end] == 0xFF and data[end + 1] not in (0, 0xFF)
                                               and not 0xD0 <= data[end + 1] <= 0xD7):
                end += 1
            end = end if end < len(data) - 1 else len(data)
        elif data[position + 1] in (0x01, 0xD8, 0xD9):
            end = position + 2
        else:
            end = position + 2 + int.from_bytes(data[position + 2:position + 4], "big")
        parts.append(data[position:max(end, position + 1)])
        position = max(end, position + 1)
    return parts


def chunks(data):
    """A PNG's chunks: [type, data, CRC] each."""
    found, position = [], 8
    while position + 12 <= len(data):
        length = int.from_bytes(data[position:position + 4], "big")
        body = data[position + 8:position + 8 + length]
        found.append([data[position + 4:position + 8], body, data[position + 8 + length:position + 12 + length]])
        position += 12 + length
    return found


class Mutants:
    def __init__(self, rng):
        self.rng = rng
        files = sorted((FIXTURES / "images").glob("*.*")) + sorted((FIXTURES / "photos").rglob("*.jpg"))
        files = [path for path in files if path.suffix in (".png", ".jpg") and 0 < path.stat().st_size < 10_000]
        self.seeds = [(path.suffix[1:], path.read_bytes()) for path in files]
        self.seeds += [("png", png_of(*shape)) for shape in LONG]
        self.jpegs = [segments(data) for kind, data in self.seeds if kind == "jpg" and data[:2] == b"\xff\xd8"]
        self.pngs = [chunks(data) for kind, data in self.seeds if kind == "png" and data[:8] == SIGNATURE]
        exif = [part for parts in self.jpegs for part in parts if part[:2] == b"\xff\xe1"]
        self.exif = exif or [b"\xff\xe1\x00\x08Exif\x00\x00"]

    def next(self):
        rng = self.rng
        which = rng.random()
        if which < 0.04:  # good neighbours
            return ("intact", *rng.choice(self.seeds))
        if which < 0.25:
            extension, data = rng.choice(self.seeds)
            name, data = self.raw(data)
        elif which < 0.62:
            extension, (name, data) = "jpg", self.jpeg()
        else:
            extension, (name, data) = "png", self.png()
        if rng.random() < 0.15:
            more, data = self.raw(data)
            name = f"{name}+{more}"
        if rng.random() < 0.02:
            extension = "png" if extension == "jpg" else "jpg"
        return name, extension, data

    def noise(self, most=40):
        return self.rng.randbytes(self.rng.randrange(most))

    # Any bytes

    def raw(self, data):
        rng, size = self.rng, len(data)
        if size < 4:
            return "short", data + self.noise()
        at, data = rng.randrange(size), bytearray(data)
        what = rng.randrange(9)
        if what <= 1:
            for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
                data[rng.randrange(size)] ^= 1 << rng.randrange(8)
            return "bits", bytes(data)
        if what == 2:
            for _ in range(rng.choice((1, 1, 2, 4, 16))):
                data[rng.randrange(size)] = rng.choice(BYTES) if rng.random() < 0.5 else rng.randrange(256)
            return "bytes", bytes(data)
        if what == 3:
            return "truncation", bytes(data[:rng.choice((at, size - 1 - at % 16))])
        if what == 4:
            del data[at:at + rng.choice((1, 2, 4, 16, 100))]
            return "removal", bytes(data)
        if what == 5:
            data[at:at] = self.noise() if rng.random() < 0.5 else data[at:at + 30]
            return "insertion", bytes(data)
        if what == 6:
            other = rng.choice(self.seeds)[1]
            return "splice", bytes(data[:at]) + other[rng.randrange(len(other)):]
        if what == 7:
            block = rng.choice((bytes(16), b"\xff" * 16, self.noise()))
            data[at:at + len(block)] = block
            return "block", bytes(data)
        return "tail", bytes(data) + rng.choice((self.noise(), rng.choice(self.seeds)[1]))

    # JPEG

    def jpeg(self):
        rng = self.rng
        parts = list(rng.choice(self.jpegs))
        name = "?"
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            name, at, what = "?", rng.randrange(len(parts)), rng.randrange(11)
            if what <= 1:
                marker, payload = rng.choice(MARKERS), self.noise()
                length = rng.choice(LENGTHS) if rng.random() < 0.3 else len(payload) + 2
                body = b"" if rng.random() < 0.2 else length.to_bytes(2, "big") + payload
                parts.insert(at, bytes((0xFF, marker)) + body)
                name = f"marker-{marker:02x}"
            elif what == 2:
                parts.insert(rng.randrange(len(parts) + 1), parts[at])
                name = "duplicate"
            elif what == 3:
                del parts[at]
                name = "missing"
                if not parts:
                    parts = [b"\xff\xd8"]
            elif what == 4:
                to = rng.randrange(len(parts))
                parts[at], parts[to] = parts[to], parts[at]
                name = "swap"
            elif what == 5:
                length = rng.choice(LENGTHS + [len(parts[at]) - 3, len(parts[at]) - 1, len(parts[at])])
                parts[at] = parts[at][:2] + (length % 65536).to_bytes(2, "big") + parts[at][4:]
                name = "length"
            elif what == 6:
                other = rng.choice(self.jpegs)
                parts[at:at + 1] = [rng.choice(other)]
                name = "foreign"
            elif what == 7:
                application = bytearray(rng.choice(self.exif))
                for _ in range(rng.randrange(4)):
                    application[rng.randrange(4, len(application))] = rng.choice(BYTES + [3, 4, 6, 8])
                parts.insert(min(at, 1), bytes(application))
                name = "exif"
            elif what == 8:
                kind, body = rng.choice(((0xEE, b"Adobe\x00\x64\x00\x00\x00\x00" + bytes((rng.randrange(4),))),
                                         (0xDD, rng.randrange(20).to_bytes(2, "big")),
                                         (0xDC, rng.choice(SIZES).to_bytes(2, "big")),
                                         (0xFE, b"comment")))
                parts.insert(at, bytes((0xFF, kind)) + (len(body) + 2).to_bytes(2, "big") + body)
                name = f"special-{kind:02x}"
            else:
                name = self.frame(parts, what == 9)
        return f"jpeg-{name}", b"".join(parts)

    def frame(self, parts, size):
        """Changes the frame header (SOF): height and width, or precision, components, sampling and tables."""
        rng = self.rng
        for number, part in enumerate(parts):
            if part[:1] == b"\xff" and len(part) > 10 and 0xC0 <= part[1] <= 0xCF and part[1] not in (0xC4, 0xC8, 0xCC):
                part = bytearray(part)
                if size:
                    at = rng.choice((5, 7))
                    old = int.from_bytes(part[at:at + 2], "big")
                    value = rng.choice((rng.choice(SIZES), old + 1, old - 1, old * 2, old // 2))
                    part[at:at + 2] = (value % 65536).to_bytes(2, "big")
                elif rng.random() < 0.3:
                    part[1] = rng.choice((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC9, 0xCA, 0xCB, 0xCF))
                else:
                    part[rng.choice((4, *range(9, len(part))))] = rng.choice(BYTES + [0x11, 0x21, 0x22, 0x41, 0x44, 12])
                parts[number] = bytes(part)
                return "size" if size else "frame"
        return "frameless"

    # PNG

    def png(self):
        rng = self.rng
        found = [list(part) for part in rng.choice(self.pngs)]
        name, lengths = "?", {}
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            at, what = rng.randrange(len(found)), rng.randrange(11)
            if what <= 1:
                kind = rng.choice(CHUNKS)
                found.insert(rng.randrange(len(found) + 1), [kind, self.noise(), rng.randbytes(4)])
                name = "chunk-" + kind.decode()
            elif what == 2:
                found.insert(rng.randrange(len(found) + 1), list(found[at]))
                name = "duplicate"
            elif what == 3 and len(found) > 1:
                del found[at]
                name = "missing"
            elif what == 4:
                to = rng.randrange(len(found))
                found[at], found[to] = found[to], found[at]
                name = "swap"
            elif what == 5:
                size = len(found[at][1])
                lengths[at] = rng.choice((size - 1, size + 1, size + 12, rng.choice(LENGTHS), 2**31 - 1, 2**32 - 1))
                name = "length"
            elif what == 6:
                found.insert(at, list(rng.choice(rng.choice(self.pngs))))
                name = "foreign"
            elif what == 7:
                data = bytearray(found[at][1])
                for _ in range(rng.choice((1, 1, 2, 5)) if data else 0):
                    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
                found[at][1] = bytes(data)
                name = "data"
            elif what == 8:
                name = self.pixels(found)
            else:
                name = self.header(found, what == 9)
        repair = rng.random() < 0.5
        pieces = [SIGNATURE]
        for number, (kind, data, crc) in enumerate(found):
            length = lengths.get(number, len(data)) % 2**32
            pieces += [length.to_bytes(4, "big"), kind, data, crc_of(kind + data) if repair else crc]
        return f"png-{name}{'-repaired' if repair else ''}", b"".join(pieces)

    def header(self, found, size):
        rng = self.rng
        for part in found:
            if part[0] == b"IHDR" and len(part[1]) == 13:
                header = bytearray(part[1])
                if size:
                    at = rng.choice((0, 4))
                    old = int.from_bytes(header[at:at + 4], "big")
                    value = rng.choice((rng.choice(LONG_SIZES), old + 1, old - 1, old * 2, old // 2))
                    header[at:at + 4] = (value % 2**32).to_bytes(4, "big")
                else:
                    at = rng.randrange(8, 13)
                    header[at] = rng.choice((0, 1, 2, 3, 4, 5, 6, 8, 16, 255))
                part[1] = bytes(header)
                return "size" if size else "format"
        return "headless"

    def pixels(self, found):
        """Other rows in an intact zlib stream, or other zlib settings, or the stream in pieces."""
        rng = self.rng
        places = [number for number, part in enumerate(found) if part[0] == b"IDAT"]
        try:
            rows = bytearray(zlib.decompress(b"".join(found[number][1] for number in places)))
        except zlib.error:
            return "undone"
        if not rows or len(rows) > 20_000:
            return "undone"
        what = rng.randrange(5)
        if what == 0:
            for _ in range(rng.choice((1, 3, 10))):
                rows[rng.randrange(len(rows))] = rng.randrange(256)
        elif what == 1:
            rows = rows[:rng.randrange(len(rows))]
        elif what == 2:
            rows += self.noise(400)
        packer = zlib.compressobj(rng.choice((0, 1, 9)), zlib.DEFLATED, rng.choice((9, 12, 15)))
        stream = packer.compress(rows) + packer.flush()
        pieces = [stream] if what != 3 else [stream[n:n + 30] for n in range(0, len(stream), 30)]
        pieces += [self.noise()] * (what == 4)
        for number in reversed(places):
            del found[number]
        found[places[0]:places[0]] = [[b"IDAT", piece, crc_of(b"IDAT" + piece)] for piece in pieces]
        return ("rows", "rows-short", "rows-long", "pieces", "pieces-more")[what]
