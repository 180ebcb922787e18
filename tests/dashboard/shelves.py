"""Atlases for the page to show, without any file."""

from dashboard.shelf import Shelf


def shelved(*atlases, place=None):
    """A shelf with these atlases, under their names.

    place: gives where members lie, by name and dimension.
    """
    known = {atlas.name: atlas for atlas in atlases}
    titles = {name: atlas.provenance["title"] for name, atlas in known.items()}
    return Shelf(titles, known.__getitem__, place=place)
