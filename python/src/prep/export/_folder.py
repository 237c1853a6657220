"""The folder of an export: filled out of sight, then renamed."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from .._library import UsageError


@contextmanager
def new_folder(output) -> Iterator[Path]:
    """A folder that takes the place of a missing or empty one at the end, and is removed if anything fails."""
    # Resolved, since a link would be replaced instead of the folder that it leads to.
    output = Path(output).resolve()
    if output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise UsageError(64, f"{output}: not an empty folder\nRemove it, or choose another name.")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as hidden:
        # A folder of its own, since only their owner may look into temporary ones.
        content = Path(hidden, output.name)
        content.mkdir()
        yield content
        os.rename(content, output)
