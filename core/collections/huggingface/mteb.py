"""Image tasks of the package `mteb`, read from its files without importing it."""

import ast
import json
from collections.abc import Iterator
from importlib import metadata
from math import nan

from core.collections.huggingface.dataset import DataSet
from core.collections.huggingface.places import value_of
from core.packages import package_file

KINDS = {
    "ImageClassification": "image-classification",
    "ZeroShotClassification": "zero-shot-image-classification",
    "ImageClustering": "image-clustering",
}
# Their description is that of another data set: mteb 2.26 says that VOC2007 is birds.
WRONG = ("mteb/VOC2007",)


def source() -> dict[str, str]:
    """Its line in `collection.json`."""
    version = metadata.version("mteb")
    return {
        "name": "Image tasks of mteb: paths, descriptions, counts",
        "package": "mteb",
        "version": version,
        "licence": "Apache-2.0",
    }


def image_tasks() -> dict[str, DataSet]:
    """The data sets of its image tasks by Hub id, with the largest counts given.

    Several tasks may read one data set: its first kind in the order of `KINDS` stands.

    Raises:
        DataError: The package is missing.
    """
    order = list(KINDS)
    found: dict[str, DataSet] = {}
    tasks = [task for task in _tasks() if task["type"] in KINDS]
    for task in sorted(tasks, key=lambda one: (order.index(one["type"]), one["name"])):
        path, size, classes = task["path"], *_counts(task["type"], task["name"])
        known = found.get(path)
        if known is None:
            found[path] = DataSet(
                path,
                "mteb",
                task=KINDS[task["type"]],
                licence=_licence(task["license"]),
                size=size,
                classes=classes,
                texts=_texts(path, task["description"]),
            )
    return found


def _texts(path: str, description: str) -> tuple[str, ...]:
    return () if path in WRONG else (description.strip(),)


def _licence(licence: str) -> str:
    return "" if licence == "not specified" else licence


def _counts(kind: str, name: str) -> tuple[float, float]:
    """Examples in all splits, and labels; NaN where mteb has not counted."""
    folder = package_file("mteb", "descriptive_stats/Image")
    path = folder / kind / f"{name}.json"
    if not path.exists():
        return nan, nan
    splits = json.loads(path.read_text(encoding="utf-8")).values()
    labels = [
        split.get(key, {}).get("unique_labels", nan)
        for split in splits
        for key in ("label_statistics", "labels_statistics")
        if split.get(key)
    ]
    size = sum(split["num_samples"] for split in splits)
    return float(size), float(max(labels, default=nan))


def _tasks() -> Iterator[dict[str, str]]:
    folder = package_file("mteb", "tasks/__init__.py").parent
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if not any(f'"{kind}"' in text for kind in KINDS):
            continue
        module = ast.parse(text)
        constants = {
            node.targets[0].id: value_of(node.value)
            for node in module.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and _called(node) == "TaskMetadata":
                known = {part.arg: part.value for part in node.keywords}
                yield _task(known, constants)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _task(
    known: dict[str | None, ast.expr], constants: dict[str, object]
) -> dict[str, str]:
    def text(node: ast.expr | None) -> str:
        if isinstance(node, ast.Name):
            return str(constants.get(node.id) or "")
        return str(value_of(node) or "") if node is not None else ""

    task = {key: text(known.get(key)) for key in ("name", "type", "description")}
    dataset = known.get("dataset")
    parts = (
        zip(dataset.keys, dataset.values, strict=True)
        if isinstance(dataset, ast.Dict)
        else ()
    )
    path = [text(value) for key, value in parts if key and value_of(key) == "path"]
    return task | {
        "license": text(known.get("license")) or "not specified",
        "path": path[0] if path else "",
    }
