"""Probes by the name that a person gives."""

import importlib.util
from pathlib import Path

from core.errors import DataError
from core.task2vec.probe import Probe
from core.task2vec.probes import efficientnet, small, transformer

NAMES = (efficientnet.NAME, transformer.NAME, small.NAME)


def probe_named(name: str) -> Probe:
    """A probe that comes with the program, or that of a person's own Python file.

    Such a file has a function `probe()` that gives what `core.task2vec.probe.probe_of`
    makes of a network. It is run as it is, with the rights of who names it.

    Raises:
        DataError: There is no such probe, or the file makes none.
    """
    if name == efficientnet.NAME:
        return efficientnet.efficientnet_probe()
    if name == transformer.NAME:
        return transformer.transformer_probe()
    if name == small.NAME:
        return small.small_probe()
    path = Path(name)
    if path.suffix != ".py" or not path.is_file():
        raise DataError(
            f"There is no probe {name!r}; name one of {', '.join(NAMES)}, or a Python "
            "file with a function probe() (see core/task2vec/probe.py)."
        )
    return _own(path)


def _own(path: Path) -> Probe:
    spec = importlib.util.spec_from_file_location("own_probe", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        found = module.probe()
    except DataError:
        raise
    except Exception as error:  # a person's own program may raise anything
        raise DataError(
            f"{path} makes no probe ({type(error).__name__}: {error}); it must have a "
            "function probe() that runs."
        ) from error
    if not isinstance(found, Probe):
        raise DataError(
            f"probe() of {path} gives a {type(found).__name__}; let it give what "
            "core.task2vec.probe.probe_of makes."
        )
    return found
