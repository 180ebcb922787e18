"""The modules of the browser as one file, which is asked for once."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response, request

from dashboard.answers import as_json, compact, once

ALONE = "standalone.js"  # begins a file of its own, where bridge.js begins the page
YEAR = 365 * 24 * 60 * 60  # s, as Dash lets its own scripts be kept


def serve(server: Flask, assets: Path) -> str:
    """Answer with all modules, in the order of their names; the script's element.

    They are read here, so that the address of what has changed is another one.

    Args:
        server: Of the app.
        assets: Folder of the modules.
    """
    paths = sorted(path for path in assets.glob("*.js") if path.name != ALONE)
    sources = {path.name: path.read_text(encoding="utf-8") for path in paths}
    whole = "".join(sources.values()) + "//# sourceMappingURL=modules.js.map\n"
    digest = hashlib.sha256(whole.encode()).hexdigest()[:16]

    @server.get("/modules.js")
    def modules() -> Response:
        answer = once(whole, "text/javascript")
        if request.args.get("m") == digest:
            answer.headers["Cache-Control"] = f"max-age={YEAR}"
        return answer

    @server.get("/modules.js.map")
    def origins() -> Response:
        return as_json(compact(origins_of(sources)))

    return f'<script src="/modules.js?m={digest}"></script>'


def origins_of(sources: Mapping[str, str]) -> dict[str, object]:
    """Which line is whose, for who looks for a fault: an indexed source map (ECMA-426).

    Args:
        sources: Texts by name, in the order in which they follow one another; each ends
            with its line.
    """
    sections, line = [], 0
    for name, text in sources.items():
        lines = text.count("\n")
        mapped = {
            "version": 3,
            "sources": [f"assets/{name}"],
            "sourcesContent": [text],
            "names": [],
            # Deltas of column, source, line, column: each line is the next one's.
            "mappings": ";".join(["AAAA"] + ["AACA"] * (lines - 1)),
        }
        sections.append({"offset": {"line": line, "column": 0}, "map": mapped})
        line += lines
    return {"version": 3, "file": "modules.js", "sections": sections}
