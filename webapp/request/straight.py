"""Endpoints that are asked all the time, on a straight way: their parameters read into their model, nothing else.

FastAPI works a request's parameters out anew each time, which costs more than reading 500 bars. It still describes
these endpoints, and what is wrong with a value is told in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

Asked = TypeVar("Asked", bound=BaseModel)


def straight(path: str, model: type[Asked], endpoint: Callable[[Request, Asked], Awaitable[Response]]) -> Route:
    """Make a route for GET to an endpoint whose parameters are one model, all in the query.

    Raises (when asked):
        RequestValidationError: A value is not as the model has it; of a name that comes twice the last one counts.
    """

    async def answer(request: Request) -> Response:
        return await endpoint(request, parameters(model, request))

    route = Route(path, answer, methods=["GET"], include_in_schema=False)
    route.methods = {"GET"}  # Starlette adds HEAD, which no other endpoint has
    return route


def parameters(model: type[Asked], request: Request) -> Asked:
    """Read a request's query into a model.

    Raises:
        RequestValidationError: A value is not as the model has it.
    """
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("query", *one["loc"])} for one in error.errors()]) from error
