import math
from dataclasses import asdict, fields, replace
from urllib.parse import quote, unquote, urlencode

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.shelf import Shelf
from dashboard.view import (
    FLOORS,
    LAYERS,
    LINKED,
    NEAR,
    OPACITIES,
    THEMES,
    View,
    besides_of,
    colors_of,
    view_from_query,
)
from tests.dashboard.evaluations import document, evaluated

START = View("animals", beside="pca")
KEYS = tuple(asdict(START))
DIET = ["", "seeds, fish", "~fish", "seeds, fish", "mice", "fruit", "50%"]
LEGS = [2.0, 2.5, 0.0, 4.0, 2.0, 2.0, 0.0]
TASKS = ("animal", "bird", "fish", "pet", "eagle", "parrot", "goldfish")

# The atlases are never changed, so that every example may see the same ones.
same_atlases = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
# Numbers and words that come close to what a link may say, beside any text.
said = ("animals", "flat", "2", "3", "pca", "depth", "column:diet", "1,3", "~other")
near = st.sampled_from([*KEYS, *TASKS, *LAYERS, *said])
edges = st.lists(
    st.floats().map(str) | st.sampled_from(["1_0", "\u0663", " 1 ", "0x1", ""]),
    min_size=3,
    max_size=5,
).map(",".join)
values = st.text() | near | edges


def query_of(view: View) -> str:
    """The query that the page writes for a view (assets/bridge.js)."""
    usual = {field.name: field.default for field in fields(View)}
    said = {key: value for key, value in asdict(view).items() if value != usual[key]}
    return f"?{urlencode(said)}"


@pytest.fixture
def atlases(atlas):
    """The animals, and the same ones without third dimension and points."""
    atlas = replace(atlas, tasks=atlas.tasks.assign(diet=DIET, legs=LEGS))
    boxes = {2: atlas.boxes[2]}
    return {
        "animals": atlas,
        "flat": replace(atlas, name="flat", boxes=boxes, projections={}),
    }


def valid(view, atlases):
    """Whether a view can be drawn as it is."""
    atlas = atlases[view.collection]
    known = ["", *atlas.tasks.index]
    return (
        view.dim in atlas.boxes
        and view.focus in known
        and view.task in known
        and view.beside in besides_of(atlas)
        and axes_of(view)
        and view.color in colors_of(atlas)
        and view.theme in THEMES
        and (view.viewport == "" or drawable(view.viewport))
        and {unquote(one) for one in view.selection.split(",")} <= {*known}
        and len(view.selection) <= LINKED
        and view.floor in FLOORS
        and view.opacity in OPACITIES
        and {*filter(None, view.off.split(","))} <= {*LAYERS}
        and (view.between == "" or ordered(view.between))
    )


def axes_of(view):
    """Whether the axes are two of the boxes', or none are said."""
    axes = view.axes.split(",")
    known = [str(axis) for axis in range(view.dim)]
    two = len({*axes}) == 2 and {*axes} <= {*known} and axes == sorted(axes)
    return view.axes == "" or (view.dim > 2 and two)


def ordered(between):
    """Whether these are two numbers in digits that JavaScript reads."""
    assert set(between) <= set("0123456789+-.e,"), between
    least, most = map(float, between.split(","))
    return -math.inf < least <= most < math.inf


def drawable(viewport):
    """Whether these are the edges of a rectangle, in digits that JavaScript reads."""
    assert set(viewport) <= set("0123456789+-.e,"), viewport
    x0, x1, y0, y1 = map(float, viewport.split(","))
    return 0 < x1 - x0 < math.inf and 0 < y1 - y0 < math.inf


# What a link says


@pytest.mark.parametrize("query", ["", "?", "?collection=animals", "?unknown=1&x"])
def test_an_empty_query_shows_the_first_collection_whole(atlases, query):
    assert view_from_query(query, atlases) == (START, ())


def test_every_part_of_a_view_comes_from_the_query(atlases):
    query = (
        "?collection=animals&dim=3&focus=bird&task=parrot&beside=pca&color=depth"
        "&theme=dark&viewport=0,4,-1.5,2&near=boxes&selection=fish,eagle"
        "&between=1,2&off=fill,points&floor=5&opacity=40&axes=0,2"
    )
    view = View(
        collection="animals",
        dim=3,
        axes="0,2",
        focus="bird",
        task="parrot",
        beside="pca",
        color="depth",
        theme="dark",
        viewport="0,4,-1.5,2",
        near="boxes",
        selection="fish,eagle",
        between="1,2",
        off="fill,points",
        floor=5,
        opacity=40,
    )
    assert view_from_query(query, atlases) == (view, ())
    assert view_from_query(query.removeprefix("?"), atlases) == (view, ())


def test_a_collection_without_third_dimension_and_points_has_its_own_usual_view(
    atlases,
):
    assert view_from_query("?collection=flat", atlases) == (
        View("flat", 2, beside="tree"),
        (),
    )


def test_a_query_leaves_out_what_is_usual():
    assert query_of(START) == "?collection=animals&beside=pca"
    assert query_of(replace(START, focus="bird", dim=3)) == (
        "?collection=animals&dim=3&focus=bird&beside=pca"
    )


@given(
    st.builds(
        View,
        st.just("animals"),
        dim=st.sampled_from([2, 3]),
        focus=st.sampled_from(["", *TASKS]),
        task=st.sampled_from(["", *TASKS]),
        beside=st.sampled_from(["pca", "tree", "intervals"]),
        color=st.sampled_from(["branch", "depth", "members", "column:diet"]),
        theme=st.sampled_from(THEMES),
        viewport=st.sampled_from(["", "0,1,0,1", "-0.25,3.1416,1e-07,2"]),
        near=st.sampled_from(NEAR),
        selection=st.lists(st.sampled_from(TASKS), unique=True).map(",".join),
        off=st.sampled_from(["", "fill", "fill,outline,labels,points,members"]),
        floor=st.integers(FLOORS[0], FLOORS[-1]),
        opacity=st.integers(OPACITIES[0], OPACITIES[-1]),
    ),
    st.sampled_from(["", "0,1", "1,2"]),
)
@same_atlases
def test_a_copied_link_opens_the_same_view(atlases, view, axes):
    view = replace(view, axes=axes if view.dim == 3 else "")
    assert view_from_query(query_of(view), atlases) == (view, ())


@pytest.mark.parametrize("name", ["a&task=b", "50% +", "<b>", "Ünï çø∂é", "#", "a, b"])
def test_any_name_of_a_task_can_be_linked(atlas, name):
    words = {"animal": name}
    tasks = atlas.tasks.rename(index=words)
    tasks["parents"] = [[words.get(one, one) for one in p] for p in tasks["parents"]]
    parts = [*atlas.boxes.values(), *atlas.projections.values()]
    named = [replace(part, names=tuple(tasks.index)) for part in parts]
    boxes, projections = dict(zip((2, 3), named[:2], strict=True)), {"pca": named[2]}
    atlases = {
        "animals": replace(atlas, tasks=tasks, boxes=boxes, projections=projections)
    }
    selection = f"bird,{quote(name, safe='')}"
    view = replace(START, focus=name, task=name, selection=selection)
    assert view_from_query(query_of(view), atlases) == (view, ())


# What a link says that cannot be shown


@pytest.mark.parametrize(
    ("query", "view", "fault"),
    [
        ("collection=plants", START, "There is no collection 'plants' here."),
        ("dim=4", START, "The dimension '4' is unknown."),
        ("dim=two", START, "The dimension 'two' is unknown."),
        (
            "collection=flat&dim=3",
            View("flat", beside="tree"),
            "The dimension '3' is unknown.",
        ),
        (
            "focus=cat&task=bird",
            replace(START, task="bird"),
            "Collection 'animals' has no task 'cat'.",
        ),
        (
            "task=Bird&color=members",
            replace(START, color="members"),
            "Collection 'animals' has no task 'Bird'.",
        ),
        ("beside=tsne", START, "The picture beside 'tsne' is unknown."),
        (
            "collection=flat&beside=pca",
            View("flat", beside="tree"),
            "The picture beside 'pca' is unknown",
        ),
        ("axes=0,1", START, "The axes '0,1' are not two of those of 2D boxes."),
        (
            "dim=3&axes=0,3",
            replace(START, dim=3),
            "The axes '0,3' are not two of those of 3D boxes.",
        ),
        ("dim=3&axes=1", replace(START, dim=3), "The axes '1' are not two of those"),
        ("dim=3&axes=1,1", replace(START, dim=3), "The axes '1,1' are not two of"),
        ("color=red", START, "The colouring 'red' is unknown."),
        ("theme=blue", START, "The theme 'blue' is unknown."),
        ("near=shop", START, "The nearness 'shop' is unknown."),
        ("viewport=0,1,2", START, "The viewport '0,1,2' is not four numbers."),
        ("viewport=0,1,0,1,2", START, "The viewport '0,1,0,1,2' is not four numbers."),
        ("viewport=a,b,c,d", START, "The viewport 'a,b,c,d' is not four numbers."),
        ("viewport=1,0,0,1", START, "The viewport '1,0,0,1' is empty or endless."),
        ("viewport=0,1,1,1", START, "The viewport '0,1,1,1' is empty or endless."),
        ("viewport=nan,1,0,1", START, "The viewport 'nan,1,0,1' is empty or endless."),
        ("viewport=0,inf,0,1", START, "The viewport '0,inf,0,1' is empty or endless."),
        (
            "viewport=-1e308,1e308,0,1",
            START,
            "The viewport '-1e308,1e308,0,1' is empty or endless.",
        ),
        (
            "selection=bird,cat,,fish,bird,dog",
            replace(START, selection="bird,fish"),
            "Collection 'animals' has no task 'cat', nor 1 more of the selection.",
        ),
    ],
)
def test_what_is_unknown_is_said_and_the_rest_is_shown(atlases, query, view, fault):
    found, faults = view_from_query(query, atlases)
    assert found == view
    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_what_can_be_beside_depends_on_the_collection(atlas):
    assert besides_of(atlas) == ("pca", "tree", "intervals")
    flat = replace(atlas, tasks=atlas.tasks.assign(parents=[[]] * 7, depth=0))
    assert besides_of(flat) == ("pca", "intervals")
    bare = replace(flat, projections={})
    assert besides_of(bare) == ("intervals",)
    assert view_from_query("?beside=tree", {"animals": bare}) == (
        View("animals", color="position", beside="intervals"),
        ("The picture beside 'tree' is unknown.",),
    )


def test_what_colours_can_mean_depends_on_the_collection(atlas):
    assert colors_of(atlas) == ("branch", "depth", "members", "edges")
    sized = atlas.tasks.assign(size=[1.0, *[float("nan")] * 6])
    assert colors_of(replace(atlas, tasks=sized))[-2] == "size"
    known = document(subtrees={"bird": {"f1": 0.9, "positives": 2}})
    assert colors_of(evaluated(atlas, known))[-2] == "f1"
    flat = atlas.tasks.assign(parents=[[]] * 7, members=1)
    assert colors_of(replace(atlas, tasks=flat)) == ("position",)


def test_a_collection_without_branches_is_coloured_by_position(atlas):
    flat = replace(atlas, tasks=atlas.tasks.assign(parents=[[]] * 7))
    view, faults = view_from_query("", {"animals": flat})
    assert (view.color, faults) == ("position", ())
    view, faults = view_from_query("color=branch", {"animals": flat})
    assert view.color == "position"
    assert faults == ("The colouring 'branch' is unknown.",)


def test_only_the_collection_that_is_asked_for_is_read(atlas):
    read = []
    names = {name: name for name in ("a", "b", "animals")}
    shelf = Shelf(names, lambda name: read.append(name) or atlas)
    view_from_query("collection=animals&task=bird", shelf)
    assert read == ["animals"]


def test_every_fault_of_a_link_is_said(atlases):
    query = "&".join(f"{key}=x" for key in KEYS)
    view, faults = view_from_query(query, atlases)
    assert view == START
    assert len(faults) == len(KEYS) == 18
    assert all("'x'" in fault for fault in faults)


@pytest.mark.parametrize("key", KEYS)
def test_long_values_are_shortened_in_messages(atlases, key):
    view, (fault,) = view_from_query(f"{key}={'x' * 10_000}", atlases)
    assert view == START
    assert f"'{'x' * 40}…'" in fault
    assert len(fault) < 120


def test_a_viewport_is_passed_on_in_digits_that_a_browser_reads(atlases):
    view, faults = view_from_query("viewport=0_1, 2e1 ,\u0660,0.1000000000000", atlases)
    assert faults == ()
    assert view.viewport == "1,20,0,0.1"


def test_a_viewport_that_shows_no_box_is_left_out(atlases):
    view, (fault,) = view_from_query("viewport=50,60,0,1", atlases)
    assert view == START
    assert "no box in the viewport '50,60,0,1'" in fault


def test_axes_are_said_in_one_order(atlases):
    view, faults = view_from_query("dim=3&axes=2,0", atlases)
    assert (view.axes, faults) == ("0,2", ())


def test_a_viewport_is_of_the_rectangles_that_are_seen(atlas):
    # Along the third axis all boxes lie between 10 and 11, where none lies in 2D.
    deep = atlas.boxes[3]
    lower, upper = deep.lower.copy(), deep.upper.copy()
    lower[:, 2] += 10
    upper[:, 2] += 10
    boxes = {**atlas.boxes, 3: replace(deep, lower=lower, upper=upper)}
    atlases = {"animals": replace(atlas, boxes=boxes)}
    query = "viewport=0,4,10,11&dim=3"
    view, faults = view_from_query(f"{query}&axes=0,2", atlases)
    assert (view.viewport, faults) == ("0,4,10,11", ())
    for other in ("", "&axes=0,1"):  # below cuboids wait the rectangles in 2D
        view, (fault,) = view_from_query(query + other, atlases)
        assert view.viewport == ""
        assert "no box in the viewport" in fault


def test_boxes_of_many_dimensions_are_seen_along_any_two_of_them(atlas):
    deep = atlas.boxes[3]
    five = replace(
        deep,
        lower=np.repeat(deep.lower, [1, 1, 3], axis=1),
        upper=np.repeat(deep.upper, [1, 1, 3], axis=1),
    )
    atlases = {"animals": replace(atlas, boxes={**atlas.boxes, 5: five})}
    view, faults = view_from_query("dim=5&axes=1,4", atlases)
    assert (view.dim, view.axes, faults) == (5, "1,4", ())
    assert view_from_query("dim=5", atlases)[0].axes == ""


def test_a_selection_that_is_too_long_for_a_link_is_left_out(atlas):
    letters = 300
    words = {name: f"{name}{'x' * letters}" for name in TASKS}
    tasks = atlas.tasks.rename(index=words)
    tasks["parents"] = [[words[one] for one in p] for p in tasks["parents"]]
    boxes = {2: replace(atlas.boxes[2], names=tuple(tasks.index))}
    atlases = {"animals": replace(atlas, tasks=tasks, boxes=boxes, projections={})}
    some = ",".join(tasks.index[:4])
    view, faults = view_from_query(f"selection={some}", atlases)
    assert (view.selection, faults) == (some, ())
    view, (fault,) = view_from_query(f"selection={','.join(tasks.index)}", atlases)
    assert view.selection == ""
    assert "too long for a link" in fault


# Filters and layers


@pytest.mark.parametrize(
    ("color", "hidden"),
    [
        ("branch", "bird,fish,~other"),
        ("column:diet", "mice,~other,~unknown"),
        ("column:diet", "seeds%2C%20fish,%7Efish,50%25"),
    ],
)
def test_entries_of_a_legend_can_be_hidden_by_a_link(atlases, color, hidden):
    view = replace(START, color=color, hidden=hidden)
    assert view_from_query(query_of(view), atlases) == (view, ())


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("hidden=cat", "The legend has no entry 'cat' to hide."),
        ("hidden=~unknown", "The legend has no entry '~unknown' to hide."),
        ("color=members&hidden=bird", "The legend has no entry 'bird' to hide."),
        ("color=column:diet&hidden=~bird", "The legend has no entry '~bird' to hide."),
        ("between=1,2", "These colours are no numbers and have no range '1,2'."),
        ("color=column:diet&between=1,2", "These colours are no numbers and have no"),
        ("color=depth&between=1", "The range '1' is not two numbers."),
        ("color=depth&between=2,1", "The range '2,1' is empty or endless."),
        ("color=depth&between=nan,1", "The range 'nan,1' is empty or endless."),
        ("color=depth&between=0,inf", "The range '0,inf' is empty or endless."),
        ("off=boxes", "There is no layer 'boxes'."),
        ("floor=61", "The least side '61' is not one of 0 to 60."),
        ("floor=-1", "The least side '-1' is not one of 0 to 60."),
        ("opacity=9", "The opacity '9' is not one of 10 to 200."),
        ("opacity=1e2", "The opacity '1e2' is not one of 10 to 200."),
        ("opacity=\u0665\u0665", "The opacity '\u0665\u0665' is not one of"),
    ],
)
def test_what_cannot_be_filtered_is_said(atlases, query, fault):
    view, (said,) = view_from_query(query, atlases)
    assert view == replace(START, color=view.color)
    assert said.startswith(fault)


def test_of_entries_and_layers_those_that_there_are_stay(atlases):
    view, faults = view_from_query("hidden=cat,bird,bird,&off=labels,x,fill", atlases)
    assert (view.hidden, view.off) == ("bird", "fill,labels")
    assert len(faults) == 2


def test_a_range_is_of_any_numbers_that_are_coloured(atlases):
    query = "color=column:legs&between=0_1, 2.50"
    view, faults = view_from_query(query, atlases)
    assert (view.between, faults) == ("1,2.5", ())


# Whatever comes


@given(st.text())
@same_atlases
def test_any_text_gives_a_valid_view(atlases, query):
    view, _ = view_from_query(query, atlases)
    assert valid(view, atlases)


@given(st.dictionaries(st.sampled_from(KEYS), values))
@same_atlases
def test_any_values_give_a_valid_view_that_can_be_linked(atlases, asked):
    view, faults = view_from_query(urlencode(asked), atlases)
    assert valid(view, atlases)
    assert all(len(fault) < 450 for fault in faults)  # 40 letters, escaped
    assert view_from_query(query_of(view), atlases) == (view, ())
