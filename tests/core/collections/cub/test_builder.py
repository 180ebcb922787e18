import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import cache
from core.__main__ import main
from core.cache import PRECOMPUTED, Store
from core.collections.cub.builder import build, collection_of, read_split
from core.collections.cub.files import Picture, opened
from core.collections.cub.taxa import letters, read_taxonomy
from core.encoders.encoder import Encoder
from core.errors import DataError

SOURCE = {"name": "colours", "package": "none", "version": "1", "licence": "MIT"}
# Training images and others, by species.
FEW = {"Herring_Gull": (3, 3), "Ivory_Gull": (3, 2), "Blue_Jay": (4, 3)}
WHOLE = {"Herring_Gull": (30, 20), "Ivory_Gull": (29, 31), "Blue_Jay": (30, 30)}
TAXONOMY = """\
id,species,family,order
1,Herring_Gull,Laridae,Charadriiformes
2,Ivory_Gull,Laridae,Charadriiformes
3,Blue_Jay,Corvidae,Passeriformes
4,Least_Tern,Laridae,Charadriiformes
"""


def colours():
    """An encoder of mean colours."""

    def encode(images):
        return np.array([np.asarray(image).mean(axis=(0, 1)) for image in images])

    return Encoder("colours 1", "mean colours", SOURCE, 8, encode)


def write(folder, numbers, *, official=True):
    """The data set in a folder, as it is published or as the subset is."""
    first, comma = (1, " ") if official else (0, ", ")
    tables = {"images": [], "image_class_labels": [], "classes": []}
    flags = []
    for label, (species, (train, other)) in enumerate(numbers.items(), start=first):
        name = f"{label:03}.{species}" if official else species
        tables["classes"].append(f"{label}{comma}{name}")
        (folder / "images" / name).mkdir(parents=True)
        for at in range(train + other):
            image = len(flags) + first
            path = f"{name}/{at:04}.png"
            colour = (label * 50, at, 0)
            Image.new("RGB", (4, 4), colour).save(folder / "images" / path)
            tables["images"].append(f"{image}{comma}{path}")
            tables["image_class_labels"].append(f"{image}{comma}{label}")
            flags.append(f"{image}{comma}{int((at < train) == official)}")
    for table, lines in (tables | {"train_test_split": flags}).items():
        (folder / f"{table}.txt").write_text("\n".join(lines) + "\n")
    return folder


def packed(folder, name, top=""):
    path = folder.parent / name
    with tarfile.open(path, "w:gz" if name.endswith("gz") else "w") as archive:
        archive.add(folder, arcname=top or ".")
    return path


def taxonomy(tmp_path, text=TAXONOMY):
    path = tmp_path / "taxonomy.csv"
    path.write_text(text, encoding="utf-8")
    return path


def made(tmp_path, source, text=TAXONOMY, kept=None):
    table = taxonomy(tmp_path, text)
    kept = {} if kept is None else kept
    with opened(source) as birds:
        return collection_of(
            kept, birds, read_taxonomy(table), colours(), (source, table)
        )


def skipped(collection):
    return {one["item"]: one["reason"] for one in collection.provenance["skipped"]}


def refusal(work, *arguments, **options):
    """The message of the DataError that is raised, which is one line."""
    with pytest.raises(DataError) as caught:
        work(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def birds(tmp_path):
    """A few images in a folder, as the data set is published."""
    return write(tmp_path / "CUB_200_2011", FEW)


# Tasks


def test_species_groups_and_taxa_are_tasks(tmp_path, birds):
    found = made(tmp_path, birds)
    assert {name: list(above) for name, above in found.tasks["parents"].items()} == {
        "Aves": [],
        "Gull (group)": ["Aves"],
        "Blue_Jay": ["Aves"],
        "Herring_Gull": ["Gull (group)"],
        "Ivory_Gull": ["Gull (group)"],
    }
    assert found.tasks["members"].tolist() == [18, 11, 7, 6, 5]
    assert found.tasks["size"].tolist() == [18, 11, 7, 6, 5]
    assert found.tasks["rank"].tolist() == ["class", "group", *["species"] * 3]
    assert found.tasks["label"].tolist()[:3] == ["Aves", "Gull (group)", "Blue Jay"]
    assert found.tasks["also"].tolist() == [
        "",
        "order Charadriiformes, family Laridae",
        "order Passeriformes, family Corvidae",
        "",
        "",
    ]
    assert found.provenance["counts"] == {
        "class": 1,
        "order": 2,
        "family": 2,
        "group": 1,
        "species": 3,
        "images": 18,
        "training images": 10,
        "other images": 8,
    }


def test_words_that_species_of_several_families_end_in_are_no_group(tmp_path, birds):
    # Its letters are those of Herring_Gull, but here gulls are of two families.
    text = TAXONOMY.replace("2,Ivory_Gull,Laridae", "2,Ivory Gull,Stercorariidae")
    found = made(tmp_path, birds, text)
    assert "Gull (group)" not in found.tasks.index
    assert skipped(found) == {
        "Gull (group)": "no taxon: its species are of the families Laridae, "
        "Stercorariidae"
    }
    assert list(found.tasks.loc["Ivory_Gull", "parents"]) == ["Charadriiformes"]


@pytest.mark.parametrize("spelled", ["herring gull", "Her-ring_Gull", "HerringGull"])
def test_species_are_found_by_their_letters(tmp_path, birds, spelled):
    found = made(tmp_path, birds, TAXONOMY.replace("Herring_Gull", spelled))
    assert skipped(found) == {}
    assert "Herring_Gull" in found.tasks.index  # as the images are called
    assert letters("Green_Violet_ear") == letters("Green_Violetear")


@pytest.mark.parametrize("row", ["", "3,Blue_Jay,,Passeriformes"])
def test_species_that_cannot_be_placed_are_listed_and_left_out(tmp_path, birds, row):
    text = TAXONOMY.replace("3,Blue_Jay,Corvidae,Passeriformes", row)
    found = made(tmp_path, birds, text)
    assert skipped(found) == {"Blue_Jay": "taxonomy.csv does not say where it belongs"}
    assert len(found.features) == 11
    assert found.tasks.index[0] == "Gull (group)"  # Aves is nothing else now


def test_what_has_too_few_images_is_listed_but_counts_above(tmp_path):
    few = write(tmp_path / "few", FEW | {"Least_Tern": (2, 2)})
    found = made(tmp_path, few)
    assert skipped(found) == {"Least_Tern": "it has 4 of the 5 images of a task"}
    assert found.tasks.loc["Laridae", "members"] == 15
    assert len(found.features) == 22


def test_too_few_images_altogether_are_refused(tmp_path):
    few = write(tmp_path / "few", {"Least_Tern": (2, 2)})
    assert refusal(made, tmp_path, few) == (
        "There are 4 images of known species that can be read; a task needs 5."
    )


# Layouts and the split


def test_every_layout_gives_the_same(tmp_path):
    folder = write(tmp_path / "CUB_200_2011", FEW)
    subset = write(tmp_path / "subset", FEW, official=False)
    (tmp_path / "CUB_200_2011" / "attributes").mkdir()
    (tmp_path / "CUB_200_2011" / "attributes" / "images.txt").write_text("1 of these")
    expected = made(tmp_path, folder)
    for source in (
        tmp_path,  # the folder above
        packed(folder, "CUB_200_2011.tgz", "CUB_200_2011"),
        packed(subset, "images.tar"),
    ):
        found = made(tmp_path, source)
        assert found.tasks.equals(expected.tasks)
        own = slice(1, 3)  # red tells classes apart, whose numbers differ
        np.testing.assert_array_equal(found.features[:, own], expected.features[:, own])
        np.testing.assert_array_equal(
            found.membership.member, expected.membership.member
        )


def test_rows_are_in_the_order_of_the_table_of_images(tmp_path, birds):
    lines = (birds / "images.txt").read_text().splitlines()
    (birds / "images.txt").write_text("\n".join(reversed(lines)))
    found = made(tmp_path, packed(birds, "images.tar"))
    assert found.features[:, 1].tolist() == [
        *range(6, -1, -1),
        *range(4, -1, -1),
        *range(5, -1, -1),
    ]
    # Of 7 Jays 4, of 5 Ivory Gulls 3 and of 6 Herring Gulls 3 are to train on.
    assert found.train.tolist() == [
        0,
        0,
        0,
        1,
        1,
        1,
        1,
        0,
        0,
        1,
        1,
        1,
        0,
        0,
        0,
        1,
        1,
        1,
    ]


def test_the_official_split_is_taken_as_it_is(tmp_path):
    found = made(tmp_path, write(tmp_path / "official", WHOLE))
    assert found.train.sum() == 89
    assert found.provenance["notes"][1] == (
        "The split is the official one: 29 or 30 training images a class."
    )


def test_a_split_with_the_flag_turned_round_is_found_out(tmp_path):
    found = made(tmp_path, write(tmp_path / "subset", WHOLE, official=False))
    assert found.train.sum() == 89
    assert found.train[:30].all()
    assert not found.train[30:50].any()
    assert "the flag in its table was turned round" in found.provenance["notes"][1]


def test_another_split_is_taken_as_it_is_and_said_to_be_another(tmp_path, birds):
    found = made(tmp_path, birds)
    assert found.train.sum() == 10
    assert "but not the official one" in found.provenance["notes"][1]


def test_where_both_sides_look_official_the_flag_means_training():
    pictures = [Picture(at, "", "Gull", at < 30) for at in range(60)]
    assert read_split(pictures)[0] is False


# Images that cannot be read


def test_images_that_cannot_be_read_are_listed(tmp_path, birds):
    jays = birds / "images" / "003.Blue_Jay"
    (jays / "0000.png").write_bytes(b"")
    (jays / "0001.png").unlink()
    found = made(tmp_path, birds)
    assert skipped(found) == {
        "003.Blue_Jay/0001.png": "it cannot be read (No such file or directory)",
        "003.Blue_Jay/0000.png": "the file is empty (0 bytes)",
    }
    assert found.tasks.loc["Blue_Jay", "members"] == 5
    assert len(found.train) == len(found.features) == 16
    again = made(tmp_path, packed(birds, "images.tar"))
    assert skipped(again)["003.Blue_Jay/0001.png"] == "it is not in images.tar"


def test_an_archive_without_images_is_refused(tmp_path, birds):
    for image in birds.glob("images/*/*"):
        image.unlink()
    assert refusal(made, tmp_path, packed(birds, "images.tar")) == (
        "None of the 18 listed images can be read, first: "
        "001.Herring_Gull/0000.png: it is not in images.tar."
    )


def test_nothing_is_computed_twice(tmp_path, birds):
    kept = {}
    made(tmp_path, birds, kept=kept)
    before = dict(kept)
    assert len(before) == 18
    made(tmp_path, packed(birds, "images.tar"), kept=kept)
    assert kept == before


# What is refused


def test_missing_images_say_where_they_are(tmp_path):
    table = taxonomy(tmp_path)
    said = refusal(build, {}, images=None, taxonomy=table)
    assert "https://www.vision.caltech.edu/datasets/cub_200_2011/" in said
    assert said.endswith("with --images.")
    gone = tmp_path / "gone.tgz"
    said = refusal(build, {}, images=gone, taxonomy=table)
    assert said == (
        f"There is no {gone}; correct the path, or get CUB_200_2011.tgz from "
        "https://www.vision.caltech.edu/datasets/cub_200_2011/."
    )


def test_a_missing_taxonomy_says_what_it_is(tmp_path, birds):
    said = refusal(build, {}, images=birds, taxonomy=None)
    assert "a CSV table with the columns species, family and order" in said
    gone = tmp_path / "gone.csv"
    assert refusal(build, {}, images=birds, taxonomy=gone) == (
        f"{gone} cannot be read (No such file or directory); name a CSV table with the "
        "columns species, family, order."
    )


def test_another_folder_is_refused(tmp_path):
    assert "does not hold images.txt" in refusal(made, tmp_path, tmp_path)


def test_another_archive_is_refused(tmp_path, birds):
    (birds / "classes.txt").unlink()
    said = refusal(made, tmp_path, packed(birds, "images.tar"))
    assert "does not hold images.txt, image_class_labels.txt, classes.txt and" in said


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x1f\x8b\x08" + b"\0" * 20])
def test_a_file_that_is_no_archive_is_refused(tmp_path, data):
    path = tmp_path / "images.tgz"
    path.write_bytes(data)
    assert "is no archive that can be read; get" in refusal(made, tmp_path, path)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("name", ["images.tar", "images.tgz"])
def test_an_archive_that_breaks_off_is_refused_or_its_rest_listed(
    tmp_path, birds, name, share
):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for image in birds.glob("images/*/*"):
        Image.fromarray(noise).save(image)
    path = packed(birds, name)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    said = refusal(made, tmp_path, path)
    assert "breaks off or is damaged (" in said or "does not hold images.txt" in said


@pytest.mark.parametrize(
    ("table", "text", "message"),
    [
        ("images.txt", "", "images.txt in {} lists no image"),
        ("images.txt", "1", "Line 1 of images.txt in {} has no second column: '1'; g"),
        ("classes.txt", "1 a\n\n1 b", "Line 3 of classes.txt in {} lists 1 twice: '1 "),
        ("classes.txt", "1 a", "classes.txt in {} has no line of 2, which another"),
        ("image_class_labels.txt", "1 1", "image_class_labels.txt in {} has no line o"),
        ("train_test_split.txt", "1 0", "train_test_split.txt in {} has no line of 2,"),
        ("train_test_split.txt", "1 yes", "train_test_split.txt in {} says 'yes' of i"),
    ],
)
def test_a_broken_table_is_refused_by_line(tmp_path, birds, table, text, message):
    (birds / table).write_text(text)
    assert refusal(made, tmp_path, birds).startswith(message.format(birds))


def test_a_taxonomy_without_a_column_is_refused(tmp_path, birds):
    said = refusal(made, tmp_path, birds, "species;family;order\nGull;Laridae;C\n")
    assert "has no column 'species'; its first line must name species, family, " in said
    assert "has no column 'species'" in refusal(made, tmp_path, birds, "")


def test_a_taxonomy_that_contradicts_itself_is_refused(tmp_path, birds):
    said = refusal(made, tmp_path, birds, TAXONOMY + "5,Blue jay,Laridae,Gulls\n")
    assert said == (
        f"Line 6 of {tmp_path / 'taxonomy.csv'} gives Blue jay the family Laridae and "
        "the order Gulls, an earlier one others; keep one of them."
    )


def test_a_taxonomy_of_other_things_is_refused(tmp_path, birds):
    said = refusal(made, tmp_path, birds, "species,family,order\nOak,Fagaceae,Fagales")
    assert (
        "has none of the 3 species of which there are images, such as Blue_Jay" in said
    )


def test_a_taxonomy_may_start_with_a_mark_of_its_coding(tmp_path, birds):
    columns = [line.partition(",")[2] for line in TAXONOMY.splitlines()]
    assert skipped(made(tmp_path, birds, "\ufeff" + "\n".join(columns))) == {}


def test_a_taxonomy_in_another_coding_is_refused(tmp_path):
    path = tmp_path / "taxonomy.csv"
    path.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read (it is not UTF-8); name" in refusal(read_taxonomy, path)


# From the command line


def test_the_command_keeps_names_of_files_but_no_paths(tmp_path, birds, capsys):
    torch.set_num_threads(1)
    data, archive = tmp_path / "data", packed(birds, "images.tar")
    words = ["--images", str(archive), "--taxonomy", str(taxonomy(tmp_path))]
    assert main(["build", "cub", *words, "--data", str(data)]) == 0
    assert capsys.readouterr().out.startswith("cub: 5 tasks, 18 members, ")
    found = cache.load_collection(Store(data, tmp_path / "none"), "cub")
    assert found.features.shape == (18, 1280)
    assert found.train.sum() == 10
    assert found.provenance["command"] == (
        "python -m core build cub --images images.tar --taxonomy taxonomy.csv"
    )
    assert str(tmp_path) not in (data / "cub" / "collection.json").read_text()


def test_the_command_without_images_is_one_line(tmp_path, capsys):
    assert main(["build", "cub", "--data", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: The images of CUB-200-2011 are not shipped: get ")
    assert said.count("\n") == 1


# What is shipped


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return cache.load_collection(Store(tmp_path_factory.mktemp("none")), "cub")


def test_the_tasks_that_are_shipped_are_135(shipped):
    assert len(shipped.tasks) == 135
    assert shipped.tasks["members"].min() >= 5
    assert Counter(shipped.tasks["rank"]) == {
        "species": 100,
        "group": 21,
        "family": 11,
        "order": 2,
        "class": 1,
    }
    assert shipped.tasks.index[0] == "Aves"
    assert shipped.tasks["label"].loc["Green_Violetear"] == "Green Violetear"


def test_the_taxa_that_are_shipped_are_those_of_the_source(shipped):
    counts = shipped.provenance["counts"]
    assert [
        counts[rank] for rank in ("class", "order", "family", "group", "species")
    ] == [
        1,
        13,
        30,
        21,
        100,
    ]
    assert skipped(shipped) == {
        "Catbird (group)": "no taxon: its species are of the families Mimidae, "
        "Ptilonorhynchidae",
        "Grosbeak (group)": "no taxon: its species are of the families Cardinalidae, "
        "Fringillidae",
    }


def test_the_split_that_is_shipped_is_the_official_one(shipped):
    start, member = shipped.membership.start, shipped.membership.member
    species = np.flatnonzero(shipped.tasks["rank"] == "species")
    train = {int(shipped.train[member[start[t] : start[t + 1]]].sum()) for t in species}
    assert train == {29, 30}
    assert (shipped.train.sum(), len(shipped.train)) == (2999, 5902)
    assert any("was turned round" in note for note in shipped.provenance["notes"])


def test_species_that_are_shipped_look_alike_to_the_encoder(shipped):
    # Of every test image the most similar training image is of its species, mostly.
    unit = shipped.features.astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    species = np.zeros(len(unit), dtype=int)
    start, member = shipped.membership.start, shipped.membership.member
    for task in np.flatnonzero(shipped.tasks["rank"] == "species"):
        species[member[start[task] : start[task + 1]]] = task
    near = (unit[~shipped.train] @ unit[shipped.train].T).argmax(axis=1)
    right = species[shipped.train][near] == species[~shipped.train]
    assert right.mean() > 0.6


def test_what_is_shipped_of_cub_is_small_and_names_no_place(shipped):
    folder = PRECOMPUTED / "cub"
    assert (folder / "features.npz").stat().st_size <= 10_000_000
    text = (folder / "collection.json").read_text(encoding="utf-8")
    assert str(Path.cwd()) not in text
    assert "shared" not in text
    assert shipped.features.dtype == np.float16
    assert shipped.provenance["sources"][0]["licence"].startswith("non-commercial")
