import json
from dataclasses import replace

import pytest

from core import paper
from dashboard.evaluation import headlines, report
from tests.dashboard.evaluations import document, evaluated

FULL = {
    "control-shared-members": 1.0,
    "random": 0.02,
    "kl": 0.06,
    "published": 0.56,
    "mlp": 0.61,
    "network": 0.91,
    "default": 0.98,
}


def only(told, protocol=0, table=0):
    return told["protocols"][protocol]["tables"][table]


def test_models_are_listed_ours_first_and_controls_last(atlas):
    table = only(report(evaluated(atlas, document(scores=FULL))))
    assert [(row["word"], row["kind"]) for row in table["rows"]] == [
        ("Default recipe", "own"),
        ("Network on task features", "own"),
        ("Task2Box, published recipe", "other"),
        ("MLP classifier", "other"),
        ("KL divergence", "other"),
        ("Random", "other"),
        ("Share of common members", "control"),
    ]
    assert "by definition" in table["controls"]


def test_models_that_are_not_known_are_shown_under_their_names(atlas):
    scores = {"default": 0.9, "control-new": 0.8, "mine": 0.7}
    table = only(report(evaluated(atlas, document(scores=scores))))
    kinds = {row["word"]: row["kind"] for row in table["rows"]}
    assert kinds == {"Default recipe": "own", "new": "control", "mine": "other"}


def test_a_figure_has_words_and_numbers_for_its_bar(atlas):
    table = only(report(evaluated(atlas, document(scores={"default": 0.98}))))
    (row,) = table["rows"]
    (cell,) = row["cells"]
    assert (cell["mean"], cell["spread"], cell["seconds"]) == ("98.0", "± 5.0", "2.1 s")
    assert cell["share"] == 0.98
    assert cell["low"] == pytest.approx(0.93)
    assert cell["high"] == 1  # a whisker ends where the bar can
    assert cell["cases"] == ["98.0", "98.0"]
    assert table["least"] == pytest.approx(0.93)


def test_whiskers_of_f1_end_at_zero_and_those_of_rho_go_on(atlas):
    f1 = only(report(evaluated(atlas, document(scores={"random": 0.02}))))
    assert f1["rows"][0]["cells"][0]["low"] == 0
    told = document(measure="rho", scores={"random": 0.02})
    rho = only(report(evaluated(atlas, told)))
    assert rho["rows"][0]["cells"][0]["low"] == pytest.approx(-0.03)
    assert rho["least"] == pytest.approx(-0.03)


def test_the_best_competitor_is_marked_in_every_column(atlas):
    second = document(dim=3, scores=FULL | {"published": 0.7})
    table = only(report(evaluated(atlas, document(scores=FULL), second)))
    best = [
        [row["word"] for row in table["rows"] if row["cells"][k]["best"]]
        for k in range(2)
    ]
    assert best == [["MLP classifier"], ["Task2Box, published recipe"]]


def test_without_competitors_none_is_marked(atlas):
    scores = {"default": 0.9, "network": 0.8, "control-shared-members": 1}
    told = report(evaluated(atlas, document(scores=scores)))
    assert not any(cell["best"] for row in only(told)["rows"] for cell in row["cells"])
    assert told["protocols"][0]["headline"] == {
        "dim": "2D",
        "own": "90.0",
        "best": "",
        "model": "",
    }


def test_what_is_evaluated_on_a_part_has_gaps(atlas):
    documents = [document(dim=2), document(dim=5, scores={"mlp": 0.4})]
    table = only(report(evaluated(atlas, *documents)))
    assert [column["title"] for column in table["columns"]] == ["2D", "5D"]
    default, mlp = table["rows"]
    assert default["cells"][1] is None
    assert None not in mlp["cells"]


def test_protocols_are_tabs_and_descriptions_are_tables_of_them(atlas):
    documents = [
        document("fresh"),
        document("existing", features="quantiles"),
        document("existing"),
        document("novel", features="mean+variance"),
    ]
    told = report(evaluated(atlas, *documents))
    assert [
        (one["name"], one["title"], [table["word"] for table in one["tables"]])
        for one in told["protocols"]
    ] == [
        ("existing", "Existing tasks", ["mean", "quantiles"]),
        ("novel", "Novel tasks", ["mean + variance"]),
        ("fresh", "Fresh members", ["mean"]),
    ]
    assert all(one["meaning"] for one in told["protocols"])


def test_a_column_says_how_much_it_rests_on(atlas):
    (column,) = only(report(evaluated(atlas, document(cases=1))))["columns"]
    assert column["counts"] == ["1,809 test pairs", "37 positive", "1 case"]
    (column,) = only(report(evaluated(atlas, document(measure="rho"))))["columns"]
    assert column["counts"] == ["1,809 test pairs", "2 cases"]


@pytest.mark.parametrize(
    ("told", "command"),
    [
        (
            document("novel", 3, scores=FULL),
            "python -m core evaluate animals --protocol novel --dim 3 --cases 2 "
            "--models default,network,published,mlp,kl,random",
        ),
        (
            document(features="mean+variance", scores={"mlp": 0.5}),
            "python -m core evaluate animals --protocol existing --dim 2 "
            "--features mean+variance --cases 2 --models mlp",
        ),
    ],
)
def test_the_command_makes_the_figures_again(atlas, told, command):
    (column,) = only(report(evaluated(atlas, told)))["columns"]
    assert column["command"] == command


def test_a_command_can_be_pasted_whatever_the_name(atlas):
    odd = replace(evaluated(atlas, document()), name="a b; rm -rf")
    (column,) = only(report(odd))["columns"]
    assert "evaluate 'a b; rm -rf' --protocol" in column["command"]


def test_notes_are_said_once(atlas):
    documents = [document(dim=dim, note="Names leak.") for dim in (2, 3)]
    assert only(report(evaluated(atlas, *documents)))["notes"] == ["Names leak."]


def test_where_nothing_was_evaluated_the_command_is_told(atlas):
    told = report(evaluated(atlas))
    assert told["protocols"] == told["faults"] == told["measures"] == []
    assert told["command"] == (
        "python -m core evaluate animals --protocol existing --dim 2"
    )


def test_what_cannot_be_shown_is_said_beside_what_can(atlas):
    told = report(evaluated(atlas, document(), {"models": 3}))
    assert len(told["protocols"]) == 1
    assert "models is 3" in told["faults"][0]


def test_the_words_follow_the_measure(atlas):
    f1 = report(evaluated(atlas, document()))
    rho = report(evaluated(atlas, document(measure="rho")))
    assert "F1 in percent" in f1["measures"][0]
    assert "Spearman" in rho["measures"][0]
    assert rho["protocols"][0]["meaning"] != f1["protocols"][0]["meaning"]
    assert only(rho)["rows"][0]["cells"][0]["mean"] == "0.90"


def test_headlines_are_the_figures_of_the_default(atlas):
    documents = [
        document("existing", 3),
        document("existing", 2, scores={"default": 0.976}),
        document("novel", 2, scores={"mlp": 0.5}),
        document("fresh", 2, measure="rho"),
    ]
    assert headlines(evaluated(atlas, *documents)) == [
        ("Existing tasks", "F1 97.6 ± 5.0 % in 2D"),
        ("Fresh members", "rho 0.90 ± 0.05 in 2D"),
    ]


def test_it_is_strict_json(atlas):
    told = report(evaluated(atlas, document(scores=FULL), name="cub"))
    assert json.loads(json.dumps(told, allow_nan=False)) == told


# Beside what was published


@pytest.mark.parametrize("name", ["cub", "imagenet"])
@pytest.mark.parametrize("protocol", ["existing", "novel"])
def test_the_published_figures_stand_beside_ours_as_printed(atlas, name, protocol):
    told = report(evaluated(atlas, document(protocol, scores=FULL), name=name))
    beside = told["protocols"][0]["published"]
    table = paper.BESIDE[name]
    assert table.title in beside["title"]
    assert beside["source"] == f"Daroya, Sun and Maji 2024, Table {table.number}"
    assert beside["address"].endswith("2403.17173")
    assert beside["columns"] == ["mean (CLIP)", "mean, var (CLIP)", "FIM"]
    half = slice(0, 3) if protocol == "existing" else slice(3, 6)
    for row, (word, printed) in zip(beside["rows"], table.rows.items(), strict=True):
        assert row["word"] == word
        assert [cell and cell["mean"] for cell in row["cells"]] == [
            f"{figure:.2f}" if figure is not None else None for figure in printed[half]
        ]


def test_published_figures_are_said_to_be_of_another_test(atlas):
    both = evaluated(atlas, document(scores=FULL), name="cub")
    warning = report(both)["protocols"][0]["published"]["warning"]
    assert "not the same test" in warning
    assert "in our table" in warning
    alone = evaluated(atlas, document(), name="cub")
    warning = report(alone)["protocols"][0]["published"]["warning"]
    assert "in our table" not in warning


def test_the_paper_has_no_fresh_members(atlas):
    told = report(evaluated(atlas, document("fresh"), name="cub"))
    beside = told["protocols"][0]["published"]
    assert (beside["rows"], beside["columns"]) == ([], [])
    assert beside["warning"] == "The paper has no such test."


def test_published_correlations_have_deviations(atlas):
    told = document(measure="rho", scores={"default": 0.9})
    beside = report(evaluated(atlas, told, name="taskonomy"))["protocols"][0][
        "published"
    ]
    first = beside["rows"][0]
    assert first["word"] == "Task2Box 2D"
    (cell,) = first["cells"]
    assert (cell["mean"], cell["spread"]) == ("0.85", "± 0.06")
    assert (cell["low"], cell["high"]) == (pytest.approx(0.79), pytest.approx(0.91))


def test_other_collections_stand_alone(atlas):
    told = report(evaluated(atlas, document()))
    assert told["protocols"][0]["published"] is None
    wrong = report(evaluated(atlas, document(measure="rho"), name="cub"))
    assert wrong["protocols"][0]["published"] is None  # of another measure


def test_descriptions_of_tasks_stand_in_one_table_above_the_printed_figures(atlas):
    both = {"default": 1.0, "network": 0.8, "published": 0.5}
    found = (
        document(scores=both),
        document(scores={"network": 0.9}, features="task2vec"),
        document(scores={"default": 1.0}, dim=3),
    )
    told = report(evaluated(atlas, *found, name="cub"))["protocols"][0]["described"]
    assert told["columns"] == ["mean", "mean + variance", "Task2Vec"]
    lines = [
        (line["dim"], line["word"], [cell and cell["mean"] for cell in line["cells"]])
        for line in told["rows"]
    ]
    # The default recipe reads members, whatever else describes a task.
    assert lines == [
        ("2D", "Network on task features", ["80.0", None, "90.0"]),
        ("2D", "Task2Box, published recipe", ["50.0", None, None]),
        ("2D", "Task2Box as printed, other tasks", ["69.23", "67.84", "39.61"]),
        ("3D", "Task2Box as printed, other tasks", ["79.66", "79.35", "57.63"]),
        ("5D", "Task2Box as printed, other tasks", ["84.67", "82.41", "79.72"]),
    ]


def test_where_nothing_like_it_is_printed_there_is_no_such_table(atlas):
    scores = {"network": 0.8}
    own = evaluated(atlas, document(scores=scores))
    fresh = evaluated(atlas, document("fresh", scores=scores), name="cub")
    members = evaluated(atlas, document(scores={"default": 0.9}), name="cub")
    for one in (own, fresh, members):
        assert report(one)["protocols"][0]["described"] is None
