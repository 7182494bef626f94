"""What each ingredient of the recipe adds: a study on validation digits, on record.

    python -m groundup.study [--jobs N]

Each row of `groundup.recipe.STUDY` is trained at several learning rates, with seeds that serve for
nothing else. The best rate gets fresh seeds, and these are what the rows are compared by. In the
end the longer recipe, tuned likewise, is trained on all training digits and measured on the test
digits. Runs that are on record are not repeated.
"""

import argparse
from statistics import mean

from groundup.full_runs import Job, count_argument, in_processes, keep
from groundup.one_run import run_recipe
from groundup.recipe import INGREDIENTS, RATES, STUDY
from groundup.runs import FILE, FullRun, full_runs

TUNING_SEEDS = range(100, 103)
SEEDS = range(12)
FINAL_SEEDS = range(16)
# The row in which an ingredient is missing from the whole recipe, by ingredient. The last one was
# added last, so the row before it is the one.
WITHOUT = {name: f"without {name}" for name in INGREDIENTS} | {
    "test-time augmentation": "with label smoothing"
}


def tuning(row: str) -> dict[float, float]:
    """The mean accuracy of a row on the validation digits at each learning rate, by `TUNING_SEEDS`.

    Args:
        row: of `STUDY`, or "longer".

    Raises:
        ValueError: the runs for it are not all on record.
    """
    return _tuning(row, full_runs())


def tuned(row: str) -> float:
    """The learning rate at which a row is best in its `tuning`."""
    return _best(tuning(row))


def outcomes(row: str) -> list[FullRun]:
    """The runs by which a row is judged: at its tuned rate, one with each of `SEEDS`, in order."""
    on_record = full_runs()
    return _chosen(on_record, row, _best(_tuning(row, on_record)), SEEDS)


def final_row() -> str:
    """The name of the runs that are measured on the test digits."""
    return f"final, lr {tuned('longer'):g}"


def _tuning(row: str, on_record: list[FullRun]) -> dict[float, float]:
    means = {}
    for rate in RATES:
        runs = _chosen(on_record, row, rate, TUNING_SEEDS)
        means[rate] = mean(run.accuracy for run in runs)
    return means


def _best(means: dict[float, float]) -> float:
    return max(means, key=means.__getitem__)


def _chosen(on_record: list[FullRun], row: str, rate: float, seeds: range) -> list[FullRun]:
    name = f"{row}, lr {rate:g}"
    by_seed = {run.seed: run for run in on_record if run.row == name}
    missing = [seed for seed in seeds if seed not in by_seed]
    if missing:
        raise ValueError(
            f"the study has no run of {row!r} at the rate {rate:g} with seeds {missing}. "
            f"Run: python -m groundup.study"
        )
    return [by_seed[seed] for seed in seeds]


def _tuning_jobs() -> list[Job]:
    jobs = []
    for row in ["longer", *STUDY]:
        for rate in RATES:
            for seed in TUNING_SEEDS:
                jobs.append((f"{row}, lr {rate:g}", seed))
    return jobs


def _judging_jobs() -> list[Job]:
    return [(f"{row}, lr {tuned(row):g}", seed) for row in STUDY for seed in SEEDS]


def _final_jobs() -> list[Job]:
    return [(final_row(), seed) for seed in FINAL_SEEDS]


def _missing(jobs: list[Job]) -> list[Job]:
    done = {(run.row, run.seed) for run in full_runs()}
    return [job for job in jobs if job not in done]


def main() -> None:
    """Run what is missing of the study."""
    first_line, *_ = __doc__.splitlines()
    parser = argparse.ArgumentParser(description=first_line)
    parser.add_argument(
        "--jobs", type=count_argument, default=1, metavar="N", help="runs side by side"
    )
    asked = parser.parse_args()
    for jobs_of_stage in (_tuning_jobs, _judging_jobs, _final_jobs):
        jobs = _missing(jobs_of_stage())
        print(f"{len(jobs)} runs, {asked.jobs} side by side, into {FILE}", flush=True)
        runs = in_processes(run_recipe, jobs, side_by_side=asked.jobs, runs_per_process=None)
        failures = keep(runs)
        if failures:
            raise SystemExit("\n".join(failures))


if __name__ == "__main__":
    main()
