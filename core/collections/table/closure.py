"""What follows from containments alone, where nobody knows the members of tasks."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from core.hierarchy import descendants, hierarchy_of
from core.relations import Membership, Relations, membership_of, relations_of

Rows = Int[np.ndarray, " pairs"]


def parts(tasks: int, child: Rows, parent: Rows) -> Membership:
    """Stand-ins for the members of tasks of which `child[k]` lies in `parent[k]`.

    A task is the set of the lowest tasks in it. One that would be the same as a part
    of it has one more, of its own, so that the part lies in it strictly; tasks that lie
    in each other are the same.
    """
    same = _same(tasks, child, parent)
    groups = int(same.max()) + 1
    above: list[list[str]] = [[] for _ in range(groups)]
    pairs = np.unique(np.stack([same[child], same[parent]], axis=1), axis=0)
    for low, high in pairs[pairs[:, 0] != pairs[:, 1]].tolist():
        above[low].append(str(high))
    tree = hierarchy_of([str(group) for group in range(groups)], above)
    below = [len(descendants(tree, group)) for group in range(groups)]
    found: dict[int, frozenset[int]] = {}
    for group in sorted(range(groups), key=below.__getitem__):  # parts first
        within = [found[part] for part in tree.children[group]]
        union = frozenset().union(*within)
        found[group] = union if union and union not in within else union | {group}
    return membership_of([[*found[group]] for group in same.tolist()])


def completed(
    tasks: int,
    child: Rows,
    parent: Rows,
    strength: Float[np.ndarray, " pairs"],
    inside: tuple[Int[np.ndarray, " inside"], Int[np.ndarray, " inside"]],
) -> Relations:
    """Relations as listed, and what follows from them of pairs that are not listed.

    Containments are the pairs `inside` and those listed with strength 1. They are
    closed (a part of a part is a part), and tasks overlap as far as their `parts` do.
    Of an overlap that is listed in one direction only, the other one follows from the
    numbers of those parts. Everything else shares nothing, as do pairs listed with
    strength 0.
    """
    listed = child.astype(np.int64) * tasks + parent
    whole = strength == 1
    within = ~np.isin(inside[0].astype(np.int64) * tasks + inside[1], listed)
    counted = parts(
        tasks,
        np.concatenate([child[whole], inside[0][within]]),
        np.concatenate([parent[whole], inside[1][within]]),
    )
    counts, follows = counted.counts, relations_of(counted)
    partly = (strength > 0) & ~whole
    back = strength[partly] * counts[child[partly]] / counts[parent[partly]]
    keys = np.concatenate(
        [
            listed,
            parent[partly].astype(np.int64) * tasks + child[partly],
            follows.child.astype(np.int64) * tasks + follows.parent,
        ]
    )
    values = np.concatenate([strength, back.clip(max=1), follows.strength])
    keys, first = np.unique(keys, return_index=True)  # what is listed comes first
    values = values[first]
    keys, values = keys[values > 0], values[values > 0].astype(np.float32)
    low, high = np.divmod(keys, tasks)
    return Relations(
        low.astype(np.int32),
        high.astype(np.int32),
        values.clip(min=np.finfo(np.float32).tiny),  # too little to be told from 0
    )


def closest(tasks: int, relations: Relations, size: Sequence[int]) -> list[list[int]]:
    """Of the tasks that hold a task strictly, those that hold no other one of them.

    They are its parents, the smallest first.
    """
    keys = relations.child.astype(np.int64) * tasks + relations.parent
    whole = relations.strength == 1
    back = relations.parent.astype(np.int64) * tasks + relations.child
    strict = whole & ~np.isin(back, keys[whole])
    above: list[set[int]] = [set() for _ in range(tasks)]
    for low, high in zip(
        relations.child[strict].tolist(), relations.parent[strict].tolist(), strict=True
    ):
        above[low].add(high)
    return [
        sorted(
            holders.difference(*(above[one] for one in holders)),
            key=lambda one: (size[one], one),
        )
        for holders in above
    ]


def _same(tasks: int, child: Rows, parent: Rows) -> Int[np.ndarray, " tasks"]:
    """A number for every task, the same one for tasks that lie in each other."""
    from scipy import sparse

    ones = np.ones(len(child), dtype=np.int8)
    graph = sparse.csr_array((ones, (child, parent)), (tasks, tasks))
    return sparse.csgraph.connected_components(graph, connection="strong")[1].astype(
        np.int64
    )
