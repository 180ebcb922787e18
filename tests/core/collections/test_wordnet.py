import pytest

from core.collections.wordnet import Synset, read_synsets, with_ancestors
from core.errors import DataError

# As in WordNet's data.noun: a notice, then a line a synset; `@i` is "instance of".
NOUNS = (
    "  1 This software and database is being provided to you, the LICENSEE, by  \n"
    "00000001 03 n 01 entity 0 001 ~ 00000002 n 0000 | that which exists  \n"
    "00000002 05 n 02 domestic_cat 0 puss 1 002 @ 00000001 n 0000 ~ 00000003 n 0000 | "
    'a pet; "the cat sat"; "cats purr"  \n'
    "00000003 18 n 01 Felix 0 004 @i 00000002 n 0000 @ 00000004 n 0000 "
    "+ 00000005 v 0101 ;c 00000006 n 0000 | a cat; drawn | by hand;  \n"
    "00000004 06 n 0a a 0 b 0 c 0 d 0 e 0 f 0 g 0 h 0 i 0 j 0 001 @ 00000001 n 0000 | "
    "ten words  \n"
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "data.noun"
    path.write_text(NOUNS, encoding="utf-8")
    return path


def test_a_synset_has_lemmas_a_gloss_without_examples_and_hypernyms(file):
    synsets = read_synsets(file)
    assert synsets == {
        "n00000001": Synset(("entity",), "that which exists", ()),
        "n00000002": Synset(("domestic cat", "puss"), "a pet", ("n00000001",)),
        "n00000003": Synset(
            ("Felix",), "a cat; drawn | by hand", ("n00000002", "n00000004")
        ),
        "n00000004": Synset(tuple("abcdefghij"), "ten words", ("n00000001",)),
    }


def test_ancestors_hold_every_class_below_them_by_any_way_up(file):
    below = with_ancestors(read_synsets(file), ["n00000003", "n00000004"])
    both = {"n00000003", "n00000004"}
    assert below == {
        "n00000001": both,
        "n00000002": {"n00000003"},
        "n00000003": {"n00000003"},
        "n00000004": both,
    }


def test_a_class_that_is_unknown_is_named(file):
    with pytest.raises(DataError, match="WordNet has no synset 'n00000009' or lacks"):
        with_ancestors(read_synsets(file), ["n00000009"])


def test_a_class_whose_ancestor_is_cut_off_is_named(file):
    file.write_text("".join(NOUNS.splitlines(keepends=True)[2:4]), encoding="utf-8")
    with pytest.raises(DataError, match="no synset 'n00000003' or lacks one above it"):
        with_ancestors(read_synsets(file), ["n00000003"])


def test_without_wordnet_the_message_says_how_to_install_it(tmp_path):
    with pytest.raises(DataError) as caught:
        read_synsets(tmp_path / "data.noun")
    assert str(caught.value) == (
        f"No WordNet at {tmp_path / 'data.noun'}. "
        "Install it with: apt-get install wordnet-base"
    )


@pytest.mark.parametrize(
    "content",
    [
        b"a page of something else\n",
        b"\xff\xfe binary",
        NOUNS[:-80].encode(),  # ends within a line
        b"00000001 03 n zz entity 0 000 | no number of words\n",
    ],
)
def test_a_file_that_is_not_wordnet_is_refused(file, content):
    file.write_bytes(content)
    message = rf"{file} is not WordNet's noun file \(.*\); install wordnet-base again"
    with pytest.raises(DataError, match=message):
        read_synsets(file)


def test_the_installed_wordnet_is_complete():
    synsets = read_synsets()
    assert len(synsets) == 82_115
    known = set(synsets)
    assert all(known.issuperset(synset.hypernyms) for synset in synsets.values())
    assert [id for id, synset in synsets.items() if not synset.hypernyms] == [
        "n00001740"
    ]
    assert synsets["n03800933"].lemmas == ("musical instrument", "instrument")
