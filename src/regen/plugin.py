"""The MkDocs plugin: mkdocs-jupyter's, but the scripts are run and rendered by regen."""

import ast
import contextlib
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.config import config_options
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs_jupyter.plugin import Plugin as JupyterPlugin
from watchdog.observers.polling import PollingObserver

from regen import formulas, render
from regen.compare import Difference, compare
from regen.config import RegenError, load_config
from regen.record import read_record
from regen.runner import run_pages
from regen.store import Run, Store, module_path
from regen.tutorial import Tutorial, find_scripts, read_tutorial
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
        self.serving = command == "serve"
        self.kept: dict[str, tuple[Any, dict[str, str | bytes]]] = {}  # by src_uri, with what they depend on

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Read the site's settings, and let `serve` watch the scripts and the packages that they import."""
        try:
            site = load_config(Path(config.config_file_path).parent)
            self.scripts = find_scripts(site)
        except RegenError as error:
            raise PluginError(str(error)) from error
        name, allow = self.config["kernel_name"] or site.kernel_name, self.config["allow_errors"] or site.allow_errors
        self.site = replace(site, kernel_name=name, allow_errors=allow)
        watched = [site.root / site.tutorials, *(module_path(package).parent for package in site.packages)]
        config.watch += [str(folder) for folder in watched if folder.is_dir()]
        folder = site.root / site.store / "templates"
        folder.mkdir(parents=True, exist_ok=True)
        self.templates = FileSystemBytecodeCache(str(folder))  # compiling one takes as long as rendering a page
        return config

    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Run what is stale, then add the scripts as pages and their downloads as files."""
        self.tutorials: dict[str, Tutorial] = {}  # by src_uri, as are problems and pictures
        self.problems: dict[str, str] = {}
        self.pictures: dict[str, dict[str, render.Picture]] = {}
        self.runs: dict[str, Run] = {}  # by page name, as are differences
        self.differences: dict[str, list[Difference]] = {}
        pages = {str(PurePath(page.src_uri).with_suffix("")): page.src_uri for page in files.documentation_pages()}
        for path in self.scripts:
            uri = path.relative_to(self.site.root).as_posix()
            file = File(uri, str(self.site.root), config.site_dir, config.use_directory_urls)
            if not self.should_include(file):
                continue
            if clash := pages.get(uri.removesuffix(".py")):
                raise PluginError(f"{path}: a page of that name exists already: {clash}. Rename one of the two.")
            files.append(file)
            with self._told(uri):
                self.tutorials[uri] = read_tutorial(path)
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
            result = results[tutorial.name] if tutorial in execute else Store(self.site).lookup(tutorial)[0]
            with self._told(uri):
                if isinstance(result, RegenError):
                    raise result
                if result:
                    record = read_record(result, self.site)
                    cells = record.cells if record else []
                    spread = {name: c.spread[name] for c in cells for name in c.spread.keys() & c.values.keys()}
                    self.runs[tutorial.name] = replace(result, spread=spread)
                    self.differences[tutorial.name] = compare(tutorial, result, record)
            for difference in self.differences.get(tutorial.name, []):
                log.warning(str(difference))

    def _add_downloads(self, uri: str, tutorial: Tutorial, run: Run, files: Files, config: MkDocsConfig) -> None:
        filled = render.fill_prose(tutorial, self.runs)
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
        """Keep the compiled templates."""
        env.bytecode_cache = self.templates
        return env

    def on_pre_page(self, page: Page, config: MkDocsConfig, files: Files) -> Page:
        """Leave the page as it is: mkdocs-jupyter would render it itself."""
        return page

    def on_page_markdown(self, markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """The executed page, or an article with its values filled in."""
        uri = page.file.src_uri
        tutorial = self.tutorials.get(uri)
        with self._told(uri, quiet=bool(self.problems)):
            if tutorial:
                page.title, page.meta["description"] = tutorial.title, tutorial.teaches.capitalize()
                run, differences = self.runs.get(tutorial.name), self.differences.get(tutorial.name)
                problem, tags = self.problems.get(uri, ""), self.config["remove_tag_config"]
                return render.page(tutorial, run, self.runs, self.site, differences, problem, tags)
            if uri not in self.problems:
                source = page.file.content_string  # with the front matter that MkDocs has taken off
                line = 1 + source.count("\n", 0, max(0, source.find(markdown)))
                return fill(markdown, self.runs, uri, first_line=line, show=as_span)
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

    def on_post_build(self, config: MkDocsConfig) -> None:
        """A build with a failed page ends with an error, once all other pages are written."""
        if self.problems and not self.serving:
            raise PluginError(f"Failed: {', '.join(self.problems)}. The errors stand above; all other pages are built.")

    def on_serve(self, server: LiveReloadServer, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        """Look for edits ten times a second, not twice, and build at once."""
        server.build_delay = 0.02
        watched = [config.docs_dir, config.config_file_path]
        for path in watched:
            server.unwatch(path)
        server.observer = PollingObserver(timeout=0.1)
        for path in watched:
            server.watch(path)
        return server

    @contextlib.contextmanager
    def _told(self, uri: str, quiet: bool = False) -> Iterator[None]:
        """What fails in here fails this page only; quietly where it may only follow from an error that was told."""
        try:
            yield
        except RegenError as error:
            log.log(logging.DEBUG if quiet else logging.ERROR, str(error))
            self.problems.setdefault(uri, str(error))


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
