"""What a reference in prose stands for: a value, what a record or a run says, or a claim."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from regen.errors import RegenError
from regen.execution.results import Run
from regen.script.reading import Cell, Script

__all__ = ["CLAIM", "NAME", "REFERENCE", "SUMMARIES", "Claim", "Resolver", "Value"]

NAME = r"[A-Za-z_]\w*"
REFERENCE = re.compile(rf"(?P<path>{NAME}(?:\.{NAME}){{0,2}})(?::(?P<format>[^\]\n]*))?")
"""What stands between the brackets of a value."""
CLAIM = re.compile(rf"(?P<path>{NAME}(?:\.{NAME})?)\?\s+(?P<text>.*\S)\s*", re.DOTALL)
"""What stands between the brackets of a claim."""
SUMMARIES: dict[str, Callable[[list[Any]], Any]] = {"low": min, "high": max, "seeds": len}
"""What can be said of a value's runs with all seeds."""
UNKNOWN = "…"
"""What is shown for a value of a page that has no run."""


@dataclass(frozen=True)
class Value:
    """A value as prose shows it."""

    text: str
    origin: str
    kind: str
    """`computed`, `quoted`, `recorded`, or `missing`."""


@dataclass(frozen=True)
class Claim:
    """A claim that holds in its page's run, or whose page has none."""

    expression: str
    checked: bool


@dataclass(frozen=True)
class _Target:
    """What a path may stand for: a name of a page, and `low`, `high`, ... or a key of `run`."""

    page: str
    name: str
    part: str = ""

    def __str__(self) -> str:
        path = f"{self.name}.{self.part}" if self.part else self.name
        return f"page {self.page}, value {path}"


@dataclass(frozen=True)
class Resolver:
    """Looks up what the references of one page, or of an article, stand for."""

    runs: Mapping[str, Run]
    scripts: Mapping[str, Script] = field(default_factory=dict)
    page: str = ""
    """The page whose own values need no prefix; empty for an article."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Pages without a run in this build, each with the reason; their values are shown as `…`."""

    def value(self, path: str, spec: str) -> Value:
        """Look up a value and format it.

        Raises:
            RegenError: no such page or value, two ways to understand the path, or a format that
                does not fit.
        """
        targets = self._targets(path.split("."))
        found = [target for target in targets if self._exists(target)]
        if not found:
            raise RegenError(self._unknown(path, targets))
        if len(found) > 1:
            first, second = found
            raise RegenError(f"may be {first}, or {second}. Rename one of the two.")
        target = found[0]
        if target.page not in self.runs:
            return Value(UNKNOWN, f"{self.missing[target.page]}: {target}", "missing")
        return self._shown(target, spec)

    def claim(self, path: str) -> Claim:
        """Look up a claim.

        Raises:
            RegenError: no such page or claim, or it does not hold in the page's run.
        """
        *pages, name = path.split(".")
        page = pages[0] if pages else self.page
        if not page:
            raise RegenError(f"an article has no claims of its own. Write [[page.{name}? text]].")
        if page in self.missing and page not in self.scripts:
            return Claim("", checked=False)
        if page not in self.scripts:
            raise RegenError(self._no_page(page))
        expressions = _claims_of(self.scripts[page])
        if name not in expressions:
            known = ", ".join(sorted(expressions)) or "none"
            what = f"page {page} declares no claim {name}. It declares: {known}."
            raise RegenError(f"{what} Declare it under `#| claims:` in the cell that computes it.")
        expression = expressions[name]
        if page not in self.runs:
            if page not in self.missing:
                raise RegenError(f"page {page} has not run.")
            return Claim(expression, checked=False)
        if not _holds(self.runs[page], name):
            what = (
                f"the claim {name} of page {page} does not hold: {expression} is false in its run."
            )
            raise RegenError(f"{what} Correct the sentence, or what computes it.")
        return Claim(expression, checked=True)

    def knows_page(self, name: str) -> bool:
        """Whether a page has this name."""
        return name in self.runs or name in self.scripts or name in self.missing

    def knows_value(self, page: str, name: str) -> bool:
        """Whether a page declares or has computed a value of this name."""
        run = self.runs.get(page)
        if run is not None and name in run.values:
            return True
        script = self.scripts.get(page)
        if script is not None:
            return any(name in _declared(cell) for cell in script.code)
        return page in self.missing  # it cannot be read: nobody knows what it declares

    def knows_own(self, name: str) -> bool:
        """Whether the page of this resolver has a value of this name."""
        return bool(self.page) and self.knows_value(self.page, name)

    def knows_claim(self, name: str, page: str = "") -> bool:
        """Whether a page has a claim of this name: that of this resolver, if none is given."""
        script = self.scripts.get(page or self.page)
        return script is not None and name in _claims_of(script)

    def declared(self) -> dict[str, tuple[list[str], dict[str, str]]]:
        """Of each page the names of its values, and its claims: on what other pages depend."""
        found = {}
        for name, script in self.scripts.items():
            values: list[str] = []
            for cell in script.code:
                values += sorted(_declared(cell))
            found[name] = (values, _claims_of(script))
        return found

    def _targets(self, names: list[str]) -> list[_Target]:
        """All that a path may stand for, whether or not such a value exists."""
        if len(names) == 3:
            page, name, part = names
            return [_Target(page, name, part)]
        if len(names) == 1:
            return [_Target(self.page, names[0])] if self.page else []
        first, second = names
        targets = []
        if self.knows_page(first):
            targets.append(_Target(first, second))
        if self.page and (first == "run" or self.knows_own(first)):
            targets.append(_Target(self.page, first, second))
        return targets

    def _exists(self, target: _Target) -> bool:
        """Whether there is such a value; if its page has no run, whether there could be one."""
        page, name, part = target.page, target.name, target.part
        run = self.runs.get(page)
        if run is None:
            if page not in self.missing:
                return False
            return name == "run" or self.knows_value(page, name)
        if not part:
            return name in run.values
        return f"{name}.{part}" in _parts(run)

    def _shown(self, target: _Target, spec: str) -> Value:
        run = self.runs[target.page]
        path = f"{target.name}.{target.part}" if target.part else target.name
        value = _parts(run)[path] if target.part else run.values[path]
        origin, kind = _origin(run, target, path)
        items = value if isinstance(value, list) else [value]
        try:
            text = ", ".join(format(item, spec) for item in items)
        except (ValueError, TypeError) as error:
            raise RegenError(f"the format does not fit {value!r}: {error}.") from error
        return Value(text, origin, kind)

    def _unknown(self, path: str, targets: list[_Target]) -> str:
        """Why a path stands for nothing."""
        names = path.split(".")
        if not targets:
            if len(names) == 1:
                return f"an article has no values of its own. Write [[page.{path}]]."
            other = ""
            if self.page:
                other = f"value {names[0]} of this page"
            return self._no_page(names[0], other)
        target = targets[0]
        if not self.knows_page(target.page):
            return self._no_page(target.page)
        if target.page not in self.runs and target.page not in self.missing:
            return f"page {target.page} has not run."
        return self._no_value(target)

    def _no_page(self, name: str, other: str = "") -> str:
        known = ", ".join(sorted({*self.runs, *self.scripts, *self.missing})) or "none"
        what = f"no page {name}"
        if other:
            what += f", and no {other}"
        return f"{what}. Pages are: {known}."

    def _no_value(self, target: _Target) -> str:
        """That a page has no such value, and which it has."""
        run = self.runs.get(target.page)
        is_single = run is not None and target.name in run.values.keys() - run.spread.keys()
        if is_single and target.part in SUMMARIES:
            what = f"the record of page {target.page} holds no other seeds for {target.name}."
            remedy = f"Give it `#| tolerance:`, `{target.name}: seeds`, and record the page again."
            return f"{what} {remedy}"
        if target.part:
            known = sorted(_parts(run)) if run else []
            what = f"{target.name}.{target.part}"
        else:
            known = sorted(run.values) if run else []
            what = target.name
        names = ", ".join(known) or "none"
        return f"page {target.page} declares no value {what}. It declares: {names}."


def _declared(cell: Cell) -> set[str]:
    """The names of the values that a cell declares."""
    return {*cell.options.values, *cell.options.quoted}


def _claims_of(script: Script) -> dict[str, str]:
    """All claims of a page: name and expression."""
    claims: dict[str, str] = {}
    for cell in script.code:
        claims.update(cell.options.claims)
    return claims


def _holds(run: Run, name: str) -> bool:
    """Whether a claim was true in a run; a claim that the run does not know was not."""
    return any(cell.claims.get(name, False) for cell in run.cells)


def _parts(run: Run) -> dict[str, Any]:
    """What a record says of each value, and a run of itself, by path."""
    found: dict[str, Any] = {}
    for name, seeds in run.spread.items():
        if name not in run.values or not seeds or isinstance(seeds[0], list | dict):
            continue
        for part, summary in SUMMARIES.items():
            found[f"{name}.{part}"] = summary(seeds)
    for part, text in run.provenance.items():
        found[f"run.{part}"] = text
    return found


def _origin(run: Run, target: _Target, path: str) -> tuple[str, str]:
    """Where a value comes from, as a sentence, and its kind."""
    if target.part and target.name != "run":
        return f"On record: {target.page}, value {path}", "recorded"
    for cell in run.cells:
        if path not in cell.origins:
            continue
        origin = cell.origins[path]
        kind = "quoted" if origin.startswith("Quoted") else "recorded"
        return origin, kind
    return f"Computed by this build: {target.page}, value {path}", "computed"
