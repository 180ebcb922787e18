"""Folders of images as tasks: a folder lies in the folder above."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

import pandas as pd

from core.collection import hierarchy
from core.collections.folder.image_files import readable
from core.relations import Membership, membership_of

TOP = "."


def folder_tasks(
    rows: Mapping[str, int], title: str
) -> tuple[pd.DataFrame, Membership]:
    """One task per distinct set of images in a folder and below, parents first.

    Of folders with the same images the deepest gives the task its name; the others
    stand in the column `also`. The top folder, called `title`, is a task where that
    says more than the one folder in it.

    Args:
        rows: Of every image file by its path: the row of its content.
        title: The label of the top folder.
    """
    members, files = _contents(rows)
    classes = Counter(_above(folder) for folder in members if folder != TOP)
    if classes[TOP] == 1 and TOP not in map(_above, rows):
        del members[TOP]
    same: dict[frozenset[int], list[str]] = defaultdict(list)
    for folder in sorted(members, key=lambda one: (-len(_parts(one)), one)):
        same[frozenset(members[folder])].append(folder)
    folders_of = {folders[0]: folders for folders in same.values()}
    order = sorted(folders_of, key=lambda task: (-len(members[task]), task))
    parents = _parents(order, folders_of)
    tasks = pd.DataFrame(
        {
            "label": [_label(task, title) for task in order],
            "also": [", ".join(map(readable, folders_of[task][1:])) for task in order],
            "size": [float(files[task]) for task in order],
            "classes": [float(classes[task]) or float("nan") for task in order],
            "parents": [[*map(readable, parents[task])] for task in order],
            "depth": 0,
            "members": [len(members[task]) for task in order],
        },
        index=pd.Index([*map(readable, order)], name="name"),
    )
    tasks = tasks.assign(depth=list(hierarchy(tasks).depth))
    return tasks, membership_of([[*members[task]] for task in order])


def _contents(
    rows: Mapping[str, int],
) -> tuple[dict[str, set[int]], Counter[str]]:
    """Distinct images and number of image files of every folder, those below too."""
    members: dict[str, set[int]] = defaultdict(set)
    files: Counter[str] = Counter()
    for path, row in rows.items():
        for above in PurePosixPath(path).parents:
            members[str(above)].add(row)
            files[str(above)] += 1
    return dict(members), files


def _parents(
    order: list[str], folders_of: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """The tasks that every task lies in directly; `order` has them before it."""
    task_of = {folder: task for task in order for folder in folders_of[task]}
    parents: dict[str, list[str]] = {}
    ancestors: dict[str, set[str]] = {}
    for task in order:
        above = [
            task_of[one] for one in map(_above, folders_of[task]) if one in task_of
        ]
        above = [one for one in dict.fromkeys(above) if one != task]
        ancestors[task] = set(above).union(*(ancestors[one] for one in above))
        # One that lies above another says nothing new.
        implied = set().union(*(ancestors[one] for one in above))
        parents[task] = [one for one in above if one not in implied]
    return parents


def _above(path: str) -> str:
    return str(PurePosixPath(path).parent) if path != TOP else ""


def _parts(path: str) -> tuple[str, ...]:
    return PurePosixPath(path).parts


def _label(folder: str, title: str) -> str:
    return title if folder == TOP else readable(PurePosixPath(folder).name)
