"""Colours by hand; that they are those of the page, a browser tells (tests/browser)."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.colors import PALETTES, UNKNOWN, colors

ANIMAL, BIRD, FISH, PET, EAGLE, PARROT, GOLDFISH = range(7)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_branches_have_hues_of_their_own(atlas, theme):
    found = colors(atlas, "branch", theme, -1, 2)
    assert len({found[BIRD], found[FISH], found[PET]}) == 3
    inside = colors(atlas, "branch", theme, BIRD, 2)
    assert inside[EAGLE] != inside[PARROT]
    assert inside[BIRD] != found[BIRD]  # the whole wheel is for its children


def test_numbers_are_a_ramp_and_the_unknown_is_grey(atlas):
    found = colors(atlas, "members", "light", -1, 2)
    assert found[BIRD] == found[FISH] == found[PET]
    assert found[EAGLE] == found[PARROT] != found[ANIMAL]
    sized = atlas.tasks.assign(size=[10, 100, 1000, np.nan, 10, 10, 10])
    found = colors(replace(atlas, tasks=sized), "size", "dark", -1, 2)
    assert found[PET] == UNKNOWN["dark"]
    assert len({found[ANIMAL], found[BIRD], found[FISH]}) == 3


def test_categories_have_the_palette(atlas):
    diet = ["seed", "seed", "meat", "seed", None, "meat", "seed"]
    found = colors(
        replace(atlas, tasks=atlas.tasks.assign(diet=diet)),
        "column:diet",
        "light",
        -1,
        2,
    )
    seed, meat, *_ = PALETTES["light"]
    none = UNKNOWN["light"]
    assert found == [seed, seed, meat, seed, none, meat, seed]


def test_where_nothing_nests_colours_go_by_place(atlas):
    flat = replace(atlas, tasks=atlas.tasks.assign(parents=[[]] * 7, depth=0))
    found = colors(flat, "position", "light", -1, 2)
    assert found[EAGLE] != found[GOLDFISH]
