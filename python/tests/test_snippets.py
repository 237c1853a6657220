"""Every Python snippet of the documentation runs as it stands."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import prep

ROOT = Path(__file__).resolve().parents[2]


def snippets():
    """Page and line, and text, of each."""
    for page in [ROOT / "README.md", ROOT / "python/README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text()
        for match in re.finditer(r"^```python\n(.*?)^```", text, re.M | re.S):
            yield f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}", match[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, fixtures):
    """What the snippets use: datasets, an archive, a run."""
    folder = tmp_path_factory.mktemp("snippets")
    prep.prepare(fixtures / "digits.zip", pipeline="kaggle", output=folder / "shards/kaggle")
    prep.prepare(fixtures / "mnist", pipeline="mnist", output=folder / "shards/mnist")
    shutil.copy(fixtures / "digits.zip", folder / "photos.zip")
    subprocess.run(
        [sys.executable, "-m", "prep", "train", "shards/mnist", "--recipe", "cnn", "--epochs", "1"],
        cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("place, text", [pytest.param(*snippet, id=snippet[0]) for snippet in snippets()])
def test_runs(place, text, folder, monkeypatch):
    for module in re.findall(r"^(?:import|from) ([\w.]+)", text, re.M):
        pytest.importorskip(module)
    monkeypatch.chdir(folder)
    exec(compile(text, place, "exec"), {"__name__": "__main__"})
