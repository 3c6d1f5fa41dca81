"""One thread for as long as a computation runs, so that its results have the same bits on every machine."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch and the libraries below NumPy compute in one thread; give the caller's threads back afterwards.

    Threads add up in another order, and for the small blocks that are computed here they would mostly wait.

    Yields:
        nothing.
    """
    import torch
    from threadpoolctl import threadpool_limits

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        torch.set_num_threads(threads)
