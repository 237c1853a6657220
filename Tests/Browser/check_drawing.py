"""Draws on the pages of `prep draw` in headless Chromium, and compares what they say with prep.

Usage: check_drawing.py PREP [--runs FOLDER --datasets FOLDER …] [--pictures FOLDER] [--images 1000] [--strokes 10]

The runs are folders called like their recipes. Without them, every recipe learns one epoch of a few synthesized digits.
Needs Playwright for Python, and a Chromium that is installed; exits with 2 where there is none.

Checks that logits differ by less than 1e-3 from those of `prep evaluate`, for every recipe; that pictures are prepared as
`prep images` does; that strokes, a finger, keys, photos, pasted and torn files are answered, without requests.
"""

import argparse
import base64
import csv
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import expect, sync_playwright
from safetensors.numpy import load

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Oracles"))
from read_dataset import plain  # noqa: E402

SCRIPTS = [ROOT / "Sources/Report/Drawing" / name for name in ("network.js", "resize.js", "ink.js", "prepare.js")]
PHOTOS = ROOT / "fixtures/digits.zip"
TOLERANCE = 1e-3


def run(*command) -> bytes:
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE).stdout


# What is drawn on: pages of runs.


def train(prep, folder: Path) -> list:
    """Runs of all recipes, of one epoch, and the datasets that they need."""
    digits, colour = folder / "digits", folder / "colour"
    run(prep, "synthesize", folder / "idx", "--kind", "idx", "--count", 4000, "--seed", 1)
    run(prep, "mnist", folder / "idx", "-o", digits, "--quiet")
    run(prep, "images", PHOTOS, "--size", 32, "--channels", "rgb", "-o", colour, "--quiet")
    for recipe in json.loads(run(prep, "recipes", "--json")):
        dataset = colour if recipe["data"].startswith("prep images") else digits
        run(prep, "train", dataset, "--recipe", recipe["name"], "--epochs", 1, "-o", folder / "runs" / recipe["name"],
            "--quiet")
    return [digits, colour]


def pages(prep, runs: Path, datasets: list, folder: Path) -> dict:
    """For each run: its page, its folder, and the dataset that it learned from."""
    known = {json.loads((path / "dataset.json").read_text())["digest"]: path for path in datasets}
    found = {}
    for path in sorted(runs.iterdir()):
        model = (path / "model.safetensors").read_bytes()
        header = json.loads(model[8 : 8 + int.from_bytes(model[:8], "little")])
        dataset = known[json.loads(header["__metadata__"]["prep"])["digest"]]
        page = folder / f"{path.name}.html"
        run(prep, "draw", path, dataset, "--html", page)
        found[path.name] = (page, path, dataset)
    return found


def draw_data(page: Path) -> dict:
    text = page.read_text()
    start = text.index('id="draw-data">') + len('id="draw-data">')
    return json.loads(text[start : text.index("</script>", start)])


def stored(dataset: Path, split: str) -> dict:
    """The tensors of a split."""
    shards = json.loads((dataset / "dataset.json").read_text())["splits"][split]["shards"]
    parts = [load(plain((dataset / shard["name"]).read_bytes(), shard["name"])) for shard in shards]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def blank(browser):
    """An empty page with the functions that are hidden in a module of the others."""
    page = browser.new_page()
    for script in SCRIPTS:
        page.add_script_tag(content=script.read_text())
    return page


# The network.

FORWARD = """({model, images}) => {
  const network = makeNetwork(model), times = [];
  const logits = images.map((text) => {
    const data = Uint8ClampedArray.from(atob(text), (letter) => letter.charCodeAt(0));
    const input = onInput({...model.image, data}, model.input);
    const start = performance.now();
    const values = [...network(input.data)];
    times.push(performance.now() - start);
    return values;
  });
  return {logits, milliseconds: times.sort((a, b) => a - b)[times.length >> 1]};
}"""


def check_logits(browser, prep, pages, count):
    print("recipe             logits differ by   their median   other answers   ms")
    for name, (file, path, dataset) in pages.items():
        table = file.with_suffix(".csv")
        run(prep, "evaluate", path, dataset, "--predictions", table)
        with table.open() as rows:
            wanted = np.array([row[4:] for row in list(csv.reader(rows))[1 : count + 1]], float)
        model = draw_data(file)
        # The table has what comes before it.
        if model["layers"][-1] == "softmax":
            model["layers"].pop()
        page = blank(browser)
        images = [base64_text(image.tobytes()) for image in stored(dataset, "test")["images"][:count]]
        found = page.evaluate(FORWARD, {"model": model, "images": images})
        page.close()
        logits = np.array(found["logits"])
        most, other = np.abs(logits - wanted).max(), int((logits.argmax(1) != wanted.argmax(1)).sum())
        print(f"{name:18} {most:16.1e} {np.median(np.abs(wanted)):14.2f}   {other:4} of {len(images):4}  "
              f"{found['milliseconds']:6.1f}", flush=True)
        assert most < TOLERANCE and other == 0, f"{name}: another answer than prep's"


# The preparation.

PREPARATIONS = [
    "--size 28 --channels gray",
    "--size 28 --fit mnist",
    "--size 32 --channels rgb --fit contain --filter lanczos",
    "--size 32 --channels rgb --fit cover --filter bicubic",
    "--size 28 --fit contain --filter hamming --polarity auto",
    "--size 20x36 --channels gray --fit cover --filter box",
    "--size 40 --fit mnist --filter bicubic --polarity invert",
]

PREPARE = """async ({file, stages}) => {
  const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
  return [...prepare(pixelsOf(await readPicture(new Blob([bytes]))), stages).data];
}"""


def png_photos(path: Path) -> Path:
    """Some photos in other sizes; as PNG, because browsers decode JPEG with other rounding than libjpeg-turbo."""
    rng = random_source(3)
    with zipfile.ZipFile(PHOTOS) as photos, zipfile.ZipFile(path, "w") as archive:
        for key in [key for key in photos.namelist() if key.endswith(".jpg")][:60]:
            file = io.BytesIO()
            size = tuple(int(side) for side in rng.integers(20, 160, 2))
            Image.open(io.BytesIO(photos.read(key))).convert("RGB").resize(size).save(file, "PNG")
            archive.writestr(key + ".png", file.getvalue())
    return path


def check_pixels(browser, prep, folder: Path):
    archive = png_photos(folder / "photos.zip")
    page, files = blank(browser), zipfile.ZipFile(archive)
    for options in PREPARATIONS:
        dataset = folder / options.replace(" ", "")
        run(prep, "images", archive, *options.split(), "--max-rejected", 1, "-o", dataset, "--quiet")
        manifest = json.loads((dataset / "dataset.json").read_text())
        table = plain((dataset / manifest["provenance"]["name"]).read_bytes(), manifest["provenance"]["name"])
        keys = [row["key"] for row in csv.DictReader(io.StringIO(table.decode()))]
        stages, count = manifest["configuration"]["stages"], 0
        for split in manifest["splits"]:
            if not manifest["splits"][split]["shards"]:
                continue
            tensors = stored(dataset, split)
            for pixels, number in zip(tensors["images"], tensors["ids"]):
                file = base64_text(files.read(keys[number]))
                found = page.evaluate(PREPARE, {"file": file, "stages": stages})
                assert np.array_equal(found, pixels.reshape(-1)), f"{options}: {keys[number]} has other pixels"
                count += 1
        print(f"{count} pictures are prepared to the same bytes with {options}", flush=True)
    page.close()


# The board.

# Digits as lines, in hundredths of a box.
DIGITS = {
    0: [[(50, 0), (20, 12), (5, 45), (12, 82), (45, 100), (80, 88), (95, 50), (82, 14), (50, 0)]],
    1: [[(30, 18), (52, 0), (52, 100)]],
    2: [[(10, 25), (25, 5), (60, 0), (85, 18), (78, 45), (40, 75), (8, 100), (95, 98)]],
    3: [[(12, 8), (50, 0), (85, 15), (75, 40), (40, 48), (80, 58), (92, 80), (55, 100), (10, 92)]],
    4: [[(30, 0), (8, 58), (95, 55)], [(75, 5), (70, 100)]],
    5: [[(90, 0), (20, 2), (15, 42), (60, 38), (92, 62), (80, 92), (40, 100), (8, 90)]],
    6: [[(75, 0), (35, 25), (12, 65), (25, 95), (65, 100), (88, 78), (70, 58), (35, 60), (14, 75)]],
    7: [[(8, 4), (92, 2), (60, 45), (38, 100)]],
    8: [[(82, 14), (50, 0), (20, 15), (35, 40), (75, 62), (80, 90), (48, 100), (18, 85), (30, 60), (72, 38), (82, 14)]],
    9: [[(85, 20), (55, 0), (18, 15), (20, 45), (55, 52), (84, 22), (80, 60), (68, 100)]],
}


def random_source(seed: int):
    return np.random.default_rng(seed)


def placed(digit: int, rng) -> list:
    """Its lines in shares of the board: moved, scaled, turned and slanted a little, with trembling."""
    turn, slant = rng.normal(0, 0.08), rng.normal(0, 0.1)
    width, height = rng.uniform(0.35, 0.5), rng.uniform(0.55, 0.7)
    left, top = rng.uniform(0.15, 0.3), rng.uniform(0.12, 0.25)

    def place(x, y):
        x, y = x / 100 - 0.5 + rng.normal(0, 0.015), y / 100 - 0.5 + rng.normal(0, 0.015)
        return left + (x - (slant + turn) * y + 0.5) * width, top + (y + turn * x + 0.5) * height

    return [[place(*point) for point in stroke] for stroke in DIGITS[digit]]


def open_page(browser, file: Path, **options):
    page = browser.new_page(**options)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: sys.exit(f"error in {file}: {error}"))
    page.on("console", lambda message: sys.exit(f"message in {file}: {message.text}"))
    page.goto(file.as_uri())
    page.wait_for_selector("#draw-near:not([hidden])")
    assert all(url.startswith(("file:", "data:")) for url in requests), requests
    return page


def answer(page) -> tuple:
    """The class that the page says, and its probability in percent."""
    page.wait_for_timeout(200)
    name, share = (page.locator(f"#draw-bars .best {cell}").inner_text() for cell in ("th", ".n"))
    return name, float(share.split()[0])


def draw(page, lines):
    box = page.locator("#draw-canvas").bounding_box()
    for line in lines:
        spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in line]
        page.mouse.move(*spots[0])
        page.mouse.down()
        for spot in spots[1:]:
            page.mouse.move(*spot, steps=4)
        page.mouse.up()


def try_strokes(browser, pages, count):
    for name, (file, _, _) in pages.items():
        page, rng, right, times = open_page(browser, file), random_source(5), 0, []
        for number in range(count):
            page.click("#draw-clear")
            draw(page, placed(number % 10, rng))
            right += answer(page)[0] == str(number % 10)
            times.append(int(page.locator("#draw-time").inner_text().split()[1]))
        page.close()
        print(f"{name}: {right} of {count} drawn digits; ms an answer: median {np.median(times):.0f}, most {max(times)}",
              flush=True)


def try_keys(browser, file):
    page = open_page(browser, file)
    said = page.locator("#draw-said")
    page.focus("#draw-canvas")

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)

    press(*["ArrowLeft"] * 5, *["ArrowUp"] * 8, "Space")
    expect(said).to_have_text("Pen down at column 9 and row 6 of 28")
    press(*["ArrowRight"] * 10)
    page.keyboard.down("ArrowLeft")
    # The second arrow goes on alone when the first is no longer repeated, as on a keyboard.
    press(*["ArrowDown"] * 5)
    page.keyboard.up("ArrowLeft")
    press(*["ArrowDown"] * 11, "Space")
    expect(said).to_contain_text("Pen up at column 13 and row 22 of 28. ")
    print("keys:", said.inner_text())
    press("Delete")
    expect(said).to_have_text("Cleared")
    page.close()


def try_finger(browser, file):
    page = open_page(browser, file, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.locator("#draw-canvas").scroll_into_view_if_needed()
    box = page.locator("#draw-canvas").bounding_box()
    session = page.context.new_cdp_session(page)
    for line in placed(3, random_source(1)):
        for number, (x, y) in enumerate(line):
            session.send("Input.dispatchTouchEvent", {
                "type": "touchMove" if number else "touchStart",
                "touchPoints": [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    print("a finger's 3 is", *answer(page))
    page.close()


GIVE = """([kind, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type}));
  document.dispatchEvent(kind === "paste"
    ? new ClipboardEvent(kind, {clipboardData: transfer}) : new DragEvent(kind, {dataTransfer: transfer, cancelable: true}));
}"""


def try_photos(browser, prep, pages, folder: Path):
    """Photos in the page beside prep predict, which is told the same fit; then other ways in."""
    with zipfile.ZipFile(PHOTOS) as files:
        keys = [key for key in files.namelist() if key.endswith(".jpg")][:12]
        photos = [folder / key.replace("/", "-") for key in keys]
        for key, photo in zip(keys, photos):
            photo.write_bytes(files.read(key))
    for name, (file, path, _) in pages.items():
        resizes = any("resize" in stage for stage in draw_data(file)["stages"] if isinstance(stage, dict))
        fit = next(stage["resize"]["fit"] for stage in draw_data(file)["stages"] if "resize" in stage) if resizes else None
        lines = run(prep, "predict", path, *photos, "--fit", fit, "--json").splitlines()
        page, most = open_page(browser, file), 0
        for photo, line in zip(photos, lines):
            page.set_input_files("#draw-file", photo)
            expect(page.locator("#draw-said")).to_contain_text(photo.name)
            shown = dict(zip(page.locator("#draw-bars th").all_inner_texts(), page.locator("#draw-bars .n").all_inner_texts()))
            wanted = json.loads(line)["probabilities"]
            most = max([most] + [abs(100 * wanted[label] - float(share.split()[0])) for label, share in shown.items()])
        page.close()
        print(f"{name}: percentages of photos differ from prep predict's by at most {most:.3f}", flush=True)
        # They are shown to a tenth.
        assert most <= 0.06, name
    page = open_page(browser, file)
    data = base64_text(photos[0].read_bytes())
    for kind in ("paste", "drop"):
        page.click("#draw-clear")
        page.evaluate(GIVE, [kind, f"{kind}.jpg", "image/jpeg", data])
        expect(page.locator("#draw-said")).to_contain_text(f"{kind}.jpg: ")
    page.evaluate(GIVE, ["drop", "torn.jpg", "image/jpeg", data[:400]])
    expect(page.locator("#draw-time")).to_contain_text("torn.jpg is no picture")
    page.close()


def take_pictures(browser, file: Path, folder: Path):
    for width, height in ((1280, 900), (390, 844)):
        for scheme in ("light", "dark"):
            page = open_page(browser, file, viewport={"width": width, "height": height}, color_scheme=scheme,
                             device_scale_factor=1 if width > 600 else 2)
            draw(page, placed(5, random_source(8)))
            page.wait_for_timeout(400)
            page.screenshot(path=folder / f"draw-{width}-{scheme}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"
            page.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prep", type=Path)
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--datasets", type=Path, nargs="*", default=[])
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--strokes", type=int, default=10)
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not chromium:
        print("check_drawing.py: no Chromium, the drawing pages are not tested", file=sys.stderr)
        sys.exit(2)
    prep = options.prep.resolve()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        datasets = options.datasets if options.runs else train(prep, folder)
        drawn = pages(prep, options.runs or folder / "runs", datasets, folder)
        first = drawn.get("cnn", next(iter(drawn.values())))[0]
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        check_logits(browser, prep, drawn, options.images)
        check_pixels(browser, prep, folder)
        try_keys(browser, first)
        try_finger(browser, first)
        try_photos(browser, prep, drawn, folder)
        try_strokes(browser, drawn if options.runs else {"cnn": drawn["cnn"]}, options.strokes)
        if options.pictures:
            take_pictures(browser, first, options.pictures)
        browser.close()


if __name__ == "__main__":
    main()
