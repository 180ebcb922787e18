import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    ResNetConfig,
    ResNetModel,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessorPil,
    ViTModel,
)

from core.encoders.image import WEIGHTS, efficientnet, encoder_of, pretrained
from core.errors import DataError
from core.packages import package_file

ROOT = Path(__file__).parents[3]
LAYERS = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
}
VIT = ViTConfig(image_size=32, patch_size=8, **LAYERS)


@pytest.fixture(scope="module")
def lite():
    return efficientnet()


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Tiny models with random weights, each in a folder of its own."""
    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("models")
    text = {"vocab_size": 20, "max_position_embeddings": 8, **LAYERS}
    clip = CLIPConfig(
        vision_config={"image_size": 32, "patch_size": 8, **LAYERS},
        text_config=text | {"bos_token_id": 0, "eos_token_id": 1},
        projection_dim=12,
    )
    resnet = ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 20], depths=[1, 1], layer_type="basic"
    )
    bert = BertConfig(**text)
    square = ViTImageProcessorPil(size={"height": 32, "width": 32})
    sides = {"shortest_edge": 32}
    crop = CLIPImageProcessorPil(size=sides, crop_size={"height": 32, "width": 32})
    for name, model, processor in (
        ("clip", CLIPModel(clip), crop),
        ("vit", ViTModel(VIT), square),
        ("classifier", ViTForImageClassification(VIT), square),
        ("resnet", ResNetModel(resnet), square),
        ("bert", BertModel(bert), None),
    ):
        model.save_pretrained(root / name)
        if processor is not None:
            processor.save_pretrained(root / name)
    return root


def noise(*sizes):
    """Pictures of random pixels, one a size."""
    draw = np.random.default_rng(0)
    return [
        Image.fromarray(draw.integers(0, 256, (*size, 3), dtype=np.uint8))
        for size in sizes
    ]


def cosine(a, b):
    return (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)


# EfficientNet-Lite0


def test_efficientnet_gives_pooled_features(lite):
    vectors = lite.encode(noise((40, 50), (300, 200), (1, 1), (5, 900)))
    assert vectors.shape == (4, 1280)
    assert vectors.dtype == np.float32
    assert (vectors >= 0).all()  # they come out of a ReLU6
    assert (vectors <= 6).all()


def test_vectors_do_not_depend_on_the_batch(lite):
    pictures = noise((40, 50), (60, 60), (224, 224))
    alone = np.concatenate([lite.encode([picture]) for picture in pictures])
    np.testing.assert_allclose(lite.encode(pictures), alone, atol=1e-4)


@pytest.mark.parametrize(
    ("file", "seen"),
    [("flower.jpg", 985), ("china.jpg", 698)],  # daisy, palace
)
def test_the_last_layer_recognises_photographs_by_the_features(lite, file, seen):
    weights = torch.load(package_file(*WEIGHTS), weights_only=True)
    (vector,) = lite.encode([Image.fromarray(load_sample_image(file))])
    scores = weights["_fc.weight"].numpy() @ vector + weights["_fc.bias"].numpy()
    assert scores.argmax() == seen


def test_only_the_central_square_is_seen(lite):
    (wide,) = noise((100, 300))
    same = wide.copy()
    same.paste("red", (0, 0, 90, 100))
    same.paste("red", (210, 0, 300, 100))
    first, second = lite.encode([wide, same])
    np.testing.assert_array_equal(first, second)


def test_the_encoder_says_what_it_is(lite):
    assert "0.1.0" in lite.name
    assert lite.source["licence"] == "Apache-2.0"
    assert lite.source["version"] == "0.1.0"
    assert "1280 channels" in lite.about
    assert encoder_of("efficientnet-lite0").name == lite.name


# Any model of transformers


@pytest.mark.parametrize(
    ("name", "channels"),
    [("clip", 12), ("vit", 16), ("classifier", 16), ("resnet", 20)],
)
def test_a_model_in_a_folder_gives_vectors(models, name, channels):
    encoder = encoder_of(str(models / name))
    vectors = encoder.encode(noise((40, 50), (3, 3), (1, 1), (200, 20)))
    assert vectors.shape == (4, channels)
    assert np.isfinite(vectors).all()
    assert encoder.about == f"{name} ({channels} channels)"


def test_clip_gives_the_embedding_that_texts_are_compared_with(models):
    model = CLIPModel.from_pretrained(models / "clip").eval()
    processor = CLIPImageProcessorPil.from_pretrained(models / "clip")
    (picture,) = noise((40, 50))
    inputs = processor([picture], return_tensors="pt")
    with torch.inference_mode():
        tokens = torch.tensor([[0, 5, 1]])
        said = model(input_ids=tokens, attention_mask=torch.ones(1, 3), **inputs)
    (vector,) = pretrained(str(models / "clip")).encode([picture])
    assert cosine(vector, said.image_embeds[0].numpy()) == pytest.approx(1, abs=1e-5)


def test_a_pooler_that_was_never_trained_is_not_asked(models):
    # Of a classifier, transformers would make one up, anew at every start.
    first, second = (
        pretrained(str(models / "classifier")).encode(noise((40, 50))) for _ in "ab"
    )
    np.testing.assert_array_equal(first, second)
    model = ViTForImageClassification.from_pretrained(models / "classifier").eval()
    processor = ViTImageProcessorPil.from_pretrained(models / "classifier")
    inputs = processor(noise((40, 50)), return_tensors="pt")
    with torch.inference_mode():
        hidden = model.vit(**inputs).last_hidden_state[:, 0]
    np.testing.assert_allclose(first, hidden.numpy(), atol=1e-5)


def test_another_weight_is_another_encoder(models, tmp_path):
    name = pretrained(str(models / "vit")).name
    moved = tmp_path / "elsewhere" / "vit"
    shutil.copytree(models / "vit", moved)
    assert pretrained(str(moved)).name == name  # its place does not matter
    torch.manual_seed(1)
    ViTModel(VIT).save_pretrained(moved)
    assert pretrained(str(moved)).name != name
    settings = json.loads((models / "vit" / "preprocessor_config.json").read_text())
    settings["image_mean"] = [0.1, 0.2, 0.3]
    again = pretrained(str(moved)).name
    (moved / "preprocessor_config.json").write_text(json.dumps(settings))
    assert pretrained(str(moved)).name != again


def test_a_model_of_the_hub_that_was_fetched_needs_no_network(models, tmp_path):
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "hub" / "models--us--tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    snapshot = repository / "snapshots" / commit
    shutil.copytree(models / "clip", snapshot)
    (snapshot / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")
    code = (
        "from core.encoders.image import pretrained; one = pretrained('us/tiny'); "
        "print(one.name); print(one.source['licence'], one.source['address'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.splitlines() == [
        f"us/tiny {commit}",
        "mit https://huggingface.co/us/tiny",
    ], ended.stderr


# What is no model


def refusal(name):
    with pytest.raises(DataError) as caught:
        encoder_of(str(name))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_name_that_cannot_be_one_is_refused(tmp_path):
    gone = tmp_path / "gone"
    said = refusal(gone)
    assert said.startswith(
        f"No image model '{gone}': it is no folder here, and the Hug"
    )
    assert said.endswith("Correct the name, or use efficientnet-lite0.")


def test_a_folder_without_a_model_is_refused(tmp_path):
    assert refusal(tmp_path).startswith(
        f"'{tmp_path}' cannot be read as an image model"
    )


def test_a_model_of_texts_is_refused(models):
    assert "cannot be read as an image model" in refusal(models / "bert")


def test_a_model_that_brings_code_is_refused(models, tmp_path):
    shutil.copytree(models / "vit", tmp_path, dirs_exist_ok=True)
    settings = json.loads((tmp_path / "config.json").read_text())
    brought = {"AutoConfig": "own.Config", "AutoModel": "own.Model"}
    settings |= {"model_type": "own", "auto_map": brought}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    (tmp_path / "own.py").write_text("raise SystemExit('run')")
    assert "cannot be read as an image model" in refusal(tmp_path)


def test_a_damaged_model_is_refused(models, tmp_path):
    shutil.copytree(models / "vit", tmp_path, dirs_exist_ok=True)
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    assert "cannot be read as an image model" in refusal(tmp_path)


def test_a_model_with_half_its_weights_is_refused(models, tmp_path):
    from safetensors.numpy import load_file, save_file

    shutil.copytree(models / "vit", tmp_path, dirs_exist_ok=True)
    weights = load_file(tmp_path / "model.safetensors")
    half = {key: value for key, value in weights.items() if "embeddings" in key}
    save_file(half, tmp_path / "model.safetensors", {"format": "pt"})
    assert "lacks trained weights of" in refusal(tmp_path)
