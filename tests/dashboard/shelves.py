"""Atlases for the page to show, without any file."""

from dashboard.shelf import Shelf


def shelved(*atlases):
    """A shelf with these atlases, under their names."""
    known = {atlas.name: atlas for atlas in atlases}
    titles = {name: atlas.provenance["title"] for name, atlas in known.items()}
    return Shelf(titles, known.__getitem__)
