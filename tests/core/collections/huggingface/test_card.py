import math

import pytest

from core.collections.huggingface.card import facts, sentences

CARD = """# Card for Beans

![badge](https://example.org/badge.svg)

| train | test |
|-------|------|
| 10    | 5    |

Images of **bean** [leaves](https://example.org/leaves), healthy and not. They were
taken in Uganda. See https://example.org for more!

- first point of several about the leaves
- short

```python
from datasets import load_dataset  # not a sentence that says something
```

<!-- hidden words that nobody should read -->
<div align="center">Words <b>inside</b> some markup count too</div>

[More Information Needed]

Images of bean leaves, healthy and not.
"""


def test_sentences_are_the_running_text():
    assert sentences(CARD) == (
        "Images of bean leaves, healthy and not.",
        "They were taken in Uganda.",
        "first point of several about the leaves",
        "Words inside some markup count too",
    )


def test_only_some_sentences_are_read():
    text = " ".join(f"Sentence number {n} says this." for n in range(99))
    assert len(sentences(text)) == 8
    assert sentences(text, most=1) == ("Sentence number 0 says this.",)


@pytest.mark.parametrize("text", ["", "# Only\n## headings", "[a](b)", "\ufeff", "<"])
def test_a_card_may_say_nothing(text):
    assert sentences(text) == ()


def test_facts_of_the_metadata():
    found = facts(
        {
            "license": ["mit", "cc0-1.0"],
            "task_categories": ["image-classification"],
            "dataset_info": {
                "features": [
                    {"name": "image", "dtype": "image"},
                    {
                        "name": "label",
                        "dtype": {"class_label": {"names": {"0": "cat", "1": "dog"}}},
                    },
                ],
                "splits": [
                    {"name": "train", "num_examples": 70},
                    {"name": "test", "num_examples": 30},
                ],
            },
        }
    )
    assert (found.licence, found.task) == ("mit, cc0-1.0", "image-classification")
    assert (found.size, found.labels) == (100, ("cat", "dog"))


def test_of_several_configurations_the_largest_counts():
    splits = [[{"num_examples": 5}], [{"num_examples": 7}], [{"num_examples": None}]]
    found = facts({"dataset_info": [{"splits": some} for some in splits]})
    assert found.size == 7


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"dataset_info": None, "license": None},
        {"dataset_info": "x", "license": {"name": "mit"}},
        {"dataset_info": [1, None, {"splits": 3, "features": "image"}]},
        {"dataset_info": {"features": [{"dtype": {"class_label": None}}, 7]}},
        {"dataset_info": {"splits": [{"num_examples": "many"}, {}]}},
        {"dataset_info": {"splits": [{"num_examples": 5}, {"num_examples": None}]}},
    ],
)
def test_metadata_of_another_form_is_left_out(metadata):
    found = facts(metadata)
    assert math.isnan(found.size)
    assert (found.licence, found.task, found.labels) == ("", "", ())
