import json
from dataclasses import replace

import numpy as np
import pytest

from core import cache
from core.__main__ import main
from core.baselines.models import BASELINES
from core.cache import Store
from core.errors import DataError
from core.evaluation import evidence
from core.evaluation import plan as planning
from core.evaluation.plan import SHARED_MEMBERS, plan_of, results
from core.evaluation.summary import summary
from core.learning import placing, training
from core.relations import Relations


@pytest.fixture(autouse=True)
def one_thread():
    training.use_one_thread()


@pytest.fixture(autouse=True)
def baselines(monkeypatch):
    """Two baselines that learn nothing, and counters of how often they are asked."""
    asked = {"linear": 0, "kl": 0, "control-row-column": 0, "control-nearest": 0}

    def baseline(name):
        def shares(known):
            asked[name] += 1
            rank = known.mean.sum(axis=1)
            return lambda child, parent: 1 / (1 + np.exp(rank[child] - rank[parent]))

        return shares

    known = {name: baseline(name) for name in asked}
    for module in (planning, evidence):
        monkeypatch.setattr(module, "BASELINES", known)
    return asked


def plan(collection, protocol="existing", models=None, **changes):
    settings = {"dim": 2, "features": "mean", "cases": 2} | changes
    return plan_of(collection, protocol=protocol, models=models, **settings)


def refusal(function, *given, **settings):
    with pytest.raises(DataError) as caught:
        function(*given, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def figures(found):
    """Without what depends on the clock."""
    told = [{key: one[key] for key in one if key != "seconds"} for one in found]
    return sorted(told, key=lambda one: (one["case"], one["model"]))


# Plans


def test_all_models_that_suit_are_planned_and_the_control_last(forest):
    models = plan(forest).models
    assert models == ("default", "network", "linear", "kl", SHARED_MEMBERS)
    assert plan(forest, "fresh").models == ("default", "network", "linear", "kl")
    assert plan(forest, "novel", ("kl",)).models == ("kl", SHARED_MEMBERS)


@pytest.mark.parametrize(
    ("protocol", "control"),
    [("existing", "control-row-column"), ("novel", "control-nearest")],
)
def test_of_measured_vectors_default_is_not_the_network_and_the_control_is_measured(
    measured, protocol, control
):
    assert plan(measured, protocol).models == ("default", "network", "linear", control)


def test_of_many_tasks_no_model_is_planned_that_looks_at_all_pairs(forest, monkeypatch):
    monkeypatch.setattr(planning, "MANY", 21)
    assert plan(forest).models == ("default", "network", SHARED_MEMBERS)
    assert "linear" in plan(forest, models=("linear",)).models


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"dim": 6},
            "6 dimensions are more than the 5 channel(s) of the features of 'forest', "
            "which say where a box lies; use --dim 5 or less.",
        ),
        (
            {"models": ("magic",)},
            "There is no model 'magic' to evaluate; there are: default, network, tree, "
            "linear, kl, control-row-column, control-nearest.",
        ),
        (
            {"models": ("control-nearest",)},
            "control-nearest is of measured strengths, and those of 'forest' are not; "
            "leave control-nearest out of --models.",
        ),
    ],
)
def test_a_plan_that_does_not_suit_is_refused(forest, changes, message):
    assert refusal(plan, forest, **changes) == message


def test_what_needs_members_is_refused_where_there_are_none(measured):
    assert refusal(plan, measured, models=("kl",)) == (
        "kl compares variances of members, and tasks of 'measured' are single vectors; "
        "leave kl out of --models."
    )
    assert "no official split" in refusal(plan, measured, "fresh")


def test_the_models_that_are_planned_exist():
    known = {*planning.RECIPES, *BASELINES}
    assert {*planning.MODELS, *planning.MEASURED.values()} <= known
    assert {*evidence.BOXED, *evidence.MOMENTS} <= known


# Results


@pytest.mark.parametrize("features", ["mean", "mean+variance", "quantiles"])
@pytest.mark.parametrize("protocol", ["existing", "novel", "fresh"])
def test_every_model_is_scored_in_every_case(forest, quick, protocol, features):
    asked = plan(forest, protocol, features=features, cases=1)
    found = list(results(forest, asked, {}))
    assert [one["model"] for one in found] == list(asked.models)
    for one in found:
        assert one["score"] is None or 0 <= one["score"] <= 1
        assert ("right" in one) == (one["model"] in ("default", "network"))
    if protocol != "fresh":
        assert found[-1]["score"] == 1


@pytest.mark.parametrize("protocol", ["existing", "novel"])
def test_measured_collections_are_scored_by_order(measured, quick, protocol):
    found = list(results(measured, plan(measured, protocol), {}))
    assert len(found) == 2 * 4
    assert all(-1 <= one["score"] <= 1 for one in found)
    document = summary(measured, plan(measured, protocol), found)
    assert document["measure"] == "rho"
    assert {*document["models"]} == {*plan(measured, protocol).models}


def test_soft_relations_of_single_vectors_are_scored_by_f1(forest, quick):
    means = np.array([forest.features[rows].mean(axis=0) for rows in parts(forest)])
    tasks = forest.tasks.assign(members=1)
    soft = replace(forest, features=means, membership=None, train=None, tasks=tasks)
    found = list(results(soft, plan(soft, models=("default",)), {}))
    document = summary(soft, plan(soft, models=("default",)), found)
    assert (document["measure"], {*document["models"]}) == ("f1", {"default"})


def parts(collection):
    membership = collection.membership
    return np.split(membership.member, membership.start[1:-1])


def test_processes_change_no_figure(forest, quick):
    asked = plan(forest, models=("default",), cases=2)
    alone, together = ({}, {}), ({}, {})
    found = [
        figures(results(forest, asked, kept, jobs))
        for kept, jobs in ((alone[0], 1), (together[0], 2))
    ]
    assert found[0] == found[1]
    assert alone[0].keys() == together[0].keys()


def test_a_failing_model_is_named(forest, monkeypatch):
    def failing(known):
        raise DataError("It failed.")

    def greedy(known):
        raise MemoryError

    for name, model in {"linear": failing, "kl": greedy}.items():
        monkeypatch.setitem(evidence.BASELINES, name, model)
    for name, message in {
        "linear": "linear, case 0: It failed.",
        "kl": "kl, case 0, needs more memory than there is; try fewer --jobs, or leave "
        "it out of --models.",
    }.items():
        found = results(forest, plan(forest, models=(name,)), {})
        assert refusal(list, found) == message


# What is kept


def test_what_is_kept_is_not_computed_again(forest, quick, baselines, monkeypatch):
    kept, asked = {}, plan(forest, models=("default", "linear"))
    first = list(results(forest, asked, kept))
    assert len(kept) == 2 * 3
    assert baselines["linear"] == 2
    monkeypatch.setattr(training, "start", None)
    again = list(results(forest, asked, kept))
    assert (figures(again), baselines["linear"]) == (figures(first), 2)
    fewer = list(results(forest, replace(asked, cases=1), kept))
    assert figures(fewer) == figures([one for one in first if one["case"] == 0])


def test_what_is_done_before_an_interrupt_is_kept(forest, baselines):
    kept, asked = {}, plan(forest, models=("linear", "kl"))
    found = results(forest, asked, kept)
    next(found)
    found.close()
    assert len(kept) == 1
    assert len(list(results(forest, asked, kept))) == 2 * 3
    assert (baselines["linear"], baselines["kl"]) == (2, 2)


def changed(collection, what):
    relations, members = collection.relations, collection.membership
    if what == "features":
        return replace(collection, features=collection.features * 2)
    if what == "split":
        return replace(collection, train=~collection.train)
    if what == "hierarchy":
        parents = [*collection.tasks["parents"]]
        parents[-1] = ["genus 0"]
        return replace(collection, tasks=collection.tasks.assign(parents=parents))
    if what == "members":
        rows = [part.tolist() for part in parts(collection)]
        counts = collection.tasks["members"].to_numpy().copy()
        rows[-1], counts[-1] = rows[-1][:-1], 3
        tasks = collection.tasks.assign(members=counts)
        members = type(members)(np.concatenate(rows), np.cumsum([0, *map(len, rows)]))
        return replace(collection, tasks=tasks, membership=members)
    if what == "strength":
        relations = replace(relations, strength=relations.strength / 2)
    if what == "completeness":
        relations = replace(relations, complete=False)
    if what == "relations":
        pairs = (relations.child, relations.parent, relations.strength)
        relations = Relations(*(one[1:] for one in pairs))
    return replace(collection, relations=relations)


@pytest.mark.parametrize(
    "what",
    [
        "features",
        "split",
        "hierarchy",
        "members",
        "strength",
        "completeness",
        "relations",
    ],
)
def test_a_changed_collection_is_never_served_what_was_kept(forest, what):
    assert planning._state(changed(forest, what)) != planning._state(forest)


def keys(collection, asked, model, case=0):
    contender = planning._contender(collection, asked, model, case)
    return planning._key("state", asked, case, contender)


@pytest.mark.parametrize("model", ["default", "network", "linear"])
def test_other_questions_have_other_keys(forest, model):
    one = keys(forest, plan(forest), model)
    others = [
        keys(forest, plan(forest, protocol), model) for protocol in ("novel", "fresh")
    ]
    others += [keys(forest, plan(forest), model, case=1)]
    others += [keys(forest, plan(forest), "kl")]
    assert len({one, *others}) == 5
    other_features = keys(forest, plan(forest, features="quantiles"), model)
    assert (one == other_features) == (model == "default")  # it reads the members


@pytest.mark.parametrize("model", ["default", "network", "published", "linear"])
def test_what_has_no_boxes_is_the_same_in_all_dimensions(forest, model):
    one, other = (keys(forest, plan(forest, dim=dim), model) for dim in (2, 3))
    assert (one == other) == (model == "linear")


def test_another_recipe_has_another_key(forest, quick):
    few = keys(forest, plan(forest), "default")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "core.learning.recipe.config_for",
            lambda *given, **settings: replace(
                quick(*given, **settings), learning_rate=7.0
            ),
        )
        assert keys(forest, plan(forest), "default") != few


def test_another_program_has_another_key(forest, monkeypatch):
    asked, text = plan(forest), "old"
    monkeypatch.setattr(planning, "program_of", lambda module, name: f"{name} {text}")
    before = keys(forest, asked, "default")
    text = "new"
    assert keys(forest, asked, "default") != before


# The command


@pytest.fixture
def kept(tmp_path, forest, measured):
    """Both collections on disk."""
    store = Store(tmp_path / "data", tmp_path / "shipped")
    for collection in (forest, measured):
        cache.save_collection(store, collection)
    return store


def evaluate(store, name, *given):
    return main(["evaluate", name, "--data", str(store.data), "--cases", "2", *given])


def test_evaluate_prints_one_document_and_keeps_it(kept, quick, capsys):
    asked = ("--protocol", "novel", "--models", "default,linear")
    assert evaluate(kept, "forest", *asked, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert cache.load_evaluation(kept, "forest") == [document]
    assert [*document] == [
        *("collection", "protocol", "dim", "features", "measure", "cases", "tasks"),
        *("test_pairs", "positives", "note", "models", "subtrees"),
    ]
    assert (kept.data / ".cache").stat().st_mode & 0o777 == 0o700
    assert evaluate(kept, "forest", *asked) == 0  # the same figures, now as a table
    head, names, *rows = capsys.readouterr().out.splitlines()
    assert head == (
        "forest, novel, 2D, mean: 22 tasks, 2 cases of "
        f"{document['test_pairs']} test pairs, {document['positives']} positive"
    )
    assert names.split() == ["model", "F1", "seconds"]
    assert [row.split()[0] for row in rows[:3]] == ["default", "linear", SHARED_MEMBERS]
    assert rows[2].split()[1:4] == ["1.000", "±", "0.000"]
    assert rows[-1] == f"kept in {kept.data / 'forest' / 'evaluation.json'}"


def test_models_asked_later_are_added_and_those_asked_before_stay(kept, quick, capsys):
    for models in ("default", "linear"):
        assert (
            evaluate(kept, "forest", "--protocol", "existing", "--models", models) == 0
        )
    (document,) = cache.load_evaluation(kept, "forest")
    assert [*document["models"]] == ["default", SHARED_MEMBERS, "linear"]
    assert document["subtrees"]
    last = capsys.readouterr().out.splitlines()[-5:]
    assert [row.split()[0] for row in last[1:4]] == [
        "default",
        "linear",
        SHARED_MEMBERS,
    ]


def test_another_description_dimension_and_number_of_cases_are_apart(kept):
    asked = ("--protocol", "existing", "--models", "linear")
    evaluate(kept, "forest", *asked)
    evaluate(kept, "forest", *asked, "--dim", "5")
    evaluate(kept, "forest", *asked, "--features", "quantiles")
    found = cache.load_evaluation(kept, "forest")
    known = [(one["dim"], one["features"]) for one in found]
    assert known == [(2, "mean"), (2, "quantiles"), (5, "mean")]
    evaluate(kept, "forest", "--protocol", "existing", "--models", "kl", "--cases", "1")
    document = cache.load_evaluation(kept, "forest")[0]
    assert ([*document["models"]], document["cases"]) == (["kl", SHARED_MEMBERS], 1)


def test_results_of_an_earlier_state_are_not_shown_and_not_added_to(kept, forest):
    asked = ("--protocol", "existing", "--models")
    evaluate(kept, "forest", *asked, "linear")
    evaluate(kept, "forest", "--protocol", "novel", "--models", "linear")
    cache.save_collection(kept, replace(forest, features=forest.features * 2))
    assert cache.load_evaluation(kept, "forest") == []
    evaluate(kept, "forest", *asked, "kl")
    (document,) = cache.load_evaluation(kept, "forest")
    assert [*document["models"]] == ["kl", SHARED_MEMBERS]


def test_measured_collections_have_a_table_of_rho(kept, quick, capsys):
    assert evaluate(kept, "measured", "--protocol", "novel") == 0
    head, names, *rows = capsys.readouterr().out.splitlines()
    assert head.endswith("test pairs")
    assert names.split() == ["model", "rho", "seconds"]
    assert [row.split()[0] for row in rows[:4]] == [
        "default",
        "network",
        "linear",
        "control-nearest",
    ]


def test_a_table_rounds_nothing_up(kept, monkeypatch, capsys):
    monkeypatch.setattr("core.evaluation.scoring.f1", lambda claim, truth: 0.9999)
    assert evaluate(kept, "forest", "--protocol", "existing", "--models", "linear") == 0
    assert capsys.readouterr().out.splitlines()[2].split()[1] == "0.999"


def test_what_cannot_be_evaluated_is_said_in_one_line(kept, forest, capsys):
    none = replace(forest.relations, strength=forest.relations.strength / 2)
    cache.save_collection(kept, replace(forest, relations=none))
    assert evaluate(kept, "forest", "--protocol", "existing", "--models", "linear") == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("error: No positives in the test pairs of 'forest'")
    assert evaluate(kept, "forest", "--protocol", "novel", "--models", "magic") == 1
    assert "error: There is no model 'magic'" in capsys.readouterr().err


def test_an_interrupted_evaluation_says_how_far_it_came(kept, monkeypatch, capsys):
    def interrupted(*given):
        yield {"model": "linear", "case": 0}
        raise KeyboardInterrupt

    monkeypatch.setattr(planning, "results", interrupted)
    code = evaluate(kept, "forest", "--protocol", "existing", "--models", "linear")
    assert code == 130
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == "interrupted after 1 of 4 fits; the same command goes on"


def test_one_task_has_nothing_to_ask_about(forest, kept, capsys):
    alone = replace(
        forest,
        name="alone",
        tasks=forest.tasks.iloc[:1],
        membership=type(forest.membership)(np.arange(48), np.array([0, 48])),
        relations=Relations(*(np.zeros(0, dtype=int),) * 2, np.zeros(0)),
    )
    cache.save_collection(kept, alone)
    for protocol in ("existing", "novel", "fresh"):
        assert evaluate(kept, "alone", "--protocol", protocol) == 1
        assert "error: " in capsys.readouterr().err


def test_placing_is_what_draws_the_boxes_that_are_scored(forest, quick, monkeypatch):
    placed = []
    place = placing.place

    def recorded(*given, **settings):
        placed.append(place(*given, **settings))
        return placed[-1]

    monkeypatch.setattr(placing, "place", recorded)
    list(results(forest, plan(forest, models=("default",), cases=1), {}))
    assert [one.names for one in placed] == [tuple(forest.tasks.index)]
