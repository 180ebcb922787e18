import numpy as np
import pytest

from core import cache
from core.cache import Store
from core.collection import hierarchy
from core.collections import wordnet
from core.collections.imagenet21k import SYNSETS, text_of
from core.packages import package_file


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """The collection that is shipped."""
    return cache.load_collection(Store(tmp_path_factory.mktemp("none")), "imagenet21k")


@pytest.fixture(scope="module")
def listed():
    return package_file(*SYNSETS).read_text(encoding="utf-8").split()


def test_every_listed_synset_is_a_task_under_one_of_its_names(collection, listed):
    assert len(listed) == 21_841
    synsets = wordnet.read_synsets()
    below = wordnet.with_ancestors(synsets, listed)
    assert len(below) == collection.provenance["counts"]["with ancestors"] == 23_546
    assert len(collection.tasks) == len(set(below.values())) == 22_675
    rows = np.split(collection.membership.member, collection.membership.start[1:-1])
    shipped = {frozenset(listed[row] for row in some) for some in rows}
    assert shipped == set(below.values())


def test_hypernyms_are_above(collection):
    tree = hierarchy(collection.tasks)
    assert [collection.tasks["label"].iloc[row] for row in tree.roots] == ["entity"]
    members = collection.tasks["members"].to_numpy()
    for row, above in enumerate(tree.parents):
        assert all(members[parent] > members[row] for parent in above)
    assert sum(len(above) > 1 for above in tree.parents) > 400


def test_musical_instruments_are_all_there(collection):
    row = collection.tasks.index.get_loc("n03800933")
    assert collection.tasks["label"].iloc[row] == "musical instrument"
    assert collection.tasks["members"].iloc[row] >= 150


def test_a_text_is_lemma_and_definition():
    synset = wordnet.Synset(("dog", "domestic dog"), "a member of the genus Canis", ())
    assert text_of(synset) == "dog: a member of the genus Canis"


def test_what_is_shipped_says_that_no_image_was_seen(collection):
    assert any("no image was seen" in note for note in collection.provenance["notes"])
    assert collection.features.shape == (21_841, 384)
