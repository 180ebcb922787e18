"""`fit`: learn the boxes of a collection."""

import argparse
import os
import re
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from shlex import quote
from typing import Any

from core import cache, locks
from core.boxes import Boxes
from core.cache import Store
from core.commands.command import (
    Add,
    Interrupted,
    dimension,
    positive,
    report_argument,
    stopping,
)
from core.errors import DataError
from core.jobs import progress
from core.jobs.progress import Report
from core.learning.recipe import RECIPES
from core.replay import Replay, replay_written
from core.store import WORD

CHECKPOINT_EVERY = 100  # steps


def add(command: Add) -> None:
    """Add the command."""
    parser = command("fit", "learn the boxes of a collection", run)
    parser.add_argument("name", help="a collection; see list")
    parser.add_argument("--dim", type=dimension, default=2, metavar="D")
    parser.add_argument(
        "--recipe",
        choices=(*RECIPES, "published"),
        default="default",
        help="default: by the members of tasks where known; network: by their means; "
        "tree: lay out what nests as a tree; published: as Daroya et al., to compare",
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=positive, help="default: as the recipe says")
    parser.add_argument(
        "--resume", action="store_true", help="go on with an interrupted fit"
    )
    report_argument(parser)
    parser.add_argument(
        "--features",
        choices=("members", "task2vec"),
        default="members",
        help="task2vec: learn of one vector a task, which embed makes, and keep boxes "
        "and encoder as the further fit task2vec (default: members)",
    )
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument(
        "--as",
        dest="word",
        type=_word,
        metavar="WORD",
        help="keep these boxes as a further fit, to see beside those of the collection",
    )
    kept.add_argument(
        "--record",
        action="store_true",
        help="keep boxes of steps on the way too, for the page to replay",
    )


def _word(text: str) -> str:
    if re.fullmatch(WORD, text):
        return text
    raise argparse.ArgumentTypeError(
        f"{text[:40]!r} is not a word of a-z, 0-9 and inner hyphens, of at most 30"
    )


def run(
    store: Store,
    *,
    name: str,
    dim: int,
    recipe: str,
    features: str,
    device: str,
    seed: int,
    steps: int | None,
    resume: bool,
    word: str | None,
    record: bool,
    report: Path | None,
) -> None:
    """Fit boxes and keep them with their encoder, or a checkpoint when stopped.

    Of a further fit the boxes are kept only: nothing new is placed by it, unless it
    is of embeddings.
    """
    # Of several processes that torchrun starts the first one tells.
    told = progress.begin(report if os.environ.get("RANK", "0") == "0" else None)
    told.phase("reading")
    from core import metrics, weights
    from core.learning import checkpoint, distributed, fitting, recording, training
    from core.learning.placing import explained, place
    from core.learning.prerequisites import check_learnable
    from core.learning.set_encoder import SetEncoder

    embedded = features == "task2vec"
    if embedded and record:
        raise DataError(
            "Boxes of task2vec are a further fit, of which no steps are kept."
        )
    collection = cache.load_described(store, name, "task2vec" if embedded else "mean")
    check_learnable(collection, dim)
    config = fitting.config_for(collection, recipe, dim=dim, seed=seed, steps=steps)
    training.use_one_thread()
    device = training.usable_device(device)
    again = f"--dim {dim} --recipe {recipe} --seed {seed} --steps {config.steps}"
    again += f" --features {features}" if embedded else ""
    again += f" --as {word}" if word else " --record" if record else ""
    again = f"-m core fit {name} {again} --data {quote(str(store.data))} --resume"
    tasks = len(collection.tasks)
    replay = recording.nothing_yet(tasks, dim) if record else None
    # A job waits for what began meanwhile; a person in front of a terminal is told.
    patience = -1 if report else locks.MOMENT
    lock = locks.locked(store.fit_lock(name), f"a fit of {name!r}", patience)
    with distributed.joined(device) as group, lock if group.first else nullcontext():
        distributed.wait(group)  # until the first one has the lock
        told.phase("laying out")
        data = fitting.data_for(collection, config)
        if distributed.restarted():
            resume = bool(weights.checkpointed(store, name, dim))
        if resume:
            stored = weights.load_checkpoint(store, name, dim)
            state = checkpoint.resumed(*stored, data, config, device)
            replay = recording.stored_replay(stored[0]) if record else None
            told.resume(state.step)
        else:
            told.resume(-1)
            state = fitting.start(data, config, device)
        replay = _train(store, name, data, state, device, group, again, replay, told)
        if not group.first:
            return
        told.phase("writing")
        names = tuple(collection.tasks.index)
        boxes = place(state.model, data.features, data.membership, names)
        about = checkpoint.model_settings(state, data)
        beside = {}
        if embedded and not word:
            word = "task2vec"
        if not word or word == "task2vec":
            arrays = checkpoint.model_arrays(state.model)
            of_fit = about | {weights.FIT: weights.fit_digest(boxes)}
            beside = dict(
                [weights.model_written(store, name, arrays, of_fit, word or "")]
            )
        if replay and state.step:
            beside |= dict([replay_written(store, name, replay)])
        path = cache.save_boxes(store, name, boxes, about["config"], word or "", beside)
        weights.remove_checkpoint(store, name, dim)
    told.phase(progress.DONE)
    look = metrics.picture(boxes, collection.relations)
    print(f"{name}: {len(names):,} boxes in {path}; {_learned(state)}; {look}")
    if replay:
        print(_recorded(replay))
    if isinstance(state.model, SetEncoder) and not word:
        share = explained(state.model)
        print(
            f"Placed as if new, members tell {share:.3f} of the variance of each "
            "other's points."
        )


def _learned(state: Any) -> str:
    if not state.step:
        return "laid out exactly, as sets are nested or apart"
    return f"loss {state.loss:.3f}"


def _recorded(replay: Replay) -> str:
    if len(replay.steps) < 2:
        return "There is nothing to replay: these boxes took no step."
    return f"{len(replay.steps)} of {replay.steps[-1]:,} steps are kept to be replayed."


def _train(
    store: Store,
    name: str,
    data: Any,
    state: Any,
    device: str,
    group: Any,
    again: str,
    replay: Replay | None,
    told: Report,
) -> Replay | None:
    """Take the steps that are left; the replay with those of them that it keeps."""
    from tqdm import tqdm

    from core import weights
    from core.learning import checkpoint, distributed, fitting, recording

    steps = state.config.steps
    names = tuple(map(str, range(data.tasks)))

    def watched(replay: Replay | None) -> Replay | None:
        seen = recording.watched(replay, state, data) if replay else None
        if seen and seen is not replay:
            told.frame(state.step, Boxes(seen.lower[-1], seen.upper[-1], names))
        return seen

    def keep() -> None:
        # A step may break weights; the last good ones stay.
        if group.first and checkpoint.is_sound(state):
            arrays, about = checkpoint.checkpoint_of(state, data)
            arrays |= recording.replay_arrays(replay) if replay else {}
            weights.save_checkpoint(store, name, arrays, about)
            told.kept(weights.checkpointed(store, name, state.config.dim))

    with (
        stopping() as stopped,
        tqdm(
            total=steps,
            initial=state.step,
            desc=name,
            disable=None if group.first else True,
        ) as bar,
    ):
        halted = stopped.is_set()
        told.count(progress.LEARNING, step=state.step, steps=steps)
        replay = watched(replay)
        try:
            for _ in fitting.fit(data, state, device, group):
                replay = watched(replay)
                told.step(state.step, state.loss)
                bar.set_postfix_str(f"loss {state.loss:.3f}", refresh=False)
                bar.update()
                if halted := distributed.any_of(stopped.is_set(), group):
                    break
                if state.step % CHECKPOINT_EVERY == 0:
                    keep()
        except DataError as error:
            keep()
            raise DataError(f"{error} The state before it is kept.") from error
    if halted:
        keep()
        if not group.first:
            sys.exit(128 + signal.SIGINT)
        by = f"torchrun --nproc-per-node {group.size}" if group.size > 1 else "python"
        raise Interrupted(
            f"interrupted at step {state.step} of {steps}; continue with: {by} {again}"
        )
    return replay
