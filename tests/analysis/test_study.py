"""The study's models and its evidence; they need scikit-learn, and TensorFlow where a network is trained."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from studied import BAR, P, market, studied
from typer.testing import CliRunner

pytestmark = [
    pytest.mark.ml,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # of Keras, as it saves a model
]
pytest.importorskip("sklearn", reason="run by `make test-ml`")

from analysis.batch.history import History  # noqa: E402
from analysis.commands import commands  # noqa: E402
from analysis.errors import AnalysisError, StudyError, TooLittleDataError  # noqa: E402
from analysis.study.dataset.made import data_set  # noqa: E402
from analysis.study.learning import loading  # noqa: E402
from analysis.study.learning.baselines import majority, same_as_last  # noqa: E402
from analysis.study.learning.calibration import calibrated, probability  # noqa: E402
from analysis.study.learning.conclusion import conclude  # noqa: E402
from analysis.study.learning.evaluation import evaluate  # noqa: E402
from analysis.study.learning.evidence import blocks, gain, holm, slope  # noqa: E402
from analysis.study.learning.plain import as_plain  # noqa: E402
from analysis.study.learning.scaling import Scaling  # noqa: E402
from analysis.study.learning.scores import calibration, scores  # noqa: E402
from bot.core.times import MINUTE  # noqa: E402

SCHEMA = (Path(__file__).parents[2] / "bot" / "store" / "schema.sql").read_text()
PER_CVD = 0.2
"""So much a unit of the CVD adds to the chance of up; its standard deviation is about 0.55 units."""


def test_scaling_is_of_the_training_rows_alone_and_cuts_far_ones():
    scaling = Scaling.of(np.array([[1.0, 5.0], [3.0, 5.0]]))
    assert scaling(np.array([[2.0, 5.0], [4.0, 6.0], [99.0, 5.0]])).tolist() == [[0, 0], [2, 1], [4, 0]]


def test_scores_of_four_rows():
    said, up = np.array([0.9, 0.6, 0.4, 0.2]), np.array([1.0, 0.0, 0.0, 0.0])
    right = ((said > 0.5) == up).astype(float)
    found = scores(said, up, right)
    assert (found.n, found.accuracy) == (4, 0.75)
    assert found.balanced_accuracy == pytest.approx((1 + 2 / 3) / 2)
    assert found.brier == pytest.approx((0.01 + 0.36 + 0.16 + 0.04) / 4)
    assert found.log_loss == pytest.approx(-np.log([0.9, 0.4, 0.6, 0.8]).mean())


def test_calibration_puts_a_tenth_of_the_rows_in_each_bin():
    said = np.linspace(0, 1, 1000)
    up = (np.arange(1000) % 2).astype(float)
    bins = calibration(said, up)
    assert [each.n for each in bins] == [100] * 10
    assert bins[0].said == pytest.approx(0.05, abs=0.01)
    assert bins[0].came == 0.5


def test_odds_that_boast_are_drawn_towards_what_came():
    draw = np.random.default_rng(3)
    odds = draw.normal(0, 2, 4000)
    up = (draw.random(4000) < probability(odds / 4)).astype(float)  # it is four times too sure
    found = calibrated(odds, up)
    assert found.stretch == pytest.approx(0.25, abs=0.06)
    assert found.shift == pytest.approx(0, abs=0.1)


def test_a_model_that_is_wrong_is_not_turned_around():
    draw = np.random.default_rng(3)
    odds = draw.normal(0, 2, 4000)
    up = (draw.random(4000) < probability(-odds)).astype(float)
    assert calibrated(odds, up).stretch == 0


def test_the_majority_and_the_last_direction():
    known = np.array([1.0, 1.0, 1.0, 0.0])
    assert majority(known, 2).probability.tolist() == [0.75, 0.75]
    assert majority(known, 2).up.tolist() == [1, 1]
    said = same_as_last(known, np.array([5.0, 5.0, -5.0, -5.0]), np.array([1.0, -1.0, 0.0]))
    assert said.up.tolist() == [1, 0, 1]
    assert said.probability.tolist() == [3 / 4, 2 / 4, 3 / 4]  # (2 + 1) / (2 + 2), (1 + 1) / (2 + 2)


def test_blocks_are_50_bars_long_and_ten_labels():
    opens = np.arange(300) * BAR
    assert np.bincount(blocks(opens, BAR, 1)).tolist() == [50] * 6
    assert np.bincount(blocks(opens, BAR, 12)).tolist() == [120, 120, 60]


def test_a_gain_of_ten_blocks_by_hand():
    # Block sums 1 to 10 of one row each: mean 5.5, deviation of the mean 3.0277 / sqrt(10) = 0.9574.
    found = gain(np.arange(1.0, 11.0), np.arange(10))
    assert found.value == 5.5
    assert found.high - found.value == pytest.approx(3.2498 * 0.9574, abs=1e-3)  # t of 9 degrees, 99.5 %
    assert found.p == pytest.approx(0.000137, abs=1e-5)  # t = 5.745
    assert gain(np.arange(1.0, 10.0), np.arange(9)) is None


def test_rows_that_hang_together_count_for_less():
    draw = np.random.default_rng(1)
    each = draw.normal(0.3, 1, 100)
    alone = gain(each, np.arange(100))
    ten = gain(np.repeat(each, 10), np.repeat(np.arange(100), 10))
    assert ten.p == pytest.approx(alone.p)
    assert gain(np.repeat(each, 10), np.arange(1000)).p < alone.p / 10


def test_holm_corrects_for_each_other():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_a_slope_is_per_standard_deviation():
    draw = np.random.default_rng(2)
    column = draw.normal(7, 3, 20_000)
    up = (draw.random(20_000) < 0.5 + 0.02 * (column - 7)).astype(float)
    found = slope(column, up, np.arange(20_000) // 50)
    assert found.low < 0.06 < found.high
    assert found.high - found.low < 0.03
    assert slope(np.ones(20_000), up, np.arange(20_000) // 50) is None


def test_a_planted_relation_is_found_by_the_logistic_regression_with_its_size():
    data = studied(1, 5_000, PER_CVD)
    found = evaluate(data, ("logistic",))
    told = conclude(found)
    assert told.edge, told.sentence
    assert "Evidence of an edge: the logistic regression was right about the next candle" in told.sentence
    assert not told.keras_adds
    effect = next(each for each in found.effects if (each.name, each.ahead) == ("cvd", 1))
    assert effect.change.low < PER_CVD * float(data.frame["cvd"].std()) < effect.change.high
    assert found.horizons[0].importance[0].name == "cvd"
    assert json.dumps(as_plain(found), allow_nan=False)


def test_where_there_is_nothing_nothing_is_found():
    found = evaluate(studied(1), ("logistic",))
    told = conclude(found)
    assert not told.edge
    assert told.sentence.startswith("No evidence of an edge: the logistic regression was right about ")
    assert "corrected for 1 model and 3 horizons" in told.sentence


def test_a_market_that_stands_still_cannot_be_learnt_from():
    chart = market(1, 3_000)
    still = type(chart)(
        chart.pair, chart.timestamp, *(np.full(3_000, 100.0) for _ in range(4)), chart.buy, chart.sell, BAR
    )
    with pytest.raises(AnalysisError, match="0 bars are known well enough to learn 1 bars ahead"):
        evaluate(data_set(History(still), P), ("logistic",))


def test_too_little_is_refused():
    with pytest.raises(TooLittleDataError, match="5 folds need about"):
        evaluate(studied(1, 800), ("logistic",))


# The commands, on a database of minutes.


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A database whose 5-minute bars have the planted relation, up to now."""
    folder = tmp_path_factory.mktemp("studied")
    path = folder / "trading.db"
    chart = market(1, 4_000, PER_CVD)
    now = time.time_ns() // 1_000_000
    shift = (now // BAR * BAR) - int(chart.timestamp[-1])  # the bar of this minute is whole already
    rows = []
    for opened, *values in zip(
        chart.timestamp.tolist(),
        *(column.tolist() for column in (chart.open, chart.high, chart.low, chart.close, chart.buy, chart.sell)),
        strict=True,
    ):
        price, high, low, close, buy, sell = values
        steps = [price + (close - price) * part / 5 for part in range(6)]
        for number in range(5):
            begin, end = steps[number], steps[number + 1]
            top, bottom = (high, low) if number == 2 else (max(begin, end), min(begin, end))
            minute = opened + shift + number * MINUTE
            rows.append((minute, "BTC/USDT", begin, top, bottom, end, buy / 5, sell / 5, 1, 1))
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.executescript(SCHEMA)
        sql.execute("PRAGMA user_version = 1")
        sql.executemany("INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        sql.execute("INSERT INTO state VALUES ('origin', '\"simulated\"', 0)")
    return path


def ml(*options: object) -> str:
    done = CliRunner().invoke(commands, ["ml", *map(str, options)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def evaluated(database):
    """The same, evaluated with TensorFlow."""
    return json.loads(ml("evaluate", "--db", database, "--json"))


def test_evaluate_with_tensorflow_finds_the_planted_relation_and_keeps_a_report(database, evaluated):
    assert evaluated["edge"] is True
    assert {"sentence", "keras_adds", "timeframe", "horizons", "folds", "baselines"} <= set(evaluated)
    assert (evaluated["timeframe"], evaluated["origin"]) == ("5m", "simulated")
    assert [each["bars"] for each in evaluated["horizons"]] == [1, 3, 12]
    assert set(evaluated["baselines"]) == {"majority", "same_as_last"}
    assert len(evaluated["folds"]) == 15
    assert set(evaluated["horizons"][0]["scores"]) == {"logistic", "keras", "majority", "same_as_last"}
    folder = database.parent / "study" / "BTC-USDT-5m"
    assert {each.name for each in folder.iterdir()} >= {
        "report.md",
        "report.json",
        "accuracy.svg",
        "calibration.svg",
        "effects.svg",
    }
    text = (folder / "report.md").read_text()
    assert evaluated["sentence"] in text
    assert "SIMULATED" in text


def test_train_and_predict_with_tensorflow_write_beside_the_database_and_never_into_it(database, evaluated):
    assert evaluated["edge"]
    before = database.read_bytes()
    trained = json.loads(ml("train", "--db", database, "--model", "keras", "--json"))
    assert trained["model"].startswith("keras, trained to ")
    said = json.loads(ml("predict", "--db", database, "--json"))
    assert 0 < said["probability_up"] < 1
    assert said["closes"] - said["bar"] == BAR
    assert said["made"] < said["closes"]
    assert said["n"] > 1_500
    assert database.read_bytes() == before
    with closing(sqlite3.connect(database.with_name("analysis.db"))) as sql:
        kept = sql.execute("SELECT bar, probability_up, came FROM predictions").fetchall()
    assert kept == [(said["bar"], said["probability_up"], None)]


def test_the_same_rows_give_the_same_network(database, evaluated):
    assert evaluated["edge"]
    ml("train", "--db", database, "--model", "keras")
    first = json.loads(ml("predict", "--db", database, "--json"))
    ml("train", "--db", database, "--model", "keras")
    assert json.loads(ml("predict", "--db", database, "--json"))["probability_up"] == first["probability_up"]


def test_a_prediction_is_scored_once_its_bar_has_closed(database, evaluated):
    assert evaluated["edge"]
    ml("train", "--db", database, "--model", "logistic")
    with closing(sqlite3.connect(database)) as sql:
        (bar,) = sql.execute("SELECT max(timestamp) / 300000 * 300000 FROM candles").fetchone()
        opened, closed = (
            sql.execute("SELECT " + what + " FROM candles WHERE timestamp = ?", (at,)).fetchone()[0]
            for what, at in (("open", bar), ("close", bar + 4 * MINUTE))
        )
    said = json.loads(ml("predict", "--db", database, "--json"))
    record = database.with_name("analysis.db")
    with closing(sqlite3.connect(record)) as sql, sql:  # as if it had been predicted before it closed
        sql.execute(
            "INSERT INTO predictions SELECT pair, timeframe, ?, ?, ?, ?, model, trained_from, trained_to, edge,"
            " insisted, accuracy, margin, n, NULL FROM predictions WHERE bar = ?",
            (bar, bar + BAR, bar, 0.9, said["bar"]),
        )
    again = json.loads(ml("predict", "--db", database, "--json"))
    assert again["live"] == {"n": 1, "right": int(closed > opened)}


def test_a_damaged_or_foreign_model_is_named(database, tmp_path):
    copy = tmp_path / "trading.db"
    copy.write_bytes(database.read_bytes())
    with pytest.raises(StudyError, match=r"there is no model in .* yet: `cvdbot ml train` makes one"):
        ml("predict", "--db", copy)
    ml("train", "--db", copy, "--model", "logistic")
    model = tmp_path / "study" / "BTC-USDT-5m" / "model.json"
    kept = json.loads(model.read_text())
    for change, words in (
        ({"timeframe": "1h"}, "the model was trained on timeframe 1h, these candles are of 5m"),
        ({"pair": "ETH/USDT"}, "the model was trained on pair ETH/USDT, these candles are of BTC/USDT"),
        ({"origin": "exchanges"}, "the model was trained on origin exchanges, these candles are of simulated"),
        ({"version": 99}, "is of another version of the study: train it again"),
        ({"features": [*kept["features"][1:], "moon"]}, "the model needs moon, which these candles do not have"),
        ({"mean": None}, "is damaged"),
        ({"weights": kept["weights"][1:]}, "is damaged .*not as many weights"),
    ):
        model.write_text(json.dumps({**kept, **change}))
        with pytest.raises(StudyError, match=words):
            ml("predict", "--db", copy)
    model.write_text(json.dumps(kept)[:100])
    with pytest.raises(StudyError, match="cannot be read"):
        ml("predict", "--db", copy)


def test_old_candles_are_nothing_to_predict_from(database, tmp_path):
    copy = tmp_path / "trading.db"
    copy.write_bytes(database.read_bytes())
    ml("train", "--db", copy, "--model", "logistic")
    with closing(sqlite3.connect(copy)) as sql, sql:
        sql.execute("DELETE FROM candles WHERE timestamp > (SELECT max(timestamp) FROM candles) - 7200000")
    with pytest.raises(StudyError, match="has closed already: nothing to predict until newer candles come"):
        ml("predict", "--db", copy)
    assert not (tmp_path / "analysis.db").exists()


def test_follow_says_once_what_it_waits_for(database, tmp_path):
    copy = tmp_path / "trading.db"
    copy.write_bytes(database.read_bytes())
    ml("train", "--db", copy, "--model", "logistic")
    with closing(sqlite3.connect(copy)) as sql, sql:
        sql.execute("DELETE FROM candles WHERE timestamp > (SELECT max(timestamp) FROM candles) - 7200000")
    done = CliRunner().invoke(commands, ["ml", "predict", "--db", str(copy), "--follow", "--exit-after", "2"])
    assert done.exit_code == 0
    assert done.stderr.count("has closed already") == 1


def test_the_data_set_is_written_as_csv_and_parquet_alike(database, tmp_path):
    said = ml("dataset", "--db", database, "--to", tmp_path / "bars.parquet")
    assert said.startswith(f"{tmp_path / 'bars.parquet'}: 4,000 bars of 5m, ")
    ml("dataset", "--db", database, "--to", tmp_path / "bars.csv")
    parquet, csv = pl.read_parquet(tmp_path / "bars.parquet"), pl.read_csv(tmp_path / "bars.csv")
    assert csv.columns == parquet.columns
    assert csv["timestamp"].to_list() == parquet["timestamp"].to_list()
    assert csv["cvd"].to_list() == parquet["cvd"].to_list()
    with pytest.raises(AnalysisError, match=r"name it \.csv or \.parquet"):
        ml("dataset", "--db", database, "--to", tmp_path / "bars.xlsx")


def test_without_room_for_tensorflow_it_says_how_much_is_needed(database):
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1_400_000_000,) * 2);"
        "from cvdbot import main; sys.argv = ['cvdbot', 'ml', 'evaluate', '--db', sys.argv[1]]; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, str(database)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert done.returncode == 2
    assert "TensorFlow needs 1.5 GB of free memory, and 1.4 GB are free here" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_tensorflow_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(loading, "find_spec", lambda _: None)
    with pytest.raises(StudyError, match="TensorFlow is not installed: run `make setup-ml`"):
        loading.check()


def test_an_unknown_model_is_refused(database):
    with pytest.raises(AnalysisError, match="--model forest is no model: possible are logistic, keras"):
        ml("train", "--db", database, "--model", "forest")
