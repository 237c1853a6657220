"""The small WebP, TIFF, GIF and BMP files of fixtures/images, for make_images.py; pixels are Pillow's, or by rule."""

import io

import numpy as np
from pictures import alpha, by_rule, exif, from_pillow, over_white, picture, saved
from PIL import Image
from tiff_writer import FLOAT, tiff

SIZE = WIDTH, HEIGHT = 23, 17


def cut(image):
    """The upper left corner, of the size of all these files."""
    return image.crop((0, 0, *SIZE))


def colors(seed=1):
    return cut(picture(seed))


def gray(seed=1):
    return colors(seed).convert("L")


def indexed(count, seed=1):
    return colors(seed).quantize(count, dither=Image.Dither.NONE)


def with_alpha(mode="RGBA"):
    image = colors().convert(mode[:-1])
    image.putalpha(cut(alpha(1)))
    return image


def webp_fixtures():
    yield "webp-lossy", saved(colors(), "WEBP", quality=80)
    yield "webp-lossy-alpha", saved(with_alpha(), "WEBP", quality=60)
    yield "webp-lossless", saved(colors(), "WEBP", lossless=True)
    yield "webp-lossless-alpha", saved(with_alpha(), "WEBP", lossless=True, exact=True)
    yield "webp-animated", saved(colors(), "WEBP", save_all=True, append_images=[colors(2)], quality=50)
    yield "webp-exif-6", saved(colors(), "WEBP", quality=50, exif=exif(6))


def gif_fixtures():
    yield "gif-palette", saved(indexed(60), "GIF", interlace=0)
    yield "gif-interlaced", saved(indexed(13), "GIF", interlace=1)
    yield "gif-transparent", saved(indexed(30), "GIF", transparency=4)
    yield "gif-gray", saved(gray(), "GIF", optimize=False)
    yield "gif-animated", saved(indexed(20), "GIF", save_all=True, append_images=[indexed(20, 2)])
    part = saved(indexed(30), "GIF")
    start = part.index(b",\0\0\0\0")
    wider = (WIDTH + 5).to_bytes(2, "little") + (HEIGHT + 4).to_bytes(2, "little")
    full = saved(indexed(60), "GIF")
    assert full[10] & 7 == 5  # 64 colours
    yield "gif-short-palette", full[:10] + bytes([full[10] - 1]) + full[11:13 + 96] + full[13 + 192:]
    yield "gif-part", part[:6] + wider + part[10:start + 1] + b"\3\0\2\0" + part[start + 5:]


def bmp_fixtures():
    yield "bmp-rgb", saved(colors(), "BMP")
    yield "bmp-gray", saved(gray(), "BMP")
    yield "bmp-1", saved(colors().convert("1"), "BMP")
    yield "bmp-rgba", bit_fields(with_alpha(), 32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000))
    yield "bmp-565", bit_fields(colors(), 16, (0xF800, 0x7E0, 0x1F))
    yield "bmp-555", bit_fields(colors(), 16, (0x7C00, 0x3E0, 0x1F))
    plain = saved(indexed(16), "BMP")
    yield "bmp-palette", plain
    yield "bmp-short-palette", plain[:46] + (10).to_bytes(4, "little") + plain[50:]
    yield "bmp-top-down", plain[:22] + (2**32 - HEIGHT).to_bytes(4, "little") + plain[26:]
    for bits in (4, 8):
        yield f"bmp-rle{bits}", run_length(plain, bits)
    start = int.from_bytes(plain[10:14], "little")
    entries = [plain[i:i + 3] for i in range(54, start, 4)]
    entries += [b"\0\0\0"] * (256 - len(entries))
    core = (12).to_bytes(4, "little") + b"".join(n.to_bytes(2, "little") for n in (WIDTH, HEIGHT, 1, 8))
    yield "bmp-os2", plain[:10] + (26 + 768).to_bytes(4, "little") + core + b"".join(entries) + plain[start:]


def bit_fields(image, bits, masks):
    """A BMP with a header of 56 bytes; levels are cut to the bits of their masks."""
    samples = np.asarray(image).astype(np.int64)
    pixels = np.zeros((HEIGHT, WIDTH), np.int64)
    for channel, mask in enumerate(masks):
        width = mask.bit_count()
        pixels |= (samples[:, :, channel] >> (8 - width)) << ((mask & -mask).bit_length() - 1)
    rows = np.zeros((HEIGHT, (WIDTH * bits + 31) // 32 * 4), np.uint8)
    rows[:, :WIDTH * bits // 8] = pixels.astype(f"<u{bits // 8}").view(np.uint8).reshape(HEIGHT, -1)
    numbers = [56, WIDTH, HEIGHT, 1 | bits << 16, 3, 0, 0, 0, 0, 0, *masks]
    header = b"".join(n.to_bytes(4, "little") for n in numbers).ljust(56, b"\0")
    return b"BM" + bytes(8) + (70).to_bytes(4, "little") + header + rows[::-1].tobytes()


def run_length(plain, bits):
    """A palette image of 8 bits, packed: a run, pixels as they are, and a row that the end of the row fills up."""
    start = int.from_bytes(plain[10:14], "little")
    data = bytearray()
    for y in range(HEIGHT):
        a, b = y % 16, (y * 5 + 3) % 16
        data += bytes([9, a * 17 if bits == 4 else a])
        if y % 3 < 2:
            levels = [(a + x) % 16 for x in range(11)]
            packed = bytes(h << 4 | l for h, l in zip(levels[::2], levels[1::2] + [0])) if bits == 4 else bytes(levels)
            data += bytes([0, 11]) + packed + bytes(len(packed) % 2)
            data += bytes([3, b << 4 | a if bits == 4 else b])
        data += b"\0\0"
    data += b"\0\1"
    return plain[:28] + bytes([bits, 0, 2 if bits == 4 else 1]) + plain[31:start] + bytes(data)


def tiff_fixtures():
    yield "tiff-1", saved(colors().convert("1"), "TIFF"), None
    yield "tiff-group4", saved(colors().convert("1"), "TIFF", compression="group4"), None
    yield "tiff-rgb-lzw", saved(colors(), "TIFF", compression="tiff_lzw"), None
    yield "tiff-rgb-packbits", saved(colors(), "TIFF", compression="packbits"), None
    yield "tiff-rgb-zstd", saved(colors(), "TIFF", compression="zstd"), None
    yield "tiff-rgb-jpeg", saved(colors().convert("YCbCr"), "TIFF", compression="jpeg", quality=60), None
    yield "tiff-ycc", saved(colors().convert("YCbCr"), "TIFF"), None
    yield "tiff-cmyk", saved(colors().convert("CMYK"), "TIFF"), None
    yield "tiff-gray-alpha", saved(with_alpha("LA"), "TIFF"), None
    yield "tiff-orientation-6", saved(colors(), "TIFF", compression="tiff_lzw", exif=exif(6)), None
    yield "tiff-pages", saved(gray(), "TIFF", save_all=True, append_images=[gray(2)]), None

    random = np.random.default_rng(20)
    samples = np.asarray(gray())[:, :, None]
    colored = np.asarray(colors())
    yield "tiff-4-white", tiff(samples >> 4, 4, photometric=0), None
    flat = np.repeat(np.uint8([10, 200, 90]), 8)[:, None, None].repeat(WIDTH, axis=1)
    yield "tiff-longer-strip", shortened(tiff(flat, deflate=True), 24), flat[:HEIGHT]
    palette = random.integers(0, 65536, 48).tolist()
    yield "tiff-palette-4-tiles", tiff(samples >> 4, 4, photometric=3, palette=palette, tile=(16, 16)), None
    yield ("tiff-rgb-planes-tiles-big", tiff(colored, photometric=2, order=">", planar=True, tile=(16, 16), big=True,
                                             deflate=True), colored)
    yield "tiff-rgba-associated", tiff(np.asarray(with_alpha()), photometric=2, extra=[1], deflate=True), None
    deep = random.integers(0, 65536, (HEIGHT, WIDTH, 1)).astype(np.uint16)
    yield "tiff-16-big-endian", tiff(deep, 16, order=">"), by_rule(deep, 16)
    deep = random.integers(0, 65536, (HEIGHT, WIDTH, 4)).astype(np.uint16)
    scaled = by_rule(deep, 16)
    yield ("tiff-rgba-16", tiff(deep, 16, photometric=2, extra=[2]), over_white(scaled[:, :, :3], scaled[:, :, 3:]))
    for top, dtype in ((1, np.float32), (255, np.float64), (1, np.float16)):
        levels = (random.random((HEIGHT, WIDTH, 1)) * top).astype(dtype)
        bits = 8 * levels.itemsize
        yield f"tiff-float-{bits}", tiff(levels, bits, kind=FLOAT, order=">"), by_rule(levels, bits, top)
    whole = random.integers(0, 256, (HEIGHT, WIDTH, 1)).astype(np.uint32)
    yield "tiff-32", tiff(whole, 32), whole.astype(np.uint8)


def shortened(data, height):
    """A TIFF whose last strip holds more rows than are left of the image, as some programs write it."""
    entry = (257).to_bytes(2, "little") + b"\4\0\1\0\0\0"
    assert data.count(entry + height.to_bytes(4, "little")) == 1
    return data.replace(entry + height.to_bytes(4, "little"), entry + HEIGHT.to_bytes(4, "little"))


def fixtures():
    """Name, bytes and pixels: height x width x 1 for files that Pillow opens in a gray mode, x 3 for others."""
    formats = {"webp": webp_fixtures, "tif": tiff_fixtures, "gif": gif_fixtures, "bmp": bmp_fixtures}
    for ending, kinds in formats.items():
        for name, data, *pixels in kinds():
            if pixels and pixels[0] is not None:
                yield f"{name}.{ending}", data, pixels[0]
                continue
            is_gray = Image.open(io.BytesIO(data)).mode in ("1", "L", "LA")
            yield f"{name}.{ending}", data, from_pillow(data)[:, :, :1 if is_gray else 3]
