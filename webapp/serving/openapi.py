"""What /openapi.json says beyond what FastAPI finds out by itself: every answer there may be.

Each operation may answer 400 to a foreign host name and 503 while the database cannot be read. What is read from a
snapshot has an ETag, and 304 for who has it already; what names something may not find it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.files.frames import MEDIA_TYPES

if TYPE_CHECKING:
    from fastapi import FastAPI

Operation = dict[str, Any]

LIMITS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""What pydantic calls the limits of a number that is read from text -> what JSON Schema calls them."""

LIVE = {"/api/events"}
"""Not an answer about one snapshot."""

FILES = {"/api/candles"}
"""Answers JSON, or a file in the format that is asked for."""

NOT_FOUND = {"/api/trades/{id}"}
"""Names one thing by its id."""

ACCOUNTS = "accounts"
"""The tag of what is asked of one account, which may not be there."""

HEADERS = {
    "ETag": {"description": "The snapshot's id; weak when compressed.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "May be kept, and asked for anew each time.", "schema": {"type": "string"}},
}

RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def install(app: FastAPI) -> None:
    """Have the app describe itself so."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = described()
            for path, methods in schema["paths"].items():
                for method, operation in methods.items():
                    _complete(path, method, operation)
            _rename_limits(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(path: str, method: str, operation: Operation) -> None:
    """Add the answers an operation may give, with their headers."""
    answers = operation["responses"]
    answers["400"] = _refusal("The request cannot be understood, or names this server by a name that is not allowed")
    for refused in ("422", "500", "503"):  # FastAPI gives them the media type of the success
        if refused in answers:
            answers[refused] |= {"content": _refusal("")["content"]}
    answers["503"]["headers"] = RETRY
    if path in FILES:
        answers["200"]["content"] |= {kind: {} for kind in MEDIA_TYPES.values()}
    if path in NOT_FOUND or ACCOUNTS in operation.get("tags", []):
        answers["404"] = _refusal("There is no such thing or account")
    if method == "post":
        answers["413"] = _refusal("The body is too large")
        answers["415"] = _refusal("The body is not application/json")
    elif path not in LIVE:
        answers["200"]["headers"] = HEADERS
        answers["304"] = {"description": "You have it already", "headers": HEADERS}


def _refusal(description: str) -> Operation:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/RefusalAnswer"}}}
    return {"description": description, "content": content}


def _rename_limits(node: object) -> None:
    """Name the limits of numbers as JSON Schema does, everywhere below a node."""
    if isinstance(node, dict):
        if node.get("type") in {"integer", "number"}:
            for ours, theirs in LIMITS.items():
                if ours in node:
                    node[theirs] = node.pop(ours)
        for value in node.values():
            _rename_limits(value)
    elif isinstance(node, list):
        for value in node:
            _rename_limits(value)
