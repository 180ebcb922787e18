"""The meta-task: embedded from images in folders of species, and its neighbourhoods."""

import json

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.cache import Store, load_collection, load_embeddings, load_tasks
from core.collections.metatask import meta_tasks
from tests.core.task2vec.test_embed import PROBE

NAMES = ("Salviniales", "Schizaeales", "Physarales")  # two plants, and no plant


@pytest.fixture
def photos(tmp_path):
    """Images of two species of three orders each, laid out as train_val2018 is."""
    collection = load_collection(Store(tmp_path / "data"), "inaturalist")
    own = collection.membership
    rng = np.random.default_rng(0)
    for one in meta_tasks(collection.tasks):
        for species in own.member[own.start[one.row] :][:2]:
            if one.taxon not in NAMES:
                continue
            folder = tmp_path / "train_val2018" / "Living" / str(species)
            folder.mkdir(parents=True)
            for k in range(3):
                pixels = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{k}.png")
    (tmp_path / "probe.py").write_text(PROBE)
    return tmp_path


def test_orders_are_embedded_and_their_kin_is_told(photos, capsys):
    data = ("--data", str(photos / "data"))
    ask = ["embed", "inaturalist", "--meta-task", *data]
    ask += ["--probe", str(photos / "probe.py")]
    assert main([*ask, "--images", str(photos / "train_val2018")]) == 0
    found = load_embeddings(Store(photos / "data"), "inaturalist")
    tasks = load_tasks(Store(photos / "data"), "inaturalist")
    # Of what has the same species, the lowest taxon gives the name.
    assert [*found.names] == [
        tasks.index[one.row] for one in meta_tasks(tasks) if one.taxon in NAMES
    ]
    assert found.classes.tolist() == [2, 2, 2]
    assert found.samples.tolist() == [6, 6, 6]
    capsys.readouterr()
    assert main(["metatask", "inaturalist", "--json", *data]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["tasks"]["inaturalist"]) == 216
    (nearest,) = told["neighbourhoods"].values()
    # Both plants are of one class, 1 from each other, and 4 from what is no plant.
    assert nearest["oracle"] == pytest.approx((1 + 1 + 4) / 3)
    assert nearest["chance"] == pytest.approx((1 + 4 + 4) / 3)
    assert nearest["oracle"] <= nearest["cosine"] <= 4
    assert main(["metatask", "inaturalist", *data]) == 0
    assert "216 tasks (216 orders, 0 families)" in capsys.readouterr().out


def test_folders_that_are_no_numbers_are_refused(photos, capsys):
    for folder in (photos / "train_val2018" / "Living").iterdir():
        folder.rename(folder.with_name(f"species {folder.name}"))
    ask = ["embed", "inaturalist", "--images", str(photos / "train_val2018")]
    ask += ["--probe", str(photos / "probe.py"), "--data", str(photos / "data")]
    assert main(ask) == 1
    assert "called by the numbers of species" in capsys.readouterr().err


def test_a_folder_has_no_orders(photos, capsys):
    ask = ["embed", str(photos / "train_val2018"), "--meta-task", "--out", "x.npz"]
    assert main(ask) == 1
    assert "is for taxa" in capsys.readouterr().err


def test_birds_that_come_with_the_program(tmp_path, capsys):
    assert main(["metatask", "cub", "--json", "--data", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)["neighbourhoods"]
    first, fifth = told["1"], told["5"]
    # Nine orders have no kin; of the eleven families of Passeriformes all others have.
    assert first["oracle"] == fifth["oracle"] == pytest.approx(9 / 20)
    assert first["chance"] == pytest.approx(1 - 11 * 10 / (20 * 19))
    # The share that we ask of Task2Vec, of any structure that the taxonomy allows.
    assert first["shares"]["log-cosine"] >= 0.8
    assert fifth["shares"]["log-cosine"] >= 0.8


def test_what_is_neither_collection_nor_file(tmp_path, capsys):
    assert main(["metatask", "fishes", "--data", str(tmp_path)]) == 1
    assert "neither a collection nor a file" in capsys.readouterr().err
