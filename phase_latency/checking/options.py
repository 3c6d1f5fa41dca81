"""Options that check and compare share, refused before anything of the user's is run."""

from phase_latency.errors import ArgumentError
from phase_latency.validation import check_whole

_SEEDS = 2**63


def check_options(length: int, seed: int, within: tuple[int, int] | None, time_limit: float) -> None:
    """Refuse options that nothing can be done with.

    Args:
        length: number of positions of a sequence.
        seed: of every random choice.
        within: first and last position, or None.
        time_limit: seconds that one call may take.

    Raises:
        ArgumentError: an option is of another kind, or out of its range.
    """
    check_whole(length, "length", 2, "pass the number of positions of a sequence")
    check_whole(seed, "seed", 0, "pass a whole number >= 0")
    if seed >= _SEEDS:
        raise ArgumentError("seed", seed, f"a whole number below {_SEEDS}", "pass a smaller one")
    if within is not None:
        ends = list(within) if isinstance(within, tuple | list) else []
        if len(ends) != 2 or not all(isinstance(end, int) and not isinstance(end, bool) for end in ends):
            raise ArgumentError("within", within, "two whole numbers (low, high)", "pass first and last position")
    if not (isinstance(time_limit, float | int) and time_limit > 0):
        raise ArgumentError("time_limit", time_limit, "a number of seconds > 0", "pass how long a call may take")
