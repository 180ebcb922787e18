"""Steps of a fit as they pass, kept for a replay."""

from collections.abc import Mapping

import numpy as np

from core.errors import DataError
from core.learning.fitting import State
from core.learning.placing import place
from core.learning.training_data import TrainingData
from core.replay import Replay

FRAMES = 40
PREFIX = "replay."  # of the arrays of a checkpoint


def moments(steps: int, frames: int = FRAMES) -> tuple[int, ...]:
    """At most so many of the steps, from none to the last, denser at the beginning.

    Boxes move most while they find their place.
    """
    share = np.linspace(0, 1, frames) ** 2
    return tuple(np.unique(np.round(steps * share).astype(int)).tolist())


def nothing_yet(tasks: int, dim: int) -> Replay:
    """The replay of a fit before its first step."""
    corners = np.zeros((0, tasks, dim), dtype=np.float32)
    return Replay(np.zeros(0, np.int64), np.zeros(0), corners, corners)


def watched(replay: Replay, state: State, data: TrainingData) -> Replay:
    """The replay with the boxes as they are now, where this is one of its moments."""
    if state.step not in moments(state.config.steps) or state.step in replay.steps:
        return replay
    names = tuple(map(str, range(data.tasks)))
    boxes = place(state.model, data.features, data.membership, names)
    return Replay(
        np.append(replay.steps, state.step),
        np.append(replay.loss, state.loss),
        np.concatenate([replay.lower, boxes.lower[None]]),
        np.concatenate([replay.upper, boxes.upper[None]]),
    )


def replay_arrays(replay: Replay) -> dict[str, np.ndarray]:
    """A replay under way, to be stored with a checkpoint."""
    return {f"{PREFIX}{key}": array for key, array in vars(replay).items()}


def stored_replay(arrays: Mapping[str, np.ndarray]) -> Replay:
    """The replay that `replay_arrays` described.

    Raises:
        DataError: The fit was not recorded.
    """
    kept = {
        key.removeprefix(PREFIX): array
        for key, array in arrays.items()
        if key.startswith(PREFIX)
    }
    if not kept:
        raise DataError(
            "The steps so far were not recorded; go on without --record, or start anew "
            "without --resume."
        )
    return Replay(**kept)
