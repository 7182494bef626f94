"""The MkDocs plugin: mkdocs-jupyter's, but the scripts are run and rendered by regen."""

import ast
import html
import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

from mkdocs.config import config_options
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs_jupyter.plugin import Plugin as JupyterPlugin

from regen import formulas, render
from regen.compare import Difference, compare
from regen.config import Config, RegenError, load_config
from regen.record import read_record
from regen.runner import Failure, run_pages
from regen.store import Run, Store
from regen.tutorial import Tutorial, find_scripts, read_tutorial
from regen.values import as_span, fill

log = get_plugin_logger("regen")
FIGURE = re.compile(r'<div class="figure" data-figure="([\w-]+)"></div>')
DEFAULTS = {  # where they differ from mkdocs-jupyter's
    "include": config_options.Type(list, default=["*.py"]),
    "execute": config_options.Type(bool, default=True),
    "allow_errors": config_options.Type(bool, default=False),
}


@dataclass
class Site:
    """What one build knows of the tutorials."""

    config: Config
    tutorials: dict[str, Tutorial] = field(default_factory=dict)  # by src_uri
    broken: dict[str, str] = field(default_factory=dict)  # scripts that cannot be read, by src_uri
    runs: dict[str, Run] = field(default_factory=dict)  # by page name
    failures: dict[str, Failure] = field(default_factory=dict)
    differences: dict[str, list[Difference]] = field(default_factory=dict)
    pictures: dict[str, list[render.Picture]] = field(default_factory=dict)  # by src_uri
    failed: bool = False


class Plugin(JupyterPlugin):  # type: ignore[misc]
    """Pages from percent scripts, values in prose, and formulas."""

    config_scheme = tuple((name, DEFAULTS.get(name, option)) for name, option in JupyterPlugin.config_scheme)

    def __init__(self) -> None:
        super().__init__()
        self.serving = False
        self.site: Site

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Remember whether this is `serve`, which no failing page may end."""
        self.serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Let `serve` watch the scripts and the packages that they import."""
        site = self._config(config)
        config.watch += [str(site.root / site.tutorials), *(str(path) for path in _package_folders(site))]
        return config

    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Run what is stale, then add the scripts as pages and their downloads as files."""
        self.site = Site(self._config(config))
        try:
            scripts = find_scripts(self.site.config)
        except RegenError as error:
            raise PluginError(str(error)) from error
        for path in scripts:
            uri = path.relative_to(self.site.config.root).as_posix()
            file = File(
                uri,
                src_dir=str(self.site.config.root),
                dest_dir=config.site_dir,
                use_directory_urls=config.use_directory_urls,
            )
            if not self.should_include(file):
                continue
            if clash := next((other for other in files if other.dest_uri == file.dest_uri), None):
                raise PluginError(
                    f"{path}: a page of that name exists already: {clash.src_uri}. Rename one of the two."
                )
            files.append(file)
            try:
                self.site.tutorials[uri] = read_tutorial(path)
            except RegenError as error:
                self.site.broken[uri] = str(error)
                self._error(str(error))
        self._run()
        found: Files = super().on_files(files, config)
        for uri, tutorial in self.site.tutorials.items():
            for file in self._downloads(uri, tutorial, config):
                found.append(file)
        return found

    def _run(self) -> None:
        site, store = self.site, Store(self.site.config)
        execute = [tutorial for tutorial in site.tutorials.values() if self._executes(tutorial)]
        for name, result in run_pages(execute, site.config).items():
            if isinstance(result, Run):
                site.runs[name] = result
            else:
                site.failures[name] = result
                self._error(str(result))
        for tutorial in site.tutorials.values():
            if not self._executes(tutorial):
                fresh, _ = store.lookup(tutorial)
                site.runs |= {tutorial.name: fresh} if fresh else {}
            if run := site.runs.get(tutorial.name):
                try:
                    site.differences[tutorial.name] = compare(tutorial, run, read_record(tutorial.name, site.config))
                except RegenError as error:
                    self._error(str(error))
        for differences in site.differences.values():
            for difference in differences:
                log.warning(str(difference))

    def _executes(self, tutorial: Tutorial) -> bool:
        return self.config["execute"] and not any(
            PurePath(tutorial.path).match(pattern) for pattern in self.config["execute_ignore"]
        )

    def _downloads(self, uri: str, tutorial: Tutorial, config: MkDocsConfig) -> list[File]:
        run = self.site.runs.get(tutorial.name)
        if run is None:
            return []
        try:
            filled = render.fill_prose(tutorial, self.site.runs)
            self.site.pictures[uri] = render.pictures(filled, run)
            contents: dict[str, str] = {
                f"{tutorial.name}.py": render.script(tutorial, self.site.runs),
                f"{tutorial.name}.ipynb": render.notebook(tutorial, run, self.site.runs),
                f"{tutorial.name}.md": render.markdown(tutorial, run, self.site.runs),
            }
        except RegenError as error:
            self._error(str(error))
            return []
        contents |= {
            picture.file: picture.output.content for picture in self.site.pictures[uri] if picture.file.endswith(".svg")
        }
        folder = uri.removesuffix(".py")
        files = []
        for name, content in contents.items():
            # as `.md` it would be taken for a page, so the source has another name than the file on the site
            file = File.generated(
                config, f"{folder}/{name}.file" if name.endswith(".md") else f"{folder}/{name}", content=content
            )
            file.dest_uri = f"{folder}/{name}"
            files.append(file)
        return files

    def on_pre_page(self, page: Page, config: MkDocsConfig, files: Files) -> Page:
        """Leave the page as it is: mkdocs-jupyter would render it itself."""
        return page

    def on_page_read_source(self, page: Page, config: MkDocsConfig) -> str | None:
        """A script's source is of no use to MkDocs, which would look for metadata in it."""
        return "" if page.file.src_uri in self.site.tutorials or page.file.src_uri in self.site.broken else None

    def on_page_markdown(self, markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """The executed page, or an article with its values filled in."""
        site, uri = self.site, page.file.src_uri
        if uri in site.broken:
            return f'# {PurePath(uri).stem}\n\n!!! danger "This page cannot be read"\n\n    {html.escape(site.broken[uri])}\n'
        tutorial = site.tutorials.get(uri)
        try:
            if tutorial is None:
                return fill(markdown, site.runs, uri, show=as_span)
            run, name = site.runs.get(tutorial.name), tutorial.name
            page.title = tutorial.title
            page.meta["description"] = tutorial.teaches[:1].upper() + tutorial.teaches[1:]
            return render.page(
                tutorial,
                run,
                site.runs,
                site.config,
                differences=site.differences.get(name),
                failure=site.failures.get(name),
                tags=self._tags(),
            )
        except RegenError as error:
            if not (site.failures or site.broken):  # else it follows from an error that was told already
                self._error(str(error))
            return f'# {page.title or PurePath(uri).stem}\n\n!!! danger "This page cannot be shown"\n\n    {html.escape(str(error))}\n'

    @event_priority(-50)
    def on_page_content(self, content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Draw the formulas, and link names in code to their API page."""
        uri = page.file.src_uri
        try:
            content = formulas.draw_all(content, self.site.config.store_dir / "formulas", uri)
        except RegenError as error:
            self._error(str(error))
        if tutorial := self.site.tutorials.get(uri):
            content = _link_names(content, tutorial, self.site.config.packages)
        return content

    def on_post_page(self, output: str, page: Page, config: MkDocsConfig) -> str:
        """Put the figures in, at the very end, so that nothing else has to read through them."""
        shown = {picture.name: picture for picture in self.site.pictures.get(page.file.src_uri, [])}
        return FIGURE.sub(lambda match: render.inline_svg(shown[match[1]]) if match[1] in shown else "", output)

    def on_post_build(self, config: MkDocsConfig) -> None:
        """A build with a failed page ends with an error, once all other pages are written."""
        if self.site.failed and not self.serving:
            raise PluginError("Some pages failed; the errors stand above. All others are built.")

    def _error(self, message: str) -> None:
        log.error(message)
        self.site.failed = True

    def _config(self, config: MkDocsConfig) -> Config:
        root = Path(config.config_file_path).parent
        try:
            found = load_config(root)
        except RegenError as error:
            raise PluginError(str(error)) from error
        name = self.config["kernel_name"] or found.kernel_name
        return replace(found, kernel_name=name, allow_errors=self.config["allow_errors"] or found.allow_errors)

    def _tags(self) -> render.Tags:
        given: dict[str, Any] = self.config["remove_tag_config"]
        defaults = render.Tags()
        return render.Tags(
            cell=defaults.cell | set(given.get("remove_cell_tags", ())),
            input=defaults.input | set(given.get("remove_input_tags", ())),
            output=defaults.output | set(given.get("remove_all_outputs_tags", ())),
        )


def _package_folders(config: Config) -> list[Path]:
    folders = [config.root / "src" / package for package in config.packages]
    return [folder for folder in folders if folder.is_dir()]


def _link_names(content: str, tutorial: Tutorial, packages: list[str]) -> str:
    """Link names that the page imports from first-party modules to their API page, where they stand in code."""
    targets: dict[str, str] = {}
    for cell in tutorial.code:
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue  # a magic, or code that is meant to fail
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in packages:
                targets |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    if not targets:
        return content
    names = "|".join(map(re.escape, targets))
    return re.sub(
        rf'<span class="n">({names})</span>',
        lambda match: f'<autoref identifier="{targets[match[1]]}" optional>{match[0]}</autoref>',
        content,
    )
