"""Arrays that refuse what goes through all of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.windows.expanse import Expanse

MOST = 1 << 14  # numbers, beyond which nothing is done with all of an array
BISECTED = (np.searchsorted,)


class Wary(np.ndarray):
    """Rows may be taken and looked for by bisection, but not all be computed with."""

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any
    ) -> Any:
        """As of any array, if it is short."""
        _check(ufunc.__name__, inputs)
        plain = [_plain(one) for one in inputs]
        if out := options.get("out"):
            options["out"] = tuple(map(_plain, out))
        return getattr(ufunc, method)(*plain, **options)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """As of any array, if it is short."""
        if func not in BISECTED:
            _check(func.__name__, args)
        return super().__array_function__(func, types, args, kwargs)


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Wary) else value


def _check(what: str, given: Any) -> None:
    for one in given:
        assert not (isinstance(one, Wary) and len(np.atleast_1d(_plain(one))) > MOST), (
            f"{what} goes through {len(one):,} numbers."
        )


def guard(expanse: Expanse) -> None:
    """From now on no answer of a collection may go through all of its tasks."""
    for one in _parts(expanse):
        for key, value in one.items():
            if isinstance(value, np.ndarray):
                one[key] = value.view(Wary)


def _parts(expanse: Expanse) -> Iterator[dict[str, Any]]:
    """The attributes of all that holds its arrays."""
    lexicon, table = expanse.lexicon, expanse.table
    for part in (table, table.tree, expanse.pyramid, expanse.branches):
        yield vars(part)
    yield from map(vars, (lexicon, lexicon.heads, lexicon.tails, expanse))
    yield table.points
