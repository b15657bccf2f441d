"""The report prints what the API says of an account, says what it is of on every page, and keeps nobody waiting."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import marked
import msgspec
import numpy as np
import pytest
from example_database import add_example
from pdf_text import pages
from traded import END, HOLE, at
from web_client import web_client

from analysis.account.statistics import statistics
from analysis.account.track_record import Closed, Prices, TrackRecord
from bot.core.ledger import Side
from bot.core.parameters import Parameters
from webapp.report import charts, made, press, stretches, words
from webapp.report.background import Background, Completeness
from webapp.report.contents import TRADES, contents
from webapp.report.shapes import Contents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx
    from web_client import Client

BAR = 300_000
MINUS, DASH = words.MINUS, words.UNKNOWN


@pytest.fixture(scope="module")
def told(traded_once: Path) -> Iterator[Client]:
    """A browser on a database with a history of trading, for tests that only ask."""
    with web_client(traded_once) as client:
        yield client


@pytest.fixture(scope="module")
def printed(told: Client) -> list[str]:
    """The pages of the report of all that was traded on paper."""
    return report(told)


def squeezed(text: str) -> str:
    """The words without white space, as `pages` gives them."""
    return "".join(text.split())


def report(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/api/report.pdf?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    return pages(answer.content)


def test_the_report_of_an_account_says_what_it_is_of_on_each_of_its_pages(traded_client: Client):
    answer = traded_client.get("/api/report.pdf")
    name = 'attachment; filename="report_BTC-USDT_paper_2025-05-03_2025-05-05T0305.pdf"'
    assert answer.headers["content-disposition"] == name
    printed = pages(answer.content)
    assert len(printed) == 4
    for number, page in enumerate(printed, 1):
        assert page.startswith(squeezed("BTC/USDT Paper account PARTLY BEFORE FEES PAPER TRADING"))
        assert squeezed("Paper trading: no order was or will be sent to an exchange. Every instant is UTC.") in page
        assert page.endswith(f"Page{number}of4")
        assert "SIMULATED" not in page
    assert squeezed("3 May 2025, 00:00 to 5 May 2025, 03:05 UTC") in printed[0]


def test_the_figures_of_the_report_are_those_of_the_api(told: Client, printed: list[str]):
    answer, text = told.get("/api/statistics").json(), "".join(printed)
    figures = answer["figures"]
    assert squeezed(f"Total profit† +{figures['total_profit']['value']:,.2f} USDT") in text
    assert squeezed(f"Win rate† {figures['win_rate']['value']:.2f} %") in text
    assert squeezed(f"Total profit at 0.1 % a side {MINUS}5,212.49 USDT 39 56.43 USDT (1)") in text
    assert figures["profit_at_0_1_percent"]["value"] == pytest.approx(-5212.49, abs=0.005)
    assert squeezed(f"Sharpe† {DASH} 3") in text  # 3 days are too few, and that is not 0
    assert figures["sharpe"]["value"] is None
    assert squeezed(answer["conclusion"][1:].replace("-", MINUS)) in text
    assert squeezed("† before fees in 17 of 39 trades") in text


def test_the_report_defines_every_figure_it_prints(told: Client, printed: list[str]):
    text = "".join(printed)
    figures = told.get("/api/statistics").json()["figures"]
    for name in (
        "win_rate",
        "profit_factor",
        "marked_max_drawdown",
        "sharpe",
        "expectancy_low",
        "both_hit",
        "exposure",
    ):
        assert squeezed(figures[name]["definition"]) in text


def test_an_account_that_was_set_up_anew_has_no_single_replay_and_says_so(printed: list[str]):
    text = "".join(printed)
    assert squeezed("The strategy was set up anew once in this period, so that no single replay can") in text
    assert squeezed("As they were at the end; they were changed once in the period.") in text
    assert squeezed("fee rate 0.0004") in text
    assert squeezed("atr length 12") in text


def test_months_classes_and_falls_are_those_of_the_trades(told: Client, printed: list[str]):
    text = "".join(printed)
    trades = [each for each in told.get("/api/trades?mode=paper").json()["trades"] if not each["late"]]
    profit = words.signed(sum(each["profit"] for each in trades), 0)
    assert squeezed(f"2025 {profit} {profit}") in text
    figures = told.get("/api/statistics").json()["figures"]
    depth = words.amount(figures["marked_max_drawdown"]["value"])
    assert squeezed(f"{depth} USDT") in text[text.index(squeezed("The deepest drawdowns")) :]


def test_the_completeness_of_the_period_is_that_of_its_stored_minutes(printed: list[str], traded: Path):
    with closing(sqlite3.connect(f"{traded.as_uri()}?mode=ro", uri=True)) as sql:
        count = "SELECT count(*), count(*) FILTER (WHERE sources >= configured) FROM candles WHERE timestamp >= ?"
        stored, whole = sql.execute(f"{count} AND timestamp < ?", (at(0), at(3065))).fetchone()
    text = "".join(printed)
    assert squeezed(f"Minutes with a candle {stored:,} of 3,065 ({100 * stored / 3065:.2f} %)") in text
    assert squeezed(f"Minutes in which every exchange counted {whole:,} of 3,065") in text
    assert squeezed("okx: minutes that are complete") in text


@pytest.mark.slow
def test_a_replay_of_500_trades_stands_beside_what_was_live_digit_by_digit(tmp_path: Path):
    path = tmp_path / "trading.db"
    marked.build(path, marked.MADE["hundreds"])
    with web_client(path) as client:
        answer = client.get("/api/report.pdf")
        assert answer.status_code == 200
        text = "".join(pages(answer.content))
        figures = client.get("/api/statistics").json()["figures"]
    line = [
        words.value(figures[name]["value"], figures[name]["unit"]) for name in stretches.COMPARED if name != "trades"
    ]
    line = ["500 trades", *line]
    assert squeezed(f"Live {' '.join(line)} Replay {' '.join(line)}") in text


def test_every_trade_is_in_the_table_in_the_order_it_was_closed_and_the_late_one_is_marked(
    told: Client, printed: list[str]
):
    text = "".join(printed)
    place = 0
    for trade in told.get("/api/trades?mode=paper").json()["trades"]:
        left = words.day(trade["exitTime"] + BAR)
        balance = words.amount(trade["newBalance"])
        star = r"\*" if trade["late"] else ""
        row = f"{trade['tradeNumber']}{star}{trade['entryType']}.{{0,40}}{re.escape(squeezed(left))}.{{0,70}}?{balance}"
        found = re.search(row, text[place:])
        assert found, row
        place += found.end()
    assert squeezed("1 of 40 trades were late") in text
    assert squeezed("A short position of 1 BTC") in text


def test_a_report_of_a_simulated_market_says_on_each_page_that_none_of_it_happened(
    client: Client, writer: sqlite3.Connection
):
    add_example(writer)
    answer = client.get("/api/report.pdf")
    assert answer.headers["content-disposition"].endswith('_simulated.pdf"')
    printed = pages(answer.content)
    assert [squeezed("SIMULATED MARKET PAPER TRADING") in page for page in printed] == [True] * len(printed)
    assert [squeezed("Simulated: none of it happened.") in page for page in printed] == [True] * len(printed)


def test_an_account_without_fees_says_before_fees_on_each_page(traded_client: Client):
    printed = report(traded_client, "mode=backtest")
    assert all("BEFOREFEESBACK-TEST" in page for page in printed)
    assert all("PARTLY" not in page for page in printed)
    assert squeezed("A replay of stored candles") in printed[0]


def test_what_the_earlier_bot_did_not_keep_is_a_dash(traded_client: Client):
    text = "".join(report(traded_client, "mode=imported"))
    row = (
        f"7 Long 2025-05-01 20:15 96,800.00 2025-05-01 22:35 97,150.50 2 h 20 Take Profit {DASH} {DASH} +350.50 {DASH}"
    )
    assert squeezed(row) in text


def test_a_period_in_which_there_is_nothing_is_a_page_that_says_so(traded_client: Client):
    (page,) = report(traded_client, f"from={at(END + 60)}&to={at(END + 120)}")
    said = "There is nothing of this account from 5 May 2025, 04:07 to 5 May 2025, 05:07 UTC: no candles and no trades."
    assert squeezed(said) in page
    assert squeezed("PAPER TRADING") in page
    assert "Figures" not in page


def test_a_period_without_a_trade_shows_the_price_all_the_same(traded_client: Client):
    printed = report(traded_client, f"from={at(HOLE.start)}&to={at(HOLE.start + 20)}")
    assert squeezed("No trade was closed in this period.") in printed[0]
    assert squeezed("Price and trades") in printed[0]
    assert squeezed("Bars without a candle: 1 of 4, as no exchange was heard.") in "".join(printed)
    assert "Closedby" not in "".join(printed)


def test_a_database_without_a_pair_has_no_account_to_report_of(client: Client, writer: sqlite3.Connection):
    assert writer
    answer = client.get("/api/report.pdf")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_account")


def test_what_cannot_be_is_refused_by_the_name_of_its_field(traded_client: Client):
    for query, field in (("from=2&to=1", "from"), ("mode=live", "mode"), ("pair=ETH/USDT", "pair"), ("page=2", "page")):
        answer = traded_client.get(f"/api/report.pdf?{query}")
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


@pytest.mark.slow
def test_the_same_copy_gives_the_same_bytes_and_no_typeface_of_this_machine(traded_client: Client, traded: Path):
    first = traded_client.get("/api/report.pdf").content
    with web_client(traded) as another:
        assert another.get("/api/report.pdf").content == first
    faces = set(re.findall(rb"/BaseFont/[A-Z]{6}\+([A-Za-z]+)-", first))
    assert faces == {b"LibertinusSerif"}


@pytest.mark.more
def test_reports_beyond_the_limit_are_refused_and_others_are_answered_meanwhile(traded_client: Client):
    async def ask() -> tuple[list[httpx.Response], httpx.Response]:
        making = [asyncio.ensure_future(traded_client.http.get(f"/api/report.pdf?to={at(END - n)}")) for n in range(2)]
        while traded_client.app.state.reports._value:  # noqa: ASYNC110 - nothing tells it
            await asyncio.sleep(0)
        refused = await traded_client.http.get("/api/report.pdf")
        status = await traded_client.http.get("/api/status")
        assert status.status_code == 200
        assert not any(one.done() for one in making)
        return await asyncio.gather(*making), refused

    answers, refused = traded_client.runner.run(ask())
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "too_many_reports")


def test_a_report_nobody_waits_for_is_not_made_any_further(monkeypatch: pytest.MonkeyPatch):
    began: list[asyncio.subprocess.Process] = []
    begin = asyncio.create_subprocess_exec

    async def remember(*command: object, **options: object) -> asyncio.subprocess.Process:
        began.append(await begin(*command, **options))  # type: ignore[arg-type]
        return began[-1]

    async def leave() -> int | None:
        waiting = asyncio.ensure_future(made.pressed(made_up(10)))
        while not began:  # noqa: ASYNC110 - nothing tells it
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled()
        return began[0].returncode

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remember)
    assert asyncio.run(leave()) == -9


def made_up(count: int) -> Contents:
    """The contents of a report of so many trades, each of one bar, won and lost by turns."""
    times = np.arange(count + 1, dtype=np.int64) * BAR
    close = np.full(count + 1, 100.0)
    trades = [
        Closed(n + 1, Side.LONG, 100.0, n * BAR, 101.0, (n + 1) * BAR, 1.0 if n % 2 else -1.0, 1000.0, 1.0)
        for n in range(count)
    ]
    same = {
        "entryType": "Long",
        "entryPrice": 100.0,
        "exitPrice": 101.0,
        "outcome": "Take Profit",
        "newBalance": 1000.0,
    }
    more = {"size": 1.0, "fees": 0.0, "late": False, "duration": BAR, "r": None, "bar_ms": BAR}
    rows = [
        {"tradeNumber": each.number, "entryTime": each.entry_time, "exitTime": each.exit_time, "profit": each.profit}
        | same
        | more
        for each in trades
    ]
    prices = Prices(times, close + 1, close - 1, close, BAR)
    record = TrackRecord("BTC/USDT", "paper", 0, (count + 1) * BAR, 1000.0, tuple(trades), None, prices, 0.0, 1.0)
    behind = Background(Parameters(), 0, Completeness((count + 1) * 5, (count + 1) * 5, 0, {}), statistics(record))
    more_told = {"asked": (None, None), "simulated": False, "published": 0, "version": "0.1.0"}
    return contents(record, statistics(record), rows, behind, **more_told)  # type: ignore[arg-type]


def test_a_table_that_is_too_long_is_cut_and_says_so():
    told = made_up(TRADES + 5)
    assert len(told.trades) == TRADES == 1000
    assert told.trades[0].cells[0] == "6"
    assert "The table holds the last 1,000 of 1,005 trades" in " ".join(told.notes)
    assert len(told.marks) == 1005
    assert made_up(TRADES).notes == made_up(10).notes


def test_a_long_price_is_thinned_and_keeps_its_extremes():
    told = made_up(10_000)
    assert len(told.price.timestamp) <= 600
    assert (min(told.price.low), max(told.price.high)) == (99.0, 101.0)
    assert told.price.timestamp[-1] == 10_001 * BAR
    assert len(told.curve.timestamp) <= 2400


def test_no_line_is_drawn_over_a_bar_that_is_missing():
    times, close = charts._with_holes(BAR, [BAR, 2 * BAR, 4 * BAR], [1.0, 2.0, 4.0])
    assert times.astype("int64").tolist() == [BAR, 2 * BAR, 2 * BAR + 1, 4 * BAR]
    assert np.isnan(close).tolist() == [False, False, True, False]


def test_contents_go_to_the_other_process_and_come_back_as_they_were():
    told = made_up(3)
    assert msgspec.json.decode(msgspec.json.encode(told), type=Contents) == told
    assert press.pdf(told) == press.pdf(told)


def test_an_idle_server_has_not_loaded_what_only_files_and_reports_need():
    program = (
        "import sys; from pathlib import Path; from webapp.app import create_app; from webapp.config import Settings;"
        "create_app(Settings(database=Path('trading.db')));"
        "print(sorted({'matplotlib', 'typst', 'polars', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (words.amount(-1234.5), f"{MINUS}1,234.50"),
        (words.amount(-0.001), "0.00"),
        (words.signed(0.001), "0.00"),
        (words.signed(12.0), "+12.00"),
        (words.signed(-12.0), f"{MINUS}12.00"),
        (words.value(None, "USDT"), DASH),
        (words.value(1, "trades"), "1 trade"),
        (words.value(1200, "trades"), "1,200 trades"),
        (words.value(0, "UTC ms"), "1 Jan 1970, 00:00"),
        (words.duration(35 * 60_000), "35 min"),
        (words.duration(125 * 60_000), "2 h 05"),
        (words.duration(28 * 3_600_000), "1 d 04 h"),
        (words.between(None, None), "at any time"),
        (words.between(0, None), "from 1 Jan 1970, 00:00 UTC"),
        (words.instant(2**62), "after the year 9999"),
        (words.with_minus("from -2.5 to 3, a back-test (n - 1)"), f"from {MINUS}2.5 to 3, a back-test (n - 1)"),
    ],
)
def test_numbers_and_instants_are_written_as_on_paper(said: str, meant: str):
    assert said == meant
