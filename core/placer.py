"""New tasks among the boxes of a collection: all that placing needs, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from core import cache, files, weights
from core.boxes import Boxes
from core.cache import Store, python_command
from core.collection import Collection
from core.collections.table.novel import NovelTasks, check_novel, read_novel
from core.errors import DataError
from core.familiarity import Familiarity, outside
from core.features import described
from core.learning import checkpoint
from core.learning.ensemble import spread
from core.learning.likeness import familiar, likeness, looks
from core.learning.placing import AnyEncoder, place
from core.learning.resemblance import Resemblance
from core.learning.set_encoder import SetEncoder
from core.learning.training_data import encoder_features
from core.placement import Placement
from core.relations import Membership
from core.task2vec.embedding import Origin, check_comparable
from core.task2vec.kept import load_about, read_embeddings
from core.task2vec.vectors import vectors


@dataclass(frozen=True)
class Placer:
    """A collection with the encoder of its boxes.

    Attributes:
        collection: With the features that new ones are compared with.
        boxes: That are known.
        model: The encoder that they are of.
        known: What tells of what kind new features are.
        familiarity: Where the map ends.
        origin: What the embeddings of tasks are of, where it reads these.
    """

    collection: Collection
    boxes: Boxes
    model: AnyEncoder
    known: Resemblance
    familiarity: Familiarity
    origin: Origin | None = None

    @property
    def channels(self) -> int:
        """Numbers that the encoder reads of a member or a task."""
        return self.collection.features.shape[1]

    @property
    def words(self) -> str:
        """What messages call it."""
        return f"the {self.boxes.dim}D model of {self.collection.name!r}"


def placer_of(store: Store, name: str, dim: int, *, embedded: bool = False) -> Placer:
    """Read what places new tasks among the `dim`-dimensional boxes of a collection.

    By the embeddings of tasks (Task2Vec) where these are `embedded`, which other boxes
    were learned of.

    Raises:
        DataError: Boxes or encoder are missing, damaged, or of another state.
    """
    word = "task2vec" if embedded else ""
    arrays, about = weights.load_model(store, name, dim, word)
    collection = cache.load_described(store, name, "task2vec" if embedded else "mean")
    command = f"fit {name} --dim {dim}"
    path = store.find(name, weights.model_file(dim, word), command)
    with files.checking(path, python_command(command)):
        if cache.load_settings(store, name, dim, word) != about.get("config"):
            raise DataError("The boxes beside it are of another fit.")
        model = checkpoint.stored_model(arrays, about, collection.features)
    boxes = cache.load_boxes(store, name, dim, word)
    if not isinstance(model, Resemblance):
        # Read by the mean of members, compared by it.
        features = encoder_features(collection, "task")
    else:
        features = collection.features
    known = likeness(model, features)
    origin = cache.load_embeddings(store, name).origin if embedded else None
    return Placer(collection, boxes, model, known, familiar(known, features), origin)


def read_new(
    placer: Placer, features: Path, members: Path | None, tasks: Path | None
) -> NovelTasks:
    """New tasks that files describe: tables and arrays, a zip of images, or embeddings.

    Raises:
        DataError: A file cannot be read, or contradicts itself or another one, or holds
            embeddings that cannot be compared with those of the collection.
    """
    if placer.origin is not None:
        return _read_embedded(placer.origin, placer.collection.name, features)
    if features.suffix.lower() != ".zip":
        return read_novel(features, members, tasks)
    if members or tasks:
        raise DataError(
            f"{features.name} says by its folders which task an image is of; leave out "
            f"{' and '.join(one.name for one in (members, tasks) if one)}."
        )
    from core.collections.folder.zipped import read_zipped  # images need more packages

    known = has_image_encoder(placer.collection.provenance)
    return read_zipped(features, placer.collection.name, known)


def _read_embedded(origin: Origin, name: str, path: Path) -> NovelTasks:
    made = read_embeddings(path, "python -m core embed DIR --out FILE")
    check_comparable(made.origin, origin)
    among = load_about(path, "")["among"]
    note = f"tasks of one class were told from those of {among}, not of {name}"
    notes = () if among == name else (f"{note}; embed them with --among {name}",)
    return NovelTasks(path.name, made.names, vectors(made), None, notes)


def has_image_encoder(provenance: Mapping[str, object]) -> bool:
    """Whether a collection is of images, by the encoder that comes as a package."""
    told = str(provenance.get("encoder", ""))
    return told.startswith("EfficientNet-Lite0, pooled features")


def placed(placer: Placer, novel: NovelTasks) -> Placement:
    """Boxes of new tasks, which are the same alone or among others.

    Raises:
        DataError: A task has the name of a known one, or the features are of another
            number of channels, or too extreme.
    """
    check_novel(novel.names, placer.boxes.names, placer.collection.name)
    if novel.features.shape[1] != placer.channels:
        raise DataError(
            f"{novel.file} has {novel.features.shape[1]:,} channels and {placer.words} "
            f"reads {placer.channels:,}; make the features as those of the collection "
            "were made."
        )
    features, membership = _inputs(placer.model, novel)
    try:
        boxes = place(placer.model, features, membership, novel.names, known=False)
    except DataError as error:
        raise DataError(
            f"{novel.file} has numbers that {placer.words} makes no boxes of: "
            f"{str(error).removesuffix('; fit them again.')}; look for extreme ones."
        ) from error
    each = np.arange(len(features) + 1)
    return Placement(
        boxes,
        placer.boxes,
        spread(placer.model, novel.features, novel.membership),
        outside(
            placer.familiarity,
            looks(placer.known, features),
            membership or Membership(each[:-1], each),
        ),
    )


def _inputs(
    model: AnyEncoder, novel: NovelTasks
) -> tuple[Float[np.ndarray, "rows channels"], Membership | None]:
    """What the encoder reads of the new tasks."""
    features, membership = novel.features.astype(np.float32), novel.membership
    if isinstance(model, SetEncoder):
        rows = np.arange(len(features) + 1)
        return features, membership or Membership(rows[:-1], rows)
    if membership is not None:
        features = described(features, membership, "mean")
    return features, None
