import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits
from transformers import ViTConfig, ViTImageProcessorPil, ViTModel

from core import cache
from core.__main__ import main
from core.cache import Store
from core.collections.folder.builder import build, collection_of, valid_name
from core.collections.folder.image_files import LINKS, listing_of, readable
from core.encoders.encoder import Encoder
from core.errors import DataError

ROOT = Path(__file__).parents[4]
SOURCE = {"name": "colours", "package": "none", "version": "1", "licence": "MIT"}


def colours(batch=2, *, stop_after=None):
    """An encoder of mean colours that notes what it is given."""
    seen = []

    def encode(images):
        if stop_after is not None and len(seen) + len(images) > stop_after:
            raise KeyboardInterrupt
        seen.extend(images)
        return np.array([np.asarray(image).mean(axis=(0, 1)) for image in images])

    return Encoder("colours 1", "mean colours", SOURCE, batch, encode), seen


def draw(folder, *files):
    """Writes images of one colour each; the colour is the number in a file's name."""
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        number = int("".join(filter(str.isdigit, path.stem)))
        Image.new("RGB", (4, 4), (number, 0, 0)).save(path)


def made(folder, kept=None, encoder=None):
    listing = listing_of(folder)
    encoder = encoder or colours()[0]
    kept = {} if kept is None else kept
    return collection_of(kept, listing, encoder, name="mine", command="build")


def parents(collection):
    return {name: list(row["parents"]) for name, row in collection.tasks.iterrows()}


def members(collection):
    """The colours of the members of every task."""
    start = collection.membership.start
    rows = np.split(collection.membership.member, start[1:-1])
    return {
        name: sorted(collection.features[own, 0].astype(int).tolist())
        for name, own in zip(collection.tasks.index, rows, strict=True)
    }


def skipped(collection):
    return {one["item"]: one["reason"] for one in collection.provenance["skipped"]}


def refusal(work, *arguments, **options):
    """The message of the DataError that is raised, which is one line."""
    with pytest.raises(DataError) as caught:
        work(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Which tasks there are


def test_tasks_with_classes_lie_below_the_folder(tmp_path):
    draw(tmp_path / "zoo", "birds/gull/1.png", "birds/tern/2.png", "fish/cod/3.png")
    draw(tmp_path / "zoo", "fish/eel/4.png", "fish/eel/5.png")
    found = made(tmp_path / "zoo")
    assert parents(found) == {
        ".": [],
        "fish": ["."],
        "birds": ["."],
        "fish/eel": ["fish"],
        "birds/gull": ["birds"],
        "birds/tern": ["birds"],
        "fish/cod": ["fish"],
    }
    assert members(found)["fish"] == [3, 4, 5]
    assert found.tasks["label"].tolist()[:4] == ["zoo", "fish", "birds", "eel"]
    assert found.tasks["size"].tolist()[:4] == [5, 3, 2, 2]
    assert found.tasks["classes"].tolist()[:3] == [2, 2, 2]
    assert found.tasks["classes"][3:].isna().all()
    assert found.tasks["depth"].tolist() == [0, 1, 1, 2, 2, 2, 2]
    assert (found.relations.strength == 1).sum() == 10


def test_classes_alone_are_one_task(tmp_path):
    draw(tmp_path / "birds", "gull/1.png", "tern/2.png")
    found = made(tmp_path / "birds")
    assert parents(found) == {".": [], "gull": ["."], "tern": ["."]}
    assert found.tasks["label"].tolist() == ["birds", "gull", "tern"]


def test_folders_may_be_nested_as_deeply_as_one_likes(tmp_path):
    draw(tmp_path, "a/1.png", "a/b/2.png", "a/b/c/3.png", "a/b/d/4.png", "e/5.png")
    found = made(tmp_path)
    assert members(found) == {
        ".": [1, 2, 3, 4, 5],
        "a": [1, 2, 3, 4],
        "a/b": [2, 3, 4],
        "a/b/c": [3],
        "a/b/d": [4],
        "e": [5],
    }
    assert parents(found)["a/b/c"] == ["a/b"]


def test_the_folder_itself_is_a_task_only_where_that_says_more(tmp_path):
    draw(tmp_path, "images/gull/1.png", "images/tern/2.png")
    assert [*made(tmp_path).tasks.index] == ["images", "images/gull", "images/tern"]
    draw(tmp_path, "3.png")
    assert [*made(tmp_path).tasks.index][:2] == [".", "images"]


def test_a_folder_with_nothing_but_one_folder_is_one_task_with_it(tmp_path):
    draw(tmp_path, "birds/images/gull/1.png", "birds/images/tern/2.png", "fish/3.png")
    found = made(tmp_path)
    assert [*found.tasks.index][:2] == [".", "birds/images"]
    assert found.tasks.loc["birds/images", "also"] == "birds"
    assert parents(found)["birds/images"] == ["."]


def test_a_picture_in_two_folders_is_one_member_of_both(tmp_path):
    draw(tmp_path, "pets/1.png", "pets/2.png", "fish/2b.png", "fish/3.png")
    found = made(tmp_path)
    assert len(found.features) == 3
    rows = {name: row for row, name in enumerate(found.tasks.index)}
    overlap = {
        (int(child), int(parent)): float(strength)
        for child, parent, strength in zip(
            found.relations.child,
            found.relations.parent,
            found.relations.strength,
            strict=True,
        )
    }
    assert overlap[rows["pets"], rows["fish"]] == 0.5
    assert overlap[rows["fish"], rows["pets"]] == 0.5


def test_copies_count_in_the_size_but_not_as_members(tmp_path):
    draw(tmp_path, "a/1.png", "a/1b.png", "b/2.png")
    found = made(tmp_path)
    assert found.tasks.loc["a", ["size", "members"]].tolist() == [2, 1]
    assert found.provenance["counts"]["image files"] == 3
    assert found.provenance["counts"]["distinct images that can be read"] == 2


def test_folders_with_the_same_pictures_are_one_task_with_both_parents(tmp_path):
    draw(tmp_path, "north/gull/1.png", "north/auk/2.png", "south/gulls/1.png")
    draw(tmp_path, "south/penguin/3.png")
    found = made(tmp_path)
    assert found.tasks.loc["north/gull", "also"] == "south/gulls"
    assert parents(found)["north/gull"] == ["north", "south"]
    assert "south/gulls" not in found.tasks.index


def test_of_parents_that_lie_in_each_other_the_closest_is_kept(tmp_path):
    draw(tmp_path, "birds/sea/gull/1.png", "birds/sea/auk/2.png", "birds/lark/3.png")
    draw(tmp_path, "birds/gull again/1.png", "fish/4.png")
    found = made(tmp_path)
    assert found.tasks.loc["birds/sea/gull", "also"] == "birds/gull again"
    assert parents(found)["birds/sea/gull"] == ["birds/sea"]


def test_one_class_is_built_and_says_that_nothing_can_be_told_apart(tmp_path):
    draw(tmp_path, "gull/1.png", "gull/2.png")
    found = made(tmp_path)
    assert members(found) == {"gull": [1, 2]}
    assert len(found.relations.child) == 0
    (note,) = found.provenance["notes"]
    assert note.startswith("There is only one task, so nothing can be told apart")


def test_pictures_in_the_folder_alone_are_one_task(tmp_path):
    draw(tmp_path / "birds", "1.png", "2.png")
    found = made(tmp_path / "birds")
    assert members(found) == {".": [1, 2]}
    assert found.tasks["label"].tolist() == ["birds"]


# What is left out


def test_images_that_cannot_be_read_are_listed_and_the_rest_is_built(tmp_path):
    draw(tmp_path, "a/1.png", "a/2.png", "b/3.png")
    (tmp_path / "a" / "empty.png").write_bytes(b"")
    (tmp_path / "b" / "empty too.jpg").write_bytes(b"")
    (tmp_path / "a" / "text.jpg").write_text("no image")
    Image.effect_noise((50, 50), 90).save(tmp_path / "b" / "whole.png")
    data = (tmp_path / "b" / "whole.png").read_bytes()
    (tmp_path / "b" / "whole.png").rename(tmp_path / "b" / "cut.png")
    (tmp_path / "b" / "cut.png").write_bytes(data[: len(data) // 2])
    found = made(tmp_path)
    assert members(found) == {".": [1, 2, 3], "a": [1, 2], "b": [3]}
    reasons = skipped(found)
    assert reasons.pop("b/cut.png").startswith("it is damaged (")
    assert reasons == {
        "a/empty.png": "the file is empty (0 bytes)",
        "a/text.jpg": "it is not an image that can be read",
        "b/empty too.jpg": "the file is empty (0 bytes)",
    }


def test_every_kind_of_image_is_read(tmp_path):
    kinds = {
        "cmyk.jpg": "CMYK",
        "grey.png": "L",
        "alpha.png": "RGBA",
        "deep.png": "I;16",
    }
    (tmp_path / "kinds").mkdir()
    for at, (name, mode) in enumerate(kinds.items()):
        white = {"CMYK": (0, 0, 0, at), "I;16": 65535, "L": 254}.get(
            mode, (0, 0, 0, at)
        )
        Image.new(mode, (8, 8), white).save(tmp_path / "kinds" / name)
    found = made(tmp_path)
    assert skipped(found) == {}
    assert (found.features > 240).all()
    assert len(found.features) == 4


def test_a_folder_of_which_nothing_can_be_read_is_no_task(tmp_path):
    draw(tmp_path, "a/1.png", "b/2.png")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "broken.png").write_bytes(b"broken")
    found = made(tmp_path)
    assert set(found.tasks.index) == {".", "a", "b"}
    assert [*skipped(found)] == ["c/broken.png"]


def test_other_files_and_hidden_ones_are_ignored_and_counted(tmp_path):
    draw(tmp_path, "a/1.png", "b/2.png", "b/.hidden3.png", ".git/4.png", ".git/5.png")
    (tmp_path / "a" / "labels.csv").write_text("1,gull")
    (tmp_path / "README").write_text("birds")
    found = made(tmp_path)
    assert members(found)["."] == [1, 2]
    assert skipped(found) == {}
    assert found.provenance["counts"] == {
        "image files": 2,
        "distinct images that can be read": 2,
        "files that are no images, ignored": 2,
        "hidden files and folders, ignored": 2,
    }


def test_links_are_followed_but_not_round_in_circles(tmp_path):
    draw(tmp_path / "zoo", "a/1.png", "b/2.png")
    draw(tmp_path / "elsewhere", "3.png")
    (tmp_path / "zoo" / "a" / "up").symlink_to(tmp_path / "zoo")
    (tmp_path / "zoo" / "a" / "self").symlink_to("self")
    (tmp_path / "zoo" / "a" / "here").symlink_to(".")
    (tmp_path / "zoo" / "c").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "zoo" / "b" / "1b.png").symlink_to(tmp_path / "zoo" / "a" / "1.png")
    (tmp_path / "zoo" / "b" / "gone.png").symlink_to(tmp_path / "gone.png")
    found = made(tmp_path / "zoo")
    assert members(found) == {".": [1, 2, 3], "b": [1, 2], "a": [1], "c": [3]}
    assert skipped(found) == {
        "a/here": "it is a link to a folder that it lies in",
        "a/self": "it cannot be read (Too many levels of symbolic links)",
        "a/up": "it is a link to a folder that it lies in",
        "b/gone.png": "it is a link to nothing",
    }


def test_links_across_do_not_go_on_for_ever(tmp_path):
    names = [f"folder{at}" for at in range(6)]
    for at, name in enumerate(names):
        draw(tmp_path, f"{name}/{at}.png")
        for other in names:
            (tmp_path / name / f"to {other}").symlink_to(tmp_path / other)
    listing = listing_of(tmp_path)
    assert max(path.count("to ") for path in listing.images) == LINKS
    assert {reason for _, reason in listing.skipped} == {
        "it is a link to a folder that it lies in",
        f"more than {LINKS} links lead there",
    }
    assert max(members(made(tmp_path)).values(), key=len) == [*range(6)]


def test_a_pipe_is_not_waited_for(tmp_path):
    draw(tmp_path, "a/1.png", "b/2.png")
    os.mkfifo(tmp_path / "a" / "pipe.png")
    assert skipped(made(tmp_path)) == {"a/pipe.png": "it is no file"}


# Names


def test_names_of_any_kind_are_kept(tmp_path):
    long = "long " * 40
    names = ["gull \N{BIRD}", "a,b", "x\\y", "семга", long.strip(), "-rf", "100%", "#1"]
    for at, name in enumerate(names):
        draw(tmp_path, f"{name}/{at}.png")
    found = made(tmp_path)
    assert set(found.tasks.index) == {".", *names}
    assert set(found.tasks["label"]) == {tmp_path.name, *names}


def test_names_that_are_no_text_or_break_the_line_are_escaped(tmp_path):
    for at, name in enumerate((b"caf\xe9", b"two\nlines", "a\u2028b".encode())):
        folder = tmp_path / os.fsdecode(name)
        folder.mkdir()
        shutil.copy(solid(tmp_path, at), folder)
    found = made(tmp_path)
    assert {*found.tasks.index} >= {"caf\\xe9", "two\\nlines", "a\\u2028b"}
    store = Store(tmp_path / ".data", tmp_path / ".none")
    cache.save_collection(store, found)
    back = cache.load_collection(store, "mine")
    assert [*back.tasks.index] == [*found.tasks.index]


def solid(folder, number):
    draw(folder, f"{number}.png")
    return folder / f"{number}.png"


def test_a_path_longer_than_the_system_takes_is_listed(tmp_path):
    draw(tmp_path, "a/1.png", "b/2.png")
    before = os.open(tmp_path / "a", os.O_RDONLY)
    for _ in range(30):  # 30 x 200 letters: more than the 4,096 of a path
        os.mkdir("x" * 200, dir_fd=before)
        inside = os.open("x" * 200, os.O_RDONLY, dir_fd=before)
        os.close(before)
        before = inside
    os.close(before)
    found = made(tmp_path)
    ((item, reason),) = skipped(found).items()
    assert item.startswith("a/xxx")
    assert reason == "it cannot be read (File name too long)"
    shutil.rmtree(tmp_path / "a")


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("birds", "birds"),
        ("my birds (2024)", "my-birds-2024"),
        ("\N{BIRD}", "folder"),
        ("..", "folder"),
        ("", "folder"),
        (".hidden", "hidden"),
        ("семга", "семга"),
        ("x" * 300, "x" * 60),
    ],
)
def test_a_name_is_made_of_the_folders(folder, name):
    assert valid_name(folder) == name


def test_texts_stay_as_they_are():
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}"
    assert readable(f"a b/{family}") == f"a b/{family}"


# What is refused


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    gone = tmp_path / "gone"
    assert refusal(build, {}, folder=gone) == (
        f"There is no folder {gone}; correct the path."
    )


def test_a_file_is_refused(tmp_path):
    file = solid(tmp_path, 1)
    assert refusal(build, {}, folder=file) == (
        f"{file} is a file; name the folder that the images are in."
    )


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "a").mkdir()
    assert refusal(build, {}, folder=tmp_path) == (
        f"{tmp_path} and the folders in it hold no image file but 0 others; name a "
        "folder of images (.jpg, .png and the like)."
    )


def test_a_folder_without_images_is_refused(tmp_path):
    (tmp_path / "labels.csv").write_text("1,gull")
    (tmp_path / ".hidden.png").write_text("")
    assert "hold no image file but 2 others; name" in refusal(
        build, {}, folder=tmp_path
    )


def test_a_folder_with_nothing_but_a_broken_link_says_so(tmp_path):
    (tmp_path / "1.png").symlink_to(tmp_path / "gone.png")
    assert "but 1 others (1.png: it is a link to nothing); name a folder of im" in (
        refusal(build, {}, folder=tmp_path)
    )


def test_a_folder_of_which_no_image_can_be_read_is_refused(tmp_path):
    for name in ("1.png", "2.png"):
        (tmp_path / name).write_text(f"no image {name}")
    said = refusal(made, tmp_path)
    assert said.startswith(
        f"None of 2 images of {tmp_path.name} can be read, first: it "
    )


@pytest.mark.parametrize("name", ["a/b", "", "..", "two words"])
def test_a_name_that_cannot_be_used_is_refused_before_anything_is_read(tmp_path, name):
    said = refusal(build, {}, folder=tmp_path / "gone", name=name)
    assert said.startswith(f"{name!r} cannot name a collection; use letters")


# Going on


def test_a_second_run_computes_nothing(tmp_path):
    draw(tmp_path, "a/1.png", "a/2.png", "b/3.png")
    kept = {}
    first, (encoder, seen) = made(tmp_path, kept), colours()
    second = made(tmp_path, kept, encoder)
    assert seen == []
    np.testing.assert_array_equal(first.features, second.features)
    (tmp_path / "a" / "2.png").rename(tmp_path / "b" / "moved2.png")
    draw(tmp_path, "b/9.png")
    third = made(tmp_path, kept, encoder)
    assert len(seen) == 1  # the new one only: content counts, not its place
    assert members(third)["b"] == [2, 3, 9]


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    draw(tmp_path, *(f"{name}/{at}.png" for name in "ab" for at in range(5)))
    draw(tmp_path, *(f"c/{at}.png" for at in range(5, 10)))
    kept = {}
    stopped, seen = colours(stop_after=6)
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path, kept, stopped)
    assert len(seen) == 6
    on, rest = colours()
    found = made(tmp_path, kept, on)
    assert len(rest) == 4
    assert members(found)["."] == [*range(10)]


def test_vectors_do_not_depend_on_names_or_order(tmp_path):
    draw(tmp_path / "one", "a/1.png", "b/2.png")
    draw(tmp_path / "two", "z/1.png", "y/2.png")
    versions = [
        made(tmp_path / name).provenance["sources"][0]["version"]
        for name in ("one", "two")
    ]
    assert versions[0] == versions[1]


# From the command line, with real images


@pytest.fixture
def digits(tmp_path):
    """Scanned digits, by whether they are even."""
    drawn = load_digits()
    folder = tmp_path / "digits"
    for at in range(60):
        number = drawn.target[at]
        below = folder / ("odd" if number % 2 else "even") / str(number)
        below.mkdir(parents=True, exist_ok=True)
        grey = Image.fromarray((drawn.images[at] * 15).astype(np.uint8))
        grey.save(below / f"{at}.png")
    return folder


def test_digits_go_from_files_to_a_collection(digits, tmp_path, capsys):
    torch.set_num_threads(1)
    (digits / "odd" / "1" / "broken.png").write_bytes(b"")
    data = tmp_path / "data"
    assert main(["build", "folder", str(digits), "--data", str(data)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        f"digits: 13 tasks, 60 members, 22 strict containments in {data / 'digits'}\n"
    )
    assert "odd/1/broken.png: the file is empty (0 bytes)" in said
    found = cache.load_collection(Store(data, tmp_path / "none"), "digits")
    assert found.features.shape == (60, 1280)
    assert found.features.dtype == np.float16
    assert found.tasks.loc["odd", "classes"] == 5
    about = found.provenance
    assert about["command"] == f"python -m core build folder {digits}"
    assert [source["licence"] for source in about["sources"]] == [
        "not stated",
        "Apache-2.0",
    ]
    # Digits of a kind are more alike than others: the features are of what is seen.
    unit = found.features.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    alike = unit @ unit.T
    start, member = found.membership.start, found.membership.member
    own = [alike[np.ix_(m, m)].mean() for m in np.split(member, start[1:-1])[3:]]
    assert np.mean(own) > alike.mean() + 0.02


def test_another_encoder_and_name_can_be_chosen(digits, tmp_path, capsys):
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    small = {"image_size": 32, "patch_size": 8, "num_attention_heads": 2}
    model = tmp_path / "tiny"
    ViTModel(ViTConfig(**sizes, **small)).save_pretrained(model)
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(model)
    data = tmp_path / "data"
    words = ["build", "folder", str(digits), "--name", "tens", "--encoder", str(model)]
    assert main([*words, "--data", str(data)]) == 0
    about = json.loads((data / "tens" / "collection.json").read_text())
    assert about["encoder"].startswith("tiny (16 channels), one vector per image")
    assert about["command"] == f"python -m core {' '.join(words)}"


def test_a_missing_package_says_how_to_install_it(digits, tmp_path):
    packages = tmp_path / "packages"
    packages.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if package.name != "PIL":
            (packages / package.name).symlink_to(package)
    # -S: no packages but those on the path, that is, all but the hidden one.
    base = getattr(sys, "_base_executable", sys.executable)
    ended = subprocess.run(
        [base, "-S", "-m", "core", "build", "folder", digits, "--data", tmp_path],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == "error: Building needs PIL. Install it with: make sources\n"
    assert ended.returncode == 1


def test_a_mistake_is_one_line(tmp_path, capsys):
    gone = tmp_path / "gone"
    assert main(["build", "folder", str(gone), "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"error: There is no folder {gone}; correct the path.\n"
    )


def test_a_collection_is_titled_as_it_is_called(tmp_path):
    draw(tmp_path / "my birds", "a/1.png", "b/2.png")
    assert made(tmp_path / "my birds").provenance["title"] == "mine"
    listing, encoder = listing_of(tmp_path / "my birds"), colours()[0]
    unnamed = collection_of(
        {}, listing, encoder, name=valid_name("my birds"), command="build"
    )
    assert unnamed.name == "my-birds"
    assert unnamed.provenance["title"] == "my birds"
