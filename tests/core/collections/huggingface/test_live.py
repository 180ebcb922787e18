import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

from core import cache
from core.cache import Store
from tests.core.collections.huggingface.hub_server import SHA, Repository, serving

ROOT = Path(__file__).parents[4]
LABELLED = """---
license: mit
dataset_info:
  features:
  - name: label
    dtype:
      class_label:
        names: ['cat', 'dog']
  splits:
  - {name: train, num_examples: 70}
---
Photographs of cats and dogs at home.
"""


def png(colour, seed):
    """A small picture, about of one colour."""
    pixels = np.random.default_rng(seed).integers(0, 40, (12, 12, 3)) + colour
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def parquet(images):
    """Pictures as `datasets` writes them to the Hub."""
    stored = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    features = '"features": {"image": {"_type": "Image"}}'
    schema = pa.schema(
        {"image": stored}, metadata={"huggingface": f'{{"info": {{{features}}}}}'}
    )
    rows = [{"bytes": data, "path": None} for data in images]
    file = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"image": rows}, schema=schema), file)
    return file.getvalue()


@pytest.fixture
def pictured():
    """Data sets in a Parquet file, as folders of images, and such as cannot be read."""
    dark = [png((10, 10, 30), seed) for seed in range(9)]
    bright = {f"train/{n % 2}/{n}.png": png((200, 190, 60), n) for n in range(4)}
    return {
        "me/night": Repository(
            {
                "README.md": b"Pictures of the sky at night.",
                "data/train-00000-of-00001.parquet": parquet(dark),
            }
        ),
        "me/day": Repository(
            {"README.md": b"Pictures of the sky at noon.", "train/0/9.png": b"broken"}
            | bright
        ),
        "me/secret": Repository({"README.md": b"Nobody may see this."}, gated=True),
        "me/numbers": Repository({"data.csv": b"a,b\n1,2\n"}),
    }


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A tiny CLIP with random weights, in a folder."""
    torch.manual_seed(0)
    layers = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    text = {"vocab_size": 20, "bos_token_id": 0, "eos_token_id": 1, **layers}
    config = CLIPConfig(
        vision_config={"image_size": 32, "patch_size": 8, **layers},
        text_config=text,
        projection_dim=12,
    )
    folder = tmp_path_factory.mktemp("models") / "tiny-clip"
    CLIPModel(config).save_pretrained(folder)
    CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder)
    return folder


def started(served, data, *arguments, **variables):
    """The live build as a person starts it, with a Hub of their own."""
    command = [sys.executable, "-m", "core", "build", "huggingface", "--data", data]
    return subprocess.Popen(
        [*command, *arguments],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key != "HF_TOKEN"}
        | {
            "HF_ENDPOINT": served.endpoint,
            "HF_HOME": str(data / "home"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            # No other machine can be reached: a request to one would fail.
            "http_proxy": "http://127.0.0.1:9",
            "https_proxy": "http://127.0.0.1:9",
            "no_proxy": "127.0.0.1",
        }
        | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job inherits a Ctrl-C that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def run(served, data, *arguments, **variables):
    process = started(served, data, *arguments, **variables)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def loaded(data):
    return cache.load_collection(Store(data, data), "huggingface-hub")


# By texts


def test_cards_become_a_collection(tmp_path):
    repositories = {
        "me/pets": Repository({"README.md": LABELLED.encode()}),
        "me/sea": Repository({"README.md": b"Pictures of ships on the sea."}),
        "me/none": Repository(),
    }
    with serving(repositories) as served:
        code, out, err = run(served, tmp_path, "--from-hub")
    assert code == 0, err
    said = [line for line in out.splitlines() if not line.startswith("note: ")]
    assert said == [
        "huggingface-hub: 3 tasks, 3 vectors, 0 strict containments in "
        f"{tmp_path / 'huggingface-hub'}",
        "1 skipped, all listed in collection.json:",
        "  me/none: its card cannot be read: there is none (HTTP 404); built from what "
        "else is known",
    ]
    made = loaded(tmp_path)
    assert list(made.tasks.index) == ["me/pets", "me/sea", "me/none"]
    assert made.tasks["members"].tolist() == [70, 1, 1]
    assert made.tasks["labels"].iloc[0] == 2
    assert made.membership is None
    about = made.provenance
    assert about["command"] == "python -m core build huggingface --from-hub --limit 200"
    assert about["sources"][0]["address"] == served.endpoint
    assert "no image was looked at" in about["notes"][0]


def test_an_interrupted_build_goes_on(tmp_path):
    repositories = {
        f"me/{n}": Repository({"README.md": f"Pictures of kind {n} of {n}.".encode()})
        for n in range(4)
    }
    hanging = f"/datasets/me/2/resolve/{SHA}/README.md"
    with serving(repositories) as served:
        served.always[hanging] = "hang"
        process = started(served, tmp_path, "--from-hub")
        deadline = time.monotonic() + 60
        while hanging not in served.asked and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        last = "interrupted; the same build of 'huggingface' goes on from here"
        assert err.splitlines()[-1] == last
        assert not (tmp_path / "huggingface-hub").exists()
        del served.always[hanging]
        served.asked.clear()
        code, _, err = run(served, tmp_path, "--from-hub")
        assert code == 0, err
        assert served.count("README.md") == 2  # the third and the fourth
    assert len(loaded(tmp_path).tasks) == 4


def test_offline_mode_is_one_line(tmp_path):
    with serving({"me/a": Repository()}) as served:
        code, out, err = run(served, tmp_path, "--from-hub", HF_HUB_OFFLINE="1")
    assert (code, out) == (1, "")
    assert err == (
        f"error: The Hugging Face Hub at {served.endpoint} does not list its data sets "
        "(HF_HUB_OFFLINE is set; unset it). Check the network and HF_ENDPOINT, or "
        "build without --from-hub.\n"
    )
    assert not served.asked


@pytest.mark.parametrize("option", ["--limit", "--images", "--encoder"])
def test_options_of_the_hub_need_the_hub(tmp_path, option):
    with serving({}) as served:
        code, _, err = run(served, tmp_path, option, "3")
    assert code == 1
    assert err == f"error: {option} 3 asks the Hub itself; add --from-hub.\n"
    assert not served.asked


# By images


def test_images_are_sampled_and_embedded(tmp_path, pictured, clip):
    options = ("--from-hub", "--encoder", clip, "--images", "5")
    with serving(pictured) as served:
        code, _, err = run(served, tmp_path, *options)
        assert code == 0, err
        made = loaded(tmp_path)
        assert list(made.tasks.index) == ["me/night", "me/day"]
        assert made.tasks["members"].tolist() == [5, 4]
        assert made.membership.counts.tolist() == [5, 4]
        assert made.features.shape == (9, 12)
        skipped = {one["item"]: one["reason"] for one in made.provenance["skipped"]}
        assert skipped.keys() == {"me/day", "me/secret", "me/numbers"}
        assert skipped["me/day"].startswith("1 of 5 images are missing, first: it is")
        assert "gated, private or gone" in skipped["me/secret"]
        assert "no column of images among a, b" in skipped["me/numbers"]
        # Night and day are told apart by their pixels.
        middle = [made.features[rows].mean(axis=0) for rows in np.split(range(9), [5])]
        within = np.linalg.norm(made.features[:5] - middle[0], axis=1).max()
        assert np.linalg.norm(middle[0] - middle[1]) > within
        about = made.provenance
        assert about["encoder"].startswith("tiny-clip (12 channels) of up to 5 images")
        assert about["member"] == "sampled image"
        assert str(clip.parent) not in str(about)
        assert about["command"].endswith("--encoder tiny-clip --images 5")

        # What was embedded is not fetched again.
        served.asked.clear()
        code, _, err = run(served, tmp_path, *options)
        assert code == 0, err
        assert served.count(".parquet") == 0
    np.testing.assert_array_equal(loaded(tmp_path).features, made.features)


def test_an_encoder_that_there_is_not_is_said_before_the_hub_is_asked(tmp_path):
    (tmp_path / "empty").mkdir()
    with serving({"me/a": Repository()}) as served:
        code, _, err = run(
            served, tmp_path, "--from-hub", "--encoder", tmp_path / "empty"
        )
    assert code == 1
    assert "cannot be read as an image model" in err.splitlines()[-1]
    assert served.count("/api/datasets") == 0


def test_no_image_at_all_is_said(tmp_path, pictured, clip):
    only = {"me/numbers": pictured["me/numbers"]}
    with serving(only) as served:
        code, _, err = run(served, tmp_path, "--from-hub", "--encoder", clip)
    assert code == 1
    assert err.splitlines()[-1].startswith(
        "error: None of 64 images can be read, first"
    )
    assert "no column of images among a, b" in err
