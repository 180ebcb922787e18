import base64
import gzip
import json
import re
import shutil
from dataclasses import asdict, replace
from html.parser import HTMLParser

import pytest
from plotly.offline import get_plotlyjs

from dashboard.application import ASSETS
from dashboard.axes import CONFIG, axes_figure
from dashboard.evaluation import report
from dashboard.payload import corners, payload, values, words
from dashboard.standalone import MODULES, standalone_html
from dashboard.view import View

VOID = {"meta", "link", "img", "br", "hr", "input"}
HOSTILE = "</script><img src=x onerror=alert(1)>"
WORSE = [
    HOSTILE,
    "</ScRiPt ><script>alert(1)</script>",
    "<!-- <script>",
    "]]>--></style></title><b>",
    "\u2028 ' \" \\ & &lt; \\u003c",
    "{title} {0} {}",
    "🦜",
]
VIEW = View("animals", focus="bird", task="parrot", beside="pca", theme="dark")


class Page(HTMLParser):
    """Elements of a page, as a browser would find them."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []
        self.inside = {"script": [], "style": [], "title": [], "h1": []}
        self.blocks = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, key, value) for key, value in attributes]
        if tag not in VOID:
            self.open.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        opened, _ = self.open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data):
        if not self.open:
            assert data.isspace(), data
            return
        tag, attributes = self.open[-1]
        if attributes.get("type") == "application/json":
            self.blocks[attributes["id"]] = data
        elif attributes.get("type") == "application/gzip":
            packed = base64.b64decode(data, validate=True)
            self.blocks[attributes["id"]] = gzip.decompress(packed).decode()
        elif tag in self.inside:
            self.inside[tag].append(data)


def exported(atlas, view=VIEW, assets=ASSETS):
    columns, texts = json.dumps(payload(atlas)), json.dumps(words(atlas))
    colors, figures = json.dumps(values(atlas)), json.dumps(report(atlas))
    boxes = {dim: corners(boxes) for dim, boxes in atlas.boxes.items() if dim > 2}
    return standalone_html(
        title=atlas.provenance["title"],
        columns=columns,
        boxes=json.dumps(boxes),
        words=texts,
        values=colors,
        figures=figures,
        fits=json.dumps({"2d.other": "corners"}),
        matrix="{}",
        view=view,
        assets=assets,
    )


def as_sent(document):
    """What a browser makes of it: lists for tuples."""
    return json.loads(json.dumps(document))


@pytest.fixture
def page(atlas):
    return Page(exported(atlas))


@pytest.fixture
def hostile(atlas):
    """The animals under names that try to be markup."""
    tasks = atlas.tasks.assign(label=WORSE, definition=WORSE, lemmas=WORSE)
    tasks[HOSTILE] = [HOSTILE, *["</script>"] * 6]
    return replace(
        atlas, tasks=tasks, provenance={**atlas.provenance, "title": HOSTILE}
    )


def test_every_element_is_closed(page):
    assert page.open == []
    for once in ("html", "head", "body", "title", "style", "h1", "main"):
        assert page.tags.count(once) == 1
    ids = [value for _, key, value in page.attributes if key == "id"]
    assert len(ids) == len(set(ids))


def test_all_scripts_are_inside_the_file_and_whole(page):
    modules = page.inside["script"]
    assert page.blocks["plotly"] == get_plotlyjs()
    assert modules == [(ASSETS / name).read_text(encoding="utf-8") for name in MODULES]
    assert json.loads(page.blocks["further"]).keys() == {"3"}
    assert json.loads(page.blocks["fits"]) == {"2d.other": "corners"}
    assert page.tags.count("script") == 9 + len(modules)


def test_it_has_every_module_but_those_that_need_a_server():
    there = {path.name for path in ASSETS.glob("*.js")}
    server = {
        "answers.js",
        "bridge.js",
        "collections.js",
        "compose.js",
        "curve.js",
        "data.js",
        "discovery.js",
        "errors.js",
        "gathering.js",
        "grid.js",
        "inspector.js",
        "job-cards.js",
        "jobs.js",
        "lost.js",
        "nearest.js",
        "neighbourhoods.js",
        "own.js",
        "pairs.js",
        "place.js",
        "preview.js",
        "quiz.js",
        "sending.js",
        "splits.js",
        "task-map.js",
        "train.js",
        "watch.js",
    }
    assert set(MODULES) == there - server
    assert MODULES[-1] == "standalone.js"  # starts what the others define


def test_nothing_is_loaded_from_anywhere(page):
    assert not {"link", "iframe", "img", "object", "embed", "base", "form"} & {
        *page.tags
    }
    loading = {"src", "href", "srcset", "data", "action", "poster", "background"}
    places = [value for _, key, value in page.attributes if key in loading]
    assert places == ["#pictures"]  # of the page itself
    (style,) = page.inside["style"]
    assert "@import" not in style
    assert [
        at for at in re.findall(r"url\(\s*['\"]?([^)]*)", style) if at[:5] != "data:"
    ] == []


def test_no_module_knows_a_network_address(page):
    for module in page.inside["script"]:
        hosts = re.findall(r"\b(?:https?|wss?)://([^/\"'`\s]+)", module)
        assert set(hosts) <= {"www.w3.org"}  # names of XML vocabularies


def test_what_it_holds_is_the_payload_and_the_view(page, atlas):
    assert json.loads(page.blocks["columns"]) == as_sent(payload(atlas))
    assert json.loads(page.blocks["words"]) == words(atlas)
    assert json.loads(page.blocks["values"]) == as_sent(values(atlas))
    assert json.loads(page.blocks["figures"]) == as_sent(report(atlas))
    start = json.loads(page.blocks["start"])
    assert View(**start["view"]) == VIEW
    assert start["view"] == asdict(VIEW)
    assert start["config"] == CONFIG
    assert start["axes"] == json.loads(axes_figure().to_json())


def test_the_plotly_of_the_file_sends_nothing_anywhere(page):
    config = json.loads(page.blocks["start"])["config"]
    assert config["showSendToCloud"] is False
    assert config["plotlyServerURL"] == ""


def test_names_open_and_close_no_element(page, hostile):
    other = Page(exported(hostile))
    assert other.tags == page.tags
    assert other.attributes == page.attributes
    assert other.open == []
    assert other.inside["script"] == page.inside["script"]


def test_names_come_back_as_they_were(hostile):
    page = Page(exported(hostile))
    assert json.loads(page.blocks["columns"]) == as_sent(payload(hostile))
    assert json.loads(page.blocks["words"]) == words(hostile)
    (column,) = json.loads(page.blocks["values"]).values()
    assert column["values"] == ["</script>", HOSTILE]
    assert "".join(page.inside["title"]) == HOSTILE
    assert "".join(page.inside["h1"]) == HOSTILE
    assert "<" not in page.blocks["start"]


def test_a_module_may_speak_of_scripts(atlas, tmp_path):
    assets = shutil.copytree(ASSETS, tmp_path / "assets")
    with (assets / "svg.js").open("a", encoding="utf-8") as module:
        module.write('const ending = "</script><b>";\n')
    page = Page(exported(atlas, assets=assets))
    assert page.open == []
    assert "b" not in page.tags
    (svg,) = [script for script in page.inside["script"] if "const ending" in script]
    assert svg.endswith(r'const ending = "<\/script><b>";' + "\n")


def test_a_view_is_data_too(atlas):
    view = replace(VIEW, task=HOSTILE, viewport=HOSTILE)
    page = Page(exported(atlas, view))
    assert json.loads(page.blocks["start"])["view"] == asdict(view)


def test_no_script_starts_what_looks_like_a_comment(atlas):
    # After "<!--" and "<script" a browser no longer ends a script at "</script>".
    text = exported(atlas)
    assert "<!--" not in text
    starts = len(re.findall(r"<script[\s>]", text, re.IGNORECASE))
    assert starts == text.count("</script>") == 9 + len(MODULES)
