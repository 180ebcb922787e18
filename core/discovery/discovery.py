"""Discovery: many tasks searched for, of which the best that differ are kept.

Tasks are the half spaces that a search went by, and as many of the space that it found,
turned to where networks learn soonest; and of the space that all searches found, too.
The former fall into gaps between images, of the latter networks are the surest.
"""

import json
from collections.abc import MutableMapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from tqdm import tqdm

from core import files
from core.digest import digest
from core.discovery.agreement import (
    Agreement,
    largest_similarity,
    sides_apart,
    similarity,
)
from core.discovery.images import Parts
from core.discovery.presets import Preset
from core.discovery.scores import Pixels, scores
from core.discovery.search import (
    Found,
    Search,
    Seen,
    arrays_of,
    searched,
    start,
    stored,
)
from core.discovery.tasks import Tasks, tasks_of
from core.learning.training import use_one_thread
from core.parallel import calls

# Two tasks more similar than this are not both kept. On other images it is up to 0.06
# more, and 0.65 is not to be passed there.
ALIKE = 0.58
RATES = (0.4, 0.6)  # of side 1; a lopsided task is agreed on for nothing
EVERY = 25  # steps between two states that are kept


@dataclass(frozen=True)
class Discovered:
    """Tasks that were kept, the best first.

    Attributes:
        tasks: On all images.
        agreement: Of networks that learned them, on images that nothing was chosen by.
        similar: The largest similarity of two of them, on these images.
        sought: Tasks that they were chosen of.
        diverged: Searches that stopped early because learning diverged.
    """

    tasks: Tasks
    agreement: tuple[Agreement, ...]
    similar: float
    sought: int
    diverged: int

    @property
    def mean(self) -> float:
        """Of the agreement of tasks that were learned; NaN where none was."""
        told = [one.score for one in self.agreement if one.converged]
        return float(np.mean(told)) if told else float("nan")


def discover(
    seen: Seen,
    pixels: Pixels,
    parts: Parts,
    preset: Preset,
    kept: MutableMapping[str, str],
    folder: Path,
    *,
    seed: int = 0,
    jobs: int = 1,
    random: bool = False,
    device: str = "cpu",
) -> Discovered:
    """Search from several beginnings, choose, and score what is chosen.

    Args:
        seen: What the encoder sees of all images: pixels, or frozen features.
        pixels: What learners see of them, standardised.
        parts: The test part is asked about at the end only.
        preset: Settings.
        kept: Scores by the digest of what they are of.
        folder: Where searches that are under way are kept.
        seed: Of everything.
        jobs: Processes at once.
        random: Whether to take encoders before their first step: the tasks that a
            random network has anyway, chosen in the same way.
        device: To compute on, as torch calls it.
    """
    search = preset.search
    beginnings = [1000 * seed + one for one in range(preset.rounds)]
    arguments = [
        (seen, pixels, parts, search, one, folder, random, device) for one in beginnings
    ]
    found: dict[int, tuple[Tasks, bool]] = {}
    for number, made in calls(_one, arguments, jobs, use_one_thread):
        found[number] = made
    own = [found[one][0] for one in range(len(beginnings))]
    every = with_turned(own, pixels, parts.known, search.tasks)
    named = [(f"task {k + 1}", labels) for k, labels in enumerate(every.labels)]
    usable = [k for k, (_, one) in enumerate(named) if _balanced(one[parts.known])]
    chosen_by = scores(
        pixels,
        [named[k] for k in usable],
        parts.learn,
        parts.choose,
        preset.learning,
        kept,
        networks=2,
        seed=seed + 500,
        jobs=jobs,
        title="choosing",
        device=device,
    )
    labellings = every.labels[usable][:, parts.known]
    worth = steadied(
        np.array([one.score if one.converged else np.nan for one in chosen_by]),
        sides_apart(pixels[parts.known], labellings),
    )
    best = chosen(labellings, worth, search.tasks)
    rows = [usable[k] for k in best]
    agreement = scores(
        pixels,
        [named[k] for k in rows],
        parts.known,
        parts.test,
        preset.learning,
        kept,
        networks=preset.networks,
        seed=seed,
        jobs=jobs,
        title="scoring",
        device=device,
    )
    return Discovered(
        tasks=Tasks(every.margin[rows]),
        agreement=tuple(agreement),
        similar=largest_similarity(every.labels[rows][:, parts.test]),
        sought=len(every.margin),
        diverged=sum(one for _, one in found.values()),
    )


def steadied(
    score: Float[np.ndarray, " tasks"], apart: Float[np.ndarray, " tasks"]
) -> Float[np.ndarray, " tasks"]:
    """Scores halfway to what a line through them says, by how far sides are apart.

    Two networks on some hundred images tell a score less exactly than tasks differ. Of
    40 tasks of digits each (seeds 101, 103, 104, 108), their agreement on other images
    goes with how far sides are apart (correlation 0.62 to 0.80) more than with the
    score (0.23 to 0.58).

    Args:
        score: NaN of a task that was not learned, which stays so.
        apart: By `sides_apart`.
    """
    told = ~np.isnan(score)
    if not told.any() or np.ptp(apart[told]) == 0:
        return score
    off = apart - apart[told].mean()
    slope = (off[told] @ score[told]) / (off[told] @ off[told])
    return (score + score[told].mean() + slope * off) / 2


def chosen(
    labellings: Int[np.ndarray, "tasks images"],
    score: Float[np.ndarray, " tasks"],
    most: int,
) -> list[int]:
    """As many as can be had that were learned and are not too similar, and the best.

    From every two that go together on, the best that goes with all so far is added; of
    these sets the largest is kept, of those as large the one of the best mean.

    Args:
        labellings: That are chosen from.
        score: Of each; NaN where it was not learned.
        most: That are wanted.

    Returns:
        At most so many rows, the best first.
    """
    alike = similarity(labellings) if len(labellings) else np.zeros((0, 0))
    usable = np.flatnonzero(~np.isnan(score)).tolist()
    order = sorted(usable, key=lambda k: -score[k])
    sets = [_grown([a, b], order, alike, most) for a in order for b in order]

    def worth(rows: list[int]) -> tuple[int, float]:
        return len(rows), float(score[rows].sum())

    best = max(sets, key=worth) if sets else []
    return sorted(best, key=order.index)


def _grown(
    start: Sequence[int],
    order: Sequence[int],
    alike: Float[np.ndarray, "tasks tasks"],
    most: int,
) -> list[int]:
    rows: list[int] = []
    for k in [*start, *order]:
        if len(rows) < most and k not in rows and (alike[k, rows] <= ALIKE).all():
            rows.append(k)
    return rows


def _balanced(labels: Int[np.ndarray, " images"]) -> bool:
    return bool(RATES[0] <= labels.mean() <= RATES[1])


def _one(
    seen: Seen,
    pixels: Pixels,
    parts: Parts,
    search: Search,
    seed: int,
    folder: Path,
    random: bool,
    device: str,
) -> tuple[Tasks, bool]:
    """The tasks of one search on all images, and whether it diverged."""
    found = start(search, seen.shape[1:], seed, device)
    if random:
        return tasks_of(found.encoder, seen, parts.known), False
    key = digest(json.dumps([asdict(search), seed]), [seen, pixels, parts.learn])
    path = folder / f"search_{key[:16]}.npz"
    if path.exists():
        arrays = files.read_arrays(path, {"step": "i"}, "discover")
        found = stored(arrays, search, seen.shape[1:], device)
    # Learners are compared on images that none of them learned from.
    held, own = np.split(parts.learn, [len(parts.learn) // 4])
    with tqdm(
        total=search.steps, initial=found.step, desc=f"search {seed}", disable=None
    ) as bar:
        steps = searched(found, search, seen, pixels, own, held, seed)
        for found in steps:
            bar.update(not found.diverged)
            bar.set_postfix(disagreed=f"{found.loss:.3f}", refresh=False)
            if found.step % EVERY == 0 or found.step == search.steps:
                _keep(path, found)
    return tasks_of(found.encoder, seen, parts.known), found.diverged


def with_turned(
    found: Sequence[Tasks],
    pixels: Pixels,
    known: Int[np.ndarray, " known"],
    most: int,
) -> Tasks:
    """Tasks along the directions of searches, and those learned soonest.

    The latter of the space of each search, and of all of them together.
    """
    spaces = [*found]
    if len(found) > 1:
        spaces.append(Tasks(np.concatenate([one.margin for one in found])))
    turned = [one.turned(pixels, known, most) for one in spaces]
    return Tasks(np.concatenate([one.margin for one in (*found, *turned)]))


def _keep(path: Path, found: Found) -> None:
    files.write_arrays(path, arrays_of(found))
