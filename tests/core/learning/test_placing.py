"""`python -m core place`: what a person calls, and what comes out."""

import json
import re
import textwrap
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core import cache, weights
from core.__main__ import main
from core.boxes import Boxes
from core.collections.table.novel import read_novel
from core.commands.placement import document, lines, table
from core.errors import DataError
from core.learning import checkpoint
from core.learning.placing import place
from core.placement import Placement
from core.relations import Membership, membership_of
from core.spread import Spread

NEW = np.array([[0, 1, 0], [1.5, 0.5, 0.5], [3, 0, 1.25]], dtype=np.float32)
MEMBERS = "member,task\n0,ours\n1,ours\n1,mine\n2,mine\n2,yours\n"
ROWS_OF = {"ours": [0, 1], "mine": [1, 2], "yours": [2]}


@pytest.fixture
def fitted(store, capsys):
    """The collection of four animals with boxes that `fit` made in a few steps."""
    assert main(["fit", "animals", "--steps", "5", "--data", str(store.data)]) == 0
    capsys.readouterr()
    return store


@pytest.fixture
def alone(store, collection, capsys):
    """The same tasks with one vector each and no members."""
    features = np.arange(21, dtype=np.float32).reshape(7, 3) % 5
    cache.save_collection(
        store, replace(collection, features=features, membership=None)
    )
    assert main(["fit", "animals", "--steps", "5", "--data", str(store.data)]) == 0
    capsys.readouterr()
    return store


@pytest.fixture
def files(tmp_path):
    """New members as an array and as a table, and which task has which."""
    np.save(tmp_path / "new.npy", NEW)
    table = pd.DataFrame(NEW, columns=["a", "b", "c"])
    table.insert(0, "name", ["x", "y", "z"])
    table.to_csv(tmp_path / "new.csv", index=False)
    table.to_parquet(tmp_path / "new.parquet")
    (tmp_path / "members.csv").write_text(MEMBERS)
    return tmp_path


@pytest.fixture
def placing(files, capsys):
    """Place tasks; the exit status, and what was printed and said."""

    def run(store, features, *more, name="animals"):
        options = ["--features", str(files / features), "--data", str(store.data)]
        status = main(["place", name, *options, *map(str, more)])
        return status, *capsys.readouterr()

    return run


def model_of(store):
    features = cache.load_collection(store, "animals").features
    return checkpoint.stored_model(*weights.load_model(store, "animals", 2), features)


def placed(outcome):
    """Boxes of `--json`, which prints nothing else."""
    status, out, err = outcome
    assert (status, err) == (0, "")
    return json.loads(out)["boxes"]


def same(found, expected):
    assert tuple(one["name"] for one in found) == expected.names
    for end in ("lower", "upper"):
        corners = np.array([one[end] for one in found], dtype=np.float32)
        np.testing.assert_array_equal(corners, getattr(expected, end))


# Boxes


def test_tasks_of_members_are_where_the_python_call_puts_them(fitted, files, placing):
    found = placed(
        placing(fitted, "new.npy", "--members", files / "members.csv", "--json")
    )
    membership = membership_of([*ROWS_OF.values()])
    same(found, place(model_of(fitted), NEW, membership, tuple(ROWS_OF), known=False))


@pytest.mark.parametrize("file", ["new.csv", "new.parquet"])
def test_without_members_a_row_is_a_task_of_one_member(fitted, placing, file):
    found = placed(placing(fitted, file, "--json"))
    each = Membership(np.arange(3), np.arange(4))
    same(found, place(model_of(fitted), NEW, each, ("x", "y", "z"), known=False))


def test_rows_without_names_are_called_by_their_numbers(fitted, placing):
    found = placed(placing(fitted, "new.npy", "--json"))
    assert [one["name"] for one in found] == ["row 0", "row 1", "row 2"]


def test_one_vector_a_task_is_what_the_task_encoder_reads(alone, files, placing):
    found = placed(placing(alone, "new.csv", "--json"))
    same(found, place(model_of(alone), NEW, None, ("x", "y", "z"), known=False))
    found = placed(
        placing(alone, "new.npy", "--members", files / "members.csv", "--json")
    )
    means = np.array([NEW[rows].mean(axis=0) for rows in ROWS_OF.values()])
    same(found, place(model_of(alone), means, None, tuple(ROWS_OF), known=False))


def test_alone_or_among_others_a_box_is_the_same(fitted, files, placing):
    together = placed(placing(fitted, "new.csv", "--json"))
    for row, one in enumerate(together):
        np.save(files / "one.npy", NEW[row : row + 1])
        (single,) = placed(placing(fitted, "one.npy", "--json"))
        np.testing.assert_allclose(single["lower"], one["lower"], atol=1e-5)
        np.testing.assert_allclose(single["upper"], one["upper"], atol=1e-5)


def test_no_known_box_moves(fitted, placing):
    folder = fitted.data / "animals"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert placing(fitted, "new.csv")[0] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_boxes_of_five_dimensions_are_kept_and_placed_too(
    store, collection, files, placing, capsys
):
    wide = np.hstack([collection.features, collection.features**2])
    cache.save_collection(store, replace(collection, features=wide))
    fit = ["fit", "animals", "--dim", "5", "--steps", "2", "--data", str(store.data)]
    assert main(fit) == 0
    assert cache.load_boxes(store, "animals", 5).dim == 5
    capsys.readouterr()
    np.save(files / "wide.npy", np.hstack([NEW, NEW**2]))
    found = placed(placing(store, "wide.npy", "--dim", "5", "--json"))
    assert [len(one["upper"]) for one in found] == [5, 5, 5]


def test_the_page_has_boxes_of_all_dimensions_that_were_fitted(store):
    folder = store.data / "animals"
    with np.load(folder / "boxes_3d.npz") as arrays:
        np.savez(
            folder / "boxes_4d.npz",
            **{**arrays}
            | {end: np.tile(arrays[end][:, :2], 2) for end in ("lower", "upper")},
        )
    assert cache.load_boxes(store, "animals", 4).dim == 4
    assert set(cache.load_atlas(store, "animals").boxes) == {2, 3, 4}
    assert cache.glance(store, "animals")["title"] == "Animals"


# What holds them


def test_within_are_the_known_boxes_with_more_than_half(fitted, files, placing):
    found = placed(
        placing(fitted, "new.npy", "--members", files / "members.csv", "--json")
    )
    model, known = model_of(fitted), cache.load_boxes(fitted, "animals", 2)
    membership = membership_of([*ROWS_OF.values()])
    boxes = place(model, NEW, membership, tuple(ROWS_OF), known=False)
    for row, one in enumerate(found):
        shared = np.minimum(boxes.upper[row], known.upper).astype(float) - np.maximum(
            boxes.lower[row], known.lower
        )
        share = shared.clip(min=0).prod(axis=1) / boxes.volume[row]
        expected = {
            name: got for name, got in zip(known.names, share, strict=True) if got > 0.5
        }
        assert {at["name"]: at["share"] for at in one["within"]} == pytest.approx(
            expected
        )
        volumes = [known.volume[known.names.index(at["name"])] for at in one["within"]]
        assert volumes == sorted(volumes)
    assert any(one["within"] for one in found)


def test_the_list_says_name_corners_and_what_holds_the_box(fitted, files, placing):
    status, out, err = placing(fitted, "new.csv")
    assert (status, err) == (0, "")
    line = r"(\w): \((-?\d+\.\d\d), \S+\) to \(\S+, \S+\) ± \(\S+, \S+\), in .+"
    said = [one for one in out.splitlines() if not one.startswith("  outside what ")]
    found = [re.fullmatch(line, one) for one in said]
    assert [one and one[1] for one in found] == ["x", "y", "z"]
    (first, *_) = placed(placing(fitted, "new.csv", "--json"))
    assert float(found[0][2]) == pytest.approx(first["lower"][0], abs=0.006)


def placement_of(known, new, outside):
    """New boxes of a spread that is not known."""
    unknown = np.full((2, *new.lower.shape), np.nan)
    spread = Spread(unknown[0], unknown[0], unknown, unknown)
    return Placement(new, known, spread, outside)


def test_known_tasks_are_called_by_their_labels_and_shares_never_rounded_up():
    lower = np.array([[0, 0], [1, 1]], dtype=np.float32)
    known = Boxes(
        lower, np.array([[9, 9], [4, 4]], dtype=np.float32), ("animal", "bird")
    )
    corner = np.array([[1, 1], [20, 20]], dtype=np.float32)
    new = Boxes(corner, corner + np.array([3.003, 1], dtype=np.float32), ("a", "b"))
    placement = placement_of(known, new, ("", "it has wings"))
    said = lines(placement, {"bird": "Bird"}).splitlines()
    assert said[0].endswith(", in Bird 0.99, animal 1.00")
    assert said[1].endswith("), in no known box")
    assert said[2] == "  outside what this map knows: it has wings"


def test_what_is_not_known_of_a_spread_is_null(fitted):
    known = cache.load_boxes(fitted, "animals", 2)
    placement = placement_of(known, known, ("",) * 7)
    (first, *_) = document(placement)["boxes"]
    assert (first["spread"], first["outside"]) == (None, None)
    assert table(placement)["centre_sd_1"].isna().all()


def test_a_long_list_is_cut(fitted, files, placing):
    np.save(files / "many.npy", np.tile(NEW, (9, 1)))
    said = placing(fitted, "many.npy")[1].splitlines()
    said = [one for one in said if not one.startswith("  outside what this map knows")]
    assert len(said) == 21
    assert said[-1] == "and 7 more; --json and --out have them all"


# In Python


def test_the_call_that_help_shows_works(capsys):
    with pytest.raises(SystemExit):
        main(["place", "--help"])
    _, _, shown = capsys.readouterr().out.partition("in Python:\n")
    code, _, _ = shown.partition("`features`")
    cub = cache.load_collection(cache.Store(cache.default_data()), "cub")
    names = ("ten", "five")
    known = {
        "features": cub.features[:15],
        "membership": membership_of([[*range(10)], [*range(10, 15)]]),
        "names": names,
    }
    exec(textwrap.dedent(code), known)
    assert known["placement"].boxes.names == names
    assert known["placement"].boxes.dim == 2


# Files


def test_out_keeps_what_json_prints(fitted, files, placing):
    boxes = placed(placing(fitted, "new.csv", "--json"))
    assert placing(fitted, "new.csv", "--json", "--out", files / "b.json")[0] == 0
    assert json.loads((files / "b.json").read_text())["boxes"] == boxes


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_out_is_a_table_with_a_row_per_box(fitted, files, placing, kind):
    boxes = placed(placing(fitted, "new.csv", "--json"))
    path = files / f"b.{kind}"
    assert f"3 boxes in {path}" in placing(fitted, "new.csv", "--out", path)[1]
    kept = pd.read_csv(path) if kind == "csv" else pd.read_parquet(path)
    assert list(kept["name"]) == ["x", "y", "z"]
    for end in ("lower", "upper"):
        np.testing.assert_allclose(
            kept[[f"{end}_1", f"{end}_2"]], [one[end] for one in boxes], rtol=1e-6
        )
    for row, one in enumerate(boxes):
        assert kept.loc[row, "centre_sd_2"] == pytest.approx(
            one["spread"]["centre"][1], abs=1e-4
        )
        for k, share in enumerate((10, 90)):
            assert kept.loc[row, f"upper_{share}_1"] == pytest.approx(
                one["spread"]["upper"][k][0], abs=1e-4
            )
        innermost = one["within"][0] if one["within"] else {"name": None, "share": None}
        within, share = kept.loc[row, ["within", "share"]]
        if innermost["name"] is None:
            assert pd.isna(within) and pd.isna(share)
        else:
            assert within == innermost["name"]
            assert share == pytest.approx(innermost["share"])


# New tasks out of tables


def test_a_table_of_tasks_names_rows_and_gives_parents_the_members_below(files):
    (files / "tasks.csv").write_text("name,parent\nboth,\nours,both\nmine,both\n")
    found = read_novel(files / "new.npy", files / "members.csv", files / "tasks.csv")
    assert found.names == ("both", "ours", "mine")
    rows = np.split(found.membership.member, found.membership.start[1:-1])
    assert [list(one) for one in rows] == [[0, 1, 2], [0, 1], [1, 2]]
    assert found.notes == (
        "skipped yours: not a task of tasks.csv, but named in members.csv, row 6",
    )
    by_order = read_novel(files / "new.npy", None, files / "tasks.csv")
    assert by_order.names == ("both", "ours", "mine")
    assert by_order.membership is None


def test_what_was_assumed_is_said_beside_the_document(fitted, files, placing):
    (files / "new.csv").write_text("name;a;b;c\nx;0,5;1;0\n")
    status, out, err = placing(fitted, "new.csv", "--json")
    assert (status, len(json.loads(out)["boxes"])) == (0, 1)
    assert err == (
        "note: new.csv was read as separated by semicolons, with decimal commas\n"
    )


# Bad input: one line that says what, where and the remedy, and no box


def refused(outcome):
    status, out, err = outcome
    assert (status, out) == (1, "")
    assert err.startswith("error: ") and err.endswith("\n") and err.count("\n") == 1
    return err.removeprefix("error: ").rstrip("\n")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("name,a\nx,1\n", "new.csv has 1 channels and the 2D model of 'animals' reads"),
        ("name,a,b,c\nx,1,,2\n", "new.csv holds no finite number (but inf, NaN, nothi"),
        ("name,a,b,c\nx,1,nan,2\n", "new.csv holds no finite number (but inf, NaN, no"),
        ("name,a,b,c\nx,1,2,3\nx,4,5,6\n", "new.csv lists 'x' twice, in rows 2 and 3;"),
        (
            "name,a,b,c\npet,1,2,3\nbird,1,2,3\n",
            "'bird' (and 1 more) is a task of 'animals' already, which has its box; re",
        ),
        ("name,a,b,c\n,1,2,3\n", "new.csv, row 2 has no name; add it."),
        ("name,a,b,c\nx,3e38,-3e38,3e38\n", "new.csv has numbers that the 2D model of"),
        ("name,a,b,c\n", "new.csv has no rows; add some."),
    ],
)
def test_features_that_cannot_be_placed_say_why(fitted, files, placing, table, said):
    (files / "new.csv").write_text(table)
    assert refused(placing(fitted, "new.csv")).startswith(said)


def test_both_numbers_of_channels_are_said(fitted, files, placing):
    np.save(files / "new.npy", NEW[:, :2])
    assert refused(placing(fitted, "new.npy")) == (
        "new.npy has 2 channels and the 2D model of 'animals' reads 3; make the "
        "features as those of the collection were made."
    )


def test_members_of_no_row_are_refused(fitted, files, placing):
    (files / "members.csv").write_text("member,task\n9,x\n")
    said = refused(placing(fitted, "new.npy", "--members", files / "members.csv"))
    assert said.startswith("members.csv, row 2: the member '9' is no row of new.npy")


def test_boxes_never_fitted_name_the_command(store, placing):
    assert refused(placing(store, "new.npy")).endswith(
        "Make it with: python -m core fit animals --dim 2"
    )
    assert "There are: animals" in refused(placing(store, "new.npy", name="cats"))


def test_a_model_of_another_state_of_the_collection_is_refused(
    fitted, collection, placing
):
    cache.save_collection(fitted, replace(collection, features=collection.features + 1))
    said = refused(placing(fitted, "new.npy"))
    assert "It was made before the collection was built anew." in said
    assert said.endswith("Make it again with: python -m core fit animals --dim 2")


def test_boxes_of_another_fit_than_the_model_are_refused(fitted, boxes, placing):
    cache.save_boxes(fitted, "animals", boxes, {"seed": 1})
    said = refused(placing(fitted, "new.npy"))
    assert "The boxes beside it are of another fit." in said
    assert said.endswith("Make it again with: python -m core fit animals --dim 2")


def test_boxes_and_encoder_of_two_fits_of_the_same_settings_are_refused(fitted, boxes):
    """A fit was killed between the one file and the other."""
    settings = cache.load_settings(fitted, "animals", 2)
    cache.save_boxes(fitted, "animals", boxes, settings)
    with pytest.raises(DataError, match="The boxes beside it are of another fit"):
        weights.load_model(fitted, "animals", 2)
    assert not weights.places_members(fitted, "animals", 2)


def stored_otherwise(store, arrays=None, **about):
    """Change what is stored of the encoder."""
    known, said = weights.load_model(store, "animals", 2)
    weights.save_model(store, "animals", arrays or known, {**said, **about})


def test_a_model_of_another_version_of_the_program_is_refused(fitted, boxes, placing):
    stored_otherwise(fitted, arrays={"weight": np.zeros(3, dtype=np.float32)})
    said = refused(placing(fitted, "new.npy"))
    assert "model_2d.safetensors: Another version of this program made it. Make" in said
    strange = {**cache.load_settings(fitted, "animals", 2), "wings": 2}
    stored_otherwise(fitted, config=strange, fit=weights.fit_digest(boxes))
    cache.save_boxes(fitted, "animals", boxes, strange)
    assert "Another version of this program" in refused(placing(fitted, "new.npy"))


def test_a_file_of_another_kind_is_refused_before_anything_is_read(store, placing):
    said = refused(placing(store, "none.npy", "--out", "boxes.xlsx"))
    assert said == (
        "--out boxes.xlsx is of the unknown kind '.xlsx'; let its name end in one of "
        ".csv, .parquet, .json."
    )


def test_a_file_that_cannot_be_written_is_said(fitted, files, placing):
    (files / "full").write_text("no folder")
    said = refused(placing(fitted, "new.npy", "--out", files / "full" / "b.csv"))
    assert said.startswith(f"Cannot write {files / 'full' / 'b.csv'}: ")
    assert said.endswith("name another file with --out.")


@pytest.mark.parametrize("dim", ["1", "0", "-2", "two"])
def test_a_dimension_is_2_or_more(dim, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["place", "animals", "--features", "f.npy", f"--dim={dim}"])
    assert stop.value.code == 2
    assert "--dim" in capsys.readouterr().err


def test_a_model_too_large_for_memory_says_what_to_lower(fitted, placing):
    sizes = weights.load_model(fitted, "animals", 2)[1]["sizes"]
    stored_otherwise(
        fitted, sizes={**sizes, "channels": 2**45}
    )  # torch is asked for 2**55 bytes
    assert refused(placing(fitted, "new.npy")) == (
        "There is not enough memory to place this; give it fewer rows of features at a "
        "time."
    )
