"""Print the figures: `python -m benchmarks [--tiny] [GROUP | GROUP/PART]...`, all groups by default."""

from __future__ import annotations

import argparse
from importlib import import_module

GROUPS = {
    "ingest/parse": "benchmarks.ingest_parse",
    "ingest/socket": "benchmarks.ingest_socket",
    "bot/running": "benchmarks.bot_running",
    "heal/hour": "benchmarks.heal_hour",
    "backtest/trades": "benchmarks.backtest_trades",
    "backtest/indicators": "benchmarks.backtest_indicators",
    "backtest/step": "benchmarks.backtest_step",
    "sweep/sets": "benchmarks.sweep_sets",
    "results/figures": "benchmarks.results_figures",
    "imports/klines": "benchmarks.imports_klines",
    "sync/path": "benchmarks.sync_path",
    "web/candles": "benchmarks.web_candles",
    "web/history": "benchmarks.web_history",
    "web/strategy": "benchmarks.web_strategy",
    "web/next": "benchmarks.web_next",
    "web/export_memory": "benchmarks.web_export_memory",
    "web/report": "benchmarks.web_report",
    "page/open": "benchmarks.page_open",
    "page/scroll": "benchmarks.page_scroll",
}
"""Name -> the module whose `figures(tiny)` yields its figures. Modules are imported when they are run: not every one
needs what `make bench` installs."""


def main() -> None:
    """Run what was asked for and print each figure when it is there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = sorted({*GROUPS, *(name.split("/")[0] for name in GROUPS)})
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"what to run: {', '.join(known)}")
    parser.add_argument("--tiny", action="store_true", help="so little that the figures mean nothing: does it run?")
    arguments = parser.parse_args()
    for unknown in (name for name in arguments.groups if name not in known):
        parser.error(f"there is no group {unknown!r}; there are {', '.join(known)}")
    for name, module in GROUPS.items():
        if not arguments.groups or {name, name.split("/")[0]} & set(arguments.groups):
            try:
                benchmark = import_module(module)
            except ModuleNotFoundError as missing:
                parser.exit(2, f"{name} needs {missing.name}, which `make bench` installs\n")
            for figure in benchmark.figures(tiny=arguments.tiny):
                print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
