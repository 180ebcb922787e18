"""Search: what is found with what is typed, in which order, and where it was found."""

import random

import pytest

from tests.browser import shapes
from tests.browser.pages import exported, opened, ready, settled, wait_for

STATE = "task2box.explorer.state"

# Texts of tasks in a collection made up for it, those with most members first.
FIND = """([labels, more, text, limit]) => {
    const empty = labels.map(() => "");
    const atlas = {
        labels, names: labels.map((_, row) => `t${row}`), count: labels.length,
        byMembers: Uint32Array.from(labels, (_, row) => row),
        lemmas: empty, definitions: empty, texts: {}, ...more };
    return task2box.wordsOf(atlas).find(text, limit).rows;
}"""


@pytest.fixture(scope="module")
def find(browser, address):
    """A function that searches made-up texts, in one page for all tests."""
    page = browser.new_page()
    page.goto(f"{address}/?collection=tree")
    ready(page)

    def find(labels, text, limit=50, **more):
        return page.evaluate(FIND, [labels, more, text, limit])

    yield find
    page.close()


def known(page):
    """Texts of all tasks are there, not labels alone."""
    wait_for(lambda: page.evaluate(f"{STATE}.atlas.definitions.length > 0"))


def results(page, text):
    page.fill("#search", text)
    return page.locator("#search-results .name").all_inner_texts()


def test_the_order_is_exact_prefix_word_substring_elsewhere_typo(find):
    labels = [
        "catt",  # 0: more letters, so a prefix
        "ozelot",  # 1: in its definition
        "bobcat",  # 2: substring
        "wild cat",  # 3: a word
        "cat",  # 4: exact
        "lion",  # 5: also called so
        "dog",
    ]
    definitions = ["", "a spotted cat", "", "", "", "", ""]
    lemmas = ["", "", "", "", "", "big cat", ""]
    found = find(labels, "CAT", definitions=definitions, lemmas=lemmas)
    assert found == [4, 0, 3, 2, 5, 1]


def test_equals_come_by_members_and_typos_last(find):
    labels = ["guard", "bass guitar", "guitar", "gutar shop", "violin"]
    assert find(labels, "gutar") == [3, 0, 1, 2]
    assert find(labels, "guitar") == [2, 1, 3]


def test_all_words_must_be_there_in_any_field_and_order(find):
    labels = ["red fox", "arctic fox", "red panda"]
    definitions = ["a canine", "a white canine", "a mammal"]
    assert find(labels, "fox red", definitions=definitions) == [0]
    assert find(labels, "canine fox", definitions=definitions) == [0, 1]
    assert find(labels, "fox panda", definitions=definitions) == []


@pytest.mark.parametrize("text", ["", "   ", "-", "<>", "…"])
def test_without_a_word_nothing_is_looked_for(find, text):
    assert find(["a", "-"], text) == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("salticdae", "Salticidae"),  # one left out
        ("slaticidae", "Salticidae"),  # two swapped
        ("saltcidea", "Salticidae"),  # two
        ("saltiicid", "Salticidae"),  # in a prefix
        ("nandu", "Ñandú"),
        ("日本", "日本語"),
        ("🦜", "🦜 parrots"),
        ("log cab", "log cabin"),
        ("data set", "org/data-set"),
    ],
)
def test_what_is_meant_is_found(find, text, label):
    assert find([label, "something else"], text) == [0]


@pytest.mark.parametrize(
    "text", ["cot", "salticxxxe", "saxtxcxdae", "guxxr", "salticidaeae x"]
)
def test_too_many_typos_find_nothing(find, text):
    assert find(["cat", "Salticidae", "guitar"], text) == []


def edits(typed, word):
    """Least edits from a typed word to a beginning of another, by the definition."""
    table = [[0] * (len(typed) + 1) for _ in range(len(word) + 1)]
    for i in range(len(word) + 1):
        for j in range(len(typed) + 1):
            if not i or not j:
                table[i][j] = i + j
                continue
            same = word[i - 1] == typed[j - 1]
            table[i][j] = min(
                table[i - 1][j - 1] + (not same),
                table[i - 1][j] + 1,
                table[i][j - 1] + 1,
            )
            swapped = word[max(0, i - 2) : i] == typed[max(0, j - 2) : j][::-1]
            if i > 1 and j > 1 and swapped:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return min(row[-1] for row in table)


def test_typos_are_those_of_the_definition(find):
    draw = random.Random(0)
    words = sorted(
        {"".join(draw.choices("abc", k=draw.randint(1, 11))) for _ in range(600)}
    )
    for length in (3, 4, 5, 7, 8, 10):
        for _ in range(6):
            typed = "".join(draw.choices("abc", k=length))
            allowed = 2 if length >= 8 else 1 if length >= 4 else 0
            expected = {
                row
                for row, word in enumerate(words)
                if typed in word or edits(typed, word) <= allowed
            }
            names = [""] * len(words)
            found = find(words, typed, limit=1000, names=names)
            assert set(found) == expected, typed


def test_a_result_says_where_it_was_found_and_where_it_lies(visit):
    page = visit("?collection=imagenet")
    known(page)
    assert results(page, "gutar")[0] == "guitar"
    first = page.locator("#search-results .result").first
    assert first.locator("mark").all_inner_texts() == ["guitar"]
    assert first.locator(".where").count() == 0
    place = "… ▸ device ▸ musical instrument ▸ stringed instrument"
    assert first.locator(".place").inner_text() == place
    assert results(page, "guide draft")[0] == "working dog"
    where = page.locator("#search-results .where").first
    assert where.inner_text().startswith("Definition: …")
    assert where.locator("mark").all_inner_texts() == ["draft", "guide"]


def test_all_that_is_said_of_a_task_is_searched(visit):
    page = visit("?collection=soft")
    known(page)
    assert results(page, "mit")[0] == "🦜 parrots 🦜"
    first = page.locator("#search-results .result").first
    assert first.locator(".where").inner_text() == "Licence: MIT"
    assert results(page, "dog cat") == ["org/data-set"]
    assert first.locator(".where").inner_text() == "Labels: cat, dog"
    assert results(page, "onerror=alert(1)")[0] == shapes.NAMES[2]
    assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0


def test_results_are_chosen_by_keys_and_by_hand(visit):
    page = visit("?collection=tree")
    known(page)
    page.keyboard.press("/")
    page.keyboard.type("ee")
    assert results(page, "e")[:2] == ["Eagle", "Eel"]
    chosen = "#search-results [aria-selected=true]"
    page.keyboard.press("ArrowDown")
    assert page.inner_text(f"{chosen} .name") == "Eel"
    active = page.get_attribute("#search", "aria-activedescendant")
    assert page.get_attribute(chosen, "id") == active
    page.keyboard.press("Enter")
    assert page.evaluate(f"{STATE}.view.task") == "eel"
    assert page.locator("#search-results").is_hidden()
    page.click("#search")
    page.keyboard.type("parot")
    page.click("#search-results .result")
    settled(page)
    assert page.evaluate(f"{STATE}.view.task") == "parrot"


def test_the_file_without_a_server_searches_as_well(visit, context, tmp_path):
    page = visit("?collection=tree")
    path = exported(page, "html", tmp_path)
    alone = opened(context, path)
    assert results(alone, "parot") == ["Parrot"]
    assert alone.inner_text("#search-results .place") == "Life ▸ Birds"
    assert results(alone, "kingdom") == ["Life"]
    assert alone.inner_text("#search-results .where") == "Rank: kingdom"
