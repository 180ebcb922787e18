from hashlib import sha256

import numpy as np
import pytest

from core.digest import digest

ROWS = np.arange(6, dtype=np.int32).reshape(2, 3)


def test_a_digest_is_that_of_types_shapes_and_bytes():
    whole = b"names" + b"int32(2, 3)" + ROWS.tobytes() + b"float32(0,)"
    empty = np.zeros(0, dtype=np.float32)
    assert digest("names", [ROWS, empty]) == sha256(whole).hexdigest()


def test_how_an_array_lies_in_memory_makes_no_difference():
    assert digest("", [ROWS.T]) == digest("", [np.ascontiguousarray(ROWS.T)])


@pytest.mark.parametrize(
    ("text", "arrays"),
    [
        ("other", [ROWS]),
        ("names", []),
        ("names", [ROWS, ROWS]),
        ("names", [ROWS.reshape(3, 2)]),
        ("names", [ROWS.astype(np.int64)]),
        ("names", [ROWS[::-1]]),
    ],
)
def test_what_differs_differs_in_its_digest(text, arrays):
    assert digest(text, arrays) != digest("names", [ROWS])
