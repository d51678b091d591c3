"""What was measured is kept whole, and whatever else lies in its files disturbs nobody."""

import json
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from ccorch.adapters.records import CALIBRATION, NAMES, RecordFiles
from ccorch.schema.experience import SUITE, BenchResult, Calibration, Experience, ProfileCheck

WRITERS, EACH = 6, 15


def result(number: int = 0, reason: str = "") -> BenchResult:
    """One benchmark result."""
    return BenchResult(
        at=float(number), suite=SUITE, case="review", profile="p", model="m", score=0.5, reason=reason, run="r"
    )


def add_many(folder: Path, writer: int) -> None:
    """What one process adds: lines that are longer than a page."""
    for number in range(EACH):
        RecordFiles(folder).add(result(writer * EACH + number, "x" * 6_000))


def test_what_is_added_is_read_again_in_its_order(tmp_path: Path) -> None:
    records = RecordFiles(tmp_path / "models")

    assert records.experience() == Experience()
    for number in range(3):
        records.add(result(number))
    records.add(ProfileCheck(at=1.0, profile="p", fingerprint="f", model="m", ok=True))

    assert [one.at for one in RecordFiles(tmp_path / "models").experience().bench] == [0, 1, 2]
    assert len(records.experience().checks) == 1
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "models").iterdir()} == {0o600}


def test_processes_that_add_at_once_tear_no_line(tmp_path: Path) -> None:
    with ProcessPoolExecutor(WRITERS, get_context("spawn")) as pool:
        list(pool.map(add_many, [tmp_path] * WRITERS, range(WRITERS)))

    found = RecordFiles(tmp_path).experience().bench
    assert sorted(one.at for one in found) == list(range(WRITERS * EACH))


def test_a_torn_last_line_costs_no_later_measurement(tmp_path: Path) -> None:
    records = RecordFiles(tmp_path)
    records.add(result(1))
    with open(tmp_path / NAMES[BenchResult], "ab") as file:
        file.write(b'{"at": 2.0, "sui')

    records.add(result(3))

    assert [one.at for one in records.experience().bench] == [1, 3]


@pytest.mark.parametrize(
    "figures",
    [
        {"at": float("nan")},
        {"at": float("inf")},
        {"at": -1e300},
        {"at": 1e300},
        {"score": float("nan")},
        {"score": 2},
        {"usd": float("nan")},
        {"usd": -1},
        {"seconds": float("inf")},
        {"case": "another"},
        {"score": "1"},
    ],
)
def test_a_line_with_impossible_figures_is_no_measurement(tmp_path: Path, figures: dict[str, Any]) -> None:
    whole = json.dumps(result(1).model_dump(mode="json") | figures)
    (tmp_path / NAMES[BenchResult]).write_text(f"{whole}\n[]\n{result(2).model_dump_json()}\n")

    assert [one.at for one in RecordFiles(tmp_path).experience().bench] == [2]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)])
@pytest.mark.parametrize("name", [*NAMES.values(), CALIBRATION])
def test_what_is_no_file_is_no_measurement_and_nobody_waits_for_it(tmp_path: Path, name: str, make: Any) -> None:
    make(tmp_path / name)

    assert RecordFiles(tmp_path).experience() == Experience()


def test_a_calibration_is_replaced_and_taken_back(tmp_path: Path) -> None:
    records, record = RecordFiles(tmp_path), Calibration(at=1.0, preferences={}, basis="words")

    records.calibrate(record)
    assert records.experience().calibration == record
    records.calibrate(None)
    records.calibrate(None)
    assert records.experience().calibration is None
