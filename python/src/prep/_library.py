"""The functions of prep.h, through ctypes, which lets other threads run while they wait."""

import ctypes as c
import json
import os
import re
from pathlib import Path

INTERFACE = 1
END, RUNNING, FORKED = 1, 2, 3


class PrepError(Exception):
    """Something that prep could not do; the message says what, where, and what to do next.

    `status` is the exit status that the program would have: 64 usage, 65 input, 74 system, 130 interrupted.
    """

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status

    def __reduce__(self):
        """As other processes raise it again."""
        return type(self), (self.status, str(self))


class UsageError(PrepError, ValueError):
    """An option, or a combination of options, that makes no sense."""


class InputError(PrepError, ValueError):
    """A dataset or an input that is damaged, missing, or not what it should be."""


class SystemFailure(PrepError, OSError):
    """Reading or writing failed."""


class _Batch(c.Structure):
    _fields_ = [("pixels", c.c_void_p), ("labels", c.c_void_p), ("ids", c.c_void_p),
                ("count", c.c_int64), ("step", c.c_int64)]


class _Info(c.Structure):
    _fields_ = [(name, c.c_int64) for name in (
        "samples", "steps", "height", "width", "channels", "is_float", "is_planar", "epoch", "step")]


def _open():
    path = os.environ.get("PREP_LIBRARY") or Path(__file__).with_name("libprep.so")
    try:
        library = c.CDLL(os.fspath(path))
    except OSError as error:
        raise ImportError(f"{path}: {error}\nInstall the package anew, or set PREP_LIBRARY.") from error
    if library.prep_interface() != INTERFACE:
        raise ImportError(f"{path} has interface {library.prep_interface()}, this package needs {INTERFACE}")
    handle, text, status = c.c_void_p, c.c_char_p, c.c_int
    arguments = c.POINTER(text)
    for name, result, *parameters in [
        ("prep_version", text),
        ("prep_message", text),
        ("prep_free", None, c.c_void_p),
        ("prep_main", None, arguments, c.c_size_t),
        ("prep_prepare", status, arguments, c.c_size_t, c.POINTER(handle)),
        ("prep_preparation_wait", status, handle, c.c_double, c.POINTER(c.c_double)),
        ("prep_preparation_summary", text, handle),
        ("prep_preparation_output", text, handle),
        ("prep_preparation_close", None, handle),
        ("prep_dataset_open", status, text, c.POINTER(handle)),
        ("prep_dataset_close", None, handle),
        ("prep_dataset_manifest", text, handle),
        ("prep_dataset_table", status, handle, text, c.POINTER(c.c_void_p), c.POINTER(c.c_size_t)),
        ("prep_dataset_verify", status, handle),
        ("prep_dataset_export", status, handle, text, text, text),
        ("prep_dataset_card", status, handle, text),
        ("prep_loader_open", status, handle, text, c.POINTER(handle)),
        ("prep_loader_close", None, handle),
        ("prep_loader_describe", status, handle, c.POINTER(_Info)),
        ("prep_loader_state", status, handle, c.c_int64, c.c_int64, c.POINTER(c.c_void_p)),
        ("prep_epoch_open", status, handle, c.c_int64, c.c_int64, c.POINTER(handle)),
        ("prep_epoch_close", None, handle),
        ("prep_epoch_next", status, handle, c.POINTER(_Batch)),
    ]:
        try:
            function = getattr(library, name)
        except AttributeError:
            raise ImportError(f"{path} has no {name}: it is older than this package") from None
        function.restype, function.argtypes = result, parameters
    return library


library = _open()
version = library.prep_version().decode()


def whole(name, value):
    """A number that C can take; ctypes would drop the bits that are too many."""
    if not -2**63 <= value < 2**63:
        raise UsageError(64, f"{name}: {value} is not a number of 64 bits")
    return value


def check(status):
    """Raises what a status stands for; returns those that are no failure."""
    if status in (0, END, RUNNING):
        return status
    message = library.prep_message().decode(errors="replace")
    if status == 130:
        raise KeyboardInterrupt(message)
    kind = {64: UsageError, 65: InputError, 74: SystemFailure}.get(status, PrepError)
    raise kind(status, message)


def take_text(pointer, length=None):
    """Copies text that the library handed over, and frees it."""
    try:
        return (c.string_at(pointer) if length is None else c.string_at(pointer, length)).decode()
    finally:
        library.prep_free(pointer)


def path(value):
    """A path or a text as C takes it: without zero bytes, which would end it."""
    encoded = os.fsencode(value)
    if b"\0" in encoded:
        raise ValueError("embedded null byte")
    return encoded


def options(values):
    """Options as JSON that is YAML too, which has no pairs of surrogates, and some characters only as escapes."""
    text = json.dumps(values, default=_plain, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()


_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def _plain(value):
    """A number of NumPy, or a date."""
    for name in ("item", "isoformat"):
        if hasattr(value, name):
            return getattr(value, name)()
    raise TypeError(f"{value!r} is neither text nor a number")


def arguments(values):
    """Texts as C takes them, and their number."""
    encoded = [path(value) for value in values]
    return (c.c_char_p * len(encoded))(*encoded), len(encoded)


class Handle:
    """A handle that is closed with its object, but only by the process that opened it."""

    # Kept here, since modules may be gone when an interpreter ends.
    _process = staticmethod(os.getpid)

    def __init__(self, pointer, close):
        self.pointer, self._close, self._owner = pointer, close, self._process()

    @property
    def is_forked(self):
        return self._process() != self._owner

    pointer = None

    def close(self):
        pointer, self.pointer = self.pointer, None
        if pointer and not self.is_forked:
            self._close(pointer)

    def __del__(self):
        self.close()


def opened(function, close, *values):
    """Calls a function that opens a handle."""
    pointer = c.c_void_p()
    check(function(*values, c.byref(pointer)))
    return Handle(pointer, close)
