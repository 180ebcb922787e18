import io
import itertools
from dataclasses import replace

import numpy as np
import pytest
from tqdm import tqdm

from core.__main__ import main
from core.cache import load_projection
from core.commands.projecting import Meter
from core.errors import DataError
from core.jobs.progress import Report, load_progress
from core.projection import METHODS, Projection, project
from core.relations import membership_of, relations_of


@pytest.fixture
def many(collection):
    """Forty tasks known by a vector each: two distant groups of twenty."""
    rng = np.random.default_rng(0)
    centres = np.repeat(np.eye(8)[:2] * 10, 20, axis=0)
    features = (centres + rng.normal(size=(40, 8))).astype(np.float32)
    tasks = collection.tasks.iloc[[0] * 40]
    tasks.index = [f"t{row}" for row in range(40)]
    return replace(collection, tasks=tasks, features=features, membership=None)


@pytest.mark.parametrize("method", METHODS)
def test_groups_of_tasks_stay_apart_and_a_seed_repeats(many, method):
    found = project(many, method, seed=3)
    again = project(many, method, seed=3)
    np.testing.assert_array_equal(found.points, again.points)
    assert found.points.shape == (40, 2)
    assert found.settings["seed"] == 3
    one, other = found.points[:20], found.points[20:]
    spread = max(one.std(axis=0).max(), other.std(axis=0).max())
    assert np.linalg.norm(one.mean(axis=0) - other.mean(axis=0)) > 2 * spread


def test_pca_depends_on_directions_only(many):
    longer = replace(many, features=many.features * np.linspace(1, 9, 40)[:, None])
    one, other = project(many, "pca", 0), project(longer, "pca", 0)
    np.testing.assert_allclose(np.abs(one.points), np.abs(other.points), atol=1e-4)


def test_a_task_without_features_still_gets_a_point(many):
    silent = many.features.copy()
    silent[0] = 0
    found = project(replace(many, features=silent), "pca", 0)
    assert np.isfinite(found.points).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_small_collection_is_projected_from_the_command_line(store, method, capsys):
    command = ["project", "animals", "--method", method, "--data", str(store.data)]
    assert main(command) == 0
    assert "7 points in" in capsys.readouterr().out
    assert load_projection(store, "animals", method).points.shape == (7, 2)


def test_a_point_that_is_not_finite_is_refused():
    points = np.array([[0, 1], [np.nan, 0]])
    with pytest.raises(DataError, match=r"pca point of task 'b' is not finite"):
        Projection(points, ("a", "b"), "pca", {})


@pytest.mark.parametrize(("method", "tasks"), [("tsne", 1), ("umap", 3), ("pca", 1)])
def test_too_few_tasks_for_a_method_are_named(collection, method, tasks):
    some = replace(
        collection,
        tasks=collection.tasks.iloc[:tasks].assign(
            members=1, parents=[[] for _ in range(tasks)]
        ),
        features=np.eye(tasks, 3, dtype=np.float32),
        membership=None,
        relations=relations_of(membership_of([[row] for row in range(tasks)])),
    )
    with pytest.raises(DataError, match=rf"has {tasks} task.*{method} needs"):
        project(some, method, seed=0)


def test_features_of_one_channel_have_points_too(collection):
    narrow = replace(collection, features=collection.features[:, :1] - 1.5)
    points = project(narrow, "pca", seed=0).points
    assert points.shape == (7, 2)
    assert np.isfinite(points).all()


def test_a_bar_follows_the_iterations_that_are_printed(tmp_path):
    bar = tqdm(disable=False, file=io.StringIO())
    meter = Meter(bar, Report(tmp_path, clock=itertools.count().__next__))
    print("[t-SNE] Iteration 50: error = 67.89", file=meter)
    print("[t-SNE] Mean sigma: 0.22", file=meter)
    print("[t-SNE] Iteration 150: error = 6.78", file=meter)
    assert bar.n == 150
    told = load_progress(tmp_path)
    assert (told.step, told.steps, told.loss) == (150, 1000, 6.78)
    print("\rEpochs completed:  30%| ###  | 150/500 [00:01]", file=meter)
    told = load_progress(tmp_path)
    assert (told.phase, told.step, told.steps) == ("moving points", 150, 500)


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_telling_how_far_it_is_changes_no_point(many, method, capsys):
    silent = project(many, method, seed=0)
    assert capsys.readouterr().out == ""
    told = project(many, method, seed=0, telling=True)
    assert capsys.readouterr().out != ""
    np.testing.assert_array_equal(told.points, silent.points)


def test_neighbours_of_too_many_tasks_are_not_looked_for(many, monkeypatch):
    monkeypatch.setattr("core.projection.MOST", 30)
    with pytest.raises(DataError, match="compares neighbours of 30 at most"):
        project(many, "tsne", seed=0)
    assert len(project(many, "pca", seed=0).points) == 40
