"""What every command shares: how it is added, typed arguments, being interrupted."""

import argparse
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from core import cache

# Adds a command by its name, what it does, and the function that does it.
Add = Callable[[str, str, Callable[..., None]], argparse.ArgumentParser]


class Interrupted(Exception):
    """A person stopped the command; the message says how to go on."""


def adder(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> Add:
    """How a command is added: each knows the place of the data."""

    def add(name: str, help: str, run: Callable[..., None]) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=help, description=help)
        data_argument(one, default=cache.default_data())
        one.set_defaults(run=run)
        return one

    return add


def data_argument(parser: argparse.ArgumentParser, default: object) -> None:
    """Where collections live, for every command."""
    parser.add_argument(
        "--data",
        type=Path,
        default=default,
        metavar="DIR",
        help=f"where collections are kept (default: {cache.default_data()})",
    )


def file_argument(
    parser: argparse.ArgumentParser, what: str, help: str, *, required: bool
) -> None:
    """A table or an array to read or to write, explained over several lines."""
    text = " ".join(help.split())
    parser.add_argument(
        f"--{what}", type=Path, required=required, metavar="FILE", help=text
    )


def report_argument(parser: argparse.ArgumentParser) -> None:
    """Where a command tells how far it is."""
    parser.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help="keep in this folder how far it is (progress.json)",
    )


def dimension(text: str) -> int:
    """A number of dimensions that boxes can have."""
    dim = int(text)
    if dim < 2:
        raise argparse.ArgumentTypeError(f"boxes have 2 dimensions or more, not {dim}")
    return dim


def positive(text: str) -> int:
    """A whole number above 0."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not positive")
    return number


def names(text: str) -> tuple[str, ...]:
    """Some, with commas between them, each once."""
    return tuple(dict.fromkeys(text.split(",")))


@contextmanager
def stopping() -> Iterator[Event]:
    """Turns Ctrl-C and SIGTERM into an event, so that no step is cut in the middle."""
    stopped = Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, lambda *_: stopped.set()) for one in signals]
    try:
        yield stopped
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)
