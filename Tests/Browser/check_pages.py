"""Opens pages in headless Chromium, at phone and desktop width, light and dark, and says what is wrong with them.

Usage: check_pages.py [--screenshots FOLDER] PAGE.html …

Standard library alone: it speaks the DevTools protocol through a pipe. Checks that nothing is written to the console,
every image decodes, nothing is wider than the window or leaves its drawing, no text is smaller than 11 pixels, all text
has a contrast of 4.5:1 against its background (3:1 where large), no two ids are equal, and that the page asks for
nothing from elsewhere. Exits with 1 and a line per problem, and with 2 where there is no Chromium.
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}
SCHEMES = ["light", "dark"]
SMALLEST_TEXT = 11

# Runs inside the page and returns a list of problems.
PROBE = r"""
(async () => {
  const problems = [];
  for (const image of document.images) {
    try { await image.decode(); } catch { problems.push(`image does not decode: ${image.src.slice(0, 60)}`); }
    if (!image.naturalWidth) problems.push("image without pixels");
    if (!image.hasAttribute("alt")) problems.push("image without alternative text");
  }
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll("body *")].find(
      (e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, pre"));
    problems.push(`${root.scrollWidth} pixels wide in a window of ${innerWidth}: ${wide && wide.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  if (new Set(ids).size < ids.length) problems.push("an id occurs twice");
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!document.getElementById(link.hash.slice(1))) problems.push(`${link.hash} leads nowhere`);
  }
  for (const request of performance.getEntriesByType("resource")) {
    if (!/^(data|file):/.test(request.name)) problems.push(`asks for ${request.name.slice(0, 80)}`);
  }

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = rgba(getComputedStyle(e).backgroundColor);
      if (color[3] > 250) return color;
    }
    return [255, 255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility() || element.closest("script, style, title")) continue;
    const style = getComputedStyle(element);
    const svg = element.closest("svg");
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    const size = parseFloat(style.fontSize) * scale;
    const name = `${element.tagName.toLowerCase()}.${element.getAttribute("class") || ""}`;
    if (size < SMALLEST_TEXT - 0.05) seen.add(`text of ${size.toFixed(1)} pixels in ${name}: ${texts.currentNode.data.trim().slice(0, 30)}`);
    const paper = background(element);
    let ink = rgba(svg ? style.fill : style.color);
    let opacity = ink[3] / 255;
    for (let e = element; e; e = e.parentElement) opacity *= Number(getComputedStyle(e).opacity);
    ink = ink.map((v, i) => v * opacity + paper[i] * (1 - opacity));
    const [a, b] = [luminance(ink.slice(0, 3)), luminance(paper.slice(0, 3))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 600) ? 3 : 4.5;
    if (contrast < least && texts.currentNode.data.trim() !== "·") seen.add(`contrast ${contrast.toFixed(2)} in ${name}: ${texts.currentNode.data.trim().slice(0, 30)}`);
  }
  for (const text of document.querySelectorAll("svg text")) {
    const [inner, outer] = [text.getBoundingClientRect(), text.closest("svg").getBoundingClientRect()];
    if (outer.width && (inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1))
      seen.add(`text leaves its drawing: ${text.textContent}`);
  }
  // Every sample can be pointed at, and says what it is.
  const sample = document.querySelector(".s, .cells > i");
  if (sample) {
    sample.focus();
    const panel = document.getElementById("sample");
    if (panel.hidden || panel.textContent !== sample.getAttribute("aria-label")) problems.push("the sample in focus is not shown");
    sample.blur();
    if (!panel.hidden) problems.push("the panel stays when focus is gone");
  }
  return problems.concat([...seen].slice(0, 8));
})()
""".replace("SMALLEST_TEXT", str(SMALLEST_TEXT))


class Browser:
    """Chromium with one tab, driven through a pair of pipes (file descriptors 3 and 4)."""

    def __init__(self, program, profile):
        to_browser, from_us = os.pipe()
        from_browser, to_us = os.pipe()

        def connect():
            # Copies out of the way first: 3 or 4 may be one of the pipes' own numbers.
            read, write = os.dup(to_browser), os.dup(to_us)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--no-first-run", "--disable-background-networking", "--remote-debugging-pipe",
             f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=connect, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(to_us)
        self.output, self.input = from_us, os.fdopen(from_browser, "rb", buffering=0)
        self.received, self.number, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def message(self):
        while b"\0" not in self.received:
            piece = self.input.read(1 << 16)
            if not piece:
                sys.exit("Chromium ended unexpectedly")
            self.received += piece
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.output, data):]
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    sys.exit(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def open(self, url):
        self.events = []
        self.call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self.message())

    def complaints(self):
        """What was written to the console, thrown, or asked of the network."""
        for event in self.events:
            method, detail = event.get("method"), event.get("params", {})
            if method == "Runtime.consoleAPICalled":
                yield f"console: {[a.get('value') for a in detail['args']]}"
            elif method == "Runtime.exceptionThrown":
                thrown = detail["exceptionDetails"]
                yield f"exception: {thrown.get('exception', {}).get('description') or thrown['text']}"
            elif method == "Log.entryAdded":
                yield f"console: {detail['entry']['text']}"
            elif method == "Network.requestWillBeSent" and not detail["request"]["url"].startswith(("data:", "file:")):
                yield f"asks for {detail['request']['url'][:80]}"
            elif method == "Page.javascriptDialogOpening":
                yield f"dialog: {detail['message']}"

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(10)
        except (SystemExit, subprocess.TimeoutExpired, OSError):
            self.process.kill()


def check(browser, page, screenshots):
    for name, (width, height) in WIDTHS.items():
        for scheme in SCHEMES:
            browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                         deviceScaleFactor=2 if name == "phone" else 1, mobile=name == "phone")
            browser.call("Emulation.setEmulatedMedia",
                         features=[{"name": "prefers-color-scheme", "value": scheme}])
            browser.open(page.resolve().as_uri())
            answer = browser.call("Runtime.evaluate", expression=PROBE, awaitPromise=True, returnByValue=True)
            thrown = answer.get("exceptionDetails", {}).get("exception", {}).get("description")
            found = list(browser.complaints()) + ([thrown] if thrown else answer["result"]["value"])
            yield from (f"{page.name}, {name}, {scheme}: {problem}" for problem in found)
            if screenshots:
                data = browser.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
                (screenshots / f"{page.stem}-{name}-{scheme}.png").write_bytes(base64.b64decode(data))


def main(arguments):
    screenshots = None
    if arguments[:1] == ["--screenshots"]:
        screenshots = pathlib.Path(arguments[1])
        screenshots.mkdir(parents=True, exist_ok=True)
        arguments = arguments[2:]
    program = next((path for path in map(shutil.which, NAMES) if path), None)
    if program is None:
        print("no Chromium here; apt-get install chromium")
        return 2
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            problems = [problem for page in arguments for problem in check(browser, pathlib.Path(page), screenshots)]
        finally:
            browser.close()
    print("\n".join(problems) or f"{len(arguments)} pages are in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
