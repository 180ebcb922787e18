import re
from dataclasses import FrozenInstanceError

import pytest

from core import paper

TABLES = (paper.INATURALIST_CUB, paper.IMAGENET_INSTRUMENTS, paper.TASKONOMY)
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
# A few lines as they are printed, to check the transcription by other text.
LINES = """
1 | Task2Box (2D)        | 69.23% | 67.84% | 39.61% | 50.07% | 39.66% | 10.06%
1 | KL Divergence        | -      | 6.58%  | 7.94%  | -      | 5.90%  | 0.00%
1 | Asymmetric Euclidean | 1.71%  | 1.71%  | 8.53%  | 1.47%  | 1.47%  | 1.91%
2 | Task2Box (5D)        | 90.58% | 88.48% | 64.91% | 76.95% | 78.84% | 37.39%
2 | MLP Classifier       | 54.20% | 60.43% | 44.85% | 62.24% | 64.56% | 41.22%
2 | Asymmetric Cosine    | 4.28%  | 4.28%  | 6.92%  | 4.52%  | 4.52%  | 0.00%
3 | Task2Box (3D)        | 0.93 +/- 0.02 | 0.48 +/- 0.24
3 | Random               | 0.05 +/- 0.14 | 0.15 +/- 0.07
"""


def printed(cell):
    if cell == "-":
        return None
    mean, *deviation = re.findall(r"\d+\.\d+", cell)
    return (float(mean), *map(float, deviation)) if deviation else float(mean)


@pytest.mark.parametrize("line", LINES.strip().splitlines())
def test_lines_are_as_printed(line):
    number, method, *cells = [part.strip() for part in line.split("|")]
    (table,) = [table for table in TABLES if table.number == int(number)]
    rows = {name.lower(): row for name, row in table.rows.items()}
    row = rows[method.lower().replace("(", "").replace(")", "")]
    assert row == tuple(map(printed, cells))


@every_table
def test_every_row_has_a_figure_for_every_column(table):
    assert len({*table.columns}) == len(table.columns)
    assert {len(row) for row in table.rows.values()} == {len(table.columns)}


@every_table
def test_figures_are_in_the_range_of_their_measure(table):
    most = {"f1": 100, "rho": 1}[table.measure]
    for row in table.rows.values():
        for figure in row:
            parts = figure if isinstance(figure, tuple) else (figure,)
            assert all(part is None or 0 <= part <= most for part in parts)


@every_table
def test_what_was_published_cannot_be_changed(table):
    with pytest.raises(FrozenInstanceError):
        table.title = "ours"
    with pytest.raises(TypeError):
        table.rows["ours"] = ()


def test_only_collections_like_those_of_the_paper_have_a_table_beside_them():
    assert {name: table.number for name, table in paper.BESIDE.items()} == {
        "cub": 1,
        "imagenet": 2,
        "taskonomy": 3,
    }


def test_the_paper_is_named():
    assert "2403.17173" in paper.ADDRESS
    assert "2403.17173" in paper.__doc__
