# %% [markdown]
# # cvdbot in a notebook
#
# Start `cvdbot web` in another shell, then run these cells in VS Code, Spyder or Jupyter (each begins at `# %%`), or
# all of them with `python docs/notebook.py`. They read the API of a running server (docs/api.md) and change nothing.
# Beside the server's own packages (`pip install '.[web]'`) httpx is needed.

# %%
import os

import httpx
import matplotlib.pyplot as plt
import polars as pl

SERVER = os.environ.get("CVDBOT_SERVER", "http://127.0.0.1:8000")


def ask(path, **parameters):
    """Ask the API; a refusal is an exception with the server's own words."""
    answer = httpx.get(f"{SERVER}/api/{path}", params=parameters, timeout=60)
    if answer.is_error:
        raise ValueError(answer.json()["error"]["message"])
    return answer


def get(path, **parameters):
    """Ask for JSON."""
    return ask(path, **parameters).json()


def with_times(frame, *columns):
    """Turn instants (UTC ms) into times that polars and matplotlib understand."""
    return frame.with_columns(pl.from_epoch(name, time_unit="ms").dt.replace_time_zone("UTC") for name in columns)


# %% [markdown]
# ## Candles
#
# Series are columnar, so an answer is a frame. `limit` gives the last so many bars.

# %%
candles = pl.DataFrame(get("candles", timeframe="5m", limit=5000)["candles"])
delta = pl.col("vBuy") - pl.col("vSell")
candles = with_times(candles, "timestamp").with_columns(delta=delta)
print(candles.tail())

# %% [markdown]
# All candles there are come as a file in one request: Arrow and Parquet keep every bit.

# %%
minutes = pl.read_parquet(ask("export/candles.parquet").content)
print(f"{len(minutes):,} minutes from {minutes['timestamp'].min()} to {minutes['timestamp'].max()}")

# %% [markdown]
# ## Indicators
#
# What the strategy sees: the CVD through each bar, the ATR, and where the CVD turned its sign. Any parameter of the
# strategy may be named: `get("indicators", timeframe="5m", anchor_period="4h")`.

# %%
seen = get("indicators", timeframe="5m", limit=5000)
cvd = with_times(pl.DataFrame(seen["cvd"]), "timestamp").select("timestamp", cvd="close")
atr = with_times(pl.DataFrame(seen["atr"]), "timestamp").rename({"value": "atr"})
bars = candles.join(cvd, on="timestamp", how="left").join(atr, on="timestamp", how="left")
print(bars.select("timestamp", "close", "delta", "cvd", "atr").tail())

# %% [markdown]
# ## Trades
#
# Every account of the pair; `mode="paper"` is what was traded live. A **late** trade could have been made by nobody.

# %%
rows = get("trades", mode="paper")["trades"]
trades = with_times(pl.DataFrame(rows, infer_schema_length=None), "entryTime", "exitTime") if rows else pl.DataFrame()
could_have_been_made = trades.filter(~pl.col("late")) if rows else trades
print(f"{len(trades)} trades, {len(could_have_been_made)} of them in time")

# %% [markdown]
# Joined with the bar each was entered on: did they win with the CVD or against it?

# %%
if rows:
    entered = could_have_been_made.join(bars, left_on="entryTime", right_on="timestamp", how="inner")
    with_flow = (pl.col("cvd") > 0) == (pl.col("entryType") == "Long")
    by_flow = (
        entered.group_by(with_flow.alias("with_the_cvd"))
        .agg(pl.len().alias("n"), (pl.col("profit") > 0).mean().alias("win_share"), pl.col("profit").mean())
        .sort("with_the_cvd")
    )
    print(by_flow)

# %% [markdown]
# The figures come with their definition and with n; null means too few cases.

# %%
figures = get("statistics", mode="paper")["figures"]
table = pl.DataFrame(
    [{"figure": name, **{key: each[key] for key in ("value", "unit", "n")}} for name, each in figures.items()],
    schema={"figure": pl.String, "value": pl.Float64, "unit": pl.String, "n": pl.Int64},
)
print(table.filter(pl.col("figure").is_in(["trades", "win_rate", "break_even_win_rate", "expectancy", "total_profit"])))

# %% [markdown]
# ## A picture
#
# The price with the trades, and below the CVD.

# %%
figure, (price, flow) = plt.subplots(2, sharex=True, figsize=(11, 6), height_ratios=(3, 1), layout="constrained")
price.plot(bars["timestamp"], bars["close"], color="#16202e", linewidth=0.8)
for row in trades.iter_rows(named=True):
    color = "#0b7a75" if row["profit"] > 0 else "#c2410c"
    price.plot([row["entryTime"], row["exitTime"]], [row["entryPrice"], row["exitPrice"]], color=color)
    price.scatter(row["entryTime"], row["entryPrice"], color=color, marker="^" if row["entryType"] == "Long" else "v")
flow.fill_between(bars["timestamp"], bars["cvd"], color="#274c77", alpha=0.3)
price.set_ylabel("USDT")
flow.set_ylabel("CVD, BTC")
simulated = get("status")["origin"] == "simulated"
price.set_title("BTC/USDT, UTC" + (" - a simulated market: none of it happened" if simulated else ""))
plt.show()
