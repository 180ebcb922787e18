import pytest

from core.store import Store

EMBEDDINGS, TASKS = "task2vec.npz", "tasks.parquet"


@pytest.mark.parametrize(
    ("shipped", "own", "told"),
    [
        ([TASKS], [], False),
        ([TASKS, EMBEDDINGS], [], True),
        ([TASKS, EMBEDDINGS], [TASKS], False),
        ([TASKS], [EMBEDDINGS], True),
        ([TASKS, EMBEDDINGS], [TASKS, EMBEDDINGS], True),
    ],
)
def test_shipped_embeddings_are_of_shipped_tasks(tmp_path, shipped, own, told):
    store = Store(tmp_path / "data", tmp_path / "shipped")
    for root, files in ((store.shipped, shipped), (store.data, own)):
        (root / "cub").mkdir(parents=True)
        for file in files:
            (root / "cub" / file).write_bytes(b"")
    assert ("task2vec" in store.descriptions("cub")) == told
