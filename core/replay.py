"""Replay: how boxes came about, step by step, from the first guess to the last."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from core import files
from core.boxes import Boxes
from core.errors import DataError
from core.store import Store, python_command


@dataclass(frozen=True)
class Replay:
    """Boxes at some steps of a fit, and the loss of each: NaN before the first."""

    steps: Int[np.ndarray, " frames"]
    loss: Float[np.ndarray, " frames"]
    lower: Float[np.ndarray, "frames tasks dim"]
    upper: Float[np.ndarray, "frames tasks dim"]

    def __post_init__(self) -> None:
        if (np.diff(self.steps) <= 0).any():
            raise DataError("The steps of a replay are not in their order.")
        if not (np.isfinite(self.lower) & np.isfinite(self.upper)).all():
            raise DataError("Some boxes of a replay have no finite corners.")

    def ends_with(self, boxes: Boxes) -> bool:
        """Whether these are the boxes that the fit came to."""
        return (
            len(self.steps) > 1
            and np.array_equal(self.lower[-1], boxes.lower)
            and np.array_equal(self.upper[-1], boxes.upper)
        )


def save_replay(store: Store, name: str, replay: Replay) -> Path:
    """Write how the boxes of collection `name` came about, beside them."""
    path, fill = replay_written(store, name, replay)
    files.write(path, fill)
    return path


def replay_written(store: Store, name: str, replay: Replay) -> tuple[Path, files.Fill]:
    """Where it goes how boxes of collection `name` came about, and what writes it."""
    path = store.data / name / f"replay_{replay.lower.shape[2]}d.npz"
    numbers = {key: one.astype(np.float32) for key, one in vars(replay).items()}
    steps = replay.steps.astype(np.int32)
    return path, files.filled_with({**numbers, "steps": steps})


def load_replay(store: Store, name: str, boxes: Boxes) -> Replay:
    """Read how these boxes of collection `name` came about.

    Raises:
        DataError: Nothing is kept of that, or it ends with other boxes.
    """
    command = f"fit {name} --dim {boxes.dim} --record"
    remedy = python_command(command)
    path = store.find(name, f"replay_{boxes.dim}d.npz", command)
    corners = f"f frames {len(boxes.names)} {boxes.dim}"
    layout = {"steps": "i frames", "loss": "f frames"}
    layout |= {"lower": corners, "upper": corners}
    arrays = files.read_arrays(path, layout, remedy)
    with files.checking(path, remedy):
        replay = Replay(**{key: arrays[key] for key in layout})
        if not replay.ends_with(boxes):
            raise DataError("It ends with other boxes than those of the collection.")
    return replay
