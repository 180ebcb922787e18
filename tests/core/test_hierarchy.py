import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.collection import hierarchy
from core.errors import DataError
from core.hierarchy import ancestors, descendants, hierarchy_of, path

# Task t may have any tasks before it as parents, so no cycle is possible.
rows_before = [st.just([])] + [
    st.lists(st.integers(0, row - 1), unique=True) for row in range(1, 12)
]
parents_above = st.integers(1, 12).flatmap(lambda n: st.tuples(*rows_before[:n]))


def test_depth_and_path_go_by_the_first_parent(collection):
    animals = hierarchy(collection.tasks)
    names = list(collection.tasks.index)
    parrot = names.index("parrot")
    assert [names[row] for row in path(animals, parrot)] == ["animal", "bird", "parrot"]
    assert list(animals.depth) == list(collection.tasks["depth"])


def test_a_task_is_a_child_of_every_parent(collection):
    animals = hierarchy(collection.tasks)
    names = list(collection.tasks.index)
    children = {
        name: [names[row] for row in rows]
        for name, rows in zip(names, animals.children, strict=True)
    }
    assert children["bird"] == ["eagle", "parrot"]
    assert children["pet"] == ["parrot", "goldfish"]
    assert animals.roots == (0,)


def test_descendants_are_found_once_and_without_the_task(collection):
    animals = hierarchy(collection.tasks)
    assert descendants(animals, 0) == frozenset(range(1, 7))
    assert descendants(animals, 3) == {5, 6}
    assert descendants(animals, 6) == frozenset()


def test_depth_is_that_of_the_first_parent_even_if_it_comes_later():
    tree = hierarchy_of(["leaf", "top", "middle"], [["middle", "top"], [], ["top"]])
    assert tree.depth == (2, 0, 1)
    assert path(tree, 0) == (1, 2, 0)


def test_several_roots_and_lone_tasks_are_roots():
    assert hierarchy_of(["a", "b", "c"], [[], [], ["b"]]).roots == (0, 1)
    assert hierarchy_of([], []).roots == ()


@given(parents_above)
def test_descendants_are_all_tasks_with_a_way_up(parents):
    names = [str(row) for row in range(len(parents))]
    tree = hierarchy_of(names, [[names[row] for row in above] for above in parents])
    known = []  # ancestors of every task, by the definition
    for above in parents:
        known.append({*above}.union(*(known[row] for row in above)))
    for row in range(len(parents)):
        below = {other for other, above in enumerate(known) if row in above}
        assert descendants(tree, row) == below
        assert ancestors(tree, row) == known[row]
        assert path(tree, row)[0] in tree.roots
        assert len(path(tree, row)) == tree.depth[row] + 1


def test_an_unknown_parent_is_named():
    with pytest.raises(DataError, match=r"'bird' has the parent 'animal', which is no"):
        hierarchy_of(["bird"], [["animal"]])


def test_a_cycle_is_named_and_not_what_hangs_below_it():
    with pytest.raises(DataError, match=r"'b' in 'c' in 'd' in 'b'; remove one"):
        hierarchy_of(list("abcde"), [["b"], ["c"], ["d"], ["b"], []])
    with pytest.raises(DataError, match="'a' in 'b' in 'a'"):
        hierarchy_of(list("abcde"), [["b"], ["a"], ["e"], ["c"], []])


def test_a_task_is_not_its_own_parent():
    with pytest.raises(DataError, match="'a' in 'a'; remove one"):
        hierarchy_of(["a"], [["a"]])


def test_a_parent_is_listed_once():
    with pytest.raises(DataError, match=r"'b' lists a parent twice among a, a"):
        hierarchy_of(["a", "b"], [[], ["a", "a"]])
