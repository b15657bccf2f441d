"""The strategy's state machine as a picture: Mermaid text made from the table of transitions.

docs/strategy.md holds this text; a test fails when it is stale. `python -m bot.core.diagram` prints it.
"""

from __future__ import annotations

from bot.core.setup import Phase
from bot.core.strategy import TRANSITIONS


def mermaid() -> str:
    """Return the diagram, one line a row of the table, labelled with the rule's number and its condition."""
    lines = ["stateDiagram-v2"]
    for row in TRANSITIONS:
        source = "[*]" if row.source is Phase.NONE else row.source
        lines.append(f"    {source} --> {row.target}: {row.rule}. {row.when}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(mermaid())  # noqa: T201 - the module's command
