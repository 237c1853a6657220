"""The folder of an export: filled out of sight, then renamed."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from .._library import UsageError


@contextmanager
def new_folder(output, dataset) -> Iterator[Path]:
    """A folder that takes the place of a missing one at the end, or whose files an empty one gets, which may be a mount
    point. It is removed if anything fails."""
    # Resolved, since a link would be replaced instead of the folder that it leads to.
    output = Path(output).resolve()
    if output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise UsageError(64, f"{output}: not an empty folder\nRemove it, or choose another name.")
    source = Path(dataset._place).resolve()
    if output == source or source in output.parents:
        raise UsageError(64, f"{output}: lies in the folder of the dataset\nChoose another place.")
    exists = output.exists()
    place = output if exists else output.parent
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=place) as hidden:
        # A folder of its own, since only their owner may look into temporary ones.
        content = Path(hidden, output.name)
        content.mkdir()
        yield content
        if exists:
            for path in sorted(content.iterdir()):
                os.rename(path, output / path.name)
        else:
            os.rename(content, output)
