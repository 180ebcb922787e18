"""Commands that are run for the page in a process of their own.

What strangers made is read there: the page stays small and alive whatever it does.
"""

import subprocess
import sys
from pathlib import Path

from core.errors import DataError
from dashboard.turns import Turns

ROOT = Path(__file__).parent.parent
ROOM = 4 * 2**30  # bytes of addresses; an import of a few MB takes half of it
PATIENCE = 180  # s
LONGEST = 600  # s that any request may take, which `gunicorn.conf.py` knows, too
TURNS = Turns(at_once=2, waiting=1, patience=10)
# The limit holds before anything is loaded.
CODE = """
import runpy, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
except ImportError:
    pass
sys.argv[:2] = []
sys.argv.insert(0, "core")
runpy.run_module("core", run_name="__main__", alter_sys=True)
"""


def run(*arguments: str, room: int = 0, patience: float = 0) -> str:
    """What a command prints: `run("list", "--json")`.

    Args:
        arguments: Of `python -m core`.
        room: Bytes of addresses that it may use, if not `ROOM`.
        patience: Seconds that it may take, if not `PATIENCE`.

    Raises:
        Busy: Too many are run already.
        DataError: It says what a person can put right, takes too long, or breaks.
    """
    patience = patience or PATIENCE
    command = [sys.executable, "-c", CODE, str(room or ROOM), *arguments]
    with TURNS.one():
        try:
            ended = subprocess.run(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DataError(
                f"This took longer than {patience:.0f} s and was stopped; nothing was "
                f"kept. Give less, or run: python -m core {arguments[0]}"
            ) from error
    if ended.returncode == 0:
        return ended.stdout
    (*_, last) = ["", *ended.stderr.strip().splitlines()]
    if last.startswith("error: "):
        raise DataError(last.removeprefix("error: "))
    print(ended.stderr, file=sys.stderr)
    raise DataError(
        f"python -m core {arguments[0]} broke (status {ended.returncode}); nothing was "
        "kept. What it said last is in the program's output."
    )
