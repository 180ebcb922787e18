"""A small Hub on the loopback interface: listing, cards, files, and what goes wrong.

It speaks as much of the Hugging Face Hub as `huggingface_hub` and `datasets` ask for.
"""

import json
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"
HANG = 1.5  # seconds without an answer


@dataclass
class Repository:
    """A data set as the Hub holds it; without README.md it has no card."""

    files: dict[str, bytes] = field(default_factory=dict)
    tags: tuple[str, ...] = ("task_categories:image-classification",)
    sha: str = SHA
    gated: bool = False


@dataclass
class Served:
    """What the server holds, how often each path was asked for, and what it breaks.

    `faults[path]` are answered one after the other before the true answer is given:
    None (nothing is wrong), a status, a status with headers, `hang`, or `half` of the
    body. A fault in `always` stays.
    """

    repositories: dict[str, Repository]
    page: int = 2
    shift: int = 0  # by how many data sets a page overlaps the one before
    lines: list | None = None  # of the listing, in place of those of the repositories
    faults: dict[str, list] = field(default_factory=lambda: defaultdict(list))
    always: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    endpoint: str = ""

    def count(self, text):
        """How many requests had `text` in their path."""
        return sum(text in path for path in self.asked)


@contextmanager
def serving(repositories, **settings):
    """The server, while the block runs."""
    served = Served(repositories, **settings)

    class Handler(_Handler):
        hub = served

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Served

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._answer()

    def do_HEAD(self):
        self._answer()

    def do_POST(self):
        self._answer()

    def _answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.posted = self.rfile.read(length)
        parts = urlsplit(self.path)
        self.query = parse_qs(parts.query)
        path = unquote(parts.path)
        self.hub.asked.append(path)
        fault = self.hub.always.get(path)
        if fault is None and self.hub.faults[path]:
            fault = self.hub.faults[path].pop(0)
        if fault == "hang":
            time.sleep(HANG)
            self.close_connection = True
            return
        if isinstance(fault, int):
            fault = (fault, {})
        if isinstance(fault, tuple):
            self._send(fault[0], b"no", headers=fault[1])
            return
        self.half = fault == "half"
        self._route(path.strip("/").split("/"))

    def _route(self, words):
        match words:
            case ["api", "datasets"]:
                self._listing()
            case ["api", "datasets", owner, name, *rest]:
                self._repository(f"{owner}/{name}", rest)
            case ["datasets", owner, name, "resolve", _, *file]:
                self._file(f"{owner}/{name}", "/".join(file))
            case _:
                self._send(404, b"")

    def _listing(self):
        ids = list(self.hub.repositories)
        start = int(self.query.get("cursor", ["0"])[0])
        size = min(self.hub.page, int(self.query.get("limit", ["1000"])[0]))
        lines = self.hub.lines or [
            {"id": id, "sha": one.sha, "tags": [*one.tags], "downloads": 1}
            for id in ids[start : start + size]
            for one in [self.hub.repositories[id]]
        ]
        headers = {}
        if start + size < len(ids):
            cursor = start + size - self.hub.shift
            url = f"{self.hub.endpoint}/api/datasets?cursor={cursor}&limit={size}"
            headers["Link"] = f'<{url}>; rel="next"'
        self._json(lines, headers)

    def _repository(self, id, rest):
        one = self.hub.repositories.get(id)
        if one is None:
            self._send(404, b"{}", headers={"X-Error-Code": "RepoNotFound"})
            return
        if one.gated:
            self._refuse()
            return
        files = [
            {
                "type": "file",
                "path": path,
                "size": len(data),
                "oid": f"{len(data):040x}",
            }
            for path, data in one.files.items()
        ]
        folders = sorted(
            {
                "/".join(path.split("/")[: depth + 1])
                for path in one.files
                for depth in range(path.count("/"))
            }
        )
        tree = [
            *files,
            *({"type": "directory", "path": path, "oid": "0" * 40} for path in folders),
        ]
        match rest:
            case [] | ["revision", _]:
                names = [{"rfilename": path} for path in one.files]
                self._json({"id": id, "sha": one.sha, "siblings": names, "tags": []})
            case ["tree", _, *folder]:
                below = "".join(f"{part}/" for part in folder)
                inside = [line for line in tree if line["path"].startswith(below)]
                if self.query.get("recursive", [""])[0].lower() != "true":
                    inside = [
                        line
                        for line in inside
                        if "/" not in line["path"].removeprefix(below)
                    ]
                self._json(inside)
            case ["paths-info", _]:
                wanted = parse_qs(self.posted.decode())["paths"]
                self._json([line for line in tree if line["path"] in wanted])
            case _:
                self._send(404, b"{}")

    def _file(self, id, path):
        one = self.hub.repositories.get(id)
        if one is not None and one.gated:
            self._refuse()
            return
        if one is None or path not in one.files:
            self._send(404, b"", headers={"X-Error-Code": "EntryNotFound"})
            return
        data, status = one.files[path], 200
        headers = {"ETag": f'"{len(data):040x}"', "X-Repo-Commit": one.sha}
        if "Range" in self.headers:
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            end = min(int(last or len(data) - 1), len(data) - 1)
            headers["Content-Range"] = f"bytes {first}-{end}/{len(data)}"
            data, status = data[int(first) : end + 1], 206
        self._send(status, data, headers=headers)

    def _refuse(self):
        self._send(403, b"{}", headers={"X-Error-Code": "GatedRepo"})

    def _json(self, value, headers=None):
        self._send(200, json.dumps(value).encode(), headers=headers or {})

    def _send(self, status, data, headers=None):
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if getattr(self, "half", False):
            data = data[: len(data) // 2]
            self.close_connection = True
        self.wfile.write(data)
