"""The animals as an atlas that never was on disk: the page reads no files."""

from dataclasses import replace

import numpy as np
import pytest

from core.atlas import Atlas


@pytest.fixture
def atlas(collection, boxes, projection, evaluation):
    third = np.zeros((len(boxes.names), 1), dtype=np.float32)
    deep = replace(
        boxes,
        lower=np.hstack([boxes.lower, third]),
        upper=np.hstack([boxes.upper, third + 1]),
    )
    return Atlas(
        name=collection.name,
        tasks=collection.tasks,
        relations=collection.relations,
        boxes={2: boxes, 3: deep},
        projections={projection.method: projection},
        evaluation=(evaluation,),
        provenance={**collection.provenance, "date": "2026-01-31"},
    )
