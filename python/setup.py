"""Builds the library beside the package, and names the wheel after the platform: it is pure Python, with a C library."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

ROOT = Path(__file__).resolve().parent.parent
VERSION = re.search(r'programVersion = "(.*)"', (ROOT / "Sources/Dataset/Version.swift").read_text())[1]


class BuildLibrary(build_py):
    """PREP_LIBRARY is a library that exists already."""

    def run(self):
        super().run()
        library = os.environ.get("PREP_LIBRARY")
        if not library:
            subprocess.run(["make", "-C", ROOT, "library"], check=True)
            library = ROOT / ".build/release/libprep.so"
        shutil.copy(library, Path(self.build_lib) / "prep/libprep.so")


class PlatformDistribution(Distribution):
    def has_ext_modules(self):
        return True


def tag():
    """Any Python 3 on this platform."""
    try:
        from setuptools.command.bdist_wheel import bdist_wheel
    except ImportError:
        from wheel.bdist_wheel import bdist_wheel

    class PlatformWheel(bdist_wheel):
        def get_tag(self):
            return "py3", "none", super().get_tag()[2]

    return PlatformWheel


setup(version=VERSION, distclass=PlatformDistribution, cmdclass={"build_py": BuildLibrary, "bdist_wheel": tag()})
