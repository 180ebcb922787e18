"""WordNet's nouns, read from the data file of Debian's package `wordnet-base`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError

NOUNS = Path("/usr/share/wordnet/data.noun")
SOURCE = {
    "name": "WordNet 3.0 nouns",
    "package": "wordnet-base (Debian)",
    "licence": "WordNet 3.0 licence (Princeton University), free with its notice",
}


@dataclass(frozen=True)
class Synset:
    """A WordNet noun: its lemmas, its gloss and the ids of its direct hypernyms."""

    lemmas: tuple[str, ...]
    definition: str
    hypernyms: tuple[str, ...]


def read_synsets(path: Path = NOUNS) -> dict[str, Synset]:
    """All nouns by WordNet id (`n` and the eight digits of their offset).

    Raises:
        DataError: The file is missing or is not WordNet's noun file.
    """
    if not path.exists():
        raise DataError(
            f"No WordNet at {path}. Install it with: apt-get install wordnet-base"
        )
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return dict(_synset(line) for line in lines if not line.startswith("  "))
    except (ValueError, IndexError) as error:
        raise DataError(
            f"{path} is not WordNet's noun file ({error}); install wordnet-base again."
        ) from error


def _synset(line: str) -> tuple[str, Synset]:
    # Format (wndb(5WN)): offset file type word-count(hex) [word id]... pointer-count
    # [symbol offset part source/target]... | gloss; "@" and "@i" point to hypernyms.
    fields, _, gloss = line.partition(" | ")
    words = fields.split()
    count = int(words[3], 16)
    lemmas = tuple(word.replace("_", " ") for word in words[4 : 4 + 2 * count : 2])
    pointers = words[5 + 2 * count :]
    hypernyms = tuple(
        f"n{pointers[at + 1]}"
        for at in range(0, 4 * int(words[4 + 2 * count]), 4)
        if pointers[at] in ("@", "@i")
    )
    definition = gloss.split('; "')[0].strip().rstrip(";")
    return f"n{words[0]}", Synset(lemmas, definition, hypernyms)


def with_ancestors(
    synsets: Mapping[str, Synset], ids: Iterable[str]
) -> dict[str, frozenset[str]]:
    """For every one of `ids` and each of their ancestors, the ids below or equal.

    Raises:
        DataError: WordNet has no such synset.
    """
    below: dict[str, set[str]] = {}
    for id in ids:
        front, seen = [id], {id}
        while front:
            synset = synsets.get(front.pop())
            if synset is None:
                raise DataError(
                    f"WordNet has no synset {id!r} or lacks one above it; install "
                    "wordnet-base again."
                )
            above = set(synset.hypernyms) - seen
            seen |= above
            front.extend(above)
        for ancestor in seen:
            below.setdefault(ancestor, set()).add(id)
    return {id: frozenset(members) for id, members in below.items()}
