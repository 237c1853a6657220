"""Writers of the inputs of bombs.py. Those that name no file return bytes; the others write to the working folder
and return prep's arguments."""

import hashlib, json, lzma, os, struct, subprocess, sys, zipfile, zlib

PREP = os.path.abspath(sys.argv[1])
MB, GB, MOST = 1 << 20, 1 << 30, (1 << 63) - 1


def zeros(size, step=16 * MB):
    for start in range(0, size, step): yield bytes(min(step, size - start))


def packed(parts, bits=31):
    """gzip, or zlib with 15 bits."""
    packer = zlib.compressobj(6, zlib.DEFLATED, bits)
    return b"".join(map(packer.compress, parts)) + packer.flush()


# Images of zeros

def chunk(name, data=b""):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, color=0, depth=8, before=b"", interlace=0):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    data = packed(zeros(height * (1 + (width * channels * depth + 7) // 8)), 15)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", data) + chunk(b"IEND")


def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(width, height, components=1, progressive=False, scans=1, extra=b""):
    """All coefficients are 0: one bit per DC, and one per AC or a run of 32,767 blocks."""
    ids = range(1, components + 1)
    frame = struct.pack(">BHHB", 8, height, width, components) + b"".join(bytes([i, 0x11, 0]) for i in ids)
    out = b"\xff\xd8" + extra + segment(0xDB, b"\0" + b"\1" * 64)
    out += segment(0xC2 if progressive else 0xC0, frame)
    runs = b"\xe0" if progressive else b"\0"  # EOB14, or EOB
    out += segment(0xC4, b"\0\1" + bytes(15) + b"\0") + segment(0xC4, b"\x10\1" + bytes(15) + runs)
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    bits = blocks * components * (1 if progressive else 2)
    first = b"".join(bytes([i, 0]) for i in ids)
    out += segment(0xDA, bytes([components]) + first + (b"\0\0\0" if progressive else b"\0\x3f\0"))
    out += bytes((bits + 7) // 8)
    if progressive:  # a bit for the code and 14 for the run: 0 and 11111111111111
        count = (blocks + 32766) // 32767
        run = int("011111111111111" * count, 2) << (-15 * count % 8)
        data = run.to_bytes((15 * count + 7) // 8, "big").replace(b"\xff", b"\xff\0")
        for scan in range(1, scans):
            low = 1 + (scan - 1) % 63
            out += segment(0xDA, b"\1" + bytes([1 + scan // 63 % components, 0, low, low, 0])) + data
    return out + b"\xff\xd9"


def tiff(width, height, bits=8, samples=1, kind=1, rows=None, tile=None, after=b""):
    """Deflated strips, or tiles, that all share the bytes of one."""
    rows = rows or height
    size = tile * tile * samples * bits // 8 if tile else rows * ((width * samples * bits + 7) // 8)
    data = packed(zeros(size), 15)
    count = -(-width // tile) * -(-height // tile) if tile else -(-height // rows)
    values = {256: [width], 257: [height], 258: [bits] * samples, 259: [8], 262: [1], 277: [samples],
              339: [kind] * samples, (324 if tile else 273): [8] * count, (325 if tile else 279): [len(data)] * count,
              **({322: [tile], 323: [tile]} if tile else {278: [rows]}),
              **({338: [0] * (samples - 1)} if samples > 1 else {})}
    start = 8 + len(data)
    entries, outside = b"", b""
    for tag, numbers in sorted(values.items()):
        packed_numbers = struct.pack(f"<{len(numbers)}I", *numbers)
        place = struct.pack("<I", start + 6 + 12 * len(values) + len(outside))
        entries += struct.pack("<HHI", tag, 4, len(numbers)) + (packed_numbers if len(numbers) == 1 else place)
        outside += packed_numbers if len(numbers) > 1 else b""
    head = b"II*\0" + struct.pack("<I", start) + data + struct.pack("<H", len(values))
    return head + entries + bytes(4) + outside + after


def gif(width, height, after=b""):
    """A frame of one pixel on a canvas without palette."""
    frame = b",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;"
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0" + frame + after


def bmp(width, height, data):
    """Run lengths and a gray palette."""
    palette = b"".join(bytes([level] * 3 + [0]) for level in range(256))
    return b"BM" + struct.pack("<IIIIiiHHIIIIII", 0, 0, 1078, 40, width, height, 1, 8, 1, 0, 0, 0, 0, 0) + palette + data


def webp(width, height, after=b""):
    """A frame of one pixel on a canvas."""
    def part(name, data): return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    def three(number): return struct.pack("<I", number)[:3]
    frame = bytes(15) + b"\0" + part(b"VP8L", b"\x2f\0\0\0\x10\7\x10\x11\x11\x88\x88\xfe\7")
    parts = (part(b"VP8X", b"\x12\0\0\0" + three(width - 1) + three(height - 1)) + part(b"ANIM", bytes(6))
             + part(b"ANMF", frame) + part(b"JUNK", after))
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


GOOD = png(8, 8)
TURNED = chunk(b"eXIf", b"MM\0\x2a\0\0\0\x08\0\1" + struct.pack(">HHIHHI", 0x0112, 3, 1, 6, 0, 0))
XMP = b"XML:com.adobe.xmp\0"
TEXT = zlib.compress(bytes(MB), 9)
TEXTS = chunk(b"zTXt", XMP + b"\0" + TEXT) + chunk(b"iTXt", XMP + b"\1\0\0\0" + TEXT)
PADDING = chunk(b"prIv", bytes(600_000))  # so that a file does not expand a thousand times
PROFILE = chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(8 * MB), 9))


# Archives

def prepare(path, *options):
    return ["images", path, "--name", "x", "--output", "out", "--max-rejected", "100%", *options]


def write(name, *parts):
    with open(name, "wb") as file: file.writelines(parts)
    return prepare(name)


def header(name, size=0, kind=b"0", size_field=None):
    field = size_field or b"%011o\0" % size
    head = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + field + b"00000000000\0" + b" " * 8 + kind
    head = (head.ljust(257, b"\0") + b"ustar\x0000").ljust(512, b"\0")
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def entry(name, data, kind=b"0"): return header(name, len(data), kind) + data + bytes(-len(data) % 512)


def pax(key, value):
    """An entry whose `key` is `value`."""
    body, length = b" " + key + b"=" + value + b"\n", 0
    while length != len(b"%d" % length + body): length = len(b"%d" % length + body)
    return entry(b"pax", b"%d" % length + body, b"x") + entry(b"b/1.png", GOOD)


START, END = entry(b"a/good.png", GOOD), bytes(1024)


def images(*files, options=()):
    """A tar of `files` in class b and a good image in class a."""
    entries = [entry(b"b/%d.png" % number, data) for number, data in enumerate(files)]
    return write("in.tar", START, *entries, END) + list(options)


def member(size, name, head=b""):
    yield START + header(name, size) + head
    yield from zeros(size - len(head))


def zstd(head, size, window=0x58):
    """A frame of `head`, stored, and RLE blocks of 128 KB; the window has 2 MB."""
    out = b"\x28\xb5\x2f\xfd\0" + bytes([window]) + struct.pack("<I", len(head) << 3)[:3] + head
    return out + (struct.pack("<I", MB | 2)[:3] + b"\0") * (size >> 17) + b"\1\0\0"


def xz(size, dictionary):
    data = lzma.compress(bytes(size), filters=[{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": dictionary}])
    return lzma.compress(START + header(b"b/1.txt", size)) + data


def zipped(*files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile("in.zip", "w", method, compresslevel=9) as file:
        for name, data in [("a/good.png", GOOD), *files]: file.writestr(name, data)
    return prepare("in.zip")


def overlaps(count):
    zipped()
    with open("in.zip", "rb") as file: data = file.read()
    start, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    size = (end - start) * count
    return write("in.zip", data[:start], data[start:end] * count,
                 struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, size, start, 0))


def idx_head(*sizes): return b"\0\0\x08" + bytes([len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)


def idx(images, labels):
    os.mkdir("idx")
    write("idx/train-images-idx3-ubyte.gz", packed(images))
    write("idx/train-labels-idx1-ubyte.gz", packed(labels))
    return ["mnist", "idx", "--name", "x", "--output", "out"]


# Pipelines, models and datasets

LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
TERABYTES = "name: x\ninput: {size: 4096}\nlayers: [flatten, " + "{linear: 65536}, " * 60 + "{linear: classes}]\n"
SMALL = "name: x\nlayers: [flatten, {linear: classes}]\n"


def yaml(text):
    write("p.yaml", text.encode())
    write("in.tar", START, END)
    return ["run", "p.yaml", "--input", "in.tar", "--output", "out"]


def endless():
    os.symlink("/dev/zero", "p.yaml")
    return ["run", "p.yaml", "--input", "in.tar", "--output", "out"]


def safetensors(text, length=None):
    write("m.safetensors", struct.pack("<Q", len(text) if length is None else length), text)
    write("1.png", GOOD)
    return ["predict", "m.safetensors", "1.png"]


def model(recipe, **changes):
    description = {
        "format": "prep-model", "version": 2, "recipe": recipe, "classes": ["a", "b"], "dataset": "x",
        "digest": "0" * 64, "image": {"width": 28, "height": 28}, "preparation": {}, "seed": 0, "epoch": 1}
    metadata = {"prep": json.dumps(description | changes, separators=(",", ":")), "prep.digest": "0" * 64}
    text = json.dumps({"__metadata__": metadata}, separators=(",", ":")).encode()
    digest = hashlib.sha256(struct.pack("<Q", len(text)) + text).hexdigest().encode()
    start = text.rindex(b"0" * 64)
    return safetensors(text[:start] + digest + text[start + 64:])


def manifest(text):
    os.mkdir("data")
    write("data/dataset.json", text)
    return ["inspect", "data"]


def dataset(change, *command):
    """A dataset with one sample that `change` makes into another; its digests are right."""
    subprocess.run([PREP, *images(), "--quiet", "--split", "1/0/0"], check=True)
    with open("out/dataset.json") as file: content = json.load(file)
    change(content)
    def canonical(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    identity = {key: content[key] for key in "format version classes image".split()}
    identity["provenance"] = content["provenance"]["content_sha256"]
    identity["splits"] = {split: [shard["content_sha256"] for shard in value["shards"]]
                          for split, value in content["splits"].items()}
    content["digest"] = hashlib.sha256(canonical(identity)).hexdigest()
    del content["manifest_digest"]
    content["manifest_digest"] = hashlib.sha256(canonical(content)).hexdigest()
    with open("out/dataset.json", "wb") as file: file.write(canonical(content))
    return list(command)

def provenance_of_gigabytes(content):
    blocks, frames, size = 40, 170, 8 << 20
    rows = content["samples"] = 256 * blocks
    train = content["splits"]["train"]
    train |= {"samples": rows, "classes": {"a": rows}}
    shard = train["shards"][0]
    shard["frames"] = shard["frames"][:1]
    for _ in range(blocks):
        last = shard["frames"][-1]
        shard["frames"].append({"offset": last["offset"] + last["bytes"], "bytes": 1, "content_bytes": 256 * 784,
                                "content_offset": last["content_offset"] + last["content_bytes"], "sha256": "0" * 64})
    shard |= {"samples": rows, "bytes": last["offset"] + last["bytes"] + 1,
              "content_bytes": last["content_offset"] + last["content_bytes"] + 256 * 784}
    frame = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", size) + (struct.pack("<I", 1 << 20 | 2)[:3] + b"\0") * 64
    packed, digest = (frame + b"\1\0\0") * frames, hashlib.sha256()
    for _ in range(frames): digest.update(bytes(size))
    with open("out/provenance.csv.zst", "wb") as file: file.write(packed)
    content["provenance"] |= {"rows": rows, "bytes": len(packed), "sha256": hashlib.sha256(packed).hexdigest(),
                              "content_bytes": frames * size, "content_sha256": digest.hexdigest()}


def rule_of_marks(content): content["findings"][0]["rule"] = "\u202e" * 300_000


def resized_to_4096(content):
    for stage in content["configuration"]["stages"]:
        if isinstance(stage, dict) and "resize" in stage: stage["resize"] |= {"size": "4096x4096"}


def dataset_of_large_images(*command):
    """A dataset of a few kilobytes with images of 50 MB."""
    subprocess.run([PREP, *images(png(1, 1, color=2)), "--quiet", "--size", "4096", "--near", "0"], check=True)
    return list(command)


def large_images(): return dataset_of_large_images("inspect", "out", "--html", "page.html")


def label(text):
    write("in.tar", START, entry(b"b/1.png", GOOD), END)
    write("labels.csv", b"key,label\n1.png,", text, b"\n")
    return prepare("in.tar") + ["--labels", "labels.csv"]


def grouped(pattern):
    """An image with a name that the pattern nearly matches."""
    write("in.tar", START, entry(b"b/%s.png" % (b"a" * 60), GOOD), END)
    return prepare("in.tar") + ["--group-by", pattern]


def labels_alike(count):
    """A table of labels whose names end alike, and its images."""
    names = [f"{number}/image.png" for number in range(count)]
    with zipfile.ZipFile("in.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for name in names: file.writestr(f"all/{name}", GOOD)
    write("labels.csv", "".join(["key,label\n", *(f"some/all/{name},{len(name)}\n" for name in names)]).encode())
    return prepare("in.zip") + ["--labels", "labels.csv"]


def train(recipe):
    write("r.yaml", recipe.encode())
    return dataset(lambda content: None, "train", "out", "--recipe", "r.yaml", "--output", "run")
