"""The built page: its shell, its assets, and the documentation of the API.

The shell is a template that reads Vite's manifest at every request, so that hashed assets, the policy's nonce and the
version meet in one place. Assets carry a hash in their name and are kept for ever; the shell never is.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from webapp.errors import RequestRefused
from webapp.serving.security import new_nonce, page_policy

if TYPE_CHECKING:
    from starlette.types import Scope

TEMPLATES = Path(__file__).parent / "templates"
ENTRY = "src/main.js"
"""The page's first module, as vite.config.js names it."""

KEEP = "public, max-age=31536000, immutable"
"""For files whose name changes with their content."""

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
)


class _Built(StaticFiles):
    """Files of the build, which may come later than the server."""

    def __init__(self, folder: Path, cache: str) -> None:
        super().__init__(directory=folder, check_dir=False)
        self.config_checked = True
        self._cache = cache

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = self._cache
        return response


def install(app: FastAPI, page: Path) -> None:
    """Add the page's routes to the app; the folder Vite builds into may not exist yet."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def _shell(request: Request) -> HTMLResponse:
        scripts, styles = _assets(page)
        return _render("index.html", scripts=scripts, styles=styles, there=request.app.state.database.path.exists())

    @router.get("/docs")
    def _docs() -> HTMLResponse:
        _assets(page)
        return _render("docs.html")

    app.include_router(router)
    app.mount("/assets", _Built(page / "assets", KEEP))
    app.mount("/docs", _Built(page / "docs", "no-cache"))


def _render(template: str, **values: object) -> HTMLResponse:
    nonce = new_nonce()
    html = _templates.get_template(template).render(nonce=nonce, version=version("cvdbot"), **values)
    return HTMLResponse(html, headers={"Content-Security-Policy": page_policy(nonce), "Cache-Control": "no-store"})


def _assets(page: Path) -> tuple[list[str], list[str]]:
    """Look up the page's scripts (the entry first, then what it imports) and style sheets in the manifest.

    Raises:
        RequestRefused: The page is not built.
    """
    try:
        manifest = json.loads((page / ".vite" / "manifest.json").read_bytes())
    except FileNotFoundError:
        raise RequestRefused(
            "page_not_built", "the page is not built yet: run `make setup` in the project's folder", status=503
        ) from None
    found, wanted = [], [ENTRY]
    while wanted:
        name = wanted.pop(0)
        if name not in found:
            found.append(name)
            wanted += manifest[name].get("imports", [])
    return (
        [manifest[name]["file"] for name in found],
        [sheet for name in found for sheet in manifest[name].get("css", [])],
    )
