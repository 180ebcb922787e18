"""Arrays as the browser reads them."""

import base64

import numpy as np


def read(text, kind="<f4"):
    """The numbers that are sent as a text (dashboard/arrays.py)."""
    return np.frombuffer(base64.b64decode(text, validate=True), kind)
