"""How far a fit or a projection is, in a folder that others may look into.

`progress.json` is replaced whole, and each of the boxes on the way is a file of its
own. Nothing here is needed to go on, so no write waits for the disk.
"""

import json
import math
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from core import files
from core.boxes import Boxes
from core.jobs import courtesy
from core.replay import Replay

EVERY = 0.2  # s between two reports of steps
POINTS = 240  # of the curve of the loss, at most
LATELY = 0.8  # weight of a report beside the next one, where time left is judged
FRAME = re.compile(r"frame_(\d{1,9})\.npy")
LEARNING = "learning"
DONE = "done"


@dataclass(frozen=True)
class Progress:
    """What a process says of itself.

    Args:
        phase: What it does, in words; `DONE` when all is written.
        step: Steps taken.
        steps: Of how many; 0 where nobody knows.
        loss: Of the last step.
        left: Seconds until the last step, by how long steps took lately.
        curve: Some steps with their losses.
    """

    phase: str
    step: int = 0
    steps: int = 0
    loss: float | None = None
    left: float | None = None
    curve: tuple[tuple[int, float], ...] = ()


def learned(progress: Progress, step: int, loss: float) -> Progress:
    """The progress with this step on its curve, thinned where it has grown too long."""
    if not math.isfinite(loss):
        return replace(progress, step=step)
    curve = (*progress.curve, (step, float(f"{loss:.4g}")))
    if len(curve) > POINTS:
        curve = (*curve[:-1:2], curve[-1])
    return replace(progress, step=step, loss=loss, curve=curve)


class Report:
    """What a command tells of itself while it runs; without a folder, to nobody."""

    def __init__(
        self, folder: Path | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._before = load_progress(folder) if folder else Progress("starting")
        self._progress = Progress("starting")
        self._told = -math.inf  # when
        self._lately = (0.0, 0.0)  # seconds, and the steps taken in them
        self._last = (0, 0.0)  # step and time of the last report

    @property
    def wanted(self) -> bool:
        """Whether anybody is told."""
        return self._folder is not None

    def phase(self, phase: str) -> None:
        """Tell what is done from now on."""
        self._progress = replace(self._progress, phase=phase, left=None)
        self._tell()

    def count(self, phase: str, *, step: int = 0, steps: int) -> None:
        """Tell what is done from now on, where its steps are counted."""
        self._progress = replace(
            self._progress, phase=phase, step=step, steps=steps, left=None
        )
        self._lately, self._last = (0.0, 0.0), (step, self._clock())
        self._tell()

    def resume(self, step: int) -> None:
        """Go on with what was told up to this step, and forget what came after it."""
        if self._folder is None:
            return
        before = self._before
        curve = tuple(point for point in before.curve if point[0] <= step)
        self._progress = replace(before, curve=curve)
        for at, path in _frames(self._folder).items():
            if at > step:
                path.unlink(missing_ok=True)

    def step(self, step: int, loss: float = math.nan) -> None:
        """Tell of a step, unless another one was told of a moment ago.

        A person who moves a picture on this machine is waited for.
        """
        if self._folder is not None:
            courtesy.wait(self._folder.parent)
        now, (before, then) = self._clock(), self._last
        over = step == self._progress.steps
        if now - self._told < EVERY and not over:
            return
        seconds, steps = (LATELY * one for one in self._lately)
        self._lately = (seconds + now - then, steps + step - before)
        left = None
        if steps:  # a first step takes longer than others, and tells nothing alone
            pace = self._lately[0] / self._lately[1]
            left = pace * (self._progress.steps - step)
        self._last = (step, now)
        self._progress = replace(learned(self._progress, step, loss), left=left)
        self._tell()

    def frame(self, step: int, boxes: Boxes) -> None:
        """Tell of the boxes as they are at a step."""
        if self._folder is None:
            return
        corners = np.stack([boxes.lower, boxes.upper]).astype("<f4")
        part, path = self._folder / ".frame.npy", self._folder / f"frame_{step}.npy"
        with files.writing(path):
            np.save(part, corners, allow_pickle=False)
            part.replace(path)

    def kept(self, stamp: str) -> None:
        """Tell which checkpoint is the last of this fit, by `weights.checkpointed`."""
        if self._folder is None:
            return
        part, path = self._folder / ".kept.txt", self._folder / "kept.txt"
        with files.writing(path):
            part.write_text(stamp, encoding="utf-8")
            part.replace(path)

    def _tell(self) -> None:
        self._told = self._clock()
        if self._folder is None:
            return
        part, path = self._folder / ".progress.json", self._folder / "progress.json"
        with files.writing(path):
            part.write_text(json.dumps(asdict(self._progress)), encoding="utf-8")
            part.replace(path)


def begin(folder: Path | None) -> Report:
    """The report of a command that starts, which others find in `folder`.

    Raises:
        DataError: The folder cannot be written.
    """
    if folder is not None:
        with files.writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
    return Report(folder)


def load_progress(folder: Path) -> Progress:
    """What was last told in a folder; where nothing was, that it is starting."""
    try:
        told = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
        curve = tuple((int(step), float(loss)) for step, loss in told.pop("curve"))
        return Progress(**told, curve=curve)
    except (OSError, ValueError, KeyError, TypeError):  # not yet, or not by us
        return Progress("starting")


def load_kept(folder: Path) -> str:
    """Which checkpoint is that of a fit, "" where it has none."""
    try:
        return (folder / "kept.txt").read_text(encoding="utf-8")
    except OSError:
        return ""


def load_frames(folder: Path, after: int = -1) -> Replay | None:
    """The boxes of a fit under way at the steps after `after`; None where none are."""
    found, losses = [], dict(load_progress(folder).curve)
    for step, path in sorted(_frames(folder).items()):
        if step <= after:
            continue
        try:
            found.append((step, np.load(path, allow_pickle=False)))
        except (OSError, ValueError):  # gone meanwhile: the job was forgotten
            continue
    if not found:
        return None
    steps = np.array([step for step, _ in found])
    loss = np.array([losses.get(step, math.nan) for step in steps.tolist()])
    corners = np.stack([corners for _, corners in found])
    return Replay(steps, loss, corners[:, 0], corners[:, 1])


def _frames(folder: Path) -> dict[int, Path]:
    known = {path: FRAME.fullmatch(path.name) for path in folder.glob("frame_*.npy")}
    return {int(one[1]): path for path, one in known.items() if one}
