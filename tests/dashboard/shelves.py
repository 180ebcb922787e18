"""Atlases for the page to show, without any file."""

from dashboard.shelf import Shelf


def shelved(*atlases, **more):
    """A shelf with these atlases, under their names.

    more: what else a shelf can be given, such as `place`.
    """
    known = {atlas.name: atlas for atlas in atlases}
    titles = {name: atlas.provenance["title"] for name, atlas in known.items()}
    return Shelf(titles, known.__getitem__, **more)
