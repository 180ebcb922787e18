"""What `agree`, `discover` and `split` share: images, settings, where results are."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.commands.command import Interrupted, positive
from core.commands.workers import workers_arguments
from core.errors import DataError
from core.store import Store

if TYPE_CHECKING:
    from core.discovery.agreement import Agreement
    from core.discovery.images import LabelledImages, Parts
    from core.discovery.presets import Preset

DATA = """\
DATA is digits, fashion-mnist, drawn (figures of five known factors), a folder or a zip
of image folders, or the name of a collection that was built from a folder, whose images
are then named with --images."""


@dataclass(frozen=True)
class Opened:
    """Images, what is learned from them, and how.

    Attributes:
        pixels: What networks see of the images.
        folder: Where results go.
        seed: Of everything.
        run: How it is computed: `jobs` and `device`.
    """

    images: "LabelledImages"
    pixels: np.ndarray
    parts: "Parts"
    preset: "Preset"
    folder: Path
    seed: int
    run: dict[str, Any]

    @property
    def scoring(self) -> dict[str, Any]:
        """Keyword arguments of scores and outcomes."""
        return {"networks": self.preset.networks, "seed": self.seed, **self.run}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments that all three have."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("what", metavar="DATA", help="images; see above")
    parser.add_argument("--images", type=Path, metavar="PATH", help="of a collection")
    parser.add_argument(
        "--preset",
        choices=("quick", "standard", "paper"),
        default="quick",
        help="perceptrons on small images (about a minute), on features of larger ones "
        "(up to a quarter of an hour), or the published setting (a GPU)",
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="images at most")
    parser.add_argument(
        "--nets", type=positive, metavar="N", help="networks a labelling (default: 3)"
    )
    parser.add_argument(
        "--shared-order",
        action="store_true",
        help="all networks see the same batches in the same order, as published",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="cpu",
        help="auto: a graphics card where torch finds one (default: cpu)",
    )
    workers_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document")


def opened(
    store: Store,
    what: str,
    *,
    images: Path | None,
    preset: str,
    limit: int | None,
    nets: int | None,
    shared_order: bool,
    seed: int,
    jobs: int,
    device: str,
) -> Opened:
    """Read the images and settle how they are learned from.

    Raises:
        DataError: There are no such images, or too few of them, or no such device.
    """
    from core.discovery.filters import learned_from
    from core.discovery.images import parts_of
    from core.discovery.kept import folder_of
    from core.discovery.presets import PRESETS
    from core.discovery.sources import KNOWN, images_named
    from core.learning.training import usable_device, use_one_thread

    use_one_thread()
    run: dict[str, Any] = {"jobs": jobs, "device": usable_device(device)}
    usual = PRESETS[preset]
    learning = replace(
        usual.learning, shared_order=shared_order or usual.learning.shared_order
    )
    if nets is not None and nets < 2:
        raise DataError("Agreement is of two networks at least; give --nets 3 or more.")
    settings = replace(usual, learning=learning, networks=nets or usual.networks)
    named = what
    if what in store.names() and what not in KNOWN:
        if images is None:
            raise DataError(
                f"Images of {what!r} are not kept; name their folder with --images."
            )
        named = str(images)
    found = images_named(named, most=limit or settings.images, side=settings.side)
    if named != what:
        found = replace(found, name=what)
    parts = parts_of(found, seed=seed)
    folder = folder_of(store, f"{found.name}-{preset}")
    given = (found, parts.known, settings.filters)
    x = learned_from(*given, seed=seed, device=run["device"])
    return Opened(found, x, parts, settings, folder, seed, run)


@contextmanager
def resumable() -> Iterator[None]:
    """Say of an interruption that what was done is kept."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise Interrupted("interrupted; the same command goes on from here") from stop


def folder_for(opened: Opened, *, regulated: bool) -> Path:
    """Where the results of one kind of search go."""
    return opened.folder.with_name(opened.folder.name + "-regulated" * regulated)


def lines_of(
    scores: Sequence[tuple[str, "Agreement"]],
) -> list[str]:
    """A table of agreement scores."""
    lines = [
        f"{'labelling':<34} {'agree':>6} {'95 %':>13} {'kappa':>6} {'side 1':>6} "
        f"{'right':>6} {'train':>6}"
    ]
    for name, one in scores:
        kappa = "-" if one.kappa is None else f"{one.kappa:.3f}"
        mark = "" if one.converged else "  not converged"
        lines.append(
            f"{name[:34]:<34} {one.score:>6.3f} {one.low:>6.3f}-{one.high:.3f} "
            f"{kappa:>6} {one.rates[1]:>6.2f} {one.accuracy:>6.3f} "
            f"{one.train_accuracy:>6.3f}{mark}"
        )
    return lines


def document_of(
    scores: Sequence[tuple[str, "Agreement"]],
) -> list[dict[str, Any]]:
    """Agreement scores as JSON."""
    return [
        {"name": name, **vars(one), "converged": one.converged} for name, one in scores
    ]


def mean_of(scores: Sequence[tuple[str, "Agreement"]]) -> float | None:
    """Of those that converged."""
    told = [one.score for _, one in scores if one.converged]
    return float(np.mean(told)) if told else None
