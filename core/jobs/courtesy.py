"""A job stands still while a hand moves a picture on the same machine.

To draw what a hand moves, a browser needs all the cores there are; a fit that keeps one
of them busy would make every frame half as long again.
"""

import time
from pathlib import Path

from core import files

FILE = "moving"  # beside the folders of the jobs; when it was written says it all
LULL = 0.5  # s after which a hand rests that was not told to move again
LOOK = 0.02  # s between two looks


def ask(folder: Path) -> None:
    """A hand moves: jobs in `folder` are to wait a moment.

    Raises:
        DataError: The folder cannot be written.
    """
    path = folder / FILE
    with files.writing(path):
        path.touch(mode=0o600)


def wait(folder: Path) -> None:
    """Stand still until no hand moves."""
    while 0 <= time.time() - _asked(folder / FILE) < LULL:
        time.sleep(LOOK)


def _asked(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # nobody asked yet
        return 0.0
