"""The lab's exercises: the solutions that the notebook shows pass, and every misconception is caught."""

import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from folded import assert_folded, solution

from awsbook.facts import fact
from awsbook.lab import launch_types_exercises
from awsbook.lab.checks import BLANK, WRONG, prove
from awsbook.lab.launch_types_history import synthetic_history
from awsbook.topics.launch_types import model_billing, model_checkpoint, model_commitment
from awsbook.topics.launch_types.history import hold

ROOT = Path(__file__).parents[2]
LABS = ROOT / "labs"
NOTEBOOK = nbformat.read(LABS / "launch-types.ipynb", as_version=4)
PROSE = [cell["source"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "markdown"]
CODE = [cell["source"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
LEAST, FREE = 60, 3600
YEAR_H = 8760


def length(run):
    return round((run[1] - run[0]).total_seconds())


def charged(of=length, least=LEAST, is_free=lambda run, seconds: run[2] == "EC2" and seconds < FREE):
    """A right answer, unless one of its parts is exchanged for a misconception."""
    return lambda runs: sum(max(least, of(run)) for run in runs if not is_free(run, of(run)))


WRONG_CHARGED = {
    "no minimum": charged(least=0),
    "one minimum for all runs": lambda runs: max(LEAST, charged(least=0)(runs)),
    "the minimum is an hour": charged(least=3600),
    "whole minutes": charged(of=lambda run: math.ceil(length(run) / 60) * 60),
    "whole hours": charged(of=lambda run: math.ceil(length(run) / 3600) * 3600),
    "a stopped instance is charged too": lambda runs: max(LEAST, round((runs[-1][1] - runs[0][0]).total_seconds())),
    "days are forgotten": charged(of=lambda run: (run[1] - run[0]).seconds),
    "EC2 ends every run for free": charged(is_free=lambda run, seconds: run[2] == "EC2"),
    "every first hour is free": charged(is_free=lambda run, seconds: seconds < FREE),
    "EC2's interruptions are charged": charged(is_free=lambda run, seconds: False),
    "the first hour is taken off a longer run": lambda runs: sum(
        max(0, length(run) - FREE) if run[2] == "EC2" else max(LEAST, length(run)) for run in runs
    ),
}


def by_pool(mean):
    return lambda table, start, end: {pool: mean(rows, start, end) for pool, rows in table.groupby("pool")}


def weighted(rows, start, end):
    rows = rows.sort_values("at")
    begins = rows["at"].clip(lower=start)
    ends = rows["at"].shift(-1).fillna(end).clip(lower=start)
    seconds = (ends - begins).dt.total_seconds()
    return (seconds * rows["price"]).sum() / seconds.sum()


def as_it_stands(rows, start, end):
    ends = rows["at"].shift(-1).fillna(end)
    seconds = (ends - rows["at"]).dt.total_seconds()
    return (seconds * rows["price"]).sum() / seconds.sum()


def backwards(rows, start, end):
    rows = rows.sort_values("at")
    rows = rows[rows["at"] > start]
    seconds = (rows["at"] - rows["at"].shift(1).fillna(start)).dt.total_seconds()
    return (seconds * rows["price"]).sum() / seconds.sum()


def by_the_day(rows, start, end):
    rows = rows[rows["at"] >= start].set_index("at").sort_index()
    return rows["price"].resample("D").mean().mean()


WRONG_MEAN = {
    "a row is an hour": by_pool(lambda rows, start, end: rows["price"].mean()),
    "rows since the start": by_pool(lambda rows, start, end: rows[rows["at"] >= start]["price"].mean()),
    "the middle row": by_pool(lambda rows, start, end: rows["price"].median()),
    "cheapest and dearest": by_pool(lambda rows, start, end: (rows["price"].min() + rows["price"].max()) / 2),
    "the price before the start does not count": by_pool(
        lambda rows, start, end: weighted(rows[rows["at"] >= start], rows[rows["at"] >= start]["at"].min(), end)
    ),
    "the last price holds for no time": by_pool(lambda rows, start, end: weighted(rows, start, rows["at"].max())),
    "the time before the start counts": by_pool(lambda rows, start, end: weighted(rows, rows["at"].min(), end)),
    "the rows are oldest first": by_pool(as_it_stands),
    "a price held until its moment": by_pool(backwards),
    "a mean of the days that have a row": by_pool(by_the_day),
    "one price for all pools": lambda table, start, end: dict.fromkeys(
        table["pool"].unique(), weighted(table, start, end)
    ),
    "a number instead of a dict": lambda table, start, end: weighted(table, start, end),
}


def follow(lost=lambda saved, done: saved, written=True, last_written=False, pause=1, early=0):
    """A right answer, unless one of its parts is exchanged. lost: what is left of the work after a stop."""

    def answer(work, every, write, restart, stops):
        now, saved, write = 0, 0, write * written
        while True:
            piece = min(every, work - saved)
            last = saved + piece >= work
            ready = now + piece + (0 if last and not last_written else write)
            safe = now + piece + (0 if early else write)
            hit = next((stop for stop in stops if now < stop < ready), None)
            if hit is not None:
                if hit > safe:
                    saved += piece
                saved = lost(saved, saved + max(0, min(piece, hit - now)) if hit <= safe else saved)
                now = hit + restart * pause
            elif last:
                return ready
            else:
                now, saved = ready, saved + piece

    return answer


def sum_of_all(work, every, write, restart, stops):
    """Half an interval and a restart for each stop before the plain end."""
    plain = work + (math.ceil(work / every) - 1) * write
    return plain + sum(stop < plain for stop in stops) * (every / 2 + restart)


WRONG_TAKEN = {
    "nothing is lost": follow(lost=lambda saved, done: done),
    "everything is lost": follow(lost=lambda saved, done: 0),
    "a checkpoint takes no time": follow(written=False),
    "a checkpoint after the last piece": follow(last_written=True),
    "a new instance is there at once": follow(pause=0),
    "a checkpoint that was cut off counts": follow(early=1),
    "half an interval is lost each time": sum_of_all,
    "interruptions do not matter": lambda work, every, write, restart, stops: (
        work + (math.ceil(work / every) - 1) * write
    ),
}
WRONG_INTERVAL = {
    "as often as possible": lambda work, write, restart, between: 1,
    "one after another": lambda work, write, restart, between: write,
    "once for each interruption": lambda work, write, restart, between: between,
    "twice for each interruption": lambda work, write, restart, between: between / 2,
    "never": lambda work, write, restart, between: work,
    "ten checkpoints for each job": lambda work, write, restart, between: work / 10,
    "half an hour, always": lambda work, write, restart, between: 30,
    "the mean of both times": lambda work, write, restart, between: (write + between) / 2,
    "the restart counts as writing": lambda work, write, restart, between: math.sqrt(2 * (write + restart) * between),
    "hours under the root, read as minutes": lambda work, write, restart, between: math.sqrt(
        2 * write / 60 * between / 60
    ),
    "no root": lambda work, write, restart, between: 2 * write * between,
    "twice the root": lambda work, write, restart, between: 2 * math.sqrt(2 * write * between),
    "half the root": lambda work, write, restart, between: math.sqrt(2 * write * between) / 2,
    "no time at all": lambda work, write, restart, between: 0,
    "a text": lambda work, write, restart, between: "75",
}


def pays(hours, years):
    return hours if hours <= YEAR_H * years else None


WRONG_EVEN = {
    "the promise is charged for used hours": lambda o, p, up, y: pays(math.ceil(up / (o - p)) if o > p else 10**9, y),
    "the discount is the share of hours": lambda o, p, up, y: pays(math.ceil((1 - p / o) * YEAR_H * y), y),
    "what is paid upfront is gone anyway": lambda o, p, up, y: pays(math.ceil(p * YEAR_H * y / o), y),
    "rounded down": lambda o, p, up, y: pays(math.floor((up + p * YEAR_H * y) / o), y),
    "hours a year": lambda o, p, up, y: pays(math.ceil((up / y + p * YEAR_H) / o), 1),
    "hours a month": lambda o, p, up, y: pays(math.ceil((up / y / 12 + p * 730) / o), 1),
    "every promise lasts a year": lambda o, p, up, y: pays(math.ceil((up + p * YEAR_H) / o), 1),
    "upfront is paid every year": lambda o, p, up, y: pays(math.ceil((up * y + p * YEAR_H * y) / o), y),
    "it always pays at last": lambda o, p, up, y: math.ceil((up + p * YEAR_H * y) / o),
    "all hours or none": lambda o, p, up, y: pays(YEAR_H * y if up + p * YEAR_H * y < o * YEAR_H * y else 10**9, y),
}
WRONG_ANSWERS = {
    "charged_s": WRONG_CHARGED,
    "mean_prices": WRONG_MEAN,
    "minutes_taken": WRONG_TAKEN,
    "best_interval": WRONG_INTERVAL,
    "break_even": WRONG_EVEN,
}


@pytest.mark.parametrize("name", WRONG_ANSWERS)
def test_the_solution_in_the_notebook_passes_and_misconceptions_fail(name):
    """The folded code is run as the learner would paste it."""
    prove(getattr(launch_types_exercises, name)(), solution(PROSE, name), WRONG_ANSWERS[name])


def test_the_parts_of_the_wrong_answers_are_right_by_themselves():
    """Each misconception is one part exchanged: with none exchanged the answer passes."""
    prove(launch_types_exercises.charged_s(), charged(), WRONG_CHARGED)
    prove(launch_types_exercises.mean_prices(), by_pool(weighted), WRONG_MEAN)
    prove(launch_types_exercises.minutes_taken(), follow(), WRONG_TAKEN)


@pytest.mark.parametrize("seed", range(2026, 2034))
def test_youngs_interval_passes_on_any_seed_and_twice_it_on_none(seed):
    """The tolerance is wide enough for the drawn interruptions, and narrow enough for the mistake."""
    from dataclasses import replace

    exercise = replace(launch_types_exercises.best_interval(), seed=seed)
    prove(
        exercise,
        solution(PROSE, "best_interval"),
        {name: WRONG_INTERVAL[name] for name in ("twice the root", "half the root", "half an hour, always")},
    )


def test_the_exercises_agree_with_the_models_of_the_chapter():
    """Two programs that were written apart: the lab may import the ledgers only."""
    rng = random.Random(5)
    rules = model_billing.BillingRules(LEAST, FREE)
    for (runs,) in launch_types_exercises.charged_s().cases(rng):
        one_by_one = (model_billing.charged_s(length(run), rules, ec2_interrupts=run[2] == "EC2") for run in runs)
        assert launch_types_exercises.seconds_charged(runs) == sum(one_by_one)
    for table, start, end in launch_types_exercises.mean_prices().cases(rng):
        for pool, rows in table.sort_values("at").groupby("pool"):
            points = [(max(at, start).timestamp(), price) for at, price in zip(rows["at"], rows["price"], strict=True)]
            assert hold(points, end.timestamp(), 9).mean == pytest.approx(
                launch_types_exercises._mean_by_the_minute(rows, start, end)
            ), pool
    hourly = model_commitment.Offer("hourly", 0.1728, committed=False)
    promise = model_commitment.Offer("promise", 0.11431, committed=True)
    months = 12 * model_commitment.break_even_h(promise, hourly)
    assert launch_types_exercises.hours_to_break_even(0.1728, 0.11431, 0, 1) == math.ceil(months)


@pytest.mark.parametrize("every", [10, 75, 480])
def test_the_mean_of_drawn_jobs_is_near_the_formula(every):
    """Daly's sum, in hours; the lab's restarts cannot be interrupted, which is a small difference."""
    job = model_checkpoint.Job(work=40, interval=every / 60, checkpoint=0.1, restart=1 / 6, between=8)
    mean = launch_types_exercises.mean_minutes(work=2400, every=every, write=6, restart=10, between=480) / 60
    assert mean == pytest.approx(model_checkpoint.expected(job).total, rel=0.06)


def test_the_rules_in_these_wrong_answers_are_those_of_the_ledger():
    """They are written out above, so that a misconception can be read."""
    assert fact("launch-types.billing.minimum_s").value == LEAST
    assert fact("launch-types.billing.free_if_ec2_interrupts_within_s").value == FREE
    assert launch_types_exercises.term_h(1) == YEAR_H
    assert launch_types_exercises.TOLERANCE == 1.02, "the lab's text says two per cent"
    assert launch_types_exercises.RUNS == 150, "the lab's text says 150 jobs"


def test_an_answer_that_only_writes_is_refused_without_being_followed():
    """A thousandth of a minute between checkpoints would take minutes to follow."""
    verdict = launch_types_exercises.best_interval().verdict(lambda *_: 0.001)
    assert verdict.state == WRONG
    assert "does little but write" in verdict.words


def test_a_blank_is_no_mistake():
    """In all five."""
    for name in WRONG_ANSWERS:
        assert getattr(launch_types_exercises, name)().verdict(lambda *_: ...).state == BLANK


def test_every_exercise_has_a_hint_and_a_solution_folded_away():
    """Neither is in sight before it is asked for."""
    for name in WRONG_ANSWERS:
        assert_folded(PROSE, name)


RUN_CELLS = """
import json, socket, sys
outside = []
def hear(event, args):
    if event in ('socket.connect', 'socket.sendto', 'socket.getaddrinfo', 'socket.gethostbyname'):
        if '127.0.0.1' not in str(args) and 'localhost' not in str(args):
            outside.append([event, str(args)])
sys.addaudithook(hear)
room = {}
for cell in json.load(sys.stdin):
    exec(cell, room)
print('outside:', outside)
try:  # planted: the guard refuses it, and the hook must have heard it
    socket.getaddrinfo('ec2.us-east-1.amazonaws.com', 443)
except RuntimeError:
    print('heard:', len(outside))
"""


def run_cells(cells, **environment):
    """The cells in a Python of their own, beside the notebook, as a kernel would run them."""
    return subprocess.run(
        [sys.executable, "-c", RUN_CELLS],
        env=os.environ | environment | {"PYTHONPATH": str(ROOT)},
        cwd=LABS,
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_lab_with_real_looking_credentials_reaches_nothing_but_this_machine(tmp_path):
    """Heard by a hook of this test's own, not by the guard that the lab raises."""
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    (tmp_path / "credentials").write_text(f"[default]\naws_access_key_id={key}\n", encoding="utf-8")
    run = run_cells(
        CODE,
        AWS_ACCESS_KEY_ID=key,
        AWS_SECRET_ACCESS_KEY="real/looking/secret/real/looking/secret0",
        AWS_SESSION_TOKEN="real-looking",
        AWS_PROFILE="default",
        AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "credentials"),
        AWS_ENDPOINT_URL="https://ec2.eu-central-1.amazonaws.com",
        HTTPS_PROXY="http://127.0.0.1:9",
    )
    assert (run.returncode, run.stdout.splitlines()[-2:]) == (0, ["outside: []", "heard: 1"]), run.stderr


def with_file(path):
    """The lab's cells, with the learner's own file in the one variable."""
    changed = [cell.replace("MY_FILE = ...", f"MY_FILE = {str(path)!r}") for cell in CODE]
    assert sum(a != b for a, b in zip(CODE, changed, strict=True)) == 1
    return changed


def test_the_lab_runs_to_its_end_with_a_learners_own_file(tmp_path):
    """One pool with one row, of another type and zone; nowhere is it called synthetic."""
    file = tmp_path / "history.json"
    entries = json.loads(synthetic_history())["SpotPriceHistory"][:1]
    entries[0] |= {"InstanceType": "c7g.large", "AvailabilityZone": "eu-west-3c"}
    file.write_text(json.dumps({"SpotPriceHistory": entries}), encoding="utf-16")
    run = run_cells(with_file(file))
    assert run.returncode == 0, run.stderr
    assert "your history" in run.stdout
    assert "eu-west-3c c7g.large Linux/UNIX: $0.0559 an hour over 0 hours" in run.stdout
    assert "synthetic" not in run.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is not used: cannot open"),
        ('{"SpotPriceHistory": [{}]}', "is not used: entry 1 lacks AvailabilityZone"),
    ],
)
def test_a_damaged_file_of_the_learners_gets_one_line_and_the_lab_goes_on(tmp_path, content, words):
    """With the synthetic history, and saying so."""
    file = tmp_path / "history.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    run = run_cells(with_file(file))
    assert run.returncode == 0, run.stderr
    (line,) = (line for line in run.stdout.splitlines() if "is not used" in line)
    assert words in line
    assert "synthetic history" in run.stdout


def test_wherever_the_synthetic_history_is_shown_it_is_called_synthetic():
    """Every stored output that names one of its zones."""
    lines = [
        line
        for cell in NOTEBOOK["cells"]
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
        for line in output.get("text", "").splitlines()
        if "us-east-1" in line and not line.startswith("it is")
    ]
    assert len(lines) >= 8
    assert all("synthetic" in line for line in lines)
