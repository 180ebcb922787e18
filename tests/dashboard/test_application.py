import base64
import gzip
import hashlib
import json
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser
from urllib.parse import urlencode

import numpy as np
import pytest

from core.errors import DataError
from dashboard.application import ASSETS, create_app
from dashboard.evaluation import report
from dashboard.payload import corners, payload, words
from dashboard.shelf import Shelf
from dashboard.view import View
from tests.dashboard.arrays import read
from tests.dashboard.evaluations import document, evaluated
from tests.dashboard.shelves import shelved

HOSTILE = "<img src=x onerror=alert(1)>"
START = View("animals", beside="pca")
LAYOUT = "/_dash-layout"


@pytest.fixture
def client(atlas):
    return create_app(shelved(atlas)).server.test_client()


class Scripts(HTMLParser):
    """Scripts of a page: where they come from, or what they say."""

    def __init__(self, text):
        super().__init__()
        self.sources, self.inline, self.reading = [], [], False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.sources += [known[key] for key in ("src", "href") if key in known]
        is_json = known.get("type") == "application/json"
        self.reading = tag == "script" and "src" not in known and not is_json

    def handle_data(self, data):
        if self.reading:
            self.inline.append(data)

    def handle_endtag(self, tag):
        self.reading = False


def texts(tree):
    """Every text of a component tree that came as JSON."""
    if isinstance(tree, str):
        return [tree]
    if isinstance(tree, list):
        return [text for part in tree for text in texts(part)]
    return texts(tree["props"].get("children")) if isinstance(tree, dict) else []


def policy(answer):
    """The content security policy of an answer, by directive."""
    parts = answer.headers["Content-Security-Policy"].split(";")
    return {key: rest for key, *rest in (part.split() for part in parts)}


# The page


def test_the_page_is_served_with_its_own_scripts_only(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert "<title>Task2Box Atlas</title>" in answer.text
    page = Scripts(answer.text)
    assert all(source.startswith(("/", "data:")) for source in page.sources)
    assert not any(source.startswith("//") for source in page.sources)
    (own,) = [source for source in page.sources if source.startswith("/modules.js")]
    whole = client.get(own).text
    assert (ASSETS / "bridge.js").read_text(encoding="utf-8") in whole
    assert (ASSETS / "standalone.js").read_text(encoding="utf-8") not in whole
    for source in page.sources:
        with client.get(source) as found:
            assert found.status_code == 200, source


def test_a_browser_runs_the_inline_scripts_of_the_page_and_no_others(client):
    answer = client.get("/")
    inline = Scripts(answer.text).inline
    digests = [hashlib.sha256(script.encode()).digest() for script in inline]
    hashes = {f"'sha256-{base64.b64encode(one).decode()}'" for one in digests}
    assert inline
    assert hashes <= {*policy(answer)["script-src"]}


def test_the_layout_offers_the_collections(client):
    text = client.get(LAYOUT).text
    assert '"Animals"' in text
    assert "notice" in text


def test_the_layout_says_what_could_not_be_read(atlas):
    app = create_app(shelved(atlas), (f"{HOSTILE} is damaged.",))
    tree = app.server.test_client().get(LAYOUT).get_json()
    assert f"{HOSTILE} is damaged." in texts(tree)


def test_two_apps_live_side_by_side(atlas):
    other = replace(atlas, name="plants")
    animals = create_app(shelved(atlas)).server.test_client()
    plants = create_app(shelved(other)).server.test_client()
    assert animals.get("/atlas/plants.json").status_code == 404
    assert plants.get("/atlas/plants.json").get_json()["collection"] == "plants"


def test_it_is_well(client):
    answer = client.get("/health")
    assert (answer.status_code, answer.text) == (200, "ok\n")


# What it sends


def test_a_collection_is_sent_as_its_payload(client, atlas):
    answer = client.get("/atlas/animals.json")
    assert answer.mimetype == "application/json"
    assert answer.get_json() == json.loads(json.dumps(payload(atlas)))


def test_a_collection_is_sent_once(client):
    first = client.get("/atlas/animals.json")
    tag = first.headers["ETag"]
    again = client.get("/atlas/animals.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "no-cache"  # ask whether it changed
    other = client.get("/atlas/animals.json", headers={"If-None-Match": '"old"'})
    assert other.data == first.data


def kept_for(client, path):
    """What the answer says of how long it may be kept."""
    with client.get(path) as answer:
        return answer.headers.get("Cache-Control")


def test_files_of_the_page_are_asked_for_once(client):
    page = client.get("/").text
    (own,) = [path for path in Scripts(page).sources if "/modules.js" in path]
    looks = re.findall('href="(/assets/[^"]+)"', page)
    assert len(looks) > 3
    assert {kept_for(client, path) for path in [own, *looks]} == {"max-age=31536000"}
    for path in (own, looks[0]):
        file, _, _ = path.partition("?")  # this address does not change with the file
        assert kept_for(client, file) == "no-cache"
    assert kept_for(client, "/modules.js?m=1") == "no-cache"
    assert kept_for(client, "/assets/none.js?m=1") is None


def test_answers_are_packed_for_those_who_can_unpack_them(client):
    plain = client.get("/atlas/animals.json")
    packed = client.get("/atlas/animals.json", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data)
    assert gzip.decompress(packed.data) == plain.data
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    refusing = client.get(
        "/atlas/animals.json", headers={"Accept-Encoding": "gzip;q=0"}
    )
    assert "Content-Encoding" not in refusing.headers


def test_another_collection_has_another_tag(client, atlas):
    labelled = replace(atlas, tasks=atlas.tasks.assign(label="x"))
    other = create_app(shelved(labelled)).server.test_client()
    tags = {one.get("/atlas/animals.json").headers["ETag"] for one in (client, other)}
    assert len(tags) == 2


@pytest.mark.parametrize(
    "path",
    [
        "/atlas/plants.json",
        "/atlas/...json",
        "/export/plants.html",
        "/evaluation/plants.json",
        "/column/plants.json?color=column:rank",
        f"/evaluation/{HOSTILE}.json",
        f"/export/{HOSTILE}.html",
    ],
)
def test_an_unknown_collection_is_not_found(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert HOSTILE not in answer.text


def test_all_figures_are_sent_once_when_asked(client, atlas):
    answer = client.get("/evaluation/animals.json")
    assert answer.mimetype == "application/json"
    assert answer.get_json() == report(atlas)
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/evaluation/animals.json", headers=tag).status_code == 304


def test_a_column_is_sent_when_it_is_first_a_colour(atlas):
    ranked = replace(atlas, tasks=atlas.tasks.assign(rank=[*"abbbccc"]))
    client = create_app(shelved(ranked)).server.test_client()
    sent = client.get("/atlas/animals.json").get_json()
    assert sent["columns"] == {"column:rank": "Rank"}
    asked = "/column/animals.json?color=column:rank"
    answer = client.get(asked)
    assert answer.get_json() == {"values": ["b", "c", "a"], "codes": "AgAAAAEBAQ=="}
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(asked, headers=tag).status_code == 304


@pytest.mark.parametrize("color", ["", "depth", "column:", "column:label", HOSTILE])
def test_what_is_no_column_of_colours_is_not_found(client, color):
    answer = client.get("/column/animals.json", query_string={"color": color})
    assert answer.status_code == 404
    assert HOSTILE not in answer.text


def test_figures_of_subtrees_colour_tasks_and_are_told_of_them(atlas):
    subtrees = {"bird": {"f1": 0.97, "positives": 31}}
    scored = evaluated(atlas, document(subtrees=subtrees))
    client = create_app(shelved(scored)).server.test_client()
    sent = client.get("/atlas/animals.json").get_json()
    assert sent["subtrees"] == {"2": {"of": "existing, 2D", "rows": [1], "f1": [0.97]}}
    seen = client.get("/view.json?color=f1").get_json()
    assert (seen["view"]["color"], seen["faults"]) == ("f1", [])
    sentence = "Evaluation of this subtree (existing, 2D): F1 0.97 on 31"
    said = described(client, task="bird")
    assert any(text.startswith(sentence) for text in said)


def test_no_address_leads_out_of_the_assets(client):
    for path in ("/atlas/../app.json", "/assets/..%2fapp.py", "/assets/../app.py"):
        assert "argparse" not in client.get(path).text


def start_of(answer):
    """The view that an exported file opens with."""
    text = answer.text.partition('id="start">')[2].partition("</script>")[0]
    return View(**json.loads(text)["view"])


def test_a_file_of_the_view_is_exported(client):
    answer = client.get("/export/animals.html?focus=bird&dim=3&theme=dark")
    assert answer.mimetype == "text/html"
    expected = replace(START, focus="bird", dim=3, theme="dark")
    assert start_of(answer) == expected


@pytest.mark.parametrize(
    "query",
    [
        "collection=plants&focus=cat&dim=9",
        "collection=&collection=other",
        "%ff%fe&focus=%00",
        "&&==&?",
    ],
)
def test_a_file_is_of_its_own_collection_whatever_the_query_says(atlas, query):
    shelf = shelved(replace(atlas, name="other"), atlas)
    client = create_app(shelf).server.test_client()
    answer = client.get("/export/animals.html", query_string=query)
    assert answer.status_code == 200
    assert start_of(answer) == START


def test_a_query_that_is_no_text_is_left_out(client):
    raw = {"QUERY_STRING": "\xff\xfe=\xff&focus=\xff&dim=3"}  # bytes, as WSGI has them
    answer = client.get("/export/animals.html", environ_overrides=raw)
    assert answer.status_code == 200
    assert start_of(answer) == replace(START, dim=3)


# Who may ask, and what may run


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/atlas/animals.json",
        "/atlas/no.json",
        "/evaluation/animals.json",
        "/export/animals.html",
    ],
)
def test_every_answer_has_the_security_headers(client, path):
    answer = client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    rules = policy(answer)
    assert rules["default-src"] == ["'self'"]
    assert rules["object-src"] == rules["base-uri"] == ["'none'"]
    assert rules["frame-ancestors"] == ["'none'"]
    scripts = rules["script-src"]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & {*scripts}
    sources = {source for rule in rules.values() for source in rule}
    assert not any("." in source or "//" in source for source in sources)


def test_no_answer_invites_other_origins(client):
    answer = client.get("/atlas/animals.json", headers={"Origin": "http://evil.test"})
    assert not [key for key, _ in answer.headers if "Access-Control" in key]


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:8050",
        "localhost.evil.test",
        "127.0.0.1.nip.io",
        "192.168.0.7:8050",
        "[::2]:8050",
        "[::1].evil.test",
        "127.0.0.1@evil.test",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/health", "/atlas/animals.json", LAYOUT])
def test_another_name_of_this_machine_is_refused(client, host, path):
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "Animals" not in answer.text


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8050", "127.0.0.1:8050", "[::1]", "[::1]:8050"],
)
def test_this_machine_is_answered(client, host):
    assert client.get("/health", headers={"Host": host}).status_code == 200


# From the address bar to a view


def test_a_link_gives_its_view(client):
    said = client.get("/view.json?collection=animals&focus=bird&dim=3").get_json()
    assert said["view"] == asdict(replace(START, focus="bird", dim=3))
    assert said["faults"] == []


@pytest.mark.parametrize("search", ["", "?"])
def test_no_link_gives_the_first_view(client, search):
    said = client.get(f"/view.json{search}").get_json()
    assert said == {"view": asdict(START), "faults": []}


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ("?collection=plants", "There is no collection 'plants' here."),
        ("?task=cat", "Collection 'animals' has no task 'cat'."),
        ("?dim=2.5&color=depth&color=no", "The dimension '2.5' is unknown. The colou"),
        ("?viewport=1", "The viewport '1' is not four numbers."),
        ("?task=%ff%00", r"Collection 'animals' has no task '�\x00'."),
        (f"?task={HOSTILE}", f"Collection 'animals' has no task {HOSTILE!r}."),
        (f"?focus={'a' * 9999}", f"Collection 'animals' has no task '{'a' * 40}…'."),
    ],
)
def test_a_malformed_link_gives_the_nearest_view_and_a_message(client, search, message):
    said = client.get(f"/view.json{search}").get_json()
    assert said["view"] == asdict(START)
    assert " ".join(said["faults"]).startswith(message)


# From a view to what is said about it


def described(client, **view):
    """Texts of what is said of a view."""
    query = urlencode({"collection": "animals", **view})
    answer = client.get(f"/details.json?{query}")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return texts(answer.get_json())


def tabled(client, atlas, query):
    """Title and names of the tasks that a table lists."""
    known = client.get(f"/table.json?collection=animals&{query}").get_json()
    rows = read(known["rows"], "<u4").tolist()
    return known["title"], [atlas.tasks.index[row] for row in rows]


def test_without_a_task_the_collection_is_described(client):
    assert described(client)[:2] == ["Animals", "Four animals in a row."]
    # All tasks: the browser has them already.
    assert client.get("/table.json?collection=animals").get_json() == {}


def test_the_focus_is_described(client, atlas):
    assert described(client, focus="bird")[:2] == ["Bird", "bird"]
    title, names = tabled(client, atlas, "focus=bird")
    assert names == ["eagle", "parrot"]
    assert title == "Contained in “Bird”: 2 tasks"


@pytest.mark.parametrize("dim", [2, 3])
def test_the_selected_task_goes_before_the_focus(client, atlas, dim):
    words = described(client, focus="bird", task="pet", dim=dim)
    assert words[:2] == ["Pet", "pet"]
    title, names = tabled(client, atlas, f"focus=bird&task=pet&dim={dim}")
    assert names == ["parrot", "goldfish"]
    assert title == "Contained in “Pet”: 2 tasks"


def test_a_table_has_both_directions(client):
    known = client.get("/table.json?collection=animals&task=bird").get_json()
    assert read(known["rows"], "<u4").tolist() == [4, 5]
    for column in ("inside", "true_inside"):
        assert read(known[column], "<i2").tolist() == [1000, 1000]
    for column in ("around", "true_around"):
        assert read(known[column], "<i2").tolist() == [500, 500]


def test_a_task_that_there_is_not_has_no_table(client):
    assert client.get("/table.json?collection=animals&task=cat").get_json() == {}
    assert client.get("/table.json?collection=plants&task=bird").status_code == 200


def test_all_about_a_collection_is_told_when_asked(client):
    words = texts(client.get("/about/animals.json").get_json())
    assert words[0] == "Animals"
    assert "python -m core build animals" in words
    assert client.get("/about/plants.json").status_code == 404


def test_markup_in_names_is_sent_as_text(atlas):
    tasks = atlas.tasks.assign(label=HOSTILE)
    hostile = shelved(replace(atlas, tasks=tasks))
    client = create_app(hostile).server.test_client()
    assert described(client, task="bird")[0] == HOSTILE
    known = client.get("/table.json?collection=animals&task=bird")
    assert known.mimetype == "application/json"
    assert known.get_json()["title"].startswith(f"Contained in “{HOSTILE}”")


def test_words_that_are_searched_come_after_the_picture(client, atlas):
    answer = client.get("/words/animals.json")
    assert answer.get_json() == words(atlas)
    assert "definitions" not in client.get("/atlas/animals.json").get_json()


def test_boxes_of_more_dimensions_come_when_they_are_asked_for(client, atlas):
    answer = client.get("/boxes/animals.json?dim=3")
    assert answer.get_json() == corners(atlas.boxes[3])
    for query in ("?dim=4", "?dim=x", ""):
        assert client.get(f"/boxes/animals.json{query}").status_code == 404
    assert client.get("/boxes/plants.json?dim=3").status_code == 404


# What turns out damaged when it is first looked at


@pytest.fixture
def damaged(atlas):
    """The animals beside plants, whose files cannot be read."""

    def read(name):
        if name == "plants":
            raise DataError(f"{HOSTILE} is damaged. Make it again.")
        return atlas

    titles = {"plants": "Plants", "animals": "Animals"}
    return create_app(Shelf(titles, read)).server.test_client()


@pytest.mark.parametrize(
    "path", ["/atlas/plants.json", "/words/plants.json", "/export/plants.html"]
)
def test_a_damaged_collection_is_said_as_words(damaged, path):
    answer = damaged.get(path)
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert answer.text == f"{HOSTILE} is damaged. Make it again."
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_in_place_of_a_damaged_collection_another_is_shown(damaged):
    said = damaged.get("/view.json?collection=plants").get_json()
    assert said["view"] == asdict(START)
    assert said["faults"] == [f"{HOSTILE} is damaged. Make it again."]
    assert damaged.get("/table.json?collection=plants&task=bird").status_code == 200


def test_a_view_of_a_damaged_collection_is_answered_as_the_nearest(damaged):
    assert described(damaged, collection="plants")[0] == "Animals"


def test_where_all_are_damaged_the_page_is_told_why():
    def read(name):
        raise DataError(f"{name} is damaged.")

    client = create_app(Shelf({"plants": "Plants"}, read)).server.test_client()
    assert client.get("/").status_code == 200
    answer = client.get("/view.json")
    assert (answer.status_code, answer.text) == (503, "plants is damaged.")


def test_what_is_mended_can_be_shown(atlas):
    answers = [DataError("It is damaged."), atlas]

    def read(name):
        answer = answers.pop(0)
        if isinstance(answer, DataError):
            raise answer
        return answer

    client = create_app(Shelf({"animals": "Animals"}, read)).server.test_client()
    statuses = [client.get("/atlas/animals.json").status_code for _ in range(3)]
    assert statuses == [503, 200, 200]


def test_the_page_is_there_before_any_collection_is_read():
    def read(name):
        raise AssertionError("nobody asked for it")

    client = create_app(Shelf({"plants": "Plants"}, read)).server.test_client()
    assert '"Plants"' in client.get(LAYOUT).text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "collection=plants",
        "collection=animals&task=cat",
        "focus[a]=1",
        "dim=4",
        "dim=2;%20drop",
        "more=1",
        "%ff=%ff&task=%ff",
    ],
)
def test_a_view_that_cannot_be_is_answered_as_the_nearest(client, query):
    said = client.get(f"/details.json?{query}").get_json()
    assert texts(said)[0] == "Animals"


def test_a_faulty_request_shows_no_inside_of_the_program(client):
    for answer in (
        client.post("/_dash-update-component", json={"output": "no.such"}),
        client.post("/_dash-update-component", data=b"{"),
    ):
        assert answer.status_code >= 400
        assert "Traceback" not in answer.text
        assert ".py" not in answer.text


# What changes on disk meanwhile


@pytest.fixture
def changing(atlas):
    """A client, and a function that says that there is another atlas, or none."""
    kept = {"animals": atlas}

    def look(name):
        return str(kept[name].provenance["title"]) if name in kept else None

    shelf = Shelf({"animals": "Animals"}, kept.__getitem__, look=look)

    def change(name, other):
        kept.pop(name, None)
        if other is not None:
            kept[name] = other
        shelf.renew(name)

    return create_app(shelf).server.test_client(), change


QUESTIONS = [
    "/atlas/animals.json",
    "/column/animals.json?color=edges:2",
    "/table.json?collection=animals&task=bird",
    "/inspector.json?collection=animals&task=bird",
    "/errors.json?collection=animals&color=edges",
    "/export/animals.html?collection=animals",
]


@pytest.mark.parametrize("path", QUESTIONS)
def test_after_new_boxes_no_answer_is_of_the_old_ones(changing, atlas, path):
    client, change = changing
    before = client.get(path)
    again = client.get(path, headers={"If-None-Match": before.headers.get("ETag", "")})
    assert again.status_code == (304 if "ETag" in before.headers else 200)
    old, moved = atlas.boxes[2], np.zeros((7, 2), dtype=np.float32)
    moved[atlas.row_of["bird"], 0] = 2  # among the fishes
    new = replace(old, lower=old.lower + moved, upper=old.upper + moved)
    boxes = {**atlas.boxes, 2: new}
    change("animals", replace(atlas, boxes=boxes))
    after = client.get(path, headers={"If-None-Match": before.headers.get("ETag", "")})
    assert after.status_code == 200
    assert after.text != before.text
    known, fresh = (one.headers.get("Atlas-Version") for one in (before, after))
    assert known.startswith("animals ")
    assert fresh.startswith("animals ")
    assert known != fresh


def test_a_version_goes_with_a_name_in_any_script(changing, atlas):
    client, change = changing
    change("動物", replace(atlas, name="動物"))
    version = client.get("/view.json?collection=動物").headers["Atlas-Version"]
    assert version.startswith("%E5%8B%95%E7%89%A9 ")
    assert version.isascii()


def test_a_new_collection_can_be_chosen_and_a_deleted_one_not(changing, atlas):
    client, change = changing
    about = {**atlas.provenance, "title": "Plants" + "!" * 100}
    change("plants", replace(atlas, name="plants", provenance=about))
    long = "Plants" + "!" * 74 + "…"
    offered = [["animals", "Animals"], ["plants", long]]
    assert client.get("/collections.json").get_json() == offered
    assert long in texts(client.get(LAYOUT).get_json())
    assert client.get("/atlas/plants.json").status_code == 200
    change("plants", None)
    assert client.get("/collections.json").get_json() == [["animals", "Animals"]]
    assert client.get("/atlas/plants.json").status_code == 404
    said = client.get("/view.json?collection=plants").get_json()
    assert said["faults"] == ["There is no collection 'plants' here."]
