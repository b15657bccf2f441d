"""Is a live request of the form `{"method", "params", "id"}` a valid one? The refusals are the venue's own words."""

from __future__ import annotations

METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")


def problem(request: object) -> str | None:
    """Say why a request is invalid, None if it isn't."""
    if not isinstance(request, dict):
        return "expected an object at line 1 column 1"
    method, parameters = request.get("method"), request.get("params")
    if method is None:
        return "missing field `method` at line 1 column 1"
    if method not in METHODS:
        known = ", ".join(f"`{each}`" for each in METHODS)
        return f"unknown variant `{method}`, expected one of {known} at line 1 column 1"
    if "id" not in request or not _is_id(request["id"]):
        return "request ID must be an unsigned integer"
    if method == "LIST_SUBSCRIPTIONS":
        return "too many parameters" if parameters else None
    if not isinstance(parameters, list):
        return "missing field `params` at line 1 column 1"
    if method.endswith("SUBSCRIBE") and not all(isinstance(each, str) for each in parameters):
        return "invalid type: expected a string at line 1 column 1"
    if method.endswith("PROPERTY") and not (parameters and isinstance(parameters[0], str)):
        return "property name must be a string"
    return None


def _is_id(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= 36 and value.isalnum()  # noqa: PLR2004 - the documented length
    return value is None or (isinstance(value, int) and not isinstance(value, bool))
