import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from core import cache
from core.__main__ import main
from core.cache import Store
from dashboard.application import create_app
from dashboard.shelf import Shelf

TASKS = """\
name,label,parent,size,colour
animal,Animal,,100,grey
bird,Bird,animal,60,red
fish,Fish,animal,,blue
eagle,,bird,20,brown
parrot,Parrot,bird|pet,10,green
pet,Pet,animal,5,
"""
FEATURES = """\
name,x,y
pet,5,1
parrot,4,1
eagle,3,1
fish,2,1
bird,1,1
animal,0,1
"""
POINTS = np.arange(8, dtype=np.float32).reshape(4, 2)  # of four members
MEMBERS = "member,task\n0,eagle\n1,parrot\n2,fish\n3,pet\n"
ORDER = ["animal", "bird", "fish", "eagle", "parrot", "pet"]


@pytest.fixture
def own(tmp_path):
    """Write tables, import them, and read what came of it."""
    torch.set_num_threads(1)
    return Own(tmp_path)


class Own:
    """A folder with a person's files, and a data directory."""

    def __init__(self, folder):
        self.folder = folder
        self.store = Store(folder / "data", shipped=folder / "shipped")

    def write(self, file, content):
        path = self.folder / file
        if isinstance(content, str | bytes):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        elif isinstance(content, np.ndarray):
            np.save(path, content)
        else:
            pd.DataFrame(content).to_parquet(path)
        return str(path)

    def imports(self, capsys, name="zoo", /, **files):
        """Import tables given as their contents, or as (file name, contents)."""
        words = []
        for what, content in files.items():
            suffix = (
                "csv"
                if isinstance(content, str | bytes)
                else "npy"
                if isinstance(content, np.ndarray)
                else "parquet"
            )
            words += [f"--{what}", self.write(f"{what}.{suffix}", content)]
        status = self.run("import", name, *words)
        out, err = capsys.readouterr()
        return SimpleNamespace(status=status, out=out, err=err)

    def run(self, *words):
        return main([*words, "--data", str(self.store.data)])

    def page(self):
        """What the browser is given of the collection."""
        shelf = Shelf({"zoo": "zoo"}, lambda name: cache.load_atlas(self.store, name))
        client = create_app(shelf).server.test_client()
        return client.get("/atlas/zoo.json").get_json()

    def read(self, name="zoo"):
        return cache.load_collection(self.store, name)


@pytest.fixture
def build(own, capsys):
    """Import tables and give the collection; nothing must go wrong."""

    def made(**files):
        said = own.imports(capsys, **files)
        assert (said.status, said.err) == (0, "")
        return own.read()

    return made


@pytest.fixture
def refuse(own, capsys):
    """Import tables that cannot be; nothing must be kept. Gives the message."""

    def refused(**files):
        said = own.imports(capsys, **files)
        assert (said.status, said.out) == (1, "")
        assert said.err.count("\n") == 1
        assert said.err.endswith(".\n")
        assert not (own.store.data / "zoo").exists()
        return said.err.removeprefix("error: ").removesuffix("\n")

    return refused


def strengths(collection):
    """Strength by (child, parent), by name."""
    names, known = collection.tasks.index, collection.relations
    return {
        (names[child], names[parent]): pytest.approx(strength)
        for child, parent, strength in zip(*list(vars(known).values())[:3], strict=True)
    }


def parents(collection):
    return [list(above) for above in collection.tasks["parents"]]


def skipped(collection):
    return {one["item"]: one["reason"] for one in collection.provenance["skipped"]}


# From files to the page


def test_from_files_to_the_page_with_two_commands(own, capsys):
    said = own.imports(capsys, tasks=TASKS, features=POINTS, members=MEMBERS)
    assert said.status == 0
    assert said.out.splitlines() == [
        f"zoo: 6 tasks, 4 members, 8 strict containments in {own.store.data / 'zoo'}",
        f"learn its boxes with: python -m core fit zoo --data {own.store.data}",
    ]
    assert own.run("fit", "zoo", "--steps", "20") == 0
    assert own.run("project", "zoo", "--method", "pca") == 0
    page = own.page()
    assert page["names"] == ORDER
    assert page["labels"][3] == "eagle"
    assert page["members"] == [4, 2, 1, 1, 1, 2]
    assert page["parents"] == [[], [0], [0], [1], [1, 5], [0]]
    assert set(page["boxes"]) == {"2"}
    assert set(page["points"]) == {"pca"}


def test_two_tasks_are_enough_to_fit_and_one_is_not(own, capsys):
    for names, status in ((["one", "two"], 0), (["one"], 1)):
        tasks = "\n".join(["name", *names])
        features = np.eye(len(names), 3)
        assert own.imports(capsys, tasks=tasks, features=features).status == 0
        assert own.run("fit", "zoo", "--steps", "20") == status
    assert "has one task" in capsys.readouterr().err


def test_what_a_person_wrote_reaches_the_fit_whatever_it_is(own, capsys):
    names = ["a/b", "🦜", "NA", "001", "x" * 10_000, '"; drop', "..", "<b>"]
    cells = {
        "name": names,
        "parents": [[], *([names[0]] for _ in names[1:])],
        "notes": ["long " * 20_000] * 8,
        "day": pd.to_datetime(["2020-01-01"] * 8),
        "tags": [["p", "q"]] * 8,
    }
    features = np.random.default_rng(0).normal(size=(8, 3))
    assert own.imports(capsys, tasks=cells, features=features).status == 0
    assert own.run("fit", "zoo", "--steps", "5") == 0
    assert own.page()["names"] == names


# What is kept of the tasks


def test_columns_are_kept_with_their_types(build):
    tasks = build(tasks=TASKS, features=FEATURES).tasks
    assert list(tasks.index) == ORDER
    assert tasks["label"].tolist()[2:4] == ["Fish", "eagle"]
    assert tasks["size"].tolist()[:2] == [100, 60]
    assert np.isnan(tasks["size"].iloc[2])
    assert tasks["colour"].tolist() == ["grey", "red", "blue", "brown", "green", ""]
    assert [list(above) for above in tasks["parents"][3:5]] == [
        ["bird"],
        ["bird", "pet"],
    ]
    assert tasks["depth"].tolist() == [0, 1, 1, 2, 2, 1]
    assert tasks["members"].tolist() == [1] * 6


def test_types_of_a_csv_are_told_where_nothing_is_lost(build):
    text = "name,whole,part,code,version\na,1,0.5,007,1.10\nb,,2,12,1.2\n"
    tasks = build(tasks=text, features=np.eye(2)).tasks
    kinds = [str(tasks[column].dtype) for column in ("whole", "part")]
    assert kinds == ["Int64", "Float64"]
    assert tasks["code"].tolist() == ["007", "12"]
    assert tasks["version"].tolist() == ["1.10", "1.2"]


def test_parquet_gives_the_same_as_csv(build, own):
    one = build(tasks=TASKS, features=FEATURES)
    cells = {
        "name": ORDER,
        "label": ["Animal", "Bird", "Fish", None, "Parrot", "Pet"],
        "parents": [[], ["animal"], ["animal"], ["bird"], ["bird", "pet"], ["animal"]],
        "size": [100, 60, None, 20, 10, 5],
        "colour": ["grey", "red", "blue", "brown", "green", ""],
    }
    vectors = {"name": ORDER, "v": [[0, 1], [1, 1], [2, 1], [3, 1], [4, 1], [5, 1]]}
    two = build(tasks=cells, features=vectors)
    pd.testing.assert_frame_equal(one.tasks, two.tasks)
    np.testing.assert_array_equal(one.features, two.features)
    np.testing.assert_array_equal(one.relations.strength, two.relations.strength)


def test_whole_numbers_are_names_in_parquet(build):
    made = build(
        tasks={"name": [1, 2], "parent": [None, 1]},
        features={"name": [2, 1], "v": [0.5, 1.5]},
    )
    assert list(made.tasks.index) == ["1", "2"]
    assert parents(made) == [[], ["1"]]
    assert made.features.tolist() == [[1.5], [0.5]]


def test_names_that_look_like_something_else_are_names(build):
    names = ["001", "NA", "nan", "None", "null", "TRUE", "1e5", "Ä ö"]
    text = "name,parent\n" + "\n".join(
        f"{name},{'NA' if name != 'NA' else ''}" for name in names
    )
    made = build(tasks=text, features=np.eye(8))
    assert list(made.tasks.index) == names
    assert parents(made) == [[] if name == "NA" else ["NA"] for name in names]


def test_space_around_a_name_is_no_part_of_it(build):
    made = build(
        tasks="name,parent\n a ,\n b c,a \n",
        features="name,x\na,0\nb c ,1\n",
        relations="child,parent\nb c , a\n",
    )
    assert list(made.tasks.index) == ["a", "b c"]
    assert parents(made) == [[], ["a"]]


def test_a_parent_with_a_semicolon_in_its_name_is_one(build):
    made = build(tasks="name,parent\na;b,\nc,a;b\n", features=np.eye(2))
    assert parents(made) == [[], ["a;b"]]


def test_what_was_assumed_is_said_and_kept(own, capsys):
    said = own.imports(
        capsys,
        tasks="name;größe\nä;1\nb;2\n".encode("cp1252"),
        features="name;x\nä;0,5\nb;1\n",
    )
    assert said.out.splitlines()[:2] == [
        "tasks.csv was read as separated by semicolons, in Windows-1252",
        "features.csv was read as separated by semicolons, with decimal commas",
    ]
    made = own.read()
    assert list(made.tasks.index) == ["ä", "b"]
    assert made.features.tolist() == [[0.5], [1]]
    assert made.provenance["sources"][0]["read_as"].endswith("Windows-1252")


# Features


def test_features_are_matched_by_name_or_by_order(build):
    by_name = build(tasks=TASKS, features=FEATURES).features
    by_order = build(
        tasks=TASKS, features=np.array([[row, 1] for row in range(6)])
    ).features
    np.testing.assert_array_equal(by_name, by_order)


def test_tasks_without_features_are_listed_and_their_children_move_up(build):
    made = build(
        tasks="name,parents\na,\nb,a\nc,b\nd,b;a\ne,\n",
        features="name,x\na,1\nc,2\nd,3\nother,4\nmore,5\n",
        relations="child,parent\nc,a\nc,b\n",
    )
    assert list(made.tasks.index) == ["a", "c", "d"]
    assert parents(made) == [[], ["a"], ["a"]]
    assert skipped(made) == {
        "b": "has no row in features.csv",
        "e": "has no row in features.csv",
        "features.csv, row 5 and 1 more": "no such task",
        "relations.csv, row 3": "one of its tasks was left out",
    }


# Members


def test_a_parent_has_the_members_of_its_children(build):
    made = build(tasks=TASKS, features=POINTS, members=MEMBERS)
    rows = np.split(made.membership.member, made.membership.start[1:-1])
    found = {name: rows.tolist() for name, rows in zip(ORDER, rows, strict=True)}
    assert found == {
        "animal": [0, 1, 2, 3],
        "bird": [0, 1],
        "fish": [2],
        "eagle": [0],
        "parrot": [1],
        "pet": [1, 3],
    }
    known = strengths(made)
    assert known["bird", "pet"] == 1 / 2
    assert known["animal", "bird"] == 1 / 2
    assert ("bird", "fish") not in known
    assert made.provenance["members"] == 4
    assert made.provenance["member"] == "member"


def test_members_can_have_names(build):
    made = build(
        tasks="name\na\nb\n",
        features="member,x\n7.jpg,1\nNA,2\n9.jpg,3\n",
        members="task,member\na,NA\na,7.jpg\nb,NA\nb,gone.jpg\nb,gone.jpg\nq,NA\n",
    )
    assert made.features.tolist() == [[1], [2]]
    assert made.tasks["members"].tolist() == [2, 1]
    assert parents(made) == [[], ["a"]]  # b lies in a
    assert skipped(made) == {
        "q": "not a task of tasks.csv, but named in members.csv, row 7",
        "gone.jpg": "not in features.csv, but named in members.csv, row 5 and 1 more",
        "features.csv, 1 rows": "members of no task",
    }


def test_double_rows_of_members_count_once_and_are_listed(build):
    made = build(tasks=TASKS, features=POINTS, members=MEMBERS + "0,eagle\n0,eagle\n")
    assert made.tasks["members"].tolist() == [4, 2, 1, 1, 1, 2]
    assert skipped(made) == {
        "members.csv, row 6 and 1 more": "the same member and task as in a row before"
    }


def test_a_task_without_members_is_left_out_and_listed(build):
    made = build(
        tasks=TASKS,
        features=POINTS,
        members="member,task\n0,eagle\n1,parrot\n3,pet\n",
        relations="child,parent\neagle,bird\nfish,animal\n",
    )
    assert list(made.tasks.index) == ["animal", "bird", "eagle", "parrot", "pet"]
    assert skipped(made) == {
        "fish": "neither it nor a child has a member in members.csv",
        "features.npy, 1 rows": "members of no task",
        "relations.csv, row 3": "one of its tasks was left out",
    }


def test_tasks_with_the_same_members_are_all_kept_and_said_to_be_the_same(own, capsys):
    said = own.imports(
        capsys,
        tasks="name,label,why\na,Ape,1\nb,Bee,2\nc,Cat,3\n",
        features=POINTS,
        members="member,task\n0,a\n1,a\n1,b\n0,b\n2,c\n3,c\n",
    )
    assert "note: 2 tasks have the same members as another one, so their" in said.out
    made = own.read()
    assert made.tasks["also"].tolist() == ["Bee", "Ape", ""]
    assert made.tasks["why"].tolist() == [1, 2, 3]
    assert strengths(made) == {("a", "b"): 1, ("b", "a"): 1}
    assert parents(made) == [[], [], []]
    # Their boxes coincide, and neither is counted as lying strictly in the other.
    assert own.run("fit", "zoo", "--steps", "5") == 0
    boxes = cache.load_boxes(own.store, "zoo", 2)
    np.testing.assert_array_equal(boxes.lower[0], boxes.lower[1])
    capsys.readouterr()
    assert own.run("evaluate", "zoo", "--protocol", "existing", "--cases", "1") == 1
    assert "No positives" in capsys.readouterr().err


# Relations


def test_relations_are_taken_as_they_are_and_completed(build):
    made = build(
        tasks="name\na\nb\nc\nd\n",
        features=np.eye(4),
        relations="child,parent,strength\nc,b,1\nb,a,1.0\nd,a,0.25\na,d,0.5\nd,b,0\n",
    )
    assert strengths(made) == {
        ("c", "b"): 1,
        ("b", "a"): 1,
        ("c", "a"): 1,
        ("b", "c"): 1 / 2,
        ("a", "b"): 2 / 3,
        ("a", "c"): 1 / 3,
        ("d", "a"): 0.25,
        ("a", "d"): 0.5,
    }
    assert made.relations.complete
    assert parents(made) == [[], ["a"], ["b"], []]
    assert made.provenance["notes"] == [
        "Which tasks lie in which is as listed; pairs that are not listed share "
        "nothing, unless it follows from those that are."
    ]


def test_relations_without_strengths_are_containments(build):
    made = build(
        tasks="name\na\nb\n", features=np.eye(2), relations="child,parent\nb,a\n"
    )
    assert strengths(made) == {("b", "a"): 1, ("a", "b"): 1 / 2}


def test_parents_hold_their_children_beside_relations(build):
    made = build(
        tasks="name,parent\na,\nb,a\nc,a\n",
        features=np.eye(3),
        relations="child,parent,strength\nb,c,0.5\n",
    )
    assert strengths(made) == {
        ("b", "a"): 1,
        ("c", "a"): 1,
        ("a", "b"): 1 / 2,
        ("a", "c"): 1 / 2,
        ("b", "c"): 0.5,
        ("c", "b"): 0.5,
    }


def test_relations_stand_even_where_members_say_otherwise(build):
    made = build(
        tasks="name\na\nb\n",
        features=POINTS[:2],
        members="member,task\n0,a\n1,a\n0,b\n",
        relations="child,parent,strength\nb,a,0.75\na,b,0.25\n",
    )
    assert strengths(made) == {("b", "a"): 0.75, ("a", "b"): 0.25}


def test_rows_that_say_nothing_new_are_dropped_and_listed(build):
    made = build(
        tasks="name\na\nb\n",
        features=np.eye(2),
        relations="child,parent\nb,a\nb,a\na,a\nq,a\nb,q\n",
    )
    assert skipped(made) == {
        "q": "not a task of tasks.csv, but named in relations.csv, row 5 and 1 more",
        "relations.csv, row 3": "the same as a row before",
        "relations.csv, row 4": "a task and itself",
    }


def test_without_relations_the_hierarchy_says_what_lies_in_what(build):
    known = strengths(build(tasks=TASKS, features=FEATURES))
    assert known["eagle", "animal"] == known["parrot", "pet"] == 1
    assert known["bird", "eagle"] == 1 / 2
    assert known["bird", "pet"] == 1 / 2  # the parrot
    assert ("fish", "bird") not in known


def test_tasks_of_which_nothing_is_known_are_imported_and_that_is_said(own, capsys):
    said = own.imports(capsys, tasks="name\na\nb\n", features=np.eye(2))
    assert "note: Nothing says which tasks lie in which: boxes are drawn" in said.out
    made = own.read()
    assert len(made.relations.child) == 0
    assert parents(made) == [[], []]


# What is said of it


def test_the_files_are_its_sources(build, own):
    about = build(tasks=TASKS, features=POINTS, members=MEMBERS).provenance
    assert about["title"] == "zoo"
    assert about["encoder"] == "as given"
    assert about["command"] == (
        "python -m core import zoo --tasks tasks.csv --features features.npy "
        "--members members.csv"
    )
    names = [source["name"] for source in about["sources"]]
    assert names == ["tasks.csv", "features.npy", "members.csv"]
    for source in about["sources"]:
        assert source["package"] == "own file"
        assert source["licence"] == "your own"
        assert len(source["version"]) == 12
    assert str(own.folder) not in json.dumps(about)


def test_another_file_has_another_version(build):
    one = build(tasks=TASKS, features=POINTS, members=MEMBERS).provenance
    two = build(tasks=TASKS, features=POINTS + 1, members=MEMBERS).provenance
    versions = [
        [source["version"] for source in about["sources"]] for about in (one, two)
    ]
    assert versions[0][0] == versions[1][0]
    assert versions[0][1] != versions[1][1]


def test_hiding_a_shipped_collection_is_said(tmp_path, capsys):
    own = Own(tmp_path)
    said = own.imports(capsys, "imagenet", tasks="name\na\nb\n", features=np.eye(2))
    assert said.status == 0
    assert said.err == (
        "warning: 'imagenet' hides the collection of that name that comes with the "
        "program; import it under another name to see both.\n"
    )


def test_a_name_that_is_no_name_of_a_folder(tmp_path, capsys):
    own = Own(tmp_path)
    for name in ("../zoo", "a b", ".zoo", ""):
        said = own.imports(capsys, name, tasks="name\na\nb\n", features=np.eye(2))
        assert said.status == 1
        assert said.err.startswith(f"error: {name!r} cannot name a collection; use")
    assert not (tmp_path / "data").exists()


def test_bad_input_loses_nothing_of_an_earlier_import(own, capsys):
    own.imports(capsys, tasks=TASKS, features=FEATURES)
    before = {path: path.read_bytes() for path in (own.store.data / "zoo").iterdir()}
    said = own.imports(capsys, tasks=TASKS, features=FEATURES + "fish,1,1\n")
    assert said.status == 1
    after = {path: path.read_bytes() for path in (own.store.data / "zoo").iterdir()}
    assert after == before


def test_a_file_that_cannot_be_read_is_said(tmp_path, capsys):
    path = tmp_path / "tasks.csv"
    path.symlink_to(path)  # root may read whatever there is
    assert main(["import", "zoo", "--tasks", str(path), "--features", "f.npy"]) == 1
    assert f"error: Cannot read {path}: Too many levels" in capsys.readouterr().err


# Bad input: where, what, and the remedy


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (
            "name,parent\na,c\nb,a\nc,b\n",
            "tasks.csv, row 2: tasks lie in each other, 'a' in 'c' in 'b' in 'a'; "
            "remove one of these parents.",
        ),
        (
            "name,parent\na,\nb,b\nc,b\n",
            "tasks.csv, row 3: tasks lie in each other, 'b' in 'b'; remove one of "
            "these parents.",
        ),
        (
            "name\na\n\nb\na\n",
            "tasks.csv, row 5: task 'a' is listed in row 2 already; keep one.",
        ),
        (
            "name\na\n a\nb\n",
            "tasks.csv, row 3: task 'a' is listed in row 2 already; keep one.",
        ),
        (
            "name,parent\na,\nb,A\nc,x|a\n",
            "tasks.csv, row 3: the parent 'A' is not in the column 'name' (1 more are "
            "unknown); add a row for it or remove it here.",
        ),
        ("name,x\na,1\n,2\nb,3\n", "tasks.csv, row 3 has no name; add it."),
        (
            "title,x\na,1\nb,2\nc,3\n",
            "tasks.csv has no column 'name', only 'title', 'x'; add or rename one.",
        ),
        (
            "name,members\na,1\nb,2\nc,3\n",
            "tasks.csv has a column 'members', which is computed here; rename it.",
        ),
        (
            "name,parent,parents\na,,\nb,a,\nc,,a\n",
            "tasks.csv has both 'parent' and 'parents'; keep one.",
        ),
        (
            "name,size\na,1\nb,many\nc,3\n",
            "tasks.csv, row 3, column 'size': 'many' is not a number; write it like "
            "1234.5.",
        ),
        (
            "name,size\na,1\nb,-5\nc,3\n",
            "tasks.csv, row 3: the size '-5' is not a number of examples; correct it, "
            "or leave it empty where it is unknown.",
        ),
        (
            {"name": ["a", None, "c"]},
            "tasks.parquet, row 2 has no name; add it.",
        ),
        (
            {"name": [1.5, 2.5, 3.0]},
            "tasks.parquet, row 1, column 'name': 1.5 is not a text; write it as one.",
        ),
        (
            {"name": ["a", "b", "c"], "parents": [["b"], ["c"], ["a"]]},
            "tasks.parquet, row 1: tasks lie in each other, 'a' in 'b' in 'c' in 'a'; "
            "remove one of these parents.",
        ),
        (
            "name\na\nb\n",
            "features.npy has 3 rows and tasks.csv 2 tasks; give one row per task in "
            "the same order, or say with --members which rows each task has.",
        ),
    ],
)
def test_tasks_that_contradict_themselves(refuse, tasks, message):
    assert refuse(tasks=tasks, features=np.eye(3)) == message


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (
            "name,x\nA,1\nB,2\n",
            "No name in features.csv (first: 'A') is a task of tasks.csv (first: 'a'); "
            "use the same names in both, or say with --members which rows each task "
            "has.",
        ),
        (
            "x,y\n1,2\n3,4\n",
            "features.csv has no column 'name' that says which task a row is of; add "
            "it.",
        ),
        (
            "name,x\na,1\nb,nan\n",
            "features.csv holds no finite number (but inf, NaN, nothing, or one above "
            "3e38) somewhere in row 3; replace or remove what is there.",
        ),
    ],
)
def test_features_that_do_not_fit(refuse, features, message):
    assert refuse(tasks="name\na\nb\n", features=features) == message


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            "member,task\n1,a\n4,b\n",
            "members.csv, row 3: the member '4' is no row of features.npy, whose rows "
            "are 0 to 3; correct it, or give the features as a table with a column "
            "'name'.",
        ),
        (
            "member,task\n-1,a\n",
            "members.csv, row 2: the member '-1' is no row of features.npy, whose rows "
            "are 0 to 3; correct it, or give the features as a table with a column "
            "'name'.",
        ),
        (
            "member,task\n1,a\n,b\n",
            "members.csv, row 3 has no member; add it.",
        ),
        (
            "member,task\n1,\n2,b\n",
            "members.csv, row 2 has no task; add it.",
        ),
        (
            "member,task\n1,A\n2,B\n",
            "No row of members.csv names a task of tasks.csv and a member in "
            "features.npy, first: ['1', 'A']; use the same names.",
        ),
        (
            "row,task\n1,a\n",
            "members.csv has no column 'member', only 'row', 'task'; add or rename "
            "one.",
        ),
        ("member,task\n", "members.csv has no rows; add some."),
    ],
)
def test_members_that_do_not_fit(refuse, members, message):
    assert refuse(tasks="name\na\nb\n", features=POINTS, members=members) == message


@pytest.mark.parametrize(
    ("relations", "message"),
    [
        (
            "child,parent,strength\na,b,0.5\nb,a,1.5\n",
            "relations.csv, row 3: the strength '1.5' is no share from 0 to 1; correct "
            "it, or remove the row.",
        ),
        (
            "child,parent,strength\na,b,-1\nb,a,2\n",
            "relations.csv, row 2: the strength '-1' is no share from 0 to 1 (1 more "
            "rows as well); correct it, or remove the row.",
        ),
        (
            "child,parent,strength\na,b,nan\n",
            "relations.csv, row 2: the strength 'nan' is no share from 0 to 1; correct "
            "it, or remove the row.",
        ),
        (
            "child,parent,strength\na,b,\n",
            "relations.csv, row 2: the strength '' is no share from 0 to 1; correct "
            "it, or remove the row.",
        ),
        (
            "child,parent,strength\na,b,much\n",
            "relations.csv, row 2, column 'strength': 'much' is not a number; write it "
            "like 1234.5.",
        ),
        (
            "child,parent,strength\na,b,0.5\na,b,0.25\n",
            "relations.csv, row 3 gives strength 0.25 to a pair that has 0.5 in row 2; "
            "keep one.",
        ),
        (
            "child,parent\nA,B\n",
            "No row of relations.csv names two tasks of tasks.csv, first: 'A' in 'B'; "
            "use the same names.",
        ),
        ("child,parent\na,\n", "relations.csv, row 2 has no parent; add it."),
        (
            "source,target\na,b\n",
            "relations.csv has no column 'child', only 'source', 'target'; add or "
            "rename one.",
        ),
    ],
)
def test_relations_that_do_not_fit(refuse, relations, message):
    found = refuse(tasks="name\na\nb\n", features=np.eye(2), relations=relations)
    assert found == message


def test_a_missing_option_is_named(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["import", "zoo", "--tasks", "tasks.csv"])
    assert stop.value.code == 2
    assert "--features" in capsys.readouterr().err


def test_help_says_what_the_tables_are(capsys):
    with pytest.raises(SystemExit):
        main(["import", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for words in ("pairs not listed share nothing", "001, NA, None", "from 0"):
        assert words in said
