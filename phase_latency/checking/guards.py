"""Running code that is not ours: fixed seeds, a time limit, its output kept apart, one line for what goes wrong."""

import contextlib
import io
import random
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch.utils._pytree import tree_map

from phase_latency.checking.twin import NoTwinError, in_float64
from phase_latency.errors import PhaseLatencyError

TIME_LIMIT = 60.0  # seconds for one call; the slowest of the real encodings takes milliseconds


class EncodingError(PhaseLatencyError):
    """The encoding under check raised, hung, or returned what no encoding returns.

    Args:
        name: the encoding.
        found: what it did, as a phrase after "got".
        expected: what it should have done, as a noun phrase.
        remedy: what the user should do, as an imperative.
        user_traceback: the user's part of the traceback; empty if nothing was raised.
    """

    def __init__(self, name: str, found: str, expected: str, remedy: str, user_traceback: str = "") -> None:
        """Keep the arguments; see the class."""
        super().__init__(name, found, expected, remedy, user_traceback)
        self.name = name
        self.found = found
        self.expected = expected
        self.remedy = remedy
        self.user_traceback = user_traceback

    def __str__(self) -> str:
        """Return the message, one line."""
        return f"{self.name}: got {self.found}; expected {self.expected}; {self.remedy}"


class _TimeLimitError(BaseException):
    """Raised inside code that takes too long; no `Exception`, so that the code does not swallow it."""


@dataclass(frozen=True)
class Limits:
    """How code under check is run.

    Attributes:
        seed: seed of torch, NumPy and Python before an instance is built, so that random weights are the same in all.
        seconds: time limit of one call.
        output: what the code prints, which would only disturb whoever reads our own output.
    """

    seed: int = 0
    seconds: float = TIME_LIMIT
    output: io.StringIO = field(default_factory=io.StringIO)


def guarded(name: str, limits: Limits, call: Callable[[], Any], twin: bool = False) -> Any:
    """Run code that is not ours: with fixed seeds, a time limit, and its output kept apart.

    Args:
        name: of the encoding, for messages.
        limits: how to run it.
        call: what to run.
        twin: as its float64 rebuild.

    Returns:
        what the code returned.

    Raises:
        EncodingError: it raised or took too long.
        NoTwinError: it has no float64 rebuild.
        PhaseLatencyError: it raised one of this package's errors, which is passed on.
    """
    try:
        with (
            torch.no_grad(),
            _seeded(limits.seed),
            contextlib.redirect_stdout(limits.output),
            _time_limit(limits.seconds),
            in_float64() if twin else nullcontext() as rebuilt,
        ):
            found = call()
            return found if rebuilt is None else tree_map(rebuilt.wide, found)
    except _TimeLimitError as problem:
        found, expected = f"no answer within {limits.seconds:g} s", "a result in less time"
        remedy = "look at where it hangs, below, or raise the time limit"
        raise EncodingError(name, found, expected, remedy, _user_frames(problem)) from None
    except PhaseLatencyError:
        raise
    except (Exception, SystemExit) as problem:
        found = f"{type(problem).__name__}: {' '.join(str(problem).split())[:120]}"
        if twin:
            raise NoTwinError(found) from problem
        remedy = "mend the error below, or adapt the encoding with phase_latency.adapters.Subject"
        raise EncodingError(name, found, "a result", remedy, _user_frames(problem)) from None


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Fix the global generators, and put them back as they were."""
    numpy = sys.modules.get("numpy")
    states = random.getstate(), torch.default_generator.get_state()
    random.seed(seed)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed records a stack trace for devices, every time
    if numpy:  # another generator for a while, which takes a tenth of the time of reading and writing its state
        generator = numpy.random.get_bit_generator()
        numpy.random.set_bit_generator(numpy.random.MT19937(seed))
    try:
        yield
    finally:
        random.setstate(states[0])
        torch.default_generator.set_state(states[1])
        if numpy:
            numpy.random.set_bit_generator(generator)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise _TimeLimitError


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Interrupt Python code after a time; only in the main thread, and only where the system has such a timer."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    before = signal.signal(signal.SIGALRM, _interrupt)
    # Again and again, in case the code swallows an interruption and goes on.
    signal.setitimer(signal.ITIMER_REAL, seconds, min(seconds, 0.1))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _user_frames(problem: BaseException) -> str:
    """The traceback without the frames of this package and of torch's dispatch."""
    frames = traceback.extract_tb(problem.__traceback__)
    users = [frame for frame in frames if not _is_ours(frame.filename)]
    lines = traceback.format_list(users)
    if not isinstance(problem, _TimeLimitError):
        lines += traceback.format_exception_only(problem)
    return "".join(["Traceback (most recent call last):\n", *lines]) if lines else ""


def _is_ours(filename: str) -> bool:
    package = __file__.rsplit("checking", 1)[0]
    return filename.startswith(package) or "torch/utils/_" in filename or "contextlib" in filename
