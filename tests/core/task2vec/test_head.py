"""Heads: the best ones, whatever classes are called."""

import numpy as np
import pytest

from core.errors import DataError
from core.task2vec.head import fit_head


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [40, 20, 10])
    middle = 2 * rng.normal(size=(3, 12))
    return (middle[labels] + rng.normal(size=(70, 12))).astype(np.float32), labels


@pytest.mark.parametrize("channels", [12, 300])  # fewer and more than images
def test_the_fit_is_done(images, channels):
    features, labels = images
    rng = np.random.default_rng(1)
    features = np.hstack([features, rng.normal(size=(70, channels - 12))])
    head = fit_head(features, labels, decay=1e-2)
    spread = np.sqrt(features.var(axis=0).mean())
    x, share = features / spread, 1 / (3 * np.bincount(labels)[labels])
    chance = np.exp(head.logits(features))
    chance /= chance.sum(axis=1, keepdims=True)
    wrong = share[:, None] * (chance - np.eye(3)[labels])
    # No slope is left: of the weights with their decay, and of the biases.
    np.testing.assert_allclose(
        wrong.T @ x, -1e-2 * head.weight * spread, rtol=0, atol=2e-4
    )
    np.testing.assert_allclose(wrong.sum(axis=0), 0, atol=2e-4)


def test_the_head_of_other_names_of_classes_is_the_same(images):
    features, labels = images
    swap = np.array([2, 0, 1])
    head, other = fit_head(features, labels), fit_head(features, swap[labels])
    np.testing.assert_allclose(other.weight[swap], head.weight, atol=1e-9)
    assert head.accuracy == other.accuracy > 0.8


def test_accuracy_is_of_images_that_were_held_out():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(60, 200)), np.arange(60) % 2
    head = fit_head(features, labels)
    assert (head.logits(features).argmax(axis=1) == labels).all()  # learned by heart
    assert head.accuracy < 0.8


def test_a_class_of_one_image_is_not_held_out(images):
    features, labels = images
    few = np.array([0, 41, 61])
    assert np.isnan(fit_head(features[few], labels[few]).accuracy)
    head = fit_head(features[few], labels[few])
    assert (head.logits(features[few]).argmax(axis=1) == labels[few]).all()


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0, 0, 0], "one class"),
        ([0, 2, 2], "Class 1 of 3 has no image"),
        ([0, -1, 1], "below 0"),
        ([0.0, 1.0, 1.0], "not whole numbers"),
    ],
)
def test_labels_that_are_none(labels, words):
    with pytest.raises(DataError, match=words):
        fit_head(np.eye(3), np.array(labels))
