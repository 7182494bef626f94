"""A page that is open in a browser, and what went wrong on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Open = Callable[..., Any]
"""Opens a page by its address in a palette, and gives playwright's object for it."""


@dataclass
class Events:
    """What went wrong while pages were open, each with the page on which it happened."""

    console: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    http: list[str] = field(default_factory=list)

    def watch(self, page: Any, path: str, base: str) -> None:
        """Note errors, requests to other hosts and failed requests of a page from now on."""

        def on_console(message: Any) -> None:
            if message.type in ("error", "warning"):
                self.console.append(f"{path}: {message.text}")

        def on_error(error: Any) -> None:
            self.console.append(f"{path}: {error}")

        def on_request(request: Any) -> None:
            if not request.url.startswith((base, "data:", "blob:")):
                self.foreign.append(f"{path}: {request.url}")

        def on_response(response: Any) -> None:
            if response.status >= 400:
                self.http.append(f"{path}: {response.status} {response.url}")

        page.on("console", on_console)
        page.on("pageerror", on_error)
        page.on("request", on_request)
        page.on("response", on_response)
