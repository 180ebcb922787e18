"""Saliency methods of a network whose maps can be told, and what controls score."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from captum._utils.models.linear_model import SkLearnRidge
from captum.attr import LimeBase, Occlusion
from captum.attr._core.lime import get_exp_kernel_similarity_function
from PIL import Image
from torch import nn

from core.errors import DataError
from core.explanation.classifier import (
    classifier_of,
    drawn_in_turn,
    with_random_backbone,
    with_random_head,
)
from core.explanation.comparing import Other, compared, shown
from core.explanation.covering import DRAWS, PATCHES, RIDGE, TOP
from core.explanation.faithfulness import deletion, infidelity, insertion, lessened
from core.explanation.methods import METHODS, ONE_CLASS, maps_of, stretched
from core.explanation.scores import scores
from core.explanation.transformations import changes
from core.task2vec.head import Head
from core.task2vec.probe import probe_of
from tests.core.explanation.one_by_one import one_by_one
from tests.core.explanation.toys import (
    asked,
    colours,
    colours_probe,
    flat_probe,
    picture,
    prepared,
)

# Methods that tell where; gradients of a linear network are the same everywhere.
LOCATING = (
    *("gradcam", "gradcam++", "integrated-gradients", "guided-ig"),
    *("occlusion", "lime"),
)

TIMED = ("gradcam", "gradient", "integrated-gradients", "smoothgrad")


def batch(count=3):
    some = asked(count)
    x = colours().batch([one.picture for one in some])
    return x, torch.tensor([one.truth for one in some])


@pytest.mark.parametrize("method", LOCATING)
def test_maps_show_the_patch_that_the_class_is_told_by(method):
    x, target = batch()
    found = maps_of(method, colours(), x, target, [1, 2, 3])
    assert found.shape == (3, 32, 32)
    assert (found.amin(), found.amax()) == (0, 1)
    for k in range(3):
        top = 6 + 3 * k
        inside = found[k, top + 1 : top + 7, 11:17].mean()
        assert inside > 3 * found[k].mean()


@pytest.mark.parametrize("method", METHODS)
def test_maps_hang_on_no_other_picture_and_not_on_chance(method):
    x, target = batch()
    whole = maps_of(method, colours(), x, target, [1, 2, 3])
    single = replace(colours(), room=1)
    alone = [
        maps_of(method, single, x[k : k + 1], target[k : k + 1], [k + 1])
        for k in range(3)
    ]
    torch.testing.assert_close(whole, torch.cat(alone), atol=1e-4, rtol=1e-4)


def test_occlusion_is_that_of_captum():
    network, (x, target) = colours().network, batch()
    every = Occlusion(network).attribute(x, (3, 8, 8), (3, 4, 4), target=target)
    found = maps_of("occlusion", colours(), x, target, [0, 0, 0])
    torch.testing.assert_close(found, stretched(every[:, :1].relu())[:, 0])


def test_lime_is_that_of_captum_of_the_same_draws():
    """A ridge of what is told, by cosines: captum's own LIME has a lasso."""
    network, (x, target) = colours().network, batch(1)
    place = torch.arange(32) * PATCHES // 32
    patch = place[:, None] * PATCHES + place
    random = torch.Generator().manual_seed(5)
    draws = iter(torch.rand((DRAWS, 1, PATCHES**2), generator=random) < 0.5)
    explained = LimeBase(
        network,
        SkLearnRidge(alpha=RIDGE),
        get_exp_kernel_similarity_function("cosine", kernel_width=1.0),
        lambda *_, **__: next(draws).float(),
        perturb_interpretable_space=True,
        from_interp_rep_transform=lambda there, x, **_: x * there[0, patch],
        to_interp_rep_transform=None,
    ).attribute(x, target, n_samples=DRAWS)
    most = explained[0].abs().topk(TOP).indices
    signs = torch.zeros(PATCHES**2).index_put((most,), explained[0, most].sign())
    found = maps_of("lime", colours(), x, target, [5])
    torch.testing.assert_close(found, stretched(signs[None, None, patch])[0])


def test_gradients_are_those_of_finite_differences():
    torch.manual_seed(0)
    classifier = classifier_of(flat_probe(), Head(np.eye(3), np.zeros(3), 1.0))
    x, target = batch()
    step = 1e-2
    total = torch.zeros(3)
    places = [(4, 5), (20, 9), (31, 31)]
    for k, (down, across) in enumerate(places):
        for channel in range(3):
            nudge = torch.zeros_like(x[:1])
            nudge[0, channel, down, across] = step
            with torch.no_grad():
                ends = [classifier.network(x[:1] + s * nudge) for s in (1, -1)]
            total[k] += ((ends[0] - ends[1])[0, target[0]] / (2 * step)).abs()
    slope = ONE_CLASS["gradient"](classifier, x[:1], target[:1], [0])[0]
    known = [slope[place].item() for place in places]
    below = slope.max().item()  # what is clipped
    np.testing.assert_allclose(known, np.minimum(total.numpy(), below), rtol=0.02)


def test_gradcam_plus_plus_by_hand():
    """One place of one channel: of slope `g` and map `A` as the paper has it."""
    classifier = colours()
    x = torch.zeros(1, 3, 32, 32)
    x[0, 0, 10:20, 10:20] = 1.0
    with torch.no_grad():
        maps = classifier.network[0](x)[0]
    slope = 20 / 32**2  # the head's weight, over all places
    alpha = slope**2 / (2 * slope**2 + maps.sum(dim=(1, 2)) * slope**3)
    expected = alpha[0] * slope * maps[0]  # only red has a slope
    deep = classifier.deep(x)
    found = ONE_CLASS["gradcam++"](classifier, deep, torch.tensor([0]), [0])[0]
    share = found / (32 * 32)
    torch.testing.assert_close(share, expected, atol=1e-7, rtol=1e-4)


def test_a_layer_that_gives_no_maps_is_refused_and_another_can_be_named():
    head = Head(np.eye(3), np.zeros(3), 1.0)
    with pytest.raises(DataError, match="has no convolutional stage"):
        maps_of("gradcam", classifier_of(flat_probe(), head), *batch(), [0, 0, 0])
    with pytest.raises(DataError, match="'pool' of 'flat' gives no maps"):
        classifier_of(flat_probe(), head, "pool")
    probe = probe_of(
        "two",
        {
            "one": nn.Conv2d(3, 4, 3).eval(),
            "two": nn.Conv2d(4, 5, 3).eval(),
            "pool": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval(),
        },
        prepared,
        ("one",),
    )
    tall = Head(np.eye(3, 5), np.zeros(3), 1.0)
    assert classifier_of(probe, tall).layer == "two"
    assert classifier_of(probe, tall, "one").layer == "one"


def test_values_that_are_not_finite_are_told():
    classifier = classifier_of(flat_probe(), Head(np.eye(3), np.zeros(3), 1.0))
    with torch.no_grad():
        classifier.network[0][1].weight[0, 0] = torch.nan
    x, target = batch()
    with pytest.raises(DataError, match="not finite"):
        maps_of("gradient", classifier, x, target, [0, 0, 0])


def test_random_weights_are_drawn_where_they_are_said_to_be_and_nowhere_else():
    before = colours()
    head, backbone = with_random_head(before, 0), with_random_backbone(before, 0)

    def differs(one, part):
        return not torch.equal(
            before.network.get_submodule(part).weight,
            one.network.get_submodule(part).weight,
        )

    assert differs(head, "head of the task") and not differs(head, "blur.0")
    assert not differs(backbone, "head of the task")
    again = with_random_head(before, 0).network.state_dict()
    assert all(torch.equal(v, again[k]) for k, v in head.network.state_dict().items())


def test_classes_take_turns():
    labels = np.array([0] * 10 + [1] * 3 + [2] * 2)
    order = drawn_in_turn(labels, 0)
    assert sorted(order) == [*range(15)]
    assert [len({*labels[order[k : k + 3]]}) for k in (0, 3)] == [3, 3]
    assert order.tolist() != drawn_in_turn(labels, 1).tolist()


def test_what_a_map_shows_is_what_the_class_is_lost_with():
    classifier, (x, target) = colours(), batch()
    good = maps_of("gradcam", classifier, x, target, [0, 0, 0])
    bad = 1 - good
    known = lessened(classifier, x, target, [1, 2, 3])
    for measure, sign in ((deletion, -1), (insertion, 1)):
        better, worse = (measure(classifier, known, one) for one in (good, bad))
        assert (sign * (better - worse) > 0.1).all()
    told = [infidelity(known, one) for one in (good, bad)]
    assert told[0].mean() < told[1].mean()


# ------------------------------------------------------------ oracles of COSE


def rows_of(method, *, each=2, count=3):
    classifier = colours()
    seen = shown(classifier, asked(count), changes(32, each=each))
    # A head that takes one colour for another is wrong everywhere.
    swapped = Head(20 * np.roll(np.eye(3), 1, axis=0), np.zeros(3), 1.0)
    other = classifier_of(colours_probe(), swapped)
    others = [Other("random", "random head", 0.0, other)]
    found = compared(method, classifier, seen, others)
    return pd.DataFrame(
        [{"image": k, **row} for k, some in enumerate(found) for row in some]
    )


def figures(rows):
    found = scores(rows)
    return [found[key].value for key in ("consistency", "sensitivity", "cose")]


def test_a_constant_map_scores_0():
    assert figures(rows_of("control-constant")) == [1, 0, 0]


def test_noise_is_never_consistent():
    consistency, sensitivity, _ = figures(rows_of("control-noise"))
    assert abs(consistency) < 0.05 and sensitivity > 0.95


def test_a_map_of_the_picture_moves_as_the_picture_does():
    rows = rows_of("control-input")
    exact = rows["change"].isin(["flip-x", "flip-y", "translate-x", "translate-y"])
    # Black that a shift brings in stretches the map a little.
    np.testing.assert_allclose(rows[exact]["ssim"], 1, atol=0.01)
    np.testing.assert_allclose(rows[exact]["ceiling"], 1, atol=1e-4)


def test_gradcam_follows_the_class_where_controls_do_not():
    rows = rows_of("gradcam")
    wrong = rows["told"] != rows["truth"]
    assert wrong.any() and (rows["kind"] == "none").sum() == 3
    assert figures(rows)[2] > 0.6
    # Maps of the true class stay where the picture is only coloured differently.
    same = rows[~wrong & rows["ssim"].notna()]
    np.testing.assert_array_equal(same["ssim"], same["ssim_fixed"])
    ceiling = rows.loc[rows["kind"] == "geometric", "ceiling"]
    assert ceiling.min() >= 0.95


@pytest.mark.parametrize("method", TIMED)
def test_rows_are_those_of_the_libraries_one_map_at_a_time(method):
    classifier, some, every = colours(), asked(3), changes(32, each=1)
    whole = compared(method, classifier, shown(classifier, some, every), [])
    alone = one_by_one(method, classifier, some, every)
    for here, there in zip(whole, alone, strict=True):
        told = pd.DataFrame(here)
        for key, values in pd.DataFrame(there).items():
            if key == "change":
                assert (told[key] == values).all()
            else:
                np.testing.assert_allclose(told[key], values, atol=4e-3, err_msg=key)


def test_a_picture_is_the_middle_of_an_image():
    pixels = np.zeros((20, 60, 3), dtype=np.uint8)
    pixels[:, 20:40] = 200
    found = np.asarray(colours().picture(Image.fromarray(pixels)))
    assert found.shape == (32, 32, 3) and (found[:, 2:-2] > 190).all()
    assert np.asarray(picture(0, (3, 3))).shape == (32, 32, 3)
