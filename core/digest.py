"""Digests of texts and arrays: what differs, differs in its digest."""

from collections.abc import Iterable
from hashlib import sha256

import numpy as np


def digest(text: str, arrays: Iterable[np.ndarray]) -> str:
    """SHA-256 of a text and of arrays with their types and shapes, in this order."""
    found = sha256(text.encode())
    for array in arrays:
        found.update(f"{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()
