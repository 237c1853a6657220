"""Writes the small test images in fixtures/images and their expected pixels, golden.txt.

PNG files come from a tiny encoder below (Pillow cannot write interlaced PNGs); their expected
pixels are computed from the known samples and, at 8 bits and below, checked against Pillow.
JPEG files are written by Pillow and their expected pixels are the ones Pillow decodes. WebP, TIFF, GIF and BMP are in
frame_images.py.

Run:  python -m pip install -r Tests/Oracles/requirements.txt
      python Tests/Oracles/make_images.py

The output depends on nothing but the versions of zlib and of Pillow's libjpeg-turbo.
"""

import hashlib
import io
import struct
import zlib
from pathlib import Path

import frame_images
import numpy as np
from PIL import Image, ImageOps

OUTPUT = Path(__file__).resolve().parents[2] / "fixtures" / "images"

GOLDEN_HEADER = """\
# Expected pixels of the images in this folder. Written by Tests/Oracles/make_images.py.
# NAME WIDTH HEIGHT CHANNELS SHA256_OF_PIXELS SHA256_OF_GRAY
# Pixels: 8 bits a channel, row by row, channels interleaved, upright (EXIF orientation applied).
# CHANNELS is 1 for gray sources (with or without alpha), 3 for all others (a palette is RGB).
# 16-bit samples become (v*255 + 32895) >> 16. Transparency is laid over white afterwards:
# t = 255*(255-a) + c*a + 128, out = (t + (t >> 8)) >> 8; a tRNS colour is compared at full depth.
# Floats in 0...1 become v*255 + 0.5, cut to integers; other floats and integers of 32 bits are in 0...255.
# gAMA is ignored. Gray: (19595 R + 38470 G + 7471 B + 32768) >> 16, or the pixels if CHANNELS is 1.
# These files must be refused or reported, and so have no line: not-an-image.jpg, empty.png,
# truncated.jpg, truncated.png, corrupt-crc.png, bomb.png.
"""

# ---------------------------------------------------------------- PNG encoder

GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGBA: 4}
COLOR_NAMES = {GRAY: "gray", RGB: "rgb", PALETTE: "palette", GRAY_ALPHA: "gray-alpha", RGBA: "rgba"}
LEGAL_DEPTHS = {
    GRAY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GRAY_ALPHA: (8, 16),
    RGBA: (8, 16),
}
# Adam7 passes as (first x, first y, x step, y step).
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header_chunk(width, height, depth, color, interlaced):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced)))


def packed_row(samples, depth):
    """One row's samples (a flat sequence) as PNG bytes, most significant bits first."""
    if depth == 16:
        return samples.astype(">u2").tobytes()
    if depth == 8:
        return samples.astype(np.uint8).tobytes()
    bits = (samples[:, None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.astype(np.uint8).reshape(-1)).tobytes()


def paeth(left, up, corner):
    estimate = left + up - corner
    return min((abs(estimate - left), 0, left), (abs(estimate - up), 1, up), (abs(estimate - corner), 2, corner))[2]


def filtered_row(row, previous, stride, kind):
    """The filter type byte and the filtered row."""
    out = bytearray([kind])
    for i, value in enumerate(row):
        left = row[i - stride] if i >= stride else 0
        up = previous[i]
        corner = previous[i - stride] if i >= stride else 0
        prediction = (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]
        out.append((value - prediction) & 255)
    return bytes(out)


def encode_png(samples, depth, color, interlaced=False, extra_chunks=(), last_chunks=()):
    """samples: height x width x channels, integers. Rows take filter types 0 to 4 in turn."""
    height, width, channels = samples.shape
    stride = max(1, channels * depth // 8)
    data = b""
    row_number = 0
    for x0, y0, dx, dy in ADAM7 if interlaced else ((0, 0, 1, 1),):
        part = samples[y0::dy, x0::dx]
        if part.size == 0:
            continue
        rows = [packed_row(row.reshape(-1), depth) for row in part]
        previous = bytes(len(rows[0]))
        for row in rows:
            data += filtered_row(row, previous, stride, row_number % 5)
            previous = row
            row_number += 1
    compressed = zlib.compress(data, 9)
    middle = len(compressed) // 2  # two IDAT chunks, since decoders must join them
    return b"".join((
        PNG_SIGNATURE,
        header_chunk(width, height, depth, color, interlaced),
        *extra_chunks,
        chunk(b"IDAT", compressed[:middle]),
        chunk(b"IDAT", compressed[middle:]),
        *last_chunks,
        chunk(b"IEND", b""),
    ))


# ---------------------------------------------------------------- expected pixels


def scaled_to_8_bits(samples, depth):
    if depth == 16:
        return (samples * 255 + 32895) >> 16
    return samples * (255 // ((1 << depth) - 1))


def over_white(color, alpha):
    t = 255 * (255 - alpha) + color * alpha + 128
    return (t + (t >> 8)) >> 8


def expected_png_pixels(samples, depth, color, palette=None, palette_alpha=None, transparent=None):
    """Height x width x (1 or 3) bytes, before any rotation."""
    if color == PALETTE:
        index = samples[:, :, 0]
        alpha = np.full(len(palette), 255)
        if palette_alpha is not None:
            alpha[: len(palette_alpha)] = palette_alpha
        return over_white(palette[index], alpha[index][:, :, None]).astype(np.uint8)
    pixels = scaled_to_8_bits(samples, depth)
    if color in (GRAY_ALPHA, RGBA):
        pixels = over_white(pixels[:, :, :-1], pixels[:, :, -1:])
    elif transparent is not None:
        hit = (samples == np.array(transparent)).all(axis=2, keepdims=True)
        pixels = over_white(pixels, np.where(hit, 0, 255))
    return pixels.astype(np.uint8)


def gray_pixels(pixels):
    if pixels.shape[2] == 1:
        return pixels
    r, g, b = (pixels[:, :, c].astype(np.int64) for c in range(3))
    gray = ((19595 * r + 38470 * g + 7471 * b + 32768) >> 16).astype(np.uint8)
    assert np.array_equal(gray, np.asarray(Image.fromarray(pixels).convert("L")))
    return gray


def upright(pixels, orientation):
    """The EXIF orientation applied, independently of Pillow."""
    return {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, 1),
    }[orientation](pixels)


def pixels_from_pillow(encoded, channels, transparent_gray=None):
    """What Pillow decodes: upright, transparency pasted over white, L or RGB.

    transparent_gray replaces Pillow's transparent colour: for 2- and 4-bit gray Pillow compares
    the unscaled tRNS sample with pixels already scaled to 8 bits, so it misses the colour.
    """
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(encoded)))
    if transparent_gray is not None:
        image.info["transparency"] = transparent_gray
    mode = "L" if channels == 1 else "RGB"
    if image.mode in ("LA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        canvas = Image.new(mode, image.size, "white")
        canvas.paste(image.convert("RGB").convert(mode), mask=image.getchannel("A"))
        image = canvas
    pixels = np.asarray(image.convert(mode))
    return pixels.reshape(*pixels.shape[:2], channels)


# ---------------------------------------------------------------- test patterns


def png_pattern(width, height, channels, depth, has_alpha=False):
    """Samples over the whole range of the depth; alpha is often 0 or opaque."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    samples = ((x * 4099 + y * 9973 + c * 21001 + x * y * 1543) & 0xFFFF) >> (16 - depth)
    if has_alpha:
        alpha = samples[:, :, -1]
        diagonal = (x + y)[:, :, 0] % 5
        alpha[diagonal == 0] = 0
        alpha[diagonal == 1] = (1 << depth) - 1
    return samples


def put_transparent_color(samples, transparent):
    """Gives every fifth pixel the colour, and its neighbour one that differs in the last bit only."""
    height, width, _ = samples.shape
    diagonal = (np.arange(width)[None, :] + 2 * np.arange(height)[:, None]) % 5
    samples[diagonal == 0] = transparent
    near_miss = np.array(transparent)
    near_miss[-1] ^= 1
    samples[diagonal == 1] = near_miss


def palette_colors(count):
    i = np.arange(count)
    return np.stack([(i * 83 + 20) & 255, (i * 149 + 90) & 255, (i * 211 + 7) & 255], axis=1)


def picture(width, height):
    """A smooth RGB picture with a different colour in each corner, for JPEG."""
    y, x = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    red = 255 * x // (width - 1)
    green = 255 * y // (height - 1)
    blue = (x * y * 5 + 40 * ((x // 6 + y // 4) % 3)) & 255
    pixels = np.stack([red, green, blue], axis=2).astype(np.uint8)
    pixels[:7, :9] = (255, 0, 0)
    pixels[:7, -9:] = (0, 255, 0)
    pixels[-7:, :9] = (0, 0, 255)
    pixels[-7:, -9:] = (255, 255, 0)
    return Image.fromarray(pixels)


# ---------------------------------------------------------------- output

golden_lines = {}


def write(name, encoded):
    (OUTPUT / name).write_bytes(encoded)


def write_with_golden(name, encoded, pixels):
    assert len(encoded) <= 4096, f"{name} is {len(encoded)} bytes"
    write(name, encoded)
    height, width, channels = pixels.shape
    digests = [hashlib.sha256(p.tobytes()).hexdigest() for p in (pixels, gray_pixels(pixels))]
    golden_lines[name] = f"{name} {width} {height} {channels} {' '.join(digests)}"


def orientation_tiff(orientation):
    """Big-endian TIFF header, then one directory with one entry: tag 0x0112, SHORT, count 1."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def orientation_xmp(orientation):
    return (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="%d"/>'
            b"</rdf:RDF></x:xmpmeta>" % orientation)


def png(name, width, height, color, depth, *, interlaced=False, transparent=None, palette_size=None,
        palette_alpha=None, gamma=None, orientation=1, orientation_in="eXIf"):
    samples = png_pattern(width, height, CHANNELS[color], depth, has_alpha=color in (GRAY_ALPHA, RGBA))
    palette, extra_chunks, last_chunks = None, [], []
    if gamma is not None:
        extra_chunks.append(chunk(b"gAMA", struct.pack(">I", gamma)))
    if orientation != 1 and orientation_in == "eXIf":
        extra_chunks.append(chunk(b"eXIf", orientation_tiff(orientation)))
    elif orientation != 1 and orientation_in == "last eXIf":  # as some write it, with the prefix of JPEG
        last_chunks.append(chunk(b"eXIf", b"Exif\0\0" + orientation_tiff(orientation)))
    elif orientation != 1 and orientation_in == "XMP":
        extra_chunks.append(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + orientation_xmp(orientation)))
    if color == PALETTE:
        palette = palette_colors(palette_size or 1 << depth)
        samples = samples % len(palette)
        extra_chunks.append(chunk(b"PLTE", palette.astype(np.uint8).tobytes()))
        if palette_alpha is not None:
            extra_chunks.append(chunk(b"tRNS", bytes(palette_alpha)))
    if transparent is not None:
        put_transparent_color(samples, transparent)
        extra_chunks.append(chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent)))

    encoded = encode_png(samples, depth, color, interlaced, extra_chunks, last_chunks)
    pixels = expected_png_pixels(samples, depth, color, palette, palette_alpha, transparent)
    pixels = upright(pixels, orientation)
    if depth <= 8:
        transparent_gray = None
        if color == GRAY and transparent is not None:
            transparent_gray = scaled_to_8_bits(transparent[0], depth)
        checked = pixels_from_pillow(encoded, pixels.shape[2], transparent_gray)
        assert np.array_equal(pixels, checked), name
    write_with_golden(name, encoded, pixels)


def png_files():
    for color, depths in LEGAL_DEPTHS.items():
        for depth in depths:
            bits = CHANNELS[color] * depth
            width, height = (37, 29) if bits <= 8 else (21, 17) if bits <= 24 else (13, 11)
            palette_size = 61 if color == PALETTE and depth == 8 else None
            for interlaced in (False, True):
                suffix = "-interlaced" if interlaced else ""
                name = f"png-{COLOR_NAMES[color]}-{depth}{suffix}.png"
                png(name, width, height, color, depth, interlaced=interlaced, palette_size=palette_size)

    png("png-gray-2-trns.png", 37, 29, GRAY, 2, transparent=(1,))
    png("png-gray-8-trns.png", 31, 23, GRAY, 8, transparent=(77,))
    png("png-gray-16-trns.png", 21, 17, GRAY, 16, transparent=(0x4D21,))
    png("png-rgb-8-trns.png", 21, 17, RGB, 8, transparent=(200, 30, 91))
    png("png-rgb-16-trns.png", 13, 11, RGB, 16, transparent=(0xC8F0, 0x1E02, 0x5B40))
    alphas = [(i * 47) & 255 for i in range(40)] + [255, 0, 1, 254, 128]  # the other 16 are opaque
    png("png-palette-8-trns.png", 37, 29, PALETTE, 8, palette_size=61, palette_alpha=alphas)
    png("png-rgb-8-gamma.png", 23, 17, RGB, 8, gamma=100000)
    png("png-rgb-8-exif-6.png", 23, 17, RGB, 8, orientation=6)
    png("png-rgba-8-exif-6.png", 19, 13, RGBA, 8, orientation=6)
    png("png-rgb-8-last-exif-6.png", 23, 17, RGB, 8, orientation=6, orientation_in="last eXIf")
    png("png-rgb-8-xmp-8.png", 23, 17, RGB, 8, orientation=8, orientation_in="XMP")


def encode_jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def jpeg(name, image, orientation=None, **options):
    if orientation is not None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    encoded = encode_jpeg(image, **options)
    channels = 1 if image.mode == "L" else 3
    pixels = pixels_from_pillow(encoded, channels)
    if orientation is not None:
        stored = np.asarray(Image.open(io.BytesIO(encoded)))
        assert np.array_equal(pixels, upright(stored, orientation)), name
    write_with_golden(name, encoded, pixels)


def changed_jpeg(name, encoded, orientation=1):
    """A JPEG that Pillow reads and would not write."""
    encoded = bytes(encoded)
    pixels = pixels_from_pillow(encoded, 3)
    stored = np.asarray(Image.open(io.BytesIO(encoded)))
    assert np.array_equal(pixels, upright(stored, orientation)), name
    write_with_golden(name, encoded, pixels)


def app1(payload):
    return b"\xff\xe1" + struct.pack(">H", 2 + len(payload)) + payload


def changed_jpeg_files():
    color = picture(37, 29)
    jfif = bytearray(encode_jpeg(color, quality=85, subsampling="4:2:0"))
    assert jfif[6:12] == b"JFIF\0\1"
    body = bytes(jfif[20:])
    jfif[11] = 3  # the major version
    changed_jpeg("jpeg-jfif-3.jpg", jfif)

    # Without the refinements of the last four scans. (Where more is missing, libjpeg smooths blocks, and
    # its versions differ by one level.)
    progressive = encode_jpeg(color, quality=85, subsampling="4:2:0", progressive=True)
    scans = [i for i in range(len(progressive)) if progressive[i:i + 2] == b"\xff\xda"]
    assert len(scans) == 10
    changed_jpeg("jpeg-rgb-progressive-partial.jpg", progressive[:scans[6]] + b"\xff\xd9")

    xmp = app1(b"http://ns.adobe.com/xap/1.0/\0" + orientation_xmp(8))
    changed_jpeg("jpeg-xmp-8.jpg", b"\xff\xd8" + xmp + body, 8)
    tiff = orientation_tiff(6)
    split = app1(b"Exif\0\0" + tiff[:12]) + app1(b"Exif\0\0" + tiff[12:])
    changed_jpeg("jpeg-exif-split-6.jpg", b"\xff\xd8" + split + xmp + body, 6)


def cmyk_picture(width, height):
    """The RGB picture with half of its gray component moved to K."""
    c, m, y = (255 - np.asarray(picture(width, height)).astype(np.int64)).transpose(2, 0, 1)
    k = np.minimum(np.minimum(c, m), y) // 2 + np.arange(width)[None, :]
    planes = np.stack([c, m, y, k], axis=2).clip(0, 255)
    return Image.fromarray(planes.astype(np.uint8), "CMYK")


def ycck_jpeg(name, cmyk, **options):
    """Pillow stores CMYK untransformed, so store the YCCK planes and relabel them in the Adobe marker."""
    ycc = Image.merge("RGB", cmyk.split()[:3]).convert("YCbCr")
    # Pillow inverts CMYK planes as it writes them; K must be inverted in the file, Y Cb Cr must not.
    planes = [ImageOps.invert(plane) for plane in ycc.split()] + [cmyk.getchannel("K")]
    encoded = bytearray(encode_jpeg(Image.merge("CMYK", planes), **options))
    adobe = encoded.index(b"\xff\xee\x00\x0eAdobe")
    assert encoded[adobe + 15] == 0
    encoded[adobe + 15] = 2  # colour transform: YCCK
    pixels = pixels_from_pillow(bytes(encoded), 3)
    difference = pixels.astype(np.int64) - np.asarray(cmyk.convert("RGB"))
    assert abs(difference).mean() < 12, name  # the intended colours, up to JPEG's loss
    write_with_golden(name, bytes(encoded), pixels)


def jpeg_files():
    color = picture(37, 29)
    gray = color.convert("L")
    jpeg("jpeg-rgb-420.jpg", color, quality=85, subsampling="4:2:0")
    jpeg("jpeg-rgb-422.jpg", color, quality=85, subsampling="4:2:2")
    jpeg("jpeg-rgb-444.jpg", color, quality=85, subsampling="4:4:4")
    jpeg("jpeg-rgb-untransformed.jpg", color, quality=85, keep_rgb=True)
    jpeg("jpeg-rgb-progressive.jpg", color, quality=85, subsampling="4:2:0", progressive=True)
    jpeg("jpeg-rgb-restart.jpg", color, quality=85, subsampling="4:2:0", restart_marker_blocks=2)
    jpeg("jpeg-gray.jpg", gray, quality=85)
    jpeg("jpeg-gray-progressive.jpg", gray, quality=85, progressive=True)
    jpeg("jpeg-cmyk.jpg", cmyk_picture(31, 23), quality=75)
    ycck_jpeg("jpeg-ycck.jpg", cmyk_picture(31, 23), quality=75)
    for orientation in range(1, 9):
        jpeg(f"jpeg-exif-{orientation}.jpg", color, orientation, quality=80)


def bomb_png(side=20000):
    """A legal 1-bit gray image, all zero, of a size nobody should decode."""
    compressor = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    data = b"".join(compressor.compress(row) for _ in range(side)) + compressor.flush()
    return PNG_SIGNATURE + header_chunk(side, side, 1, GRAY, False) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bad_files():
    write("not-an-image.jpg", b"<!DOCTYPE html>\n<html><body><h1>404 Not Found</h1></body></html>\n")
    write("empty.png", b"")

    whole_jpeg = (OUTPUT / "jpeg-rgb-444.jpg").read_bytes()
    cut = len(whole_jpeg) * 60 // 100
    assert whole_jpeg.index(b"\xff\xda") + 14 < cut, "the cut must fall in the scan"
    write("truncated.jpg", whole_jpeg[:cut])

    whole_png = (OUTPUT / "png-rgb-8.png").read_bytes()
    write("truncated.png", whole_png[: len(whole_png) * 60 // 100])

    corrupt = bytearray(whole_png)
    idat = corrupt.index(b"IDAT")
    length = struct.unpack(">I", corrupt[idat - 4 : idat])[0]
    corrupt[idat + 4 + length // 2] ^= 0x10
    write("corrupt-crc.png", bytes(corrupt))

    bomb = bomb_png()
    write("bomb.png", bomb if len(bomb) <= 60 * 1024 else bomb_png(12000))


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    png_files()
    jpeg_files()
    changed_jpeg_files()
    for name, encoded, pixels in frame_images.fixtures():
        write_with_golden(name, encoded, pixels)
    bad_files()
    lines = "".join(golden_lines[name] + "\n" for name in sorted(golden_lines))
    (OUTPUT / "golden.txt").write_text(GOLDEN_HEADER + lines)
    print(f"{len(golden_lines)} images with golden lines in fixtures/images")


if __name__ == "__main__":
    main()
