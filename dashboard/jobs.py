"""Fits and projections that a person asks for on the page; they run elsewhere.

This process reads and writes the table of jobs only (core/jobs/), and calls the hands
that do them.
"""

from contextlib import suppress
from dataclasses import asdict
from typing import Any

from flask import Flask, Response, abort, jsonify, request

from core import cache
from core.errors import DataError
from core.jobs import courtesy, table
from core.jobs.job import ID, Job, new_job
from core.jobs.process import is_lost
from core.jobs.progress import load_frames, load_progress
from core.jobs.resuming import is_resumable
from core.projection import check_size
from core.store import Store
from dashboard.hands import Hands, hands_for
from dashboard.payload import frames
from dashboard.questions import body


def serve(server: Flask, store: Store) -> None:
    """Answer what the browser asks of jobs in `store`."""
    hands = server.extensions["jobs"] = hands_for(store)
    with suppress(DataError):  # the table is damaged, which `jobs.json` says
        if any(one["state"] == "queued" for one in _seen(store, hands)):
            hands.call()

    @server.get("/jobs.json")
    def jobs_json() -> Response:
        """All jobs; nothing is written to look at none."""
        told = _seen(store, hands)
        if waiting := [one for one in told if one["state"] == "queued"]:
            why = hands.call()
            for one in waiting:
                one["why"] = why
        return jsonify({"jobs": told})

    @server.get("/jobs/choices.json")
    def choices_json() -> Response:
        return jsonify(_choices(store))

    @server.post("/jobs/ready")
    def ready() -> Response:
        """Somebody is about to ask for one: what is slow to load is loaded now."""
        hands.call()
        return jsonify({})

    @server.post("/moving")
    def moving() -> Response:
        """A hand moves a picture on this machine: its cores are for that."""
        if table.existing(store):
            courtesy.ask(store.data / table.FOLDER)
        return jsonify({})

    @server.post("/jobs.json")
    def start() -> Response:
        asked = body()
        job = new_job(asked.get("collection"), asked.get("what"), asked.get("options"))
        if not store.holds(_named(job.collection, store), "features.npz"):
            raise DataError(f"{job.collection!r} has no features to learn from.")
        if job.what == "project":  # told now, not after a while in the queue
            tasks: Any = cache.load_provenance(store, job.collection)["tasks"]
            check_size(job.collection, tasks, job.options["method"])
        return taken(table.add(table.opened(store), job))

    @server.post("/jobs/<id>/<any(cancel, resume, forget):wish>")
    def change(id: str, wish: str) -> Response:
        known = table.existing(store)
        if known is None or not ID.fullmatch(id):
            abort(404)
        if wish == "forget":
            table.forget(known, id)
            return jsonify({})
        if wish == "cancel":
            return taken(table.cancel(known, id))
        left = is_resumable(known, table.get(known, id))
        return taken(table.resume(known, id, from_checkpoint=left))

    def taken(job: Job) -> Response:
        """A job that somebody has to do or to stop, unless it is over."""
        if not job.is_over:
            hands.call()
        return jsonify({"id": job.id, "state": job.state})

    @server.get("/jobs/<id>/frames.json")
    def frames_json(id: str) -> Response:
        """Boxes of a fit under way, at the recorded steps after `after`."""
        if not ID.fullmatch(id):
            abort(404)
        after = request.args.get("after", -1, int)
        found = load_frames(store.data / table.FOLDER / id, after)
        if found is None:
            return jsonify({"steps": []})
        _, tasks, dim = found.lower.shape
        return jsonify({**frames(found), "tasks": tasks, "dim": dim})


def _seen(store: Store, hands: Hands) -> list[dict[str, Any]]:
    """All jobs, as the browser reads them; what was lost is seen to."""
    known = table.existing(store)
    if known is None:
        return []
    found = table.jobs(known)
    if any(map(is_lost, found)):
        hands.missed(known)
        found = table.jobs(known)
    return [_told(known, job) for job in found]


def _told(known: table.Table, job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "collection": job.collection,
        "what": job.what,
        "options": job.options,
        "state": job.state,
        "stopping": job.stopping,
        "asked": job.asked,
        "started": job.started,
        "ended": job.ended,
        "why": job.why,
        "resumed": job.resume,
        "resumable": is_resumable(known, job),
        "progress": asdict(load_progress(known.folder(job.id))),
    }


def _choices(store: Store) -> list[dict[str, Any]]:
    """What a job can be about: collections with features, fitted already or not."""
    told = []
    for name in store.names():
        with suppress(DataError):  # damaged ones are told of elsewhere
            about = cache.load_provenance(store, name)
            if store.holds(name, "features.npz"):
                known = {"title": str(about["title"]), "tasks": about["tasks"]}
                told.append({"name": name, **known, "dims": store.dims(name)})
    return told


def _named(name: str, store: Store) -> str:
    if name not in store.names():
        raise DataError(f"There is no collection {name[:40]!r}.")
    return name
