from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from core.discovery.images import standardised
from core.discovery.learning import Learning, learn, member_seed
from core.discovery.networks import Architecture, Forward, initial
from core.errors import DataError

MLP = Architecture("mlp", (6, 5))
LEARNING = Learning(MLP, rate=1e-2, batch=16, steps=40, enough=2.0, check=20)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def double():
    """Weights of 64 bits."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def task(specks):
    x = standardised(specks.pixels)
    rng = np.random.default_rng(1)
    others = rng.integers(2, size=(2, 60))
    return x, np.vstack([specks.labels, others])


def one_by_one(x, labels, asked, learning, networks):
    """The same as a Python loop over networks, each with its own optimiser."""
    told = np.zeros((networks, len(asked), int(labels.max()) + 1), np.float32)
    for number in range(networks):
        torch.manual_seed(member_seed(0, number))
        module = learning.architecture.module(x.shape[1:], told.shape[-1])
        adam = torch.optim.Adam(module.parameters(), lr=learning.rate)
        rng = np.random.default_rng([0, 0 if learning.shared_order else number])
        passes = -(-learning.steps * learning.batch // len(x))
        order = np.concatenate([rng.permutation(len(x)) for _ in range(passes)])
        for rows in order[: learning.steps * learning.batch].reshape(
            -1, learning.batch
        ):
            out = module(torch.from_numpy(x[rows]))
            loss = nn.functional.cross_entropy(out, torch.from_numpy(labels[rows]))
            adam.zero_grad()
            loss.backward()
            adam.step()
        with torch.no_grad():
            told[number] = module(torch.from_numpy(asked)).numpy()
    return told


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("kind", [MLP, Architecture("conv", (8,))])
def test_a_stack_learns_as_its_networks_alone(task, kind, shared):
    x, labels = task
    learning = replace(LEARNING, architecture=kind, shared_order=shared)
    found = learn(x[:48], labels[:, :48], x[48:], learning, networks=2)
    for one, own in zip(found.logits, labels, strict=True):
        wanted = one_by_one(x[:48], own[:48], x[48:], learning, 2)
        assert one == pytest.approx(wanted, abs=2e-4)


def test_a_stack_is_its_networks_alone_after_long_learning_too(task, double):
    """In 32 bits sums of another order grow apart: learning magnifies what rounds."""
    x, labels = task
    x = x.astype(np.float64)
    learning = replace(LEARNING, steps=600)
    found = learn(x[:48], labels[:, :48], x[48:], learning, networks=2)
    for one, own in zip(found.logits, labels, strict=True):
        wanted = one_by_one(x[:48], own[:48], x[48:], learning, 2)
        assert abs(wanted).max() > 1
        assert one == pytest.approx(wanted, rel=1e-5, abs=1e-5)


def test_what_is_learned_beside_a_labelling_changes_nothing(task):
    x, labels = task
    learning = replace(LEARNING, enough=0.95, check=10)
    whole = learn(x[:48], labels[:, :48], x[48:], learning)
    for row in range(3):
        alone = learn(x[:48], labels[row : row + 1, :48], x[48:], learning)
        assert alone.logits[0] == pytest.approx(whole.logits[row], abs=1e-5)
        assert (alone.train_accuracy[0] == whole.train_accuracy[row]).all()


def test_a_network_stops_when_it_has_learned_enough(task):
    x, labels = task
    learning = replace(LEARNING, enough=0.9, check=1, steps=200)
    found = learn(x, labels[:1], x, learning)
    assert (found.train_accuracy >= 0.9).all()
    # Looked at after every step, none is much better than it had to be.
    longer = learn(x, labels[:1], x, replace(learning, enough=2.0))
    assert abs(found.logits).mean() < abs(longer.logits).mean()


def test_networks_begin_and_see_images_differently_unless_asked(task):
    x, labels = task
    found = learn(x, labels[:1], x, replace(LEARNING, steps=1)).logits[0]
    assert not np.allclose(found[0], found[1])


def test_fewer_images_than_a_batch(task):
    x, labels = task
    with pytest.raises(DataError, match="10 images to learn from, fewer than a batch"):
        learn(x[:10], labels[:, :10], x, LEARNING)


@pytest.mark.parametrize(
    "kind", [MLP, Architecture("conv", (8, 4)), Architecture("resnet18", (4,))]
)
def test_a_forward_pass_of_a_stack_is_that_of_each_member(kind):
    shape = (2, 8, 8)
    x = torch.randn(3, 4, *shape, generator=torch.Generator().manual_seed(0))
    stack = initial(kind, shape, 3, [5, 6, 7])
    found = Forward(kind, shape, 3)(stack, x)
    for at, seed in enumerate([5, 6, 7]):
        torch.manual_seed(seed)
        assert torch.allclose(kind.module(shape, 3)(x[at]), found[at], atol=1e-5)


@pytest.mark.parametrize(
    "kind", [Architecture("conv", (8, 4)), Architecture("resnet18", (4,))]
)
def test_members_computed_at_once_as_on_a_graphics_card(kind):
    """And so are their slopes of slopes, which a search goes by."""
    x = torch.randn(2, 3, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    forward = Forward(kind, (1, 8, 8), 2)

    def told(together):
        stack = [one.requires_grad_() for one in initial(kind, (1, 8, 8), 2, [5, 6])]
        logits = torch.vmap(forward.member)(stack, x) if together else forward(stack, x)
        slopes = torch.autograd.grad(logits.square().sum(), stack, create_graph=True)
        sum(one.square().sum() for one in slopes).backward()
        return [logits, stack[0].grad]

    for one, other in zip(told(True), told(False), strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-4)
