"""Many tasks measured, in several processes, and kept by what they are of."""

import base64
import json
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from hashlib import sha256

import numpy as np
from tqdm import tqdm

from core.learning.training import use_one_thread
from core.parallel import calls
from core.task2vec.activations import Activations
from core.task2vec.embedding import ARRAYS, Embeddings, Origin, joined
from core.task2vec.head import Head
from core.task2vec.labelled import LabelledSet
from core.task2vec.measuring import Setting, head_of, measured, origin_of
from core.task2vec.probe import Probe
from core.task2vec.probes.named import probe_named

VERSION = 2  # of what is computed: kept results of another one are not read


def measurements(
    probe: str,
    setting: Setting,
    sets: Sequence[LabelledSet],
    seen: Activations,
    digests: Sequence[str],
    kept: MutableMapping[str, str],
    *,
    jobs: int = 1,
    head: Head | None = None,
) -> Embeddings:
    """Every labelled image set as an embedding; what is in `kept` is not done again.

    Names and the order of images and classes change nothing if sets are `canonical`.

    Args:
        probe: The name of the probe, as a person gives it.
        setting: How they are measured.
        sets: Whose rows are of all images.
        seen: Activations of all images.
        digests: Of the content of all images.
        kept: Embeddings by the digest of what they are of.
        jobs: Processes at once.
        head: Of the sets that ask for one class only; see `shared_head`.

    Raises:
        DataError: Activations, gradients or a loss are not finite.
    """
    network = _probe(probe)
    origin = origin_of(network, setting)
    found: dict[int, Embeddings] = {}
    keys = [_key(origin, setting, one, digests, head) for one in sets]
    for number, key in enumerate(keys):
        if key in kept:
            found[number] = _read(kept[key], sets[number].name, origin)
    waiting = [number for number in range(len(sets)) if number not in found]
    arguments = [
        (
            probe,
            setting,
            sets[number],
            seen,
            head if sets[number].partial else None,
        )
        for number in waiting
    ]
    with tqdm(total=len(sets), initial=len(found), desc="tasks", disable=None) as bar:
        for at, made in calls(_measure, arguments, jobs, use_one_thread):
            number = waiting[at]
            found[number], kept[keys[number]] = made, _written(made)
            bar.update()
    return joined([found[number] for number in range(len(sets))])


def shared_head(
    sets: Sequence[LabelledSet], seen: Activations, seed: int
) -> Head | None:
    """The head of all classes, which sets that ask for one of them share, if any do."""
    partial = [one for one in sets if one.partial]
    return head_of(partial[0], seen, seed) if partial else None


@lru_cache(maxsize=1)
def _probe(name: str) -> Probe:
    return probe_named(name)


def _measure(
    probe: str,
    setting: Setting,
    one: LabelledSet,
    seen: Activations,
    head: Head | None,
) -> Embeddings:
    own = head_of(one, seen, setting.seed) if head is None else head
    return measured(_probe(probe), setting, one, seen, own)


def _key(
    origin: Origin,
    setting: Setting,
    one: LabelledSet,
    digests: Sequence[str],
    head: Head | None,
) -> str:
    """Differs where embeddings may; not where only names of images or classes do."""
    asked = [*one.asked]
    parts = [VERSION, vars(origin), vars(setting), one.labels.tolist(), asked]
    whole = sha256(json.dumps(parts, sort_keys=True).encode())
    for row in one.rows.tolist():
        whole.update(digests[row].encode())
    if head is not None and not one.labels.any():  # of other images than these
        whole.update(np.ascontiguousarray(head.weight).data)
    return f"task2vec {whole.hexdigest()}"


def _written(made: Embeddings) -> str:
    arrays = {key: getattr(made, key).astype("<f4") for key in ARRAYS}
    return json.dumps(
        {key: base64.b64encode(one.tobytes()).decode() for key, one in arrays.items()}
    )


def _read(text: str, name: str, origin: Origin) -> Embeddings:
    arrays = {
        key: np.frombuffer(base64.b64decode(one), "<f4")
        for key, one in json.loads(text).items()
    }
    matrices = {key: arrays[key][None] for key in ("fisher", "precision", "scale")}
    counts = {key: arrays[key].astype(np.int64) for key in ("classes", "samples")}
    told = {key: arrays[key] for key in ("accuracy", "noise")}
    return Embeddings(names=(name,), origin=origin, **matrices, **counts, **told)
