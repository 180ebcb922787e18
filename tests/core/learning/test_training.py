import os
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from core import cache, weights
from core.__main__ import main
from core.baselines import published
from core.baselines.published import PublishedEncoder
from core.boxes import Boxes, containment, containment_pairs
from core.cache import Store
from core.collection import Collection
from core.errors import DataError
from core.learning import checkpoint, fitting, objective, sampling, training
from core.learning.placing import explained, place
from core.learning.recipe import TrainingConfig, config_for
from core.learning.training import fit, start
from core.learning.training_data import TrainingData, training_data
from core.locks import locked
from core.metrics import picture, rank_correlation
from core.relations import Relations, membership_of, relations_of

# Two groups of two pairs each, over eight members: a full binary tree.
SETS = [range(8), range(4), range(4, 8), *(range(a, a + 2) for a in (0, 2, 4, 6))]
LEAVES = [[row] for row in range(8)]
NOTHING = Relations(*np.zeros((2, 0), dtype=np.int64), np.zeros(0, dtype=np.float32))
QUICK = TrainingConfig(steps=150, known=64, unrelated=64, crowded=64)


@pytest.fixture(autouse=True)
def one_thread():
    training.use_one_thread()


@pytest.fixture
def tree(collection):
    """Fifteen tasks whose members have unrelated features."""
    membership = membership_of([*map(list, SETS), *LEAVES])
    names = [f"t{row}" for row in range(15)]
    tasks = collection.tasks.iloc[[0] * 15].assign(members=membership.counts)
    tasks.index = names
    features = np.random.default_rng(0).normal(size=(8, 16)).astype(np.float32)
    relations = relations_of(membership)
    return Collection("tree", tasks, features, membership, relations, {})


def fitted(collection, config, state=None):
    data = training_data(collection, config.encoder)
    state = state or start(data, config)
    for _ in fit(data, state):
        pass
    names = tuple(collection.tasks.index)
    return state, place(state.model, data.features, data.membership, names)


def test_fit_recovers_a_hierarchy_with_exact_boxes(tree):
    _, boxes = fitted(tree, QUICK)
    shares = containment(boxes)
    strict = tree.relations.strength == 1
    assert (
        shares[tree.relations.child[strict], tree.relations.parent[strict]] == 1
    ).all()
    assert (shares < 1).sum() == 15 * 15 - 15 - strict.sum()
    assert picture(boxes, tree.relations).sibling_overlap < 0.05


def test_the_task_encoder_recovers_it_too(tree):
    config = config_for(tree, "network", dim=2, seed=0, steps=300)
    # Of eight members none can be left out: these features are of no use but by heart.
    _, boxes = fitted(tree, replace(config, seen=(1.0, 1.0), blanked=0.0))
    shares = containment(boxes)
    strict = tree.relations.strength == 1
    inside = shares[tree.relations.child[strict], tree.relations.parent[strict]]
    assert inside.mean() > 0.8
    assert picture(boxes, tree.relations).sibling_overlap < 0.2


def test_a_novel_task_of_known_members_lies_in_its_parent(tree):
    state, boxes = fitted(tree, QUICK)
    novel = membership_of([[0, 1, 2]])
    new = place(state.model, tree.features, novel, ("new",))
    assert (new.lower[0] > boxes.lower[1]).all()  # task 1 has members 0 to 3
    assert (new.upper[0] < boxes.upper[1]).all()


def test_sets_that_cross_are_pulled_apart_from_what_they_do_not_share(tree):
    # A task of one half and one of the other's pairs: no treemap can lay it out.
    sets = [*map(list, SETS), [0, 1, 6, 7], *LEAVES]
    membership = membership_of(sets)
    tasks = tree.tasks.iloc[[0] * 16].assign(members=membership.counts)
    tasks.index = [f"t{row}" for row in range(16)]
    crossed = replace(
        tree, tasks=tasks, membership=membership, relations=relations_of(membership)
    )
    unrelated = np.ones((16, 16), dtype=bool)
    unrelated[crossed.relations.child, crossed.relations.parent] = False
    np.fill_diagonal(unrelated, False)
    _, before = fitted(crossed, replace(QUICK, steps=0))
    _, after = fitted(crossed, replace(QUICK, steps=300))
    assert containment(before)[unrelated].max() == 1
    assert containment(after)[unrelated].max() < 0.5


def test_where_sets_do_not_cross_no_step_is_taken_unless_asked_for(tree):
    data = training_data(tree, "set")
    skipped = start(data, config_for(tree, "default", dim=2, seed=0, steps=None))
    assert list(fit(data, skipped)) == []
    asked = start(data, config_for(tree, "default", dim=2, seed=0, steps=3))
    assert [state.step for state in fit(data, asked)][-1] == 3
    # What crosses is read off the sets to learn from, not off what is known of pairs.
    crossing = replace(
        data, membership=membership_of([*map(list, SETS[:2]), [2, 3, 4], *LEAVES])
    )
    crossing = replace(crossing, relations=NOTHING, tasks=11)
    config = config_for(tree, "default", dim=2, seed=0, steps=None)
    assert start(crossing, config).config.steps == config.steps > 0


def test_what_members_tell_of_each_other_is_measured_without_themselves(tree):
    # Members alike in pairs, at 0 and 1, at 10 and 11, and all at one height.
    paired = np.repeat(tree.features[:2], 2, axis=0)
    data = TrainingData(paired, membership_of([[0, 1, 2, 3]]), NOTHING, tasks=1)
    model = start(data, QUICK).model
    with torch.no_grad():
        model.own.copy_(torch.tensor([[0.0, 5], [1, 5], [10, 5], [11, 5]]))
        model.shift.zero_()
    # Each is 1 off; from the mean, 5.5, they are 5.5 or 4.5 off.
    assert explained(model) == pytest.approx(1 - 4 / 101)


def test_new_members_go_where_known_ones_are_that_they_are_like(tree):
    state, boxes = fitted(tree, QUICK)
    near = tree.features + np.float32(0.01)
    new = place(state.model, near, tree.membership, boxes.names, known=False)
    np.testing.assert_allclose(new.lower[7:], boxes.lower[7:], atol=1e-5)
    assert (new.lower[0] > boxes.lower[0]).all()  # around the middle half only


def test_equal_seeds_give_equal_boxes_and_others_do_not(tree):
    short = replace(QUICK, steps=20)
    (_, one), (_, same) = fitted(tree, short), fitted(tree, short)
    np.testing.assert_array_equal(one.lower, same.lower)
    _, other = fitted(tree, replace(short, seed=1))
    assert (one.lower != other.lower).any()


@pytest.mark.parametrize(
    "settings",
    [
        QUICK,
        replace(QUICK, encoder="task", learning_rate=4e-3),
        replace(QUICK, encoder="neighbour", learning_rate=0.05),
    ],
    ids=["set", "task", "neighbour"],
)
def test_a_stored_state_goes_on_as_if_never_stopped(tree, tmp_path, settings):
    config = replace(settings, steps=40)
    whole, boxes = fitted(tree, config)
    data = training_data(tree, config.encoder)
    for state in fit(data, start(data, config)):
        if state.step == 17:  # between two looks for crowded boxes
            weights.save_checkpoint(
                Store(tmp_path), "tree", *checkpoint.checkpoint_of(state, data)
            )
            break
    stored = weights.load_checkpoint(Store(tmp_path), "tree", 2)
    resumed, same = fitted(tree, config, checkpoint.resumed(*stored, data, config))
    np.testing.assert_array_equal(boxes.lower, same.lower)
    np.testing.assert_array_equal(boxes.upper, same.upper)
    assert resumed.loss == whole.loss


def test_a_state_of_other_settings_or_data_is_refused(tree):
    data = training_data(tree, "set")
    stored = checkpoint.checkpoint_of(start(data, QUICK), data)
    with pytest.raises(DataError, match="other settings"):
        checkpoint.resumed(*stored, data, replace(QUICK, seed=1))
    with pytest.raises(DataError, match="collection has changed"):
        checkpoint.resumed(*stored, replace(data, features=data.features + 1), QUICK)


def test_a_loss_that_is_not_finite_stops_before_it_spoils_anything(tree):
    data = training_data(tree, "set")
    state = start(data, QUICK)
    steps = fit(data, state)
    next(steps)
    with torch.no_grad():
        state.model.own.fill_(torch.nan)
    with pytest.raises(DataError, match=r"The loss is nan at step 2 of 150.*--seed"):
        next(steps)
    assert state.step == 1


def test_a_stored_encoder_places_as_before(tree, tmp_path):
    state, boxes = fitted(tree, replace(QUICK, steps=3))
    about = checkpoint.model_settings(state, training_data(tree, "set"))
    arrays = checkpoint.model_arrays(state.model)
    weights.save_model(Store(tmp_path), "tree", arrays, about)
    model = checkpoint.stored_model(
        *weights.load_model(Store(tmp_path), "tree", 2), tree.features
    )
    again = place(model, tree.features, tree.membership, boxes.names)
    np.testing.assert_array_equal(boxes.lower, again.lower)


def test_withheld_pairs_are_not_learned_from(tree):
    # Without any pair that says so, nothing keeps siblings 1 and 2 apart.
    data = training_data(tree, "set")
    keys = np.arange(15 * 15)
    pairs = sampling.pairs_of(15, tree.relations, keys)
    assert len(pairs.keys) == 0
    state = start(replace(data, withheld=keys), replace(QUICK, steps=2))
    for _ in fit(replace(data, withheld=keys), state):
        pass
    assert state.crowd.shape == (2, 0)


def test_tasks_without_members_need_the_task_encoder(tree):
    bare = replace(tree, membership=None, features=np.eye(15, dtype=np.float32))
    config = config_for(bare, "default", dim=2, seed=0, steps=2)
    assert config.encoder == "task"
    _, boxes = fitted(bare, config)
    assert len(boxes.names) == 15


def test_measured_tasks_without_members_tell_new_ones_by_neighbours(tree):
    bare = replace(tree, membership=None, features=np.eye(15, dtype=np.float32))
    bare = replace(bare, relations=replace(tree.relations, complete=False))
    config = config_for(bare, "default", dim=2, seed=0, steps=2)
    assert config.encoder == "neighbour"
    assert config_for(bare, "network", dim=2, seed=0, steps=2).encoder == "task"


def test_what_neighbours_tell_is_learned_too(loose):
    """Where strengths follow features, new tasks come to lie where these say."""
    angle = np.arange(24) * np.pi / 12
    features = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    child, parent = np.nonzero(~np.eye(24, dtype=bool))
    strength = (1 + (features @ features.T)[child, parent]) / 2
    tasks = loose.tasks.iloc[[0] * 24].drop(columns="size")
    tasks.index = [f"t{row}" for row in range(24)]

    def told(share):
        known = np.arange(24) % 4 > 0
        new = np.cumsum(known) - 1
        use = known[child] & known[parent]
        relations = Relations(
            new[child[use]], new[parent[use]], strength[use].clip(1e-3, 1), False
        )
        some = Collection("circle", tasks[known], features[known], None, relations, {})
        config = config_for(some, "default", dim=2, seed=0, steps=200)
        state, boxes = fitted(some, replace(config, told=share))
        novel = place(
            state.model, features[~known], None, tuple(tasks.index[~known]), known=False
        )
        one, other = np.meshgrid(np.arange(6), np.arange(18), indexing="ij")
        both = Boxes(
            np.concatenate([novel.lower, boxes.lower]),
            np.concatenate([novel.upper, boxes.upper]),
            (*novel.names, *boxes.names),
        )
        share = containment_pairs(both, one.ravel(), 6 + other.ravel())
        true = (1 + features[~known] @ features[known].T) / 2
        return rank_correlation(share, true.ravel())

    assert told(0.25) > 0.8


@pytest.fixture
def loose(collection):
    """Six tasks in a ring, each with half of it in the next, and their sizes."""
    ring = np.arange(6)
    both = (
        np.concatenate([ring, (ring + 1) % 6]),
        np.concatenate([(ring + 1) % 6, ring]),
    )
    size = [100.0, 1e4, np.nan, 1e6, 100.0, 1e4]
    tasks = collection.tasks.iloc[[0] * 6].assign(members=1, size=size)
    tasks.index = [f"t{row}" for row in range(6)]
    relations = Relations(*both, np.full(12, 0.5, dtype=np.float32))
    features = np.eye(6, dtype=np.float32)
    return Collection("loose", tasks, features, None, relations, {})


def test_volumes_grow_with_the_root_of_known_sizes(loose):
    config = config_for(loose, "default", dim=2, seed=0, steps=300)
    _, boxes = fitted(loose, config)
    known = np.isfinite(loose.tasks["size"])
    size, volume = loose.tasks["size"][known], boxes.volume[known]
    slope, _ = np.polyfit(np.log(size), np.log(volume), 1)
    assert slope == pytest.approx(config.size_power, abs=0.15)
    # Of an unknown size the box is neither large nor small.
    middle = volume[size == 1e4].mean()
    assert 0.5 < boxes.volume[~known].item() / middle < 2


def test_boxes_without_members_are_nearly_cubes(loose):
    config = config_for(loose, "default", dim=2, seed=0, steps=300)
    _, boxes = fitted(loose, config)
    sides = boxes.upper - boxes.lower
    assert np.median(sides.max(axis=1) / sides.min(axis=1)) < 1.3
    _, free = fitted(loose, replace(config, even_weight=0.0))
    uneven = (free.upper - free.lower).max(axis=1) / (free.upper - free.lower).min(
        axis=1
    )
    assert uneven.max() > (sides.max(axis=1) / sides.min(axis=1)).max()


def test_pairs_of_which_nothing_is_known_are_not_learned_from(loose):
    partly = replace(loose, relations=replace(loose.relations, complete=False))
    data = training_data(partly, "task")
    # Of 30 ordered pairs 12 are listed; of the other 18 nothing is known.
    assert len(data.withheld) == 18
    assert len(training_data(loose, "task").withheld) == 0


# ---- the command line ----


def command(folder, *more, name="animals"):
    return ["fit", name, "--data", str(folder), *more]


def test_fit_writes_boxes_and_encoder(store, capsys):
    assert main(command(store.data, "--steps", "5", "--dim", "3")) == 0
    assert "7 boxes in" in capsys.readouterr().out
    boxes = cache.load_boxes(store, "animals", 3)
    known = cache.load_collection(store, "animals")
    stored = weights.load_model(store, "animals", 3)
    model = checkpoint.stored_model(*stored, known.features)
    again = place(
        model, known.features.astype(np.float32), known.membership, boxes.names
    )
    np.testing.assert_array_equal(boxes.lower, again.lower)
    assert not list((store.data / "animals").glob("checkpoint*"))


def test_an_interrupted_fit_goes_on_to_the_same_result(store, tmp_path, capsys):
    steps = ("--steps", "300")
    assert main(command(store.data, *steps)) == 0
    whole = cache.load_boxes(store, "animals", 2)
    (store.data / "animals" / "boxes_2d.npz").unlink()
    checkpoint = store.data / "animals" / "checkpoint_2d.safetensors"

    def stop() -> None:
        while not checkpoint.exists():
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    watching = threading.Thread(target=stop)
    watching.start()
    assert main(command(store.data, *steps)) == 130
    watching.join()
    said = capsys.readouterr().err
    assert "interrupted at step" in said and "--resume" in said
    assert main(command(store.data, *steps, "--resume")) == 0
    resumed = cache.load_boxes(store, "animals", 2)
    np.testing.assert_array_equal(whole.lower, resumed.lower)
    assert not checkpoint.exists()


def test_the_published_recipe_is_fitted_placed_and_taken_up_again(
    store, monkeypatch, capsys
):
    asked = ("--recipe", "published", "--steps", "30")
    assert main(command(store.data, *asked)) == 0
    whole = cache.load_boxes(store, "animals", 2)
    known = cache.load_collection(store, "animals")
    stored = weights.load_model(store, "animals", 2)
    model = checkpoint.stored_model(*stored, known.features)
    assert isinstance(model, PublishedEncoder)
    means = training_data(known, "task").features
    alone = place(model, means[:1], None, whole.names[:1], known=False)
    np.testing.assert_allclose(alone.lower, whole.lower[:1], atol=1e-6)
    sides = whole.upper - whole.lower
    assert (sides < 1).all()  # as published, which ours are not
    errors = iter([published.loss] * 12)

    def breaking(*given):
        value = next(errors, None)
        return value(*given) if value else torch.tensor(torch.nan)

    monkeypatch.setattr(published, "loss", breaking)
    assert main(command(store.data, *asked)) == 1
    assert "The loss is nan at step 13 of 30." in capsys.readouterr().err
    monkeypatch.undo()
    assert main(command(store.data, *asked, "--resume")) == 0
    again = cache.load_boxes(store, "animals", 2)
    np.testing.assert_array_equal(again.lower, whole.lower)


def test_the_published_recipe_is_not_given_more_pairs_than_it_can_look_at(
    store, monkeypatch, capsys
):
    monkeypatch.setattr(fitting, "MOST", 6)
    assert main(command(store.data, "--recipe", "published")) == 1
    said = capsys.readouterr().err
    assert "looks at all 42 pairs of the 7 tasks of 'animals'" in said
    assert said.count("\n") == 1


def test_nothing_to_resume_says_how_to_start(store, capsys):
    assert main(command(store.data, "--resume")) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: There is no interrupted 2D fit of 'animals'")
    assert said.count("\n") == 1


def test_a_second_fit_of_a_collection_is_refused(store, capsys):
    with locked(store.data / "animals" / ".fit.lock", "a fit of 'animals'"):
        assert main(command(store.data, "--steps", "2")) == 1
    assert "Another process is running a fit of 'animals'" in capsys.readouterr().err


def test_cuda_that_is_not_there_says_so(store, capsys):
    if torch.cuda.is_available():
        assert training.usable_device("cuda") == "cuda"
        return
    assert main(command(store.data, "--device", "cuda")) == 1
    assert "use --device cpu" in capsys.readouterr().err


def test_a_fit_that_breaks_down_says_so_and_leaves_what_was_there(
    store, monkeypatch, capsys
):
    before = (store.data / "animals" / "boxes_2d.npz").read_bytes()
    entropies = iter([objective.cross_entropy] * 3)

    def breaking(*pairs):
        entropy = next(entropies, None)
        return entropy(*pairs) if entropy else torch.full_like(pairs[0], torch.nan)

    monkeypatch.setattr(objective, "cross_entropy", breaking)
    assert main(command(store.data, "--steps", "5")) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: The loss is nan at step 4 of 5. Look for extreme")
    assert said.count("\n") == 1
    assert (store.data / "animals" / "boxes_2d.npz").read_bytes() == before
    assert (store.data / "animals" / "checkpoint_2d.safetensors").exists()
