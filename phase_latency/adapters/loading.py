"""Objects of a user's own code by name: MODULE:OBJECT, or FILE.py:OBJECT."""

import hashlib
import importlib
import importlib.util
import re
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from phase_latency.adapters.adapting import adapt
from phase_latency.adapters.libraries import DIM, HEADS, library_names, library_subject
from phase_latency.adapters.subject import Kind, Subject
from phase_latency.adapters.suggestions import did_you_mean
from phase_latency.encodings import parse_encoding
from phase_latency.encodings.files import is_table_file
from phase_latency.errors import ArgumentError
from phase_latency.spiking import NLIF, Network

_EXPECTED = "MODULE:OBJECT or FILE.py:OBJECT"
_PACKAGE = str(Path(__file__).resolve().parents[1])


class UserCodeError(ArgumentError):
    """Code of the user raised while an encoding was loaded or called for the first time.

    Args:
        argument: name of the argument, as the caller wrote it.
        value: the offending value.
        expected: what is accepted, as a noun phrase.
        remedy: what the caller should do, as an imperative.
        user_traceback: the traceback, without frames of this package and of Python's import.
    """

    def __init__(self, argument: str, value: object, expected: str, remedy: str, user_traceback: str) -> None:
        """Keep the arguments; see the class."""
        super().__init__(argument, value, expected, remedy)
        self.args = (argument, value, expected, remedy, user_traceback)
        self.user_traceback = user_traceback


class SpikingNetworkError(ArgumentError):
    """What was loaded is a network of spiking neurons, which has properties of its own, and no positions.

    Args:
        spec: as the caller wrote it.
        network: what was loaded.
    """

    def __init__(self, spec: str, network: Network | NLIF) -> None:
        """Keep the network; see the class."""
        remedy = "see its properties with `phase-latency check`"
        super().__init__("encoding", spec, "an encoding, not a spiking network", remedy)
        self.args = (spec, network)
        self.network = network


def load(spec: str) -> object:
    """Load an object by name.

    Args:
        spec: MODULE:OBJECT, where MODULE is importable from the current directory, or FILE.py:OBJECT; OBJECT may have
            dots. A file is executed anew for each call.

    Returns:
        the object.

    Raises:
        ArgumentError: not of this form, no such module, file or object.
        UserCodeError: the module raised.
    """
    if not isinstance(spec, str):
        raise ArgumentError("encoding", spec, _EXPECTED, "pass text")
    place, colon, path = spec.rpartition(":")
    if not colon or not place or not all(part.isidentifier() for part in path.split(".")):
        raise ArgumentError("encoding", spec, _EXPECTED, "name the object after a colon, as in my_encodings.py:MyRope")
    module = _module_of_file(spec, Path(place)) if place.endswith(".py") else _module(spec, place)
    found: object = module
    for name in path.split("."):
        found = _attribute(spec, found, name)
    return found


def load_subject(
    spec: str, *, kind: Kind | None = None, dim: int | None = None, heads: int | None = None, length: int = 256
) -> Subject:
    """Load an encoding by name and bring it into the form that checks look at.

    Args:
        spec: an encoding of this package or a table, as for `parse_encoding` ("rotary", "amplitude(1/64)",
            "table.npy"); one of another library, from `library_names` ("transformers:yarn"); or what `load` takes.
        kind: "additive", "rotary" or "bias"; None to find out.
        dim: width; None for 64, or for that of an object loaded.
        heads: number of heads; None for 8, or for that of an object loaded.
        length: number of positions, for encodings of this package that want it.

    Returns:
        the subject, called like `spec`, with Python text that loads it again.

    Raises:
        ArgumentError: no such encoding, or what `adapt` refuses.
        UserCodeError: code of the user raised.
        NotFiniteError: an entry of a table is infinite or NaN.
        MissingToolError: a library is not installed.
    """
    options = {"kind": kind, "dim": dim, "heads": heads}
    subject = _subject(spec, kind, dim, heads, length)
    if length != 256:
        options["length"] = length
    given = "".join(f", {name}={value!r}" for name, value in options.items() if value is not None)
    source = f"from phase_latency.adapters import load_subject\nencoding = load_subject({spec!r}{given})"
    return replace(subject, name=spec, source=source)


def _subject(spec: str, kind: Kind | None, dim: int | None, heads: int | None, length: int) -> Subject:
    if not isinstance(spec, str):
        raise ArgumentError("encoding", spec, _EXPECTED, "pass text")
    if spec in library_names():
        return adapt(library_subject(spec, dim=dim or DIM, heads=heads or HEADS), kind=kind)
    if ":" not in spec or is_table_file(spec) or re.match(r"\s*[a-z]+\(", spec):
        _check_known(spec)
        return adapt(parse_encoding(spec, dim or DIM, length), kind=kind)
    loaded = _load_or_suggest(spec)
    if isinstance(loaded, Network | NLIF):
        raise SpikingNetworkError(spec, loaded)
    try:
        return adapt(loaded, kind=kind, dim=dim, heads=heads)
    except ArgumentError as error:
        if error.__cause__ is None:
            raise
        raise _user_code(error.argument, spec, error.expected, error.remedy, error.__cause__) from error.__cause__


def _load_or_suggest(spec: str) -> object:
    """Load an object; a name of a library's encoding that is only misspelt looks like MODULE:OBJECT too."""
    try:
        return load(spec)
    except UserCodeError:
        raise
    except ArgumentError as error:
        error.remedy = did_you_mean(spec, library_names(), error.remedy)
        raise


def _check_known(spec: str) -> None:
    """Refuse a name that is neither ours nor one of a library, with those that are near."""
    name = re.match(r"[\s\w.-]*", spec)
    word = name.group().strip() if name else spec
    known = ["sinusoidal", "rotary", "alibi", "rank", "amplitude", "compressed", "retimed", *library_names()]
    if word in known or is_table_file(spec):
        return
    remedy = did_you_mean(word, known, "name the object after a colon, as in my_encodings.py:MyRope")
    raise ArgumentError("encoding", spec, f"the name of an encoding, {_EXPECTED}", remedy)


# -- modules --------------------------------------------------------------------------------------------------------


def _module(spec: str, name: str) -> types.ModuleType:
    with _on_path(Path.cwd()), _raising_user_code(spec):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            # The module that is missing may also be one that the user's module imports: then its traceback helps.
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
        except (TypeError, ValueError):
            if all(part.isidentifier() for part in name.split(".")):
                raise
    remedy = "start in the folder that has it, or write the path of the file"
    raise ArgumentError("encoding", spec, f"a module {name} that Python can import", remedy)


def _module_of_file(spec: str, path: Path) -> types.ModuleType:
    if not path.is_file():
        raise ArgumentError("encoding", spec, "the path of a Python file", f"check that {path} exists")
    path = path.resolve()
    name = f"_phase_latency_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    module_spec = importlib.util.spec_from_file_location(name, path)
    if module_spec is None or module_spec.loader is None:
        raise ArgumentError("encoding", spec, "a Python file that can be imported", "rename it to end in .py")
    module = importlib.util.module_from_spec(module_spec)
    # Dataclasses, pickling and copying look the module of a class up by its name.
    sys.modules[name] = module
    with _on_path(path.parent, Path.cwd()), _raising_user_code(spec, lambda: sys.modules.pop(name, None)):
        module_spec.loader.exec_module(module)
    return module


def _attribute(spec: str, owner: object, name: str) -> object:
    with _raising_user_code(spec):
        try:
            return getattr(owner, name)
        except AttributeError:
            if name in dir(owner):  # a property of the user's that raised
                raise
    public = [each for each in dir(owner) if not each.startswith("_")]
    label = getattr(owner, "__name__", type(owner).__name__)
    remedy = did_you_mean(name, public, f"choose one of {', '.join(public[:8])}" if public else "define it")
    raise ArgumentError("encoding", spec, f"an object that {_plain(label)} has; it has no {name}", remedy)


def _plain(module_name: str) -> str:
    private = re.fullmatch(r"_phase_latency_(.+)_[0-9a-f]{8}", module_name)
    return f"{private.group(1)}.py" if private else module_name


@contextmanager
def _on_path(*folders: Path) -> Iterator[None]:
    """Let modules in these folders be imported, as ``python -m`` lets those of the current directory."""
    added = [str(folder) for folder in folders]
    sys.path[:0] = added
    importlib.invalidate_caches()  # the user may have written the module a moment ago
    try:
        yield
    finally:
        for folder in added:
            with suppress(ValueError):  # the module may have taken it away
                sys.path.remove(folder)


# -- errors of the user's code --------------------------------------------------------------------------------------


@contextmanager
def _raising_user_code(spec: str, undo: Callable[[], Any] = lambda: None) -> Iterator[None]:
    """Turn whatever is raised into one error that keeps the user's part of the traceback."""
    try:
        yield
    except (Exception, SystemExit) as error:
        undo()
        message = " ".join(str(error).split())[:120]
        remedy = f"mend {type(error).__name__}{f': {message}' if message else ''}"
        raise _user_code("encoding", spec, "code that loads", remedy, error) from error


def _user_code(argument: str, value: object, expected: str, remedy: str, error: BaseException) -> UserCodeError:
    return UserCodeError(argument, value, expected, remedy, user_traceback(error))


def user_traceback(error: BaseException) -> str:
    """The traceback of an error, without frames of this package and of Python's import.

    Args:
        error: what was raised.

    Returns:
        text of several lines, the errors that led to it included.
    """
    report = traceback.TracebackException.from_exception(error)
    chained: traceback.TracebackException | None = report
    while chained is not None:
        frames = [frame for frame in chained.stack if not _is_ours(frame.filename)]
        chained.stack = traceback.StackSummary.from_list(frames)
        chained = chained.__cause__ or chained.__context__
    return "".join(report.format())


def _is_ours(filename: str) -> bool:
    return filename.startswith((_PACKAGE, "<frozen importlib")) or filename == importlib.__file__
