"""The MkDocs plugin: mkdocs-jupyter's, but the scripts are run and rendered by regen."""

import ast
import contextlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import click
from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.config import config_options
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs_jupyter.plugin import Plugin as JupyterPlugin

from regen import formulas, render
from regen.compare import Difference, compare
from regen.config import RegenError, in_ci, load_config, not_utf8
from regen.record import Record, read_record
from regen.runner import run_pages
from regen.serving import Heard, hear_all_warnings, keep_serving, never_strict, show_on_pages, watch_closely
from regen.store import Run, Store, module_path
from regen.tutorial import Tutorial, find_scripts, read_scripts
from regen.values import as_span, fill

log = get_plugin_logger("regen")
FIGURE = re.compile(r'<div class="figure" data-figure="([\w-]+)"></div>')
DEFAULTS = {  # where they differ from mkdocs-jupyter's
    "include": config_options.Type(list, default=["*.py"]),
    "execute": config_options.Type(bool, default=True),
    "allow_errors": config_options.Type(bool, default=False),
}


class Plugin(JupyterPlugin):
    """Pages from percent scripts, values in prose, and formulas."""

    config_scheme = tuple((name, DEFAULTS.get(name, option)) for name, option in JupyterPlugin.config_scheme)

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Remember whether this is `serve`, which no failing page may end, and whose builds share the downloads."""
        context = click.get_current_context(silent=True)  # of `serve --clean` MkDocs says that it is a build
        self.serving = command == "serve" or (context is not None and context.info_name == "serve")
        self.dirty = dirty
        self.heard = Heard()
        self.last_good: dict[str, Run] = {}  # by page name, of the builds of this server
        self.kept: dict[str, tuple[Any, dict[str, str | bytes]]] = {}  # by src_uri, with what they depend on

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Read the site's settings, and let `serve` watch them, the scripts and the packages that they import."""
        hear_all_warnings()
        if self.serving:
            never_strict(config)
            self.heard.begin()
        try:
            site = load_config(Path(config.config_file_path).parent)
            self.scripts = find_scripts(site)
        except RegenError as error:
            raise PluginError(str(error)) from error
        name, allow = self.config["kernel_name"] or site.kernel_name, self.config["allow_errors"] or site.allow_errors
        tags = [tag for tags in self.config["remove_tag_config"].values() for tag in tags]
        self.site = replace(site, kernel_name=name, allow_errors=allow, tags=[*site.tags, *tags])
        watched = [site.root / site.tutorials, *(module_path(package).parent for package in site.packages)]
        config.watch += [str(folder) for folder in watched if folder.is_dir()]
        config.watch.append(str(site.root / "pyproject.toml"))
        self.templates = self._template_cache()
        return config

    def _template_cache(self) -> FileSystemBytecodeCache | None:
        """Where compiled templates are kept: compiling one takes as long as rendering a page."""
        folder = self.site.root / self.site.store / "templates"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return None
        return FileSystemBytecodeCache(str(folder)) if os.access(folder, os.W_OK) else None

    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Run what is stale, then add the scripts as pages and their downloads as files."""
        self.tutorials: dict[str, Tutorial]  # by src_uri, as are problems and pictures
        self.not_run: list[str] = []
        self.problems: dict[str, str] = {}
        self.pictures: dict[str, dict[str, render.Picture]] = {}
        self.runs: dict[str, Run] = {}  # by page name, as are differences
        self.differences: dict[str, list[Difference]] = {}
        pages = {str(PurePath(page.src_uri).with_suffix("")): page.src_uri for page in files.documentation_pages()}
        uris: dict[Path, str] = {}
        for path in self.scripts:
            uri = path.relative_to(self.site.root).as_posix()
            file = File(uri, str(self.site.root), config.site_dir, config.use_directory_urls)
            if not self.should_include(file):
                continue
            if clash := pages.get(uri.removesuffix(".py")):
                raise PluginError(f"{path}: a page of that name exists already: {clash}. Rename one of the two.")
            files.append(file)
            uris[path] = uri
        if not uris:
            patterns = ", ".join(self.config["include"])
            raise PluginError(f"regen: include = {patterns}: matches none of the scripts in {self.site.tutorials}.")
        tutorials, failures = read_scripts(uris, self.site)
        self.tutorials = {uris[path]: tutorial for path, tutorial in tutorials.items()}
        for path, failure in failures.items():
            with self._told(uris[path]):
                raise failure
        self._run()
        if reference := config.plugins.get("mkdocstrings"):
            reference.get_handler("python").env.bytecode_cache = self.templates
        found: Files = super().on_files(files, config)
        for uri, tutorial in self.tutorials.items():
            if run := self.runs.get(tutorial.name):
                with self._told(uri):
                    self._add_downloads(uri, tutorial, run, found, config)
        return found

    def _run(self) -> None:
        ignored = self.config["execute_ignore"] if self.config["execute"] else ["*"]
        execute = [page for page in self.tutorials.values() if not any(map(PurePath(page.path).match, ignored))]
        results = run_pages(execute, self.site)
        for uri, tutorial in self.tutorials.items():
            result: Run | RegenError | None
            if tutorial in execute:
                result = results[tutorial.name]
            else:
                self.not_run.append(uri)
                result = Store(self.site).lookup(tutorial)[0]
            with self._told(uri):
                if isinstance(result, RegenError):
                    raise result
                if result:
                    record = read_record(result, self.site)
                    self.runs[tutorial.name] = _with_spread(result, record)
                    self.differences[tutorial.name] = compare(tutorial, result, record)
            for difference in self.differences.get(tutorial.name, []):
                log.error(str(difference))
        self.results = self.runs | self._earlier_runs()

    def _earlier_runs(self) -> dict[str, Run]:
        """Under `serve`, the last run of each page that fails now, so that the pages that quote it stay readable."""
        if not self.serving:
            return {}
        found: dict[str, Run] = {}
        for uri in self.problems:
            name = PurePath(uri).stem
            run = self.last_good.get(name) or Store(self.site).latest(name)
            if run and name not in self.runs:
                with contextlib.suppress(RegenError):
                    found[name] = _with_spread(run, read_record(run, self.site))
        self.last_good |= self.runs
        return found

    def _add_downloads(self, uri: str, tutorial: Tutorial, run: Run, files: Files, config: MkDocsConfig) -> None:
        filled = render.fill_prose(tutorial, self.results)
        self.pictures[uri] = {picture.name: picture for picture in render.pictures(filled, run)}
        before, contents = self.kept.get(uri, (None, {}))
        if before != (filled.cells, run):  # else the same as in the last build of this server
            contents = render.downloads(filled, run)
            self.kept[uri] = (filled.cells, run), contents
        for name, content in contents.items():
            target = f"{uri.removesuffix('.py')}/{name}"
            # what ends in .md would be taken for a page, so its source has another name than the file on the site
            file = File.generated(config, f"{target}.file" if name.endswith(".md") else target, content=content)
            file.dest_uri = target
            files.append(file)

    def on_env(self, env: Environment, config: MkDocsConfig, files: Files) -> Environment:
        """Keep the compiled templates, and remember the pages."""
        self.pages = list(files.documentation_pages())
        env.bytecode_cache = self.templates
        return env

    def on_pre_page(self, page: Page, config: MkDocsConfig, files: Files) -> Page:
        """Leave the page as it is: mkdocs-jupyter would render it itself."""
        return page

    def on_page_read_source(self, page: Page, config: MkDocsConfig) -> str | None:
        """An article that is not UTF-8 fails alone."""
        uri = page.file.src_uri
        with self._told(uri):
            try:
                return page.file.content_string if uri.endswith(".md") else None
            except UnicodeDecodeError as error:
                raise RegenError(f"{uri}: {not_utf8(error)}") from None
        return f"# {PurePath(uri).stem}"

    def on_page_markdown(self, markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """The executed page, or an article with its values filled in."""
        uri = page.file.src_uri
        tutorial = self.tutorials.get(uri)
        with self._told(uri, quiet=bool(self.problems)):
            if tutorial:
                page.title, page.meta["description"] = tutorial.title, tutorial.teaches.capitalize()
                run, differences = self.runs.get(tutorial.name), self.differences.get(tutorial.name)
                problem, tags = self.problems.get(uri, ""), self.config["remove_tag_config"]
                return render.page(tutorial, run, self.results, self.site, differences, problem, tags)
            if uri not in self.problems:
                source = page.file.content_string  # with the front matter that MkDocs has taken off
                line = 1 + source.count("\n", 0, max(0, source.find(markdown)))
                return fill(markdown, self.results, uri, first_line=line, show=as_span)
        title = tutorial.title if tutorial else PurePath(uri).stem
        return f"# {title}\n\n{render.error_box('This page failed', self.problems[uri], self.site)}\n"

    @event_priority(-50)
    def on_page_content(self, content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Draw the formulas, and link names in code to their API page."""
        uri = page.file.src_uri
        with self._told(uri):
            content = formulas.draw_all(content, self.site.root / self.site.store / "formulas", uri)
        return _link_names(content, self.tutorials[uri], self.site.packages) if uri in self.tutorials else content

    def on_post_page(self, output: str, page: Page, config: MkDocsConfig) -> str:
        """Put the figures in, at the very end, so that nothing else has to read through them."""
        shown = self.pictures.get(page.file.src_uri, {})
        return FIGURE.sub(lambda match: render.inline_figure(shown[match[1]]), output)

    @event_priority(-100)
    def on_post_build(self, config: MkDocsConfig) -> None:
        """A build with a page that failed or differs ends with an error, once all pages are written."""
        if self.serving:
            self.heard.end()
            others = [record for record in self.heard.records if record.name != log.logger.name]
            show_on_pages([record.getMessage() for record in others], self.pages, self.problems)
            return
        differ = [uri for uri, tutorial in self.tutorials.items() if self.differences.get(tutorial.name)]
        unproven = self.not_run if in_ci() else []
        reasons = {
            "Failed": list(self.problems),
            "Not as documented": [uri for uri in differ if uri not in self.problems],
            "Not run, as `execute` or `execute_ignore` asks, which proves nothing in CI": unproven,
        }
        red = [f"{reason}: {', '.join(uris)}." for reason, uris in reasons.items() if uris]
        if red:
            raise PluginError(f"{' '.join(red)} The errors stand above; all other pages are built.")

    def on_serve(self, server: LiveReloadServer, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        """Build soon after an edit, and never stop serving."""
        watch_closely(server)
        keep_serving(server, config.site_dir, self.heard, dirty=self.dirty)
        return server

    @contextlib.contextmanager
    def _told(self, uri: str, quiet: bool = False) -> Iterator[None]:
        """What fails in here fails this page only; quietly where it may only follow from an error that was told."""
        try:
            yield
        except RegenError as error:
            log.log(logging.DEBUG if quiet else logging.ERROR, str(error))
            self.problems.setdefault(uri, str(error))


def _with_spread(run: Run, record: Record | None) -> Run:
    """A run with the values that its record holds over all seeds."""
    cells = record.cells if record else []
    spread = {name: cell.spread[name] for cell in cells for name in cell.spread.keys() & cell.values.keys()}
    return replace(run, spread=spread)


def _link_names(content: str, tutorial: Tutorial, packages: list[str]) -> str:
    """Link names that the page imports from first-party modules to their API page, where they stand in code."""
    targets: dict[str, str] = {}
    for cell in tutorial.code:
        with contextlib.suppress(SyntaxError):  # a magic, or code that is meant to fail
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in packages:
                    targets |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    names = "|".join(map(re.escape, targets)) or "(?!)"
    name = rf'(?<!\.</span>)<span class="n">({names})</span>'  # no attribute
    return re.sub(name, lambda at: f'<autoref identifier="{targets[at[1]]}" optional>{at[0]}</autoref>', content)
