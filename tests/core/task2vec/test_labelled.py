"""What has to be told apart in the tasks of a collection."""

import numpy as np
import pytest

from core.errors import DataError
from core.relations import membership_of
from core.task2vec.labelled import LabelledSet, canonical, labelled_sets, weights

NAMES = ("birds", "owls", "barn owl", "snowy owl", "wren")
MEMBERS = [[0, 1, 2, 3, 4, 5, 6], [0, 1, 2], [0, 1], [2], [3, 4, 5]]


@pytest.fixture
def sets():
    made = labelled_sets(NAMES, membership_of(MEMBERS))
    return {one.name: one for one in made}


def test_a_class_is_the_smallest_task_that_an_image_lies_in(sets):
    assert sets["owls"].labels.tolist() == [0, 0, 1]
    assert sets["owls"].asked == (0, 1)
    # Image 6 lies in no task but the first.
    assert len(np.unique(sets["birds"].labels)) == 4
    assert not sets["birds"].partial


def test_one_class_is_told_from_all_others(sets):
    wren = sets["wren"]
    assert wren.partial
    assert wren.rows.tolist() == [0, 1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(weights(wren), [0, 0, 0, 1 / 3, 1 / 3, 1 / 3, 0])


def test_classes_count_alike_and_some_images_of_all_are_drawn(sets):
    np.testing.assert_allclose(weights(sets["owls"]), [1 / 4, 1 / 4, 1 / 2])
    few = weights(sets["birds"], most=4, seed=1)
    assert (few > 0).sum() == 4
    np.testing.assert_allclose(few.sum(), 1)
    per_class = np.bincount(sets["birds"].labels, weights=few)
    np.testing.assert_allclose(per_class, 1 / 4)
    np.testing.assert_array_equal(few, weights(sets["birds"], most=4, seed=1))


def test_one_class_by_itself_needs_others():
    with pytest.raises(DataError, match="nothing to tell apart"):
        labelled_sets(("only",), membership_of([[0, 1]]))
    (alone,) = labelled_sets(("only",), membership_of([[0, 1]]), alone=True)
    np.testing.assert_allclose(weights(alone), [1 / 2, 1 / 2])


def test_names_and_order_of_images_and_classes_are_forgotten():
    digests = ["d", "a", "c", "b", "e"]
    one = LabelledSet("x", np.array([0, 1, 2, 3]), np.array([2, 0, 0, 1]), (1, 2))
    other = LabelledSet("x", np.array([3, 2, 0, 1]), np.array([0, 2, 1, 2]), (0, 1))
    for each in (one, other):
        found = canonical(each, digests)
        assert found.rows.tolist() == [1, 3, 2, 0]  # a, b, c, d
        assert found.labels.tolist() == [0, 1, 0, 2]
        assert found.asked == (1, 2)
