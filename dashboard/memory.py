"""Memory: what a page that runs for weeks has used goes back to the system.

An answer of megabytes is made in one of the threads and gone a moment later. By
itself, the C library of Linux (glibc) keeps a heap for each thread and holds on to the
holes in it, several times as much as is used after an hour of many visitors.
"""

import ctypes
from contextlib import suppress

# Of mallopt(3), as <malloc.h> numbers them.
MMAP_THRESHOLD, ARENA_MAX = -3, -8
LARGE = 256 * 2**10  # bytes; what is larger has pages of its own, which go with it
HEAPS = 2  # threads seldom wait for one another here: Python lets one work at a time


def give_back() -> None:
    """From now on; where there is another C library, nothing changes."""
    with suppress(OSError, TypeError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(MMAP_THRESHOLD, LARGE)
        mallopt(ARENA_MAX, HEAPS)
