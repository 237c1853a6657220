"""Runs prep on small inputs that ask for much: nothing may take more than 2 s or 200 MB per entry, crash or hang.

    python3 Tests/Attacks/bombs.py PREP [NAME...]

Each bomb of `BOMBS` is a function that writes its input to the working folder, a new one, and returns prep's
arguments; inputs.py has the writers. The table lists the size of the input, time, peak of memory above that of
`prep --version`, exit status and first message. NAMEs select bombs that begin with them. The exit status is 1 if a
bomb exceeds a bound, ends by a signal or hangs, else 0. docs/limits.md lists the limits.
"""

import bz2, json, lzma, os, resource, shutil, subprocess, sys, tempfile, threading, time, zipfile

from inputs import *

SECONDS, MEGABYTES, TIMEOUT, ADDRESS_SPACE = 2.0, 200, 10, 8 << 30


# Every bomb, and the number of entries where that is more than one

BOMBS = {
    "nothing": lambda: images(),
    "png of one column": lambda: images(png(1, 16_000_000)),
    "png of one column, 30 times": (30, lambda: images(*[png(1, 16_000_000 - i) for i in range(30)])),
    "png of one column, as MNIST": lambda: images(png(1, 16_000_000), options=["--fit", "mnist"]),
    "png of one row": lambda: images(png(16_000_000, 1)),
    "png of one row, contained": lambda: images(
        png(16_000_000, 1), options=["--fit", "contain", "--filter", "lanczos"]),
    "png with the longest side, 300 times": (300, lambda: images(
        *[png(65_536 - i, 1) for i in range(300)], options=["--filter", "lanczos"])),
    "png of 100 megapixels": lambda: images(png(10_000, 10_000, before=PADDING)),
    "png of 100 megapixels, as MNIST": lambda: images(
        png(10_000, 10_000, before=PADDING), options=["--fit", "mnist"]),
    "png of 100 megapixels in colour": lambda: images(png(10_000, 10_000, color=2, before=PADDING)),
    "png of 40 megapixels in colour": lambda: images(png(6_600, 6_600, color=2, before=PADDING)),
    "png of 18 megapixels with alpha": lambda: images(png(4_300, 4_300, color=6, before=PADDING)),
    "png of 64 bits, interlaced": lambda: images(png(10_000, 10_000, color=6, depth=16, interlace=1)),
    "png of 48 bits, interlaced": lambda: images(
        png(4_600, 4_600, color=2, depth=16, interlace=1, before=PADDING)),
    "png of one bit": lambda: images(png(10_000, 10_000, depth=1, before=PADDING)),
    "png turned": lambda: images(png(9_000, 9_000, color=2, before=TURNED + PADDING)),
    "png of 22 megapixels, turned": lambda: images(png(4_700, 4_700, color=2, before=TURNED + PADDING)),
    "png with packed texts": lambda: images(png(8, 8, before=TEXTS * 450)),
    "png with profiles": lambda: images(png(8, 8, before=PROFILE * 120)),
    "png with empty chunks": lambda: images(png(8, 8, before=chunk(b"teXt") * 80_000)),
    "png with XMP near misses": lambda: images(
        png(8, 8, before=chunk(b"tEXt", XMP + b"tiff:Orientatio" * 65_000))),
    "jpeg of 64 megapixels": lambda: images(jpeg(8_000, 8_000)),
    "jpeg of 64 megapixels in colour": lambda: images(jpeg(8_000, 8_000, 3)),
    "jpeg of 40 megapixels in colour": lambda: images(jpeg(6_600, 6_600, 3)),
    "jpeg in CMYK": lambda: images(jpeg(6_500, 6_500, 4)),
    "jpeg in CMYK, progressive": lambda: images(jpeg(8_000, 8_000, 4, progressive=True)),
    "jpeg in CMYK, progressive, of 9 megapixels": lambda: images(jpeg(2_900, 2_900, 4, progressive=True)),
    "jpeg with 5,000 scans": lambda: images(jpeg(64, 64, progressive=True, scans=5_000)),
    "jpeg with 500 scans": lambda: images(jpeg(4_000, 4_000, progressive=True, scans=500)),
    "jpeg with 500 large scans": lambda: images(jpeg(8_000, 8_000, progressive=True, scans=500)),
    "jpeg with 200 scans": lambda: images(jpeg(6_600, 6_600, progressive=True, scans=200)),
    "jpeg with segments": lambda: images(jpeg(8, 8, extra=segment(0xFE, b"") * 240_000)),
    "jpeg with Exif segments": lambda: images(jpeg(8, 8, extra=segment(0xE1, b"Exif\0\0") * 100_000)),
    "tiff of 100 megapixels": lambda: images(tiff(10_000, 10_000, rows=100, after=bytes(600_000))),
    "tiff of 100 megapixels of one bit": lambda: images(tiff(10_000, 10_000, 1, rows=100, after=bytes(600_000))),
    "tiff of 20 megapixels of floats": lambda: images(
        tiff(4_000, 5_000, 32, kind=3, rows=100, after=bytes(600_000))),
    "tiff of 100 megapixels of doubles": lambda: images(
        tiff(10_000, 10_000, 64, kind=3, rows=100, after=bytes(600_000))),
    "tiff of 60,000 samples per pixel": lambda: images(tiff(64, 64, samples=60_000, rows=1)),
    "tiff with a tile of 100 megapixels": lambda: images(tiff(8, 8, tile=10_000)),
    "tiff with 65,536 strips that share their bytes": lambda: images(tiff(1_500, 65_536, rows=1)),
    "gif with a canvas of 100 megapixels": lambda: images(gif(10_000, 10_000, bytes(600_000))),
    "webp with a canvas of 100 megapixels": lambda: images(webp(10_000, 10_000, bytes(600_000))),
    "webp with a canvas of 25 megapixels": lambda: images(webp(5_000, 5_000, bytes(600_000))),
    "bmp of 100 megapixels in moves": lambda: images(
        bmp(10_000, 10_000, b"\0\2\xff\xff" * 40 + bytes(600_000))),
    "bmp of ends of rows": lambda: images(bmp(65_536, 1_000, bytes(900_000))),
    "small images prepared to 16 megapixels": (60, lambda: images(
        *[GOOD] * 60, options=["--size", "4096", "--memory", "64MB"])),

    "tar with a size of 2^63 - 1": lambda: write(
        "in.tar", START, header(b"b/1.png", size_field=b"\x80\0\0\0\x7f" + b"\xff" * 7), GOOD),
    "tar with that size in pax": lambda: write("in.tar", START, pax(b"size", b"%d" % MOST)),
    "tar with a name of 900 KB": lambda: write("in.tar", START, pax(b"path", b"b/%s.png" % (b"n" * 900_000)), END),
    "tar with 450,000 folders": lambda: write("in.tar", START, pax(b"path", b"b/" * 450_000 + b"1.png"), END),
    "tar with a name of 60 KB": lambda: write("in.tar", START, pax(b"path", b"b/%s.png" % (b"n" * 60_000)), END),
    "tar with a name of 400,000 accents": lambda: write(
        "in.tar", START, pax(b"path", b"b/%s.png" % ("é".encode() * 400_000)), END),
    "tar with a label of 900 KB": lambda: write("in.tar", START, pax(b"path", b"l" * 900_000 + b"/1.png"), END),
    "tar with a name of 30 megabytes": lambda: write(
        "in.tar.gz", packed([START, pax(b"path", b"b/" + b"n" * 30 * MB)])),
    "tar with 100 names of 900 KB": (100, lambda: write("in.tar.gz", packed(
        [START, *[pax(b"path", b"b/%d%s.png" % (i, b"n" * 900_000)) for i in range(100)], END]))),
    "tar with 200,000 empty entries": (200_000, lambda: write("in.tar.gz", packed(
        [START, *[header(b"b/%d.png" % i) for i in range(200_000)], END]))),
    "gzip with an image of 900 MB": lambda: write("in.tar.gz", packed(member(900 * MB, b"b/1.png", GOOD[:16]))),
    "gzip with a file of 900 MB": lambda: write("in.tar.gz", packed(member(900 * MB, b"b/1.txt"))),
    "gzip with 900 MB of zeros": lambda: write("in.tar.gz", packed([START, *zeros(900 * MB)])),
    "gzip in gzip": lambda: write("in.tar.gz", packed([packed([START])])),
    "bzip2 with a file of 8 GB": lambda: write(
        "in.tar.bz2", bz2.compress(START + header(b"b/1.txt", 8 * GB - 512)), bz2.compress(bytes(GB)) * 8),
    "bzip2 with 8 GB of zeros": lambda: write("in.tar.bz2", bz2.compress(START), bz2.compress(bytes(GB)) * 8),
    "xz with a file of 4 GB": lambda: write(
        "in.tar.xz", lzma.compress(START + header(b"b/1.txt", 4 * GB)), lzma.compress(bytes(GB)) * 4),
    "xz with a dictionary of 120 MB": lambda: write("in.tar.xz", xz(120 * MB, 120 * MB)),
    "zstd with a file of 8 GB": lambda: write("in.tar.zst", zstd(START + header(b"b/1.txt", 8 * GB - 512), 8 * GB)),
    "zstd with 8 GB of zeros": lambda: write("in.tar.zst", zstd(START, 8 * GB)),
    "zstd with a window of 2 GB": lambda: write("in.tar.zst", zstd(START, 120 * MB, window=0xA8)),
    "zip with a file of 900 MB": lambda: zipped(("b/1.txt", bytes(900 * MB))),
    "zip with an image of 900 MB": lambda: zipped(("b/1.png", GOOD[:16] + bytes(900 * MB))),
    "zip with an image in bzip2": lambda: zipped(
        ("b/1.png", GOOD[:16] + bytes(900 * MB)), method=zipfile.ZIP_BZIP2),
    "zip with 9,000 empty entries": (9_000, lambda: zipped(*[(f"b/{i}.png", b"") for i in range(9_000)])),
    "zip with overlaps": lambda: overlaps(15_000),

    "idx with 900 million labels": lambda: idx(
        [idx_head(1, 4, 4), bytes(16)], [idx_head(900 * MB), *zeros(900 * MB)]),
    "idx with labels beyond their number": lambda: idx(
        [idx_head(1, 4, 4), bytes(16)], [idx_head(1), *zeros(900 * MB)]),
    "idx with 4 billion images": lambda: idx([idx_head(0xFFFFFFFF, 1, 1)], [idx_head(0xFFFFFFFF)]),
    "idx with 450 million images": lambda: idx(
        [idx_head(450 * MB, 1, 1), *zeros(450 * MB)], [idx_head(450 * MB), *zeros(450 * MB)]),
    "idx with 262,144 images": (262_144, lambda: idx(
        [idx_head(1 << 18, 1, 1), bytes(1 << 18)], [idx_head(1 << 18), bytes(1 << 18)])),
    "idx with an image of 100 megapixels": lambda: idx(
        [idx_head(1, 10_000, 10_000), *zeros(10**8)], [idx_head(1), b"\1"]),

    "yaml laughs": lambda: yaml(LAUGHS),
    "yaml laughs as a key": lambda: yaml(LAUGHS + "? *a11\n: x\n"),
    "yaml of brackets": lambda: yaml("[" * 500_000),
    "yaml of dashes": lambda: yaml("- " * 400_000),
    "yaml of nested keys": lambda: yaml("? " * 900 + "a"),
    "yaml of 90,000 keys": lambda: yaml("".join(f"k{i}: v\n" for i in range(90_000))),
    "yaml of 450,000 items": lambda: yaml("stages: [" + "x," * 450_000 + "x]"),
    "yaml of 60 KB": lambda: yaml("stages: [" + "x," * 30_000 + "x]"),
    "yaml without an end": endless,
    "model with laughs": lambda: model(LAUGHS + "? *a11\n: x\n"),
    "model of terabytes": lambda: model(TERABYTES),
    "model with 100,000 layers": lambda: model("name: x\nlayers: [flatten, " + "relu, " * 100_000 + "relu]\n"),
    "model with nested JSON": lambda: model(SMALL, preparation=json.loads("[" * 400 + "]" * 400)),
    "model with 60,000 classes": lambda: model(SMALL, classes=[str(i) for i in range(60_000)]),
    "training of terabytes": lambda: train(TERABYTES),
    "safetensors header of 2^63 - 1 bytes": lambda: safetensors(b"{}", length=MOST),
    "safetensors of nested JSON": lambda: safetensors(b'{"a":' + b"[" * 900_000),
    "safetensors of 16,000 tensors": lambda: safetensors(b"{" + b",".join(
        b'"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' % i for i in range(16_000)) + b"}"),
    "safetensors of terabytes": lambda: safetensors(
        b'{"a":{"dtype":"F32","shape":[%d,4],"data_offsets":[0,%d]}}' % (1 << 62, MOST)),
    "manifest of nested JSON": lambda: manifest(b'{"a":' * 200_000),
    "manifest of items": lambda: manifest(b"[" + b"0," * 500_000 + b"0]"),
    "manifest of members": lambda: manifest(b"{" + b",".join(b'"%d":0' % i for i in range(100_000)) + b"}"),
    "manifest of escapes": lambda: manifest(b'{"format":"' + b"\\u0041" * 160_000 + b'"}'),
    "page of large images": (2, large_images),
    "labels for 2,000 names that end alike": lambda: labels_alike(2_000),
    "label of 900 KB": lambda: label(b"\xff" * 900_000),
    "rule of 900 KB of marks": lambda: dataset(rule_of_marks, "card", "out"),
    "export of wide rows": lambda: dataset_of_large_images("export", "out", "--format", "csv", "--output", "rows"),
    "source prepared to 16 megapixels": lambda: dataset(
        resized_to_4096, "verify", "out", "--source", "in.tar"),
    "provenance that unpacks to 1.4 GB": lambda: dataset(provenance_of_gigabytes, "inspect", "out", "--show", "1"),
}
for flag, *values in [
    ("--memory", f"{MOST}", f"{MOST}GB", "-1", "0", "1"), ("--jobs", f"{MOST}", "1024", "0"),
    ("--shard-size", f"{MOST}", "2147483647GB", "1"), ("--size", "4096", "4096x1", f"{MOST}", "0"),
    ("--augment", "copies=255,rotate=180", f"copies={MOST}", "rotate=1e308,shift=nan"),
    ("--split", f"{MOST}/{MOST}/{MOST}", "1e308/1e308/1e308", "0/0/0"), ("--max-rejected", "1e308", "nan"),
    ("--name", "n" * 100_000), ("--drop", "blank," * 20_000), ("--names", "n" * 100_000), ("--seed", f"{1 << 64}"),
]:
    for value in values:
        BOMBS[f"{flag} {value}".lstrip("-")] = lambda flag=flag, value=value: images(options=[flag, value])
for pattern in [
    "[" * 900, "[" * 100_000, "(" * 900, "(.){0}\\1", "a?" * 40 + "a" * 40, "(?:a|a)" * 40 + "z", "(?#[)(?:a+)+z",
    "(?:\\Q[\\E)?(?:a+)+z", "x{|(?:a+)+z", "(?x) # [\n(?:a+)+z", "([])a]+)+z", "((a+)+)+z", "(a*){9}z", "(?:(?:(?:){1000}){1000}){1000}", "(.*)(.*)(.*)z",
]:
    BOMBS[f"pattern {pattern[:20]!r} of {len(pattern)}"] = lambda pattern=pattern: grouped(pattern)
for flag in ["--count", "--duplicates", "--broken"]:
    BOMBS[f"synthesize {flag} {MOST}"] = lambda flag=flag: ["synthesize", "out.zip", flag, f"{MOST}"]


# Running

def run(arguments, timeout=TIMEOUT):
    """Runs prep; returns seconds, megabytes, status (negative: a signal) and the first line of messages."""
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        child = subprocess.Popen(
            [PREP, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE)))
        timer = threading.Timer(timeout, child.kill)
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        timer.cancel()
        seconds = time.monotonic() - start
        output.seek(0)
        lines = output.read(1000).decode(errors="replace").splitlines()
    return seconds, usage.ru_maxrss / 1024, child.returncode, lines[0] if lines else ""


def make_input(make):
    """Calls `make` in a child, because a process counts the memory of the one that starts it as its own."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            os.write(writer, json.dumps(make()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as arguments: text = arguments.read()
    os.wait()
    return json.loads(text)


def main():
    base, failed = run(["--version"])[1], 0
    print(f"{'name':42} {'bytes':>9} {'seconds':>7} {'MB':>5} {'exit':>4}  message")
    for name, bomb in BOMBS.items():
        if sys.argv[2:] and not name.startswith(tuple(sys.argv[2:])): continue
        entries, make = bomb if isinstance(bomb, tuple) else (1, bomb)
        folder = tempfile.mkdtemp(prefix="bomb-")
        os.chdir(folder)
        try:
            arguments = make_input(make)
            paths = [os.path.join(path, file) for path, _, files in os.walk(".") for file in files]
            size = sum(os.path.getsize(path) for path in paths if os.path.isfile(path))
            seconds, megabytes, status, message = run(arguments, min(max(entries * SECONDS, TIMEOUT), 120))
        finally:
            os.chdir("/")
            shutil.rmtree(folder)
        megabytes = max(megabytes - base, 0)
        is_good = seconds <= SECONDS * entries and megabytes <= MEGABYTES and status >= 0
        # An input that was meant to have a right digest must come further.
        is_good = is_good and "digest does not match" not in message
        failed += not is_good
        message = ("" if is_good else "FAILED ") + message
        print(f"{name[:42]:42} {size:9,} {seconds:7.2f} {megabytes:5.0f} {status:4}  {message[:110]}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
