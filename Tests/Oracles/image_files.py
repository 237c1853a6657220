"""Makes images of many kinds with Pillow, ImageMagick and the formats' own tools, for `formats.py`.

All are 37x29 pixels when upright. `files()` gives name, bytes and pixels (height x width x 3) as they must come out:
what Pillow shows, except where it keeps 16 bits or floats; there the pixels follow from the rule.
"""

import tempfile

import numpy as np
from pictures import (HEIGHT, WIDTH, Tools, by_rule, exif, from_pillow, indexed, picture, rgb, saved, turned,
                      with_alpha)
from PIL import Image
from tiff_writer import BYTE, FLOAT, SIGNED, tiff


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
        yield (f"magick-rle-{seed}",
               tools.run("convert", "in.png", "-colors", "64", "-compress", "RLE", "BMP3:out.bmp", png=png))
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
        frames = [picture(seed + step) for step in range(3)]
        if seed % 2:
            frames = [with_alpha(frame, seed) for frame in frames]
        yield f"animated-{seed}", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=seed > 1)
    for orientation in range(1, 9):
        yield f"exif-{orientation}", saved(turned(orientation, orientation), "WEBP", exif=exif(orientation))
    for seed in (5, 6):
        png = saved(picture(seed), "PNG")
        clear = saved(with_alpha(picture(seed), seed), "PNG")
        for kind in (["-lossless"], ["-near_lossless", "40"], ["-sharp_yuv"], ["-alpha_q", "20"],
                     ["-q", "3", "-sns", "90"], ["-segments", "1", "-strong"],
                     ["-alpha_filter", "best", "-alpha_method", "1"]):
            for name, data in (("rgb", png), ("alpha", clear)):
                yield (f"cwebp-{name}-{'-'.join(kind)}-{seed}".replace("--", "-"),
                       tools.run("cwebp", *kind, "in.png", "-o", "out.webp", png=data))
        yield f"magick-{seed}", tools.run("convert", "in.png", "out.webp", png=clear)
        part = saved(picture(seed, (WIDTH - 10, HEIGHT - 6)), "WEBP", lossless=seed == 5)
        # The first frame covers a part of the canvas, which the second makes large.
        frames = ["-frame", "in.webp", "+100+10+6+0+b", "-frame", "in.webp", "+100+0+0+0+b"]
        yield f"part-{seed}", tools.run("webpmux", *frames, "-bgcolor", "255,255,0,0", "-o", "out.webp", webp=part)
        part = saved(with_alpha(picture(seed)).crop((0, 0, WIDTH - 10, HEIGHT - 6)), "WEBP", lossless=seed == 5)
        yield f"part-alpha-{seed}", tools.run("webpmux", *frames, "-o", "out.webp", webp=part)
        yield f"gif2webp-{seed}", tools.run("gif2webp", "in.gif", "-o", "out.webp", gif=part_of_canvas(b"", seed))


def tiff_from_pillow():
    for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd"):
        for mode in ("1", "L", "RGB", "RGBA", "LA", "CMYK", "P", "YCbCr"):
            image = with_alpha(picture(2)).convert(mode) if mode in ("RGBA", "LA") else picture(2).convert(mode)
            yield f"{mode}-{compression}", saved(image, "TIFF", compression=compression), None
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield compression, saved(picture(3).convert("1"), "TIFF", compression=compression), None
    for mode in ("L", "RGB", "CMYK", "YCbCr"):
        yield f"{mode}-jpeg", saved(picture(4).convert(mode), "TIFF", compression="jpeg", quality=80), None
    for orientation in range(1, 9):
        data = saved(turned(orientation, orientation), "TIFF", exif=exif(orientation))
        yield f"orientation-{orientation}", data, None
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
                 ["-define", "tiff:fill-order=lsb", "-monochrome"], ["-colorspace", "YCbCr"],
                 ["-colorspace", "YCbCr", "-sampling-factor", "2x2", "-compress", "LZW"]):
        yield f"magick-{'-'.join(kind)}", tools.run("convert", "in.png", *kind, "out.tif", png=png), None
    for value in ("associated", "unassociated"):
        define = ["-depth", "8", "-define", f"tiff:alpha={value}"]
        yield f"magick-{value}", tools.run("convert", "in.png", *define, "out.tif", png=clear), None
    plain = saved(picture(9), "TIFF")
    bits = saved(picture(9).convert("1"), "TIFF")
    for kind in ("lzw", "zip", "packbits", "zstd", "jpeg", "jpeg:r", "webp", "lzw:2", "zip:2", "none"):
        for layout in ([], ["-t", "-w", "16", "-l", "16"], ["-p", "separate"], ["-B", "-r", "8"], ["-8"],
                       ["-f", "lsb2msb"]):
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
                    layout = {"photometric": photometric, "order": order, "tile": tile, "planar": planar,
                              "extra": extra, "deflate": tile is None, "big": planar}
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
        makers = {"bmp": bmp_files, "gif": gif_files, "webp": webp_files, "tiff": tiff_files}
        for name, data, *pixels in makers[format](tools):
            if data is None:
                continue
            try:
                expected = rgb(pixels[0]) if pixels and pixels[0] is not None else from_pillow(data)
            except Exception as error:
                unread.append(f"{name}: {error}")
                continue
            assert expected.shape == (HEIGHT, WIDTH, 3), (name, expected.shape)
            made.append((name, data, expected))
    return made, unread + tools.missing
