"""Names of a million tasks and more, sorted: a typed word finds its tasks by bisection.

A name is found by how it begins, and by how it goes on from any of its words. Both are
sorted lists of the first letters that follow; what begins as was typed is one range of
such a list, and the best tasks of a range are found by the best of its blocks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int, Shaped, UInt8

LETTERS = 24  # bytes of a name by which it is sorted
BLOCK = 1024  # names of which the best is known
SLICE = 1 << 18  # names that are cut out in one go
SOME = 4096  # best tasks with the rarest of several words that are read in full
MISSPELT = 4  # letters of a word from which on one may be wrong
LATIN = "abcdefghijklmnopqrstuvwxyz"
MOST = 200  # letters of what is typed that count


@dataclass(frozen=True)
class Index:
    """Sorted beginnings, of which task each is, and the best task of every block.

    Tasks are numbered by how good they are, the best 0.
    """

    keys: Shaped[np.ndarray, " entries"]
    ranks: Int[np.ndarray, " entries"]
    blocks: Int[np.ndarray, " blocks"]

    def spans(
        self, words: list[bytes], *, whole: bool = False
    ) -> list[tuple[int, int]]:
        """Where the entries begin and end that begin with each word, or are it."""
        first = np.array(words, self.keys.dtype)
        last = first if whole else np.array([_after(word) for word in words])
        starts = np.searchsorted(self.keys, first)
        ends = np.searchsorted(self.keys, last, side="right")
        return list(zip(starts.tolist(), ends.tolist(), strict=True))

    def best(self, start: int, end: int, most: int) -> Int[np.ndarray, " found"]:
        """The best tasks of a range of entries, the best first, at most so many."""
        first, last = -(-start // BLOCK), end // BLOCK
        if last - first <= most:  # few blocks: all are looked at
            return _least(self.ranks[start:end], most)
        # So many of the best lie in no more than so many blocks: those with the best.
        blocks = first + np.argpartition(self.blocks[first:last], most)[:most]
        inner = (blocks[:, None] * BLOCK + np.arange(BLOCK)).ravel()
        ends = [self.ranks[start : first * BLOCK], self.ranks[last * BLOCK : end]]
        return _least(np.concatenate([*ends, self.ranks[inner]]), most)


@dataclass(frozen=True)
class Lexicon:
    """What names begin with (`heads`) and how they go on (`tails`).

    Attributes:
        plain: Names without accents and capitals, by row.
        rows: Row of every task, the best first.
        heads: By the beginning of the name.
        tails: By its further words.
    """

    plain: pa.Array
    rows: Int[np.ndarray, " tasks"]
    heads: Index
    tails: Index

    def find(self, text: str, most: int) -> list[int]:
        """Rows of the tasks that have what was typed, the best first.

        First the name itself, then names that begin so, then those of which further
        words begin so; in each, the best tasks first. Several words may stand in any
        order; where nothing is found, one letter may be wrong, missing, too much or
        swapped with the next.
        """
        typed = simplified(text[:MOST])
        words = typed.split()
        if not words:
            return []
        found = self._begun(typed, most)
        if len(found) < most and len(words) > 1:
            found += self._scattered(words, most)
        if not found:
            found = self._misspelt(typed, most)
        ranks = list(dict.fromkeys(found))[:most]
        return self.rows[ranks].tolist()

    def _begun(self, typed: str, most: int) -> list[int]:
        key = typed.encode()
        found: list[int] = []
        for index, whole in (
            (self.heads, True),
            (self.heads, False),
            (self.tails, False),
        ):
            ((start, end),) = index.spans([key], whole=whole)
            best = index.best(start, end, most).tolist()
            found += [
                rank for rank in best if len(key) <= LETTERS or self._has(rank, typed)
            ]
        return found

    def _has(self, rank: int, typed: str) -> bool:
        return f" {typed}" in f" {self.plain[int(self.rows[rank])].as_py()}"

    def _scattered(self, words: list[str], most: int) -> list[int]:
        """Tasks that have all words in any order, of the best with the rarest one."""
        keys = [word.encode() for word in words]
        indexes = self.heads, self.tails
        spans = list(zip(*(index.spans(keys) for index in indexes), strict=True))
        rarest = min(spans, key=lambda both: sum(end - start for start, end in both))
        best = [
            index.best(start, end, SOME)
            for index, (start, end) in zip(indexes, rarest, strict=True)
        ]
        ranks = np.unique(np.concatenate(best))[:SOME]
        names = self.plain.take(pa.array(self.rows[ranks])).to_pylist()
        has = (all(f" {word}" in f" {name}" for word in words) for name in names)
        return [
            int(rank)
            for rank, all_of_them in zip(ranks, has, strict=True)
            if all_of_them
        ][:most]

    def _misspelt(self, typed: str, most: int) -> list[int]:
        """Tasks of which a word begins as the typed text, but for one letter."""
        if len(typed) < MISSPELT:
            return []
        keys = [word.encode() for word in dict.fromkeys(_slips(typed[:LETTERS]))]
        found: list[int] = []
        for index in (self.heads, self.tails):
            for start, end in index.spans(keys):
                found += index.best(start, end, most).tolist() if start < end else []
        return sorted(set(found))


def lexicon_of(names: pa.Array, best: Int[np.ndarray, " tasks"]) -> Lexicon:
    """The lexicon of names, by row; `best` are the rows, the best first."""
    plain = _plain(names)
    rank = np.empty(len(best), np.int32)
    rank[best] = np.arange(len(best), dtype=np.int32)
    letters, offsets = _letters(plain)
    breaks = np.flatnonzero(letters == ord(" ")).astype(np.int64) + 1
    row = np.searchsorted(offsets, breaks, side="right") - 1
    heads = _index(letters, offsets[:-1], offsets[1:], rank)
    tails = _index(letters, breaks, offsets[row + 1], rank[row])
    return Lexicon(plain, best.astype(np.int32), heads, tails)


def simplified(text: str) -> str:
    """Words without accents and capitals, with one space between them."""
    known = text.encode(errors="ignore").decode()  # no half of a pair of surrogates
    return str(_plain(pa.array([known]))[0])


def _plain(names: pa.Array) -> pa.Array:
    """All names `simplified`, as many at a time as there are."""
    plain = names
    if pc.any(pc.invert(pc.string_is_ascii(names))).as_py():
        plain = pc.utf8_normalize(plain, "NFD")
        plain = pc.replace_substring_regex(plain, "[\u0300-\u036f]", "")
    plain = pc.replace_substring_regex(
        pc.utf8_lower(plain), r"[^\p{L}\p{N}\p{Mn}\p{Mc}]+", " "
    )
    return pc.utf8_trim_whitespace(plain)


def _letters(
    plain: pa.Array,
) -> tuple[UInt8[np.ndarray, " bytes"], Int[np.ndarray, " bounds"]]:
    """Bytes of all names, one after another, and where each begins."""
    wide = plain.cast(pa.large_string())
    _, offsets, data = wide.buffers()
    begins = np.frombuffer(offsets, np.int64)[wide.offset :][: len(wide) + 1]
    return np.frombuffer(data or b"", np.uint8), begins


def _index(
    letters: UInt8[np.ndarray, " bytes"],
    starts: Int[np.ndarray, " entries"],
    ends: Int[np.ndarray, " entries"],
    ranks: Int[np.ndarray, " entries"],
) -> Index:
    """Entries that begin at `starts` in some letters, sorted."""
    cut = np.zeros((len(starts), LETTERS), np.uint8)
    padded = np.concatenate([letters, np.zeros(LETTERS, np.uint8)])
    for begin in range(0, len(starts), SLICE):
        some = slice(begin, begin + SLICE)
        at = starts[some, None] + np.arange(LETTERS)
        cut[some] = np.where(at < ends[some, None], padded[at], 0)
    numbers = cut.view(">u8").astype(np.uint64)
    order = np.lexsort((ranks, *numbers.T[::-1]))
    sorted_ranks = ranks[order]
    full = sorted_ranks[: len(order) // BLOCK * BLOCK].reshape(-1, BLOCK)
    keys = cut[order].view(f"S{LETTERS}").ravel()
    return Index(keys, sorted_ranks, full.min(axis=1, initial=len(ranks)))


def _least(ranks: Int[np.ndarray, " some"], most: int) -> Int[np.ndarray, " found"]:
    if len(ranks) > 4 * most:  # a task may have a word twice
        ranks = np.partition(ranks, 4 * most)[: 4 * most]
    return np.unique(ranks)[:most]


def _after(word: bytes) -> bytes:
    """What comes after everything that begins with a word; no UTF-8 has the byte."""
    return word[:LETTERS].ljust(LETTERS, b"\xff")


def _slips(text: str) -> Iterator[str]:
    """What a text may have been meant to be, but for one letter."""
    for at in range(len(text) + 1):
        head, tail = text[:at], text[at:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in LATIN:
            yield head + letter + tail
            yield head + letter + tail[1:]
