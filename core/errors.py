"""The one error that a person can put right."""


class DataError(ValueError):
    """Bad or missing input: the message says what, where and the remedy, in one line.

    Raised at the doors (data types, loaders, the command line) and turned into text
    only at the edges, `python -m core` and `app.py`.
    """
