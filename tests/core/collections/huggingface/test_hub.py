import math
import time

import pytest

from core.collections.huggingface.hub import (
    PATIENCE,
    Entry,
    Hub,
    card,
    data_set,
    data_sets,
    listing,
)
from core.errors import DataError
from tests.core.collections.huggingface.hub_server import SHA, Repository, serving

CARD = """---
license: mit
task_categories:
- image-classification
dataset_info:
  features:
  - name: image
    dtype: image
  - name: label
    dtype:
      class_label:
        names:
          '0': cat
          '1': dog
  splits:
  - name: train
    num_examples: 70
  - name: test
    num_examples: 30
---
# Pets
Photographs of cats and dogs. They were taken at home by their owners.
"""


def repositories(*ids, text=CARD):
    return {id: Repository({"README.md": text.encode()}) for id in ids}


def patient(served, **settings):
    """A Hub that is asked again at once."""
    return Hub(
        served.endpoint, **{"timeout": 0.4, "retries": 2, "wait": 0.01} | settings
    )


def readme(id):
    return f"/datasets/{id}/resolve/{SHA}/README.md"


# Listing


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_are_followed_as_far_as_they_are_needed(limit):
    with serving(repositories(*(f"me/{n}" for n in range(5))), page=2) as served:
        entries, skipped = listing(patient(served), limit)
    assert [entry.id for entry in entries] == [f"me/{n}" for n in range(min(limit, 5))]
    assert served.count("/api/datasets") == math.ceil(min(limit, 5) / min(limit, 2))
    assert not skipped
    assert entries[0].sha == SHA


def test_a_data_set_that_moves_to_the_next_page_is_listed_once():
    with serving(repositories("me/a", "me/b", "me/c"), page=2, shift=1) as served:
        entries, _ = listing(patient(served), 10)
    assert [entry.id for entry in entries] == ["me/a", "me/b", "me/c"]


@pytest.mark.parametrize("fault", [429, 500, 502, 503, 504, "hang", "half"])
def test_a_page_is_asked_for_again(fault):
    with serving(repositories("me/a", "me/b")) as served:
        served.faults["/api/datasets"] = [fault]
        entries, skipped = listing(patient(served), 10)
    assert [entry.id for entry in entries] == ["me/a", "me/b"]
    assert served.count("/api/datasets") == 2
    assert not skipped


def test_the_hub_says_how_long_to_wait():
    with serving(repositories("me/a")) as served:
        served.faults["/api/datasets"] = [(429, {"Retry-After": "1"})]
        started = time.monotonic()
        listing(patient(served), 10)
        assert time.monotonic() - started >= 1


def test_waiting_grows():
    with serving(repositories("me/a")) as served:
        served.faults["/api/datasets"] = [500, 500, 500]
        started = time.monotonic()
        listing(patient(served, retries=3, wait=0.1), 10)
        assert time.monotonic() - started >= 0.1 + 0.2 + 0.4


def test_what_was_listed_before_a_page_failed_is_used():
    with serving(repositories(*(f"me/{n}" for n in range(5))), page=2) as served:
        served.faults["/api/datasets"] = [None, 500, 500, 500]
        entries, skipped = listing(patient(served), 10)
    assert [entry.id for entry in entries] == ["me/0", "me/1"]
    assert skipped == [
        {"item": "data sets after number 2", "reason": "not listed (HTTP 500)"}
    ]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (500, "HTTP 500"),
        (404, "there is none (HTTP 404)"),
        (403, "gated or private (HTTP 403)"),
        ("hang", "no whole answer"),
        ((200, {}), "the listing is no JSON"),
    ],
)
def test_a_hub_that_lists_nothing_is_said_in_one_line(fault, said):
    with serving(repositories("me/a")) as served:
        served.always["/api/datasets"] = fault
        with pytest.raises(DataError) as caught:
            listing(patient(served, retries=1), 10)
    message = str(caught.value)
    assert said in message
    assert served.endpoint in message
    assert "build without --from-hub" in message
    assert "\n" not in message


def test_no_hub_at_all_is_said_too():
    with pytest.raises(DataError, match="does not list its data sets"):
        listing(Hub("http://127.0.0.1:9", timeout=1.0, retries=1, wait=0.01), 10)


def test_an_empty_hub_is_said():
    with (
        serving({}) as served,
        pytest.raises(DataError, match="lists no data set for image classification"),
    ):
        listing(patient(served), 10)


# Cards


def test_a_card_says_what_a_data_set_is():
    with serving(repositories("me/pets")) as served:
        sets, entries, skipped = data_sets(patient(served), 10, {})
    (one,) = sets
    assert (one.name, one.licence, one.task) == (
        "me/pets",
        "mit",
        "image-classification",
    )
    assert (one.size, one.labels, one.classes) == (100, ("cat", "dog"), 2)
    assert one.about == "Photographs of cats and dogs."
    assert one.texts == ("They were taken at home by their owners.",)
    assert one.url == f"{served.endpoint}/datasets/me/pets"
    assert entries[0].id == "me/pets"
    assert not skipped


def test_cards_are_read_once():
    kept = {}
    with serving(repositories("me/a", "me/b")) as served:
        first, _, _ = data_sets(patient(served), 10, kept)
        again, _, _ = data_sets(patient(served), 10, kept)
        assert again == first
        assert served.count("README.md") == 2
        # A new commit may have another card.
        served.repositories["me/a"].sha = "f" * 40
        data_sets(patient(served), 10, kept)
        assert served.count("README.md") == 3


@pytest.mark.parametrize("fault", [429, 500, "hang", "half"])
def test_a_card_is_asked_for_again(fault):
    with serving(repositories("me/a", "me/b")) as served:
        served.faults[readme("me/a")] = [fault, fault]
        sets, _, skipped = data_sets(patient(served), 10, {})
    assert [one.about for one in sets] == ["Photographs of cats and dogs."] * 2
    assert not skipped


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (500, "its card cannot be read: HTTP 500"),
        ("half", "its card cannot be read: no whole answer"),
        ("hang", "its card cannot be read: no whole answer"),
        (404, "its card cannot be read: there is none (HTTP 404)"),
        (401, "its card cannot be read: gated or private (HTTP 401): log in with"),
        (403, "its card cannot be read: gated or private (HTTP 403): log in with"),
    ],
)
def test_a_data_set_without_a_card_is_built_from_the_listing(fault, said):
    served_sets = repositories("me/smallFlowers", "me/pets")
    served_sets["me/smallFlowers"].tags = ("license:cc0-1.0", "license:mit", "x", "a:b")
    with serving(served_sets) as served:
        served.always[readme("me/smallFlowers")] = fault
        sets, _, skipped = data_sets(patient(served, retries=1), 10, {})
    assert [one.name for one in sets] == ["me/smallFlowers", "me/pets"]
    assert (sets[0].licence, sets[0].about) == ("cc0-1.0, mit", "")
    assert sets[1].about == "Photographs of cats and dogs."
    (one,) = skipped
    assert one["item"] == "me/smallFlowers"
    assert one["reason"].startswith(said)
    assert one["reason"].endswith("built from what else is known")


def test_a_failed_card_is_not_kept():
    kept = {}
    with serving(repositories("me/a")) as served:
        served.faults[readme("me/a")] = [500, 500]
        _, _, skipped = data_sets(patient(served, retries=1), 10, kept)
        assert skipped
        assert not kept
        sets, _, skipped = data_sets(patient(served), 10, kept)
    assert not skipped
    assert sets[0].licence == "mit"


def test_a_hub_that_stops_answering_is_not_asked_for_ever():
    ids = [f"me/{n}" for n in range(PATIENCE + 5)]
    with serving(repositories(*ids), page=100) as served:
        for id in ids[1:]:
            served.always[readme(id)] = 500
        sets, _, skipped = data_sets(patient(served, retries=0), 100, {})
    assert [one.name for one in sets] == ids
    assert served.count("README.md") == 1 + PATIENCE
    assert len(skipped) == len(ids) - 1
    assert skipped[-1]["reason"].startswith("not asked for its card")


@pytest.mark.parametrize(
    ("data", "said", "licence"),
    [
        (b"---\nlicense: [mit\n---\nMany kinds of flowers here.", "is broken", ""),
        (b"---\n- a\n- b\n---\nMany kinds of flowers here.", "is broken", ""),
        (b"---\n7: x\n---\nMany kinds of flowers here.", "is broken", ""),
        (b"---\nlicense: mit\ntags:\n- a", "has no end", ""),
        (
            b"---\nlicense: mit\n---\nMany kinds of \xff flowers here.",
            "not UTF-8",
            "mit",
        ),
        ("---\nlicense: mit\n---\n".encode("utf-16"), "not UTF-8", ""),
    ],
)
def test_a_card_may_be_broken(data, said, licence):
    with serving({"me/a": Repository({"README.md": data})}) as served:
        sets, _, skipped = data_sets(patient(served), 10, {})
    assert said in skipped[0]["reason"]
    assert "\n" not in skipped[0]["reason"]
    assert sets[0].licence == licence
    if b"flowers" in data:
        assert "flowers here" in sets[0].about


@pytest.mark.parametrize("data", [b"", b"# Nothing", b"---\n---\n"])
def test_a_card_may_be_empty(data):
    with serving({"me/a": Repository({"README.md": data})}) as served:
        sets, _, skipped = data_sets(patient(served), 10, {})
    assert sets[0].about == ""
    assert not skipped


def test_without_a_commit_the_newest_card_is_read_each_time():
    kept = {}
    with serving(repositories("me/a")) as served:
        entry = Entry("me/a", "", ())
        assert card(patient(served), entry, kept) == (CARD, "")
        assert not kept
        assert served.asked == ["/datasets/me/a/resolve/main/README.md"]


def test_names_may_hold_anything():
    id = "me/名前 🙂?x#y"
    with serving(repositories(id)) as served:
        sets, _, skipped = data_sets(patient(served), 10, {})
    assert sets[0].name == id
    assert not skipped


def test_lines_that_are_no_data_sets_are_left_out():
    lines = [
        7,
        None,
        {"id": 3},
        {"id": "me/a", "tags": "x"},
        {"id": "me/b", "tags": [1]},
    ]
    with serving({}, lines=lines) as served:
        entries, _ = listing(patient(served), 10)
    assert entries == [Entry("me/a", "", ()), Entry("me/b", "", ("1",))]


def test_a_broken_card_still_has_its_tags():
    entry = Entry("me/a", SHA, ("license:mit", "task_categories:image-classification"))
    one, said = data_set(Hub("http://hub"), entry, "---\nlicense: [\n---\n")
    assert (one.licence, one.task) == ("mit", "image-classification")
    assert "is broken" in said
