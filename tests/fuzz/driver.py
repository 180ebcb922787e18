"""One target under atheris: python -m tests.fuzz.driver TARGET FOLDER [libFuzzer's]."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["core", "dashboard"]):
    from tests.fuzz import targets

if __name__ == "__main__":
    memory = Path("/dev/shm")  # a disk is most of what an input costs
    tempfile.tempdir = str(memory) if memory.is_dir() else None
    name, folder, *options = sys.argv[1:]
    for number, seed in enumerate(targets.seeds(name)):
        (Path(folder) / f"seed-{number}").write_bytes(seed)
    given = [sys.argv[0], *options, "-max_len=65536", "-timeout=300", folder]
    atheris.Setup([*given, f"-artifact_prefix={folder}/"], targets.TARGETS[name])
    atheris.Fuzz()
