import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.windows.lexicon import lexicon_of, simplified

NAMES = [
    "Panthera leo",
    "Leo",
    "Leopardus pardalis",
    "Panthera pardus",
    "Élan d'Afrique",
    "Quercus robur",
    "Thera",
]
words = st.text("abc", min_size=1, max_size=4)
texts = st.lists(words, min_size=1, max_size=3).map(" ".join)


def lexicon(names, best=None):
    rows = np.arange(len(names)) if best is None else np.array(best)
    return lexicon_of(pa.array(names), rows)


def found(text, most=12):
    return [NAMES[row] for row in lexicon(NAMES).find(text, most)]


def test_the_name_itself_comes_first_then_beginnings_then_further_words():
    assert found("leo") == ["Leo", "Leopardus pardalis", "Panthera leo"]
    assert found("LEO", 2) == ["Leo", "Leopardus pardalis"]


def test_a_word_within_a_word_is_none():
    assert found("thera") == ["Thera"]


def test_several_words_stand_in_any_order():
    assert found("panthera pard") == ["Panthera pardus"]
    assert found("pard panth") == ["Panthera pardus"]


def test_accents_and_signs_do_not_count():
    assert found("elan d AFR") == ["Élan d'Afrique"]
    assert found("élan") == ["Élan d'Afrique"]


@pytest.mark.parametrize("typed", ["qercus", "quercsu", "quxercus", "querkus robur"])
def test_one_letter_may_be_wrong(typed):
    assert found(typed) == ["Quercus robur"]


@pytest.mark.parametrize("typed", ["", "  ", "?!", "xyzzy", "pan\0thera x", "\ud800"])
def test_what_nobody_is_called_finds_nothing(typed):
    assert found(typed) == []


def test_equally_good_names_come_best_first():
    names = [f"Ant {k}" for k in range(5000)]
    best = np.random.default_rng(0).permutation(5000)
    assert lexicon(names, best).find("ant", 12) == best[:12].tolist()


def test_names_are_told_apart_by_more_than_they_are_sorted_by():
    long = "abcdefghijklmnopqrstuvwxyz"
    known = lexicon([f"{long} one", f"{long} two", f"x {long} two"])
    assert known.find(f"{long} t", 9) == [1, 2]


@given(st.lists(texts, min_size=1, max_size=30), texts)
def test_all_names_with_a_phrase_are_found(names, typed):
    known = set(lexicon(names).find(typed, 100))
    phrase = f" {simplified(typed)}"
    assert {k for k, name in enumerate(names) if phrase in f" {name}"} <= known
    begins = [name.startswith(typed) for name in names]
    rows = lexicon(names).find(typed, 1)
    assert not any(begins) or begins[rows[0]]
