"""Collections to hold pairs, tasks and members out of."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.collection import Collection
from core.learning import recipe
from core.relations import Relations, membership_of, relations_of

# Twelve species in six genera in three families below one root, four members each.
FOREST = {"root": ("", [*range(48)])}
FOREST |= {f"family {i}": ("root", [*range(16 * i, 16 * i + 16)]) for i in range(3)}
FOREST |= {
    f"genus {i}": (f"family {i // 2}", [*range(8 * i, 8 * i + 8)]) for i in range(6)
}
FOREST |= {
    f"species {i}": (f"genus {i // 2}", [*range(4 * i, 4 * i + 4)]) for i in range(12)
}


def tasks_of(parents, members):
    """A task table."""
    parents = [[above] if above else [] for above in parents.values()]
    return pd.DataFrame(
        {
            "label": [f"{name}" for name in FOREST][: len(parents)],
            "parents": parents,
            "depth": 0,
            "members": members,
        },
        index=pd.Index([*FOREST][: len(parents)], name="name"),
    )


@pytest.fixture
def forest(collection):
    """22 nested tasks of 48 members, every second of them for training."""
    membership = membership_of([rows for _, rows in FOREST.values()])
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(12, 5)) + np.repeat(rng.normal(size=(3, 5)) * 3, 4, 0)
    features = np.repeat(centres, 4, axis=0) + rng.normal(size=(48, 5)) / 4
    return Collection(
        "forest",
        tasks_of(
            {name: above for name, (above, _) in FOREST.items()}, membership.counts
        ),
        features.astype(np.float32),
        membership,
        relations_of(membership),
        collection.provenance,
        train=np.arange(48) % 2 == 0,
    )


@pytest.fixture
def measured(forest):
    """15 tasks of one vector each, half of whose relations are measured."""
    rng = np.random.default_rng(0)
    child, parent = np.nonzero((rng.random((15, 15)) < 0.5) & ~np.eye(15, dtype=bool))
    tasks = forest.tasks.iloc[:15].assign(members=1, parents=[[] for _ in range(15)])
    strength = rng.uniform(0.01, 1, len(child)).astype(np.float32)
    return replace(
        forest,
        name="measured",
        tasks=tasks,
        features=forest.features[:15],
        membership=None,
        relations=Relations(child, parent, strength, complete=False),
        train=None,
    )


@pytest.fixture
def quick(monkeypatch):
    """Fits of three steps."""
    usual = recipe.config_for

    def config_for(*given, **settings):
        return replace(
            usual(*given, **{**settings, "steps": 3}),
            known=64,
            unrelated=64,
            crowded=64,
        )

    monkeypatch.setattr(recipe, "config_for", config_for)
    return config_for
