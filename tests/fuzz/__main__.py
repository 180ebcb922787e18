"""`make fuzz`: inputs by the million, led by what of the program they reach.

Prints one JSON document a target: how many inputs, in how long, and what failed. An
input that fails is written to the folder and becomes a test.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

TARGETS = ("view", "table", "collection", "novel", "images", "unpacked", "request")


def main() -> int:
    """Fuzz one target after another; 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--target", choices=TARGETS, action="append")
    parser.add_argument("--runs", type=int, default=1_000_000, help="of each target")
    parser.add_argument("--seconds", type=int, default=0, help="at most, 0 for no end")
    parser.add_argument("--folder", type=Path, default=Path(".fuzz"))
    options = parser.parse_args()
    failed = False
    for target in options.target or TARGETS:
        folder = options.folder / target
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.fuzz.driver", target, str(folder)]
        limits = [f"-runs={options.runs}", f"-max_total_time={options.seconds}"]
        begun = time.monotonic()
        ended = subprocess.run(
            [*command, *limits], stderr=subprocess.PIPE, text=True, check=False
        )
        told = {
            "target": target,
            "inputs": _count(ended.stderr),
            "seconds": round(time.monotonic() - begun),
            "status": ended.returncode,
        }
        print(json.dumps(told), flush=True)
        if ended.returncode:
            failed = True
            print(ended.stderr[-4000:], file=sys.stderr)
    return int(failed)


def _count(said: str) -> int:
    """How many inputs there were, as libFuzzer says it: `#1024 pulse cov: ...`."""
    told = [line[1:].split()[0] for line in said.splitlines() if line[:1] == "#"]
    return max((int(one) for one in told if one.isdigit()), default=0)


if __name__ == "__main__":
    sys.exit(main())
