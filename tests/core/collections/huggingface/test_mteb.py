import math
import sys

from core.collections.huggingface.mteb import KINDS, image_tasks


def test_the_image_tasks_are_those_of_the_package():
    tasks = image_tasks()
    assert len(tasks) == 32
    assert {one.task for one in tasks.values()} == {*KINDS.values()}
    assert "mteb" not in sys.modules


def test_counts_are_of_all_splits():
    cifar = image_tasks()["mteb/cifar10"]
    assert (cifar.size, cifar.classes) == (60_000, 10)
    assert image_tasks()["pranitchawla/FineGrainOCRITClustering"].classes == 256


def test_every_task_says_what_it_is_but_the_one_that_is_wrong():
    tasks = image_tasks()
    silent = [name for name, one in tasks.items() if not one.texts]
    assert silent == ["mteb/VOC2007"]  # "Classifying bird images from 500 species."
    assert tasks["mteb/birdsnap"].texts == (
        "Classifying bird images from 500 species.",
    )
    assert all(math.isfinite(one.size) for one in tasks.values())


def test_constants_of_a_module_are_read():
    # Its path stands in a constant, not in the metadata.
    assert image_tasks()["pranitchawla/crisismmd-mteb"].licence == "cc-by-nc-sa-4.0"
    assert image_tasks()["mteb/dtd"].licence == ""  # said to be "not specified"
