"""Time builds from scratch and print one JSON document: `make bench-builds`.

Every build is a process of its own with an empty data directory, so that no vector is
kept from before; packages are installed already. To time one that needs files:
`make bench-builds BUILD="cub --images images.tar --taxonomy taxonomy.csv"`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.browser.pages import ROOT

BUILDS = (["imagenet"], ["inaturalist"], ["imagenet21k"], ["huggingface"])


def main() -> int:
    """Run the builds, or the one whose arguments are given."""
    builds = [sys.argv[1:]] if sys.argv[1:] else list(BUILDS)
    print(json.dumps({build[0]: figures(build) for build in builds}, indent=2))
    return 0


def figures(build: list[str]) -> dict[str, float]:
    """Seconds, peak megabytes and tasks of one build."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "core", "build", *build, "--data", data]
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(command)} ended with status {status}")
        seconds = time.perf_counter() - begin
        about = json.loads(next(Path(data).glob("*/collection.json")).read_text())
    return {
        "seconds": round(seconds, 1),
        "megabytes": round(usage.ru_maxrss / 1024),
        "tasks": about["tasks"],
    }


if __name__ == "__main__":
    sys.exit(main())
