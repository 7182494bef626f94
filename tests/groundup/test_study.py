"""The study of the recipe: which runs it asks for, and which rate it takes."""

from dataclasses import replace

import pytest

from groundup import recipe, study
from groundup.recipe import INGREDIENTS, RATES, STUDY, WHOLE
from groundup.runs import FullRun, full_runs

RUN = FullRun(
    row="plain, lr 0.01",
    seed=100,
    accuracies=[0.98],
    losses=[0.1, 0.1, 0.1],
    seconds=5.0,
    device="CPU",
    steps="autograd",
    threads="1",
    torch="2.14.1",
    python="3.11",
    commit="abcdef0",
    date="2026-12-01",
)


@pytest.fixture
def on_record(monkeypatch: pytest.MonkeyPatch) -> list[FullRun]:
    """The runs on record: the highest rate is best in every row, with the tuning seeds."""
    runs = []
    for row in ["longer", *STUDY]:
        for place, rate in enumerate(RATES):
            for seed in study.TUNING_SEEDS:
                accuracy = 0.9 + 0.01 * place
                name = f"{row}, lr {rate:g}"
                runs.append(replace(RUN, row=name, seed=seed, accuracies=[accuracy]))
    monkeypatch.setattr(
        study, "full_runs", lambda row=None: [run for run in runs if row in (None, run.row)]
    )
    return runs


def test_the_best_rate_is_judged_with_seeds_of_its_own(on_record: list[FullRun]) -> None:
    assert study.tuned("plain") == max(RATES)
    on_record.append(replace(RUN, row=f"plain, lr {RATES[0]:g}", seed=0, accuracies=[1.0]))
    assert study.tuned("plain") == max(RATES)
    assert not set(study.TUNING_SEEDS) & set(study.SEEDS)


def test_a_row_without_its_runs_is_refused(on_record: list[FullRun]) -> None:
    with pytest.raises(ValueError, match=r"no run of 'plain' at the rate 1 with seeds \[0, 1, 2"):
        study.outcomes("plain")
    for seed in study.SEEDS:
        on_record.append(replace(RUN, row="plain, lr 1", seed=seed))
    assert [run.seed for run in study.outcomes("plain")] == list(study.SEEDS)


def test_each_ingredient_has_a_row_without_it() -> None:
    for name, changes in INGREDIENTS.items():
        row = STUDY[study.WITHOUT[name]]
        for setting in vars(WHOLE):
            assert (getattr(row, setting) != getattr(WHOLE, setting)) == (setting in changes)


def test_what_is_on_record_is_not_run_again(
    on_record: list[FullRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def noted(train: object, jobs: list[tuple[str, int]], **_: object) -> list[object]:
        asked.append(jobs)
        return []

    monkeypatch.setattr(study, "in_processes", noted)
    monkeypatch.setattr(study, "keep", list)
    monkeypatch.setattr("sys.argv", ["study"])
    study.main()
    tuning, judging, final = asked
    assert tuning == []
    assert judging == [(f"{row}, lr 1", seed) for row in STUDY for seed in study.SEEDS]
    assert final == [("final, lr 1", seed) for seed in study.FINAL_SEEDS]


def test_the_runs_of_the_study_are_on_record_and_only_those() -> None:
    expected = set(study._tuning_jobs() + study._judging_jobs() + study._final_jobs())
    names = {*recipe.TRIALS, *recipe.FINALS}
    assert {(run.row, run.seed) for run in full_runs() if run.row in names} == expected


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5"])
def test_a_number_of_jobs_that_cannot_be_is_refused(
    jobs: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["study", f"--jobs={jobs}"])
    with pytest.raises(SystemExit):
        study.main()
    assert f"'{jobs}': expected a whole number from 1" in capsys.readouterr().err
