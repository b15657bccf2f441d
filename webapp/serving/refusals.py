"""The one error shape, for everything that is not a success: {"error": {"code", "message", "field"}}."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from webapp.errors import DatabaseUnavailable, RequestRefused, ServerBusy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

log = logging.getLogger(__name__)

RETRY = {"Retry-After": "5"}
"""For what passes by itself, in seconds."""


class Refusal(BaseModel):
    """Why there is no answer."""

    code: str = Field(description="For programs, such as `unknown_pair`.")
    message: str = Field(description="For people: what, the value, and what is allowed or to do.")
    field: str | None = Field(description="The parameter at fault.")


class RefusalAnswer(BaseModel):
    """The body of every 4xx and 5xx."""

    error: Refusal


def refuse(
    status: int, code: str, message: str, field: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Answer in the one error shape; never kept by a cache."""
    return _sent(RefusalAnswer(error=Refusal(code=code, message=message, field=field)), status, headers)


def database_refusal(error: DatabaseUnavailable) -> RefusalAnswer:
    """Say why the database cannot be read."""
    return RefusalAnswer(error=Refusal(code=f"database_{error.state}", message=error.message, field=None))


def _sent(body: RefusalAnswer, status: int, headers: Mapping[str, str] | None) -> JSONResponse:
    return JSONResponse(body.model_dump(), status, headers={"Cache-Control": "no-store", **(headers or {})})


def install(app: FastAPI) -> None:
    """Turn every exception a request may meet into the one shape."""

    @app.exception_handler(RequestRefused)
    def _refused(_: Request, error: RequestRefused) -> JSONResponse:
        return refuse(error.status, error.code, error.message, error.field)

    @app.exception_handler(DatabaseUnavailable)
    def _unavailable(_: Request, error: DatabaseUnavailable) -> JSONResponse:
        return _sent(database_refusal(error), 503, RETRY)

    @app.exception_handler(ServerBusy)
    def _busy(_: Request, error: ServerBusy) -> JSONResponse:
        return refuse(503, error.code, error.message, headers=RETRY)

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        problem = error.errors()[0]
        field = str(problem["loc"][-1])
        if problem["type"] == "extra_forbidden":
            return refuse(422, "unknown_parameter", f"there is no parameter {field}; /docs lists them", field)
        reason = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
        return refuse(422, "invalid_parameter", f"{field} {reason}, not {str(problem['input'])[:80]!r}", field)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).name.lower()
        message = f"{request.method} {request.url.path}: {error.detail}"
        return refuse(error.status_code, code, message, headers=error.headers)

    @app.exception_handler(Exception)
    def _defect(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url, exc_info=error)
        return refuse(500, "internal_error", "this is a defect of cvdbot; its log on the server says more")
