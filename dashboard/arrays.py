"""Arrays as the browser reads them fastest: base64 of little-endian numbers."""

import base64

import numpy as np


def base64_of(array: np.ndarray, kind: str) -> str:
    """Numbers of `kind` (a NumPy type such as `<f4`), row after row."""
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()
