"""Results of evaluations on disk: one file a collection."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import files
from core.provenance import check_keys, state_of
from core.store import Store, python_command


def save_evaluation(store: Store, name: str, result: Mapping[str, Any]) -> Path:
    """Keep the result of one evaluation, in place of an earlier one of its kind.

    Where that has as many cases and is of the same state of the collection, models that
    only it tells are kept as well.
    """

    def kind(result: Mapping[str, Any]) -> tuple[str, int, str]:
        return result["protocol"], result["dim"], result.get("features", "mean")

    known = {kind(old): old for old in _stored_evaluation(store, name)}
    state = state_of(store, name).get("collection")
    new = {**result, "state": state} if state else dict(result)
    old = known.get(kind(new), {})
    if (old.get("cases"), old.get("state")) == (new["cases"], state):
        new["models"] = {**old["models"], **new["models"]}
        if "subtrees" in old and not new.get("subtrees"):
            new["subtrees"] = old["subtrees"]
    known[kind(new)] = new
    path = store.data / name / "evaluation.json"
    files.write_json(path, [known[key] for key in sorted(known)])
    return path


def load_evaluation(store: Store, name: str) -> list[Mapping[str, Any]]:
    """Results of the evaluations of collection `name`; empty when it has none.

    Those of an earlier state of the collection are left out.
    """
    listed = _stored_evaluation(store, name)
    return [{k: one for k, one in old.items() if k != "state"} for old in listed]


def _stored_evaluation(store: Store, name: str) -> list[Mapping[str, Any]]:
    if not store.holds(name, "evaluation.json"):
        return []
    command = f"evaluate {name} --protocol existing --dim 2"
    path = store.find(name, "evaluation.json", command)
    results = files.read_json(path, python_command(command))
    listed = results if isinstance(results, list) else [results]
    for result in listed:
        check_keys(path, result, ("protocol", "dim", "cases", "models"), command)
        measure = result.get("measure", "f1")
        for figures in result["models"].values():
            check_keys(path, figures, (f"{measure}_mean", f"{measure}_std"), command)
    state = state_of(store, name).get("collection")
    return [old for old in listed if old.get("state", state) == state]
