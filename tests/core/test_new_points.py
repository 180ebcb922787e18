"""New tasks in point maps that are there."""

import numpy as np
import pytest

from core.new_points import new_points, tsne_weights, umap_weights
from core.projection import Projection, directions_of, project
from core.relations import membership_of


@pytest.fixture
def known():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 6)) + np.repeat(np.eye(6)[:2] * 8, 20, axis=0)
    return directions_of(rows.astype(np.float32), None)


def map_of(known, method, points, **settings):
    names = tuple(map(str, range(len(known))))
    return Projection(points.astype(np.float32), names, method, settings)


def test_on_principal_axes_a_new_point_is_exact(collection):
    every = project(collection, "pca", seed=0)
    known = directions_of(collection.features, collection.membership)
    (found,) = new_points([every], known, known)
    np.testing.assert_allclose(found, every.points, atol=1e-5)


def test_a_mean_of_members_is_what_is_placed():
    rows = np.array([[2.0, 0], [0, 2], [0, 8]], dtype=np.float32)
    found = directions_of(rows, membership_of([[0, 1], [2]]))
    np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5], [0, 1]], rtol=1e-6)


@pytest.mark.parametrize(
    ("method", "settings"), [("tsne", {"perplexity": 5}), ("umap", {"n_neighbors": 6})]
)
def test_a_new_point_lies_among_those_of_the_likest_known_tasks(
    known, method, settings
):
    points = np.repeat([[0.0, 0], [100, 0]], 20, axis=0) + known[:, :2]
    one = map_of(known, method, points, **settings)
    (found,) = new_points([one], known, known[[3, 33]])
    assert found.shape == (2, 2)
    assert abs(found[0] - points[:20].mean(axis=0)).max() < 2
    assert abs(found[1] - points[20:].mean(axis=0)).max() < 2


def test_a_gaussian_has_the_perplexity_that_is_asked_for():
    square = np.random.default_rng(0).uniform(0, 2, size=(7, 30))
    share = tsne_weights(square, 10.0)
    np.testing.assert_allclose(share.sum(axis=1), 1)
    entropy = -(share * np.log(share)).sum(axis=1)
    np.testing.assert_allclose(np.exp(entropy), 10, rtol=1e-3)


def test_weights_of_umap_by_hand():
    # exp(-(d - nearest) / width) sums to log2(4) = 2: 1 + 3 equal ones of 1/3.
    share = umap_weights(np.array([[0.1, 0.5, 0.5, 0.5]]))
    np.testing.assert_allclose(share, [[1 / 2, 1 / 6, 1 / 6, 1 / 6]], rtol=1e-3)


def test_equal_distances_weigh_the_same():
    for weights in (
        tsne_weights(np.full((1, 5), 0.3), 3.0),
        umap_weights(np.ones((1, 5))),
    ):
        np.testing.assert_allclose(weights, 0.2)


def test_none_is_placed_where_none_is_given(known):
    one = map_of(known, "umap", known[:, :2], n_neighbors=5)
    (found,) = new_points([one], known, known[:0])
    assert found.shape == (0, 2)


def test_maps_at_once_are_what_each_is_alone(known):
    maps = [
        map_of(known, "tsne", known[:, :2], perplexity=4),
        map_of(known, "pca", known[:, :2] - known[:, :2].mean(axis=0)),
        map_of(known, "umap", known[:, 2:4], n_neighbors=7),
    ]
    new = directions_of(np.random.default_rng(1).normal(size=(600, 6)), None)
    together = new_points(maps, known, new)
    for one, found in zip(maps, together, strict=True):
        np.testing.assert_allclose(new_points([one], known, new)[0], found, atol=1e-6)
