"""What the browser asks for of discoveries: scores, pictures, names and split files."""

from typing import Any

import numpy as np
from flask import Flask, Response, abort

from core.discovery.kept import Kept, discoveries, load, name_task
from core.discovery.sheet import ACROSS, gallery, questions
from core.discovery.splits import adversarial_classes, cue_of, table_of
from core.errors import DataError
from core.store import Store
from dashboard.answers import as_json, compact
from dashboard.questions import body


def serve(server: Flask, store: Store) -> None:
    """Answer what the browser asks of discoveries in `store`."""

    def known(name: str) -> str:
        if name not in discoveries(store):
            abort(404)
        return name

    @server.get("/discoveries.json")
    def discoveries_json() -> Response:
        return as_json(compact(discoveries(store)))

    @server.get("/discovery/<name>.json")
    def discovery_json(name: str) -> Response:
        return as_json(compact(told(load(store, known(name)))))

    @server.get("/discovery/<name>.png")
    def discovery_png(name: str) -> Response:
        picture = load(store, known(name)).picture
        if picture is None:
            abort(404)
        answer = Response(picture.read_bytes(), mimetype="image/png")
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    @server.get("/discovery/<name>/split-<int:number>.csv")
    def split_csv(name: str, number: int) -> Response:
        one = load(store, known(name))
        if number >= len(one.splits.get("splits", [])):
            abort(404)
        answer = Response(split_table(one, number), mimetype="text/csv")
        file = f"{name}-split-{number + 1}.csv"
        answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
        return answer

    @server.post("/discovery/<name>/name.json")
    def name_json(name: str) -> Response:
        asked = body()
        if not isinstance(asked.get("task"), int):
            raise DataError("A name is sent with the number of its task.")
        word = str(asked.get("name", ""))
        return as_json(compact(name_task(store, known(name), asked["task"], word)))


def told(one: Kept) -> dict[str, Any]:
    """A discovery as the browser draws it; JSON-ready.

    Images are told by their place on the sheet; without a sheet there are none.
    """
    place = (
        {} if one.sheet is None else {int(row): k for k, row in enumerate(one.sheet)}
    )
    row_of = {item: row for row, item in enumerate(one.items)}

    def cells(rows: list[int]) -> list[int]:
        return [place[row] for row in rows if row in place]

    tasks = []
    for number, margin in enumerate(one.margin):
        asked = [row for row in questions(margin, one.test) if row in place]
        tasks.append(
            {
                **_score(one.about["tasks"][number]),
                "given": one.names.get(number, ""),
                "sides": [cells(side) for side in gallery(margin, one.test)],
                "quiz": [[place[row], int(margin[row] > 0)] for row in asked],
            }
        )
    splits = [
        {
            **split,
            **{
                way: {
                    **split[way],
                    "mistakes": [
                        [place[row_of[item]], int(one.labels[row_of[item]]), taken]
                        for item, taken in split[way]["mistakes"]
                        if row_of[item] in place
                    ],
                }
                for way in ("halves", "classes")
            },
        }
        for split in one.splits.get("splits", [])
    ]
    keys = ("data", "source", "images", "preset", "classes", "networks", "mean")
    return {
        "name": one.name,
        **{key: one.about[key] for key in keys},
        "similar": one.about["largest similarity"],
        "encoder": one.about["random encoder"]["mean"],
        "human": [_score(score) for score in one.about["human"]],
        "random": [_score(score) for score in one.about["random"]],
        "tasks": tasks,
        "sheet": None
        if one.sheet is None
        else {"across": ACROSS, "count": len(one.sheet)},
        "map": one.about.get("map"),
        "splits": splits,
    }


def _score(of: dict[str, Any]) -> dict[str, Any]:
    keys = ("name", "score", "low", "high", "kappa", "accuracy", "converged")
    return {**{key: of[key] for key in keys}, "rate": of["rates"][1]}


def split_table(one: Kept, number: int) -> str:
    """A split as CSV: of every image its class, target, tasks and side."""
    split = one.splits["splits"][number]
    least = one.splits.get("least", 0.0)
    sides = {k: cue_of(one.labels, one.margin[k - 1], least) for k in split["tasks"]}
    named: dict[str, Any] = {
        "item": one.items,
        "class": [one.about["classes"][label] for label in one.labels.tolist()],
        "target": np.isin(one.labels, split["half"]).astype(np.int64),
        **{f"task {k}": side for k, side in sides.items()},
    }
    parts = adversarial_classes(one.labels, split["half"], *sides.values())
    return table_of(named, parts).to_csv(index=False)
