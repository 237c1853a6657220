"""Preparing a dataset, in this process."""

import ctypes as c
import os
import sys
from typing import Callable, Optional, Union

import numpy as np

from . import _library as _c
from ._dataset import Dataset

Path = Union[str, os.PathLike]


def prepare(
    *inputs: Path, pipeline: str = "images", output: Optional[Path] = None, overwrite: bool = False,
    progress: Optional[Callable[[float], None]] = None, **options,
) -> Dataset:
    """Prepares archives, folders, tables or arrays as one dataset, and opens it.

    pipeline: "images", "kaggle", "mnist", or the path of a YAML file
    output: the folder to write; shards/NAME by default
    progress: called with the share of the present phase that is done, about ten times a second
    options: those of the command, with underscores: size=32, split="80/10/10", fit="cover", official_test=True

    Ctrl-C ends the preparation cleanly. The result does not depend on the number of threads (`jobs`).
    """
    command = [pipeline] if pipeline in ("images", "kaggle", "mnist") else ["run", pipeline, "--input"]
    command += inputs
    if output is not None:
        options["output"] = output
    if overwrite:
        options["overwrite"] = True
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if isinstance(value, (bool, np.bool_)):
            if value:
                command.append(option)
            elif name == "transpose":
                # The only one that is not false by itself.
                command.append("--no-transpose")
        elif value is not None:
            command += [option, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
    handle = _c.opened(_c.library.prep_prepare, _c.library.prep_preparation_close, *_c.arguments(command))
    fraction = c.c_double()
    try:
        # A tenth of a second at a time, because Python handles signals in between.
        while _c.check(_c.library.prep_preparation_wait(handle.pointer, 0.1, c.byref(fraction))) == _c.RUNNING:
            if progress:
                progress(fraction.value)
        return Dataset(os.fsdecode(_c.library.prep_preparation_output(handle.pointer)))
    finally:
        handle.close()


def main() -> None:
    """Runs the program prep with the arguments of this process."""
    _c.library.prep_main(*_c.arguments(sys.argv[1:]))
