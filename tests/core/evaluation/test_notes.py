from dataclasses import replace

import pytest

from core.evaluation.notes import features_note

TEXT = "Features are text embeddings of names: no image was seen."


def told(collection, *notes, **columns):
    provenance = {**collection.provenance, "encoder": "MiniLM of name and definition"}
    provenance["notes"] = [*notes]
    tasks = collection.tasks.assign(**columns)
    return features_note(replace(collection, tasks=tasks, provenance=provenance))


def test_of_features_that_are_no_texts_there_is_nothing_to_say(collection):
    assert features_note(collection) == []
    assert told(collection, "The split is the official one.") == []


def test_texts_that_name_no_group_are_said_to_be_texts(collection):
    assert told(collection, TEXT, "Nothing else.") == [TEXT]


def test_labels_that_hold_that_of_the_task_above_are_counted(collection):
    labels = ["Animal", "Bird", "Fish", "Pet", "Bird of prey", "Pet bird", "Goldfish"]
    assert told(collection, TEXT, label=labels) == [
        TEXT,
        "The texts of 2 of 6 tasks name one directly above them.",
    ]


@pytest.mark.parametrize(("column", "count"), [("definitions", 2), ("history", 0)])
def test_texts_that_the_encoder_reads_count_as_well(collection, column, count):
    words = [None, "an animal; it flies", "swims", "", "large BIRD", "", ""]
    found = told(collection, TEXT, **{column: words})
    assert found[1:] == [
        f"The texts of {count} of 6 tasks name one directly above them."
    ] * (count > 0)


def test_one_note_that_is_no_list_is_read(collection):
    provenance = {**collection.provenance, "notes": TEXT}
    assert features_note(replace(collection, provenance=provenance)) == [TEXT]
