"""Makes images of many kinds with Pillow, ImageMagick and the formats' own tools, for `formats.py`.

All are 37x29 pixels when upright. `files()` yields name, bytes and pixels (height x width x 3) as they must come out; the
pixels are Pillow's, except where the name of the format's rule stands beside them.
"""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps
from tiff_writer import BYTE, FLOAT, SIGNED, tiff

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
        """Writes `inputs` (suffix=bytes) as in.SUFFIX, runs a program; the bytes that it writes to out.SUFFIX or None."""
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


# ---------------------------------------------------------------- formats


def bmp_files(tools):
    for seed in range(3):
        yield f"rgb-{seed}", saved(picture(seed), "BMP")
        yield f"gray-{seed}", saved(picture(seed).convert("L"), "BMP")
        yield f"bits-{seed}", saved(picture(seed).convert("1"), "BMP")
        for colors in (2, 16, 200, 256):
            yield f"palette-{colors}-{seed}", saved(indexed(seed, colors), "BMP")
        yield f"rgba-{seed}", saved(with_alpha(picture(seed)), "BMP")
    for seed in (3, 4):
        png = saved(picture(seed), "PNG")
        clear = saved(with_alpha(picture(seed)), "PNG")
        for version in ("BMP2", "BMP3", "BMP"):
            for kind in (["-type", "TrueColor"], ["-colors", "16"], ["-colors", "200"], ["-monochrome"],
                         ["-colorspace", "gray"], ["-flip"]):
                yield (f"magick-{version}-{'-'.join(kind)}-{seed}",
                       tools.run("convert", "in.png", *kind, f"{version}:out.bmp", png=png))
        for depth in ("RGB565", "RGB555", "ARGB4444", "ARGB1555"):
            yield (f"magick-{depth}-{seed}",
                   tools.run("convert", "in.png", "-define", f"bmp:subtype={depth}", "out.bmp", png=png))
        yield f"magick-rle-{seed}", tools.run("convert", "in.png", "-colors", "64", "-compress", "RLE", "BMP3:out.bmp", png=png)
        yield f"magick-rgba-{seed}", tools.run("convert", "in.png", "BMP:out.bmp", png=clear)
    yield "rle8", run_length_bmp(8)
    yield "rle4", run_length_bmp(4)
    yield "top-down", top_down(saved(picture(5), "BMP"))
    yield "top-down-palette", top_down(saved(indexed(5, 16), "BMP"))


def top_down(bmp):
    """The same with a negative height: upside down."""
    return bmp[:22] + (2**32 - HEIGHT).to_bytes(4, "little") + bmp[26:]


def run_length_bmp(bits):
    """Runs, absolute pixels, and rows of one run; in Pillow's reading."""
    top = 255 if bits == 8 else 15
    rows = [(np.arange(WIDTH) * (y + 3) // 7 & top).tolist() if y % 3 else [y & top] * WIDTH for y in range(HEIGHT)]
    data = bytearray()
    for row in rows:
        if len(set(row)) == 1:
            data += bytes([WIDTH, row[0] * (17 if bits == 4 else 1)])
        else:
            pixels = bytes(row[:WIDTH - 5])
            data += bytes([0, len(pixels)])
            if bits == 4:
                pixels = bytes(a << 4 | b for a, b in zip(pixels[::2], pixels[1::2] + b"\0"))
            data += pixels + bytes(len(pixels) % 2)
            for level in row[WIDTH - 5:]:
                data += bytes([1, level << 4 if bits == 4 else level])
        data += b"\0\0"
    data += b"\0\1"
    bmp = bytearray(saved(indexed(6, top + 1), "BMP"))
    start = int.from_bytes(bmp[10:14], "little")
    bmp[28:30] = bits.to_bytes(2, "little")
    bmp[30:34] = (1 if bits == 8 else 2).to_bytes(4, "little")
    return bytes(bmp[:start]) + bytes(data)


def gif_files(tools):
    for seed in range(4):
        for colors in (2, 3, 16, 100, 256):
            yield f"palette-{colors}-{seed}", saved(indexed(seed, colors), "GIF", interlace=seed % 2)
        yield f"gray-{seed}", saved(picture(seed).convert("L"), "GIF", interlace=seed % 2)
        yield f"bits-{seed}", saved(picture(seed).convert("1"), "GIF")
        yield f"transparent-{seed}", saved(indexed(seed, 32), "GIF", transparency=seed)
        yield f"rgba-{seed}", saved(with_alpha(picture(seed)), "GIF")
        frames = [indexed(seed + step, 40) for step in range(3)]
        yield f"animated-{seed}", saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    for seed in (5, 6):
        png = saved(picture(seed), "PNG")
        clear = saved(with_alpha(picture(seed)), "PNG")
        for kind in (["-colors", "7"], ["-interlace", "GIF"], ["-monochrome"], ["-colorspace", "gray"],
                     ["-crop", "20x11+9+7"], ["-negate", "-colors", "250"]):
            yield f"magick-{'-'.join(kind)}-{seed}", tools.run("convert", "in.png", *kind, "out.gif", png=png)
        yield f"magick-alpha-{seed}", tools.run("convert", "in.png", "out.gif", png=clear)
        yield (f"magick-alpha-part-{seed}",
               tools.run("convert", "in.png", "-crop", "20x11+9+7", "-interlace", "GIF", "out.gif", png=clear))
    gif = saved(indexed(7, 64), "GIF")
    yield "small-in-canvas", part_of_canvas(gif, 0)
    yield "small-in-canvas-transparent", part_of_canvas(gif, 9)
    yield "larger-than-canvas", gif[:6] + (20).to_bytes(2, "little") + (10).to_bytes(2, "little") + gif[10:]


def part_of_canvas(gif, transparent):
    """A frame of 20x16 pixels at 9, 7 of a canvas of 37x29."""
    part = saved(picture(8, (20, 16)).quantize(64, dither=Image.Dither.NONE), "GIF", **(
        {"transparency": transparent} if transparent else {}))
    at = part.index(b",\0\0\0\0\x14\0\x10\0")
    size = WIDTH.to_bytes(2, "little") + HEIGHT.to_bytes(2, "little")
    return part[:6] + size + part[10:at + 1] + b"\x09\0\x07\0" + part[at + 5:]


def webp_files(tools):
    for seed in range(4):
        image, clear = picture(seed), with_alpha(picture(seed), seed)
        for quality in (1, 50, 95):
            yield f"lossy-{quality}-{seed}", saved(image, "WEBP", quality=quality)
            yield f"lossy-alpha-{quality}-{seed}", saved(clear, "WEBP", quality=quality)
        yield f"lossless-{seed}", saved(image, "WEBP", lossless=True)
        yield f"lossless-alpha-{seed}", saved(clear, "WEBP", lossless=True, exact=True)
        yield f"gray-{seed}", saved(image.convert("L"), "WEBP")
        frames = [with_alpha(picture(seed + step), step) if seed % 2 else picture(seed + step) for step in range(3)]
        yield f"animated-{seed}", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=seed > 1)
    for orientation in range(1, 9):
        yield f"exif-{orientation}", saved(turned(orientation, orientation), "WEBP", exif=exif(orientation))
    for seed in (5, 6):
        png = saved(picture(seed), "PNG")
        clear = saved(with_alpha(picture(seed), seed), "PNG")
        for kind in (["-lossless"], ["-near_lossless", "40"], ["-sharp_yuv"], ["-alpha_q", "20"], ["-q", "3", "-sns", "90"],
                     ["-segments", "1", "-strong"], ["-alpha_filter", "best", "-alpha_method", "1"]):
            for name, data in (("rgb", png), ("alpha", clear)):
                yield (f"cwebp-{name}-{'-'.join(kind)}-{seed}".replace("--", "-"),
                       tools.run("cwebp", *kind, "in.png", "-o", "out.webp", png=data))
        yield f"magick-{seed}", tools.run("convert", "in.png", "out.webp", png=clear)
        part = saved(picture(seed, (WIDTH - 10, HEIGHT - 6)), "WEBP", lossless=seed == 5)
        yield f"part-{seed}", tools.run("webpmux", "-frame", "in.webp", "+100+10+6+0+b", "-bgcolor", "255,255,0,0", "-o",
                                        "out.webp", webp=part)
        yield f"gif2webp-{seed}", tools.run("gif2webp", "in.gif", "-o", "out.webp", gif=part_of_canvas(b"", seed))


def tiff_from_pillow():
    for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd"):
        for mode in ("1", "L", "RGB", "RGBA", "LA", "CMYK", "P", "YCbCr"):
            image = with_alpha(picture(2)).convert(mode) if mode in ("RGBA", "LA") else picture(2).convert(mode)
            if mode == "YCbCr" and compression:
                continue
            yield f"{mode}-{compression}", saved(image, "TIFF", compression=compression), None
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield compression, saved(picture(3).convert("1"), "TIFF", compression=compression), None
    for mode in ("L", "RGB", "CMYK", "YCbCr"):
        yield f"{mode}-jpeg", saved(picture(4).convert(mode), "TIFF", compression="jpeg", quality=80), None
    for orientation in range(1, 9):
        yield f"orientation-{orientation}", saved(turned(orientation, orientation), "TIFF", exif=exif(orientation)), None
    pages = [picture(seed) for seed in range(3)]
    yield "pages", saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]), None
    deep = Image.fromarray(np.random.default_rng(5).integers(0, 65536, (HEIGHT, WIDTH), np.uint16))
    yield "I;16", saved(deep, "TIFF", compression="tiff_lzw"), by_rule(np.asarray(deep), 16)
    for top in (1, 255):
        float_image = Image.fromarray(np.random.default_rng(6).random((HEIGHT, WIDTH), np.float32) * top)
        yield f"F-{top}", saved(float_image, "TIFF"), by_rule(np.asarray(float_image), 32, top)
    whole = Image.fromarray(np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH), np.int32))
    yield "I", saved(whole, "TIFF"), np.asarray(whole).astype(np.uint8)


def tiff_from_tools(tools):
    png, clear = saved(picture(8), "PNG"), saved(with_alpha(picture(8)), "PNG")
    for kind in (["-compress", "LZW"], ["-compress", "Zip", "-define", "tiff:predictor=2"], ["-endian", "MSB"],
                 ["-colorspace", "CMYK"], ["-colorspace", "gray", "-depth", "8"], ["-monochrome", "-compress", "Fax"],
                 ["-colors", "16", "-type", "Palette"], ["-interlace", "plane"], ["-compress", "JPEG"],
                 ["-define", "tiff:tile-geometry=16x16"], ["-monochrome", "-compress", "Group4"],
                 ["-define", "tiff:fill-order=lsb", "-monochrome"]):
        yield f"magick-{'-'.join(kind)}", tools.run("convert", "in.png", *kind, "out.tif", png=png), None
    for value in ("associated", "unassociated"):
        yield (f"magick-{value}",
               tools.run("convert", "in.png", "-depth", "8", "-define", f"tiff:alpha={value}", "out.tif", png=clear), None)
    plain = saved(picture(9), "TIFF")
    bits = saved(picture(9).convert("1"), "TIFF")
    for kind in ("lzw", "zip", "packbits", "zstd", "jpeg", "jpeg:r", "webp", "lzw:2", "zip:2", "none"):
        for layout in ([], ["-t", "-w", "16", "-l", "16"], ["-p", "separate"], ["-B", "-r", "8"], ["-8"], ["-f", "lsb2msb"]):
            if kind.startswith(("jpeg", "webp")) and layout[:1] in (["-f"], ["-p"]):
                continue
            made = tools.run("tiffcp", "-c", kind, *layout, "in.tif", "out.tif", tif=plain)
            if kind == "webp" and made:  # Pillow's libtiff lacks it
                yield (f"tiffcp-{kind}-{'-'.join(layout)}", made,
                       from_pillow(tools.run("tiffcp", "-c", "none", "-s", "in.tif", "out.tif", tif=made)))
            else:
                yield f"tiffcp-{kind}-{'-'.join(layout)}", made, None
    for kind in ("g3", "g3:1d", "g3:2d", "g3:fill", "g4"):
        yield f"tiffcp-{kind}", tools.run("tiffcp", "-c", kind, "in.tif", "out.tif", tif=bits), None


def tiff_of_layouts():
    """Layouts that no tool above writes. Of levels at 16 and 32 bits, and of floats, the pixels follow the rules."""
    random = np.random.default_rng(10)

    def levels(count, high=256, dtype=np.uint8):
        return random.integers(0, high, (HEIGHT, WIDTH, count)).astype(dtype)

    for order in "<>":
        for tile in (None, (16, 16)):
            for planar in (False, True):
                for count, photometric, extra in ((3, 2, None), (4, 2, [2]), (4, 2, [1]), (4, 2, [0]), (4, 5, None),
                                                  (1, 0, None), (1, 1, None), (2, 1, [2])):
                    name = f"{order}-{tile}-{planar}-{count}-{photometric}-{extra}"
                    deep = levels(count, 65536, np.uint16)
                    layout = {"photometric": photometric, "order": order, "tile": tile, "planar": planar, "extra": extra,
                              "deflate": tile is None, "big": planar}
                    # Pillow reads not all layouts of planes, and no BigTIFF in big-endian order.
                    shallow = levels(count)
                    yield f"8-{name}", tiff(shallow, **layout), after_scaling(shallow, photometric, extra, 8)
                    yield f"16-{name}", tiff(deep, 16, **layout), after_scaling(deep, photometric, extra)
    for bits in (1, 2, 4):
        for photometric in (0, 1):
            for tile in (None, (16, 16)):
                yield f"gray-{bits}-{photometric}-{tile}", tiff(
                    levels(1, 1 << bits), bits, photometric=photometric, tile=tile), None
        colors = random.integers(0, 65536, 3 << bits).tolist()
        yield f"palette-{bits}", tiff(levels(1, 1 << bits), bits, photometric=3, palette=colors), None
    colors = random.integers(0, 65536, 3 << 8).tolist()
    yield "palette-8-alpha", tiff(levels(2), photometric=3, palette=colors, extra=[2]), None
    for bits, dtype in ((16, np.float16), (32, np.float32), (64, np.float64)):
        for count, photometric in ((1, 1), (3, 2), (1, 0)):
            for top in (1, 255):
                samples = (random.random((HEIGHT, WIDTH, count)) * top).astype(dtype)
                yield (f"float-{bits}-{count}-{photometric}-{top}", tiff(samples, bits, photometric, FLOAT, order=">"),
                       after_scaling(by_rule(samples, bits, top), photometric, None, 8))
    for bits, dtype in ((8, np.int8), (16, np.int16), (32, np.int32)):
        samples = levels(1, 128, dtype)
        yield f"signed-{bits}", tiff(samples, bits, kind=SIGNED), samples.astype(np.uint8)
    whole = levels(3, 256, np.uint32)
    yield "unsigned-32", tiff(whole, 32, 2), whole.astype(np.uint8)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="3"/></x:xmpmeta>'
    yield "xmp-3", tiff(levels(3), photometric=2, tags=[(700, BYTE, list(xmp))]), None
    yield "more", tiff(levels(3), photometric=2, more=True), None


def after_scaling(samples, photometric, extra, bits=16):
    """Pixels of gray, RGB or CMYK samples at full depth: scaled, then converted as Pillow does at 8 bits."""
    scaled = by_rule(samples, bits) if bits == 16 else samples
    layout = {"photometric": photometric, "extra": extra}
    return from_pillow(tiff(scaled, **layout))


def tiff_files(tools):
    yield from tiff_from_pillow()
    yield from tiff_from_tools(tools)
    yield from tiff_of_layouts()


def files(format):
    """Name, bytes and expected pixels of the files of a format; also what could not be made."""
    made, unread = [], []
    with tempfile.TemporaryDirectory() as folder:
        tools = Tools(folder)
        for name, data, *pixels in {"bmp": bmp_files, "gif": gif_files, "webp": webp_files, "tiff": tiff_files}[format](tools):
            if data is None:
                continue
            try:
                expected = rgb(pixels[0]) if pixels and pixels[0] is not None else from_pillow(data)
            except Exception as error:
                unread.append(f"{name}: {error}")
                continue
            made.append((name, data, expected))
    return made, unread + tools.missing
