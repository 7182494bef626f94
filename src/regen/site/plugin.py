"""The MkDocs plugin: mkdocs-jupyter's, but the scripts are run and rendered by regen."""

import contextlib
import os
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import urljoin

import click
from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.config import config_options
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import is_markdown_file, meta
from mkdocs_jupyter.plugin import Plugin as JupyterPlugin

from regen.config import Config, in_ci, load_config
from regen.errors import RegenError
from regen.execution.results import Run
from regen.files import not_utf8, write_whole
from regen.prose.filling import fill, find_line
from regen.prose.markdown import References, leftovers
from regen.prose.reader import Reader
from regen.prose.resolver import Resolver
from regen.script.exercises import read_exercises
from regen.script.reading import Script, find_scripts
from regen.site import formulas, llms, render, serving
from regen.site.addresses import address_maker, colab_url, edit_url, page_url
from regen.site.blocks import Placed, place_figures
from regen.site.build import Build
from regen.site.code_links import link_names
from regen.site.downloads import SiteInfo, WheelInfo, downloads, filled_prose
from regen.site.exercises import exercise_notebooks
from regen.site.jupyter_options import DEFAULTS, refusals
from regen.site.light_svg import Sheet
from regen.site.llms import PlainPage
from regen.site.policy import with_policy
from regen.site.searching import leave_out_folds, set_boost
from regen.site.shown_files import show_files
from regen.site.status import status_of
from regen.site.templating import fill_template, has_template, template_texts
from regen.site.wheel import build_wheel

__all__ = ["Plugin"]

log = get_plugin_logger("regen")
FIGURE = re.compile(r'<div class="figure" data-figure="([\w-]+)"></div>')
TEMPLATE = re.compile(r"^<!-- template: (?P<name>[\w.-]+) -->$", re.MULTILINE)
"""A line of an article in whose place a template of the site is filled."""
STATUS = "status.md.jinja"
"""The template that shows the runs of all pages; the foot of each page links its article."""
SHOWN = re.compile(r"^<!-- figure:(?P<what>.*)-->$", re.MULTILINE)
"""A line of an article in whose place a figure of a page is shown."""
NOT_SHOWN = "Not available, for its page failed"
PAGE_AND_NUMBER = re.compile(r" (?P<page>[\w-]+) (?P<number>\d+) ")


@dataclass(frozen=True)
class _Kept:
    """What a server keeps of a page between two builds."""

    state: Any
    """All that it depends on."""
    files: dict[str, str | bytes]
    placed: list[Placed]


def _option(name: str, option: Any) -> Any:
    """An option of mkdocs-jupyter, with its default here."""
    if name not in DEFAULTS:
        return option
    default = DEFAULTS[name]
    return config_options.Type(type(default), default=default)


class Plugin(JupyterPlugin):
    """Pages from percent scripts, values in prose, and formulas."""

    config_scheme = tuple(
        (name, _option(name, option)) for name, option in JupyterPlugin.config_scheme
    )

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Remember whether this is `serve`, whose builds share much, and which nothing may end."""
        # of `serve --clean` MkDocs says that it is a build
        context = click.get_current_context(silent=True)
        self.serving = command == "serve" or (context is not None and context.info_name == "serve")
        self.dirty = dirty
        self.heard = serving.Heard()
        self.last_good: dict[str, Run] = {}
        """By page name, of the builds of this server."""
        self.kept: dict[str, _Kept] = {}
        """By page, of the builds of this server."""

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Read the site's settings, and let Markdown know references."""
        serving.hear_all_warnings()
        if self.serving:
            serving.never_strict(config)
            self.heard.begin()
        defaults = {name: option.default for name, option in self.config_scheme}
        refused = refusals(self.config, defaults)
        if refused:
            raise PluginError(f"{config.config_file_path}: plugins: regen: {' '.join(refused)}")
        if not config.repo_url:
            # without a repository, MkDocs would link pages to a relative address, and warn
            config.edit_uri = None
        try:
            self.site = _site(Path(config.config_file_path).parent, self.config)
            self.sources = find_scripts(self.site)
            config.watch += serving.watched_paths(self.site)
        except RegenError as error:
            raise PluginError(str(error)) from error
        self.reader = Reader(Resolver({}))
        config.markdown_extensions.append(References(self.reader))
        self.templates = _template_cache(self.site)
        return config

    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Run what is stale, then add the scripts as pages and their downloads as files."""
        self.build = Build(self.site, log)
        self.placed: dict[str, dict[str, Placed]] = {}
        self.build.read(self._add_pages(files, config))
        skip = self.config["execute_ignore"]
        if not self.config["execute"]:
            skip = ["*"]
        try:
            self.build.run(skip)
            self.wheel = build_wheel(self.site)
        except RegenError as error:
            raise PluginError(str(error)) from error
        if self.serving:
            self.build.remember(self.last_good)
            self.last_good |= self.build.runs
        reference = config.plugins.get("mkdocstrings")
        if reference:
            reference.get_handler("python").env.bytecode_cache = self.templates
        found: Files = super().on_files(files, config)
        if self.wheel:
            found.append(File.generated(config, self.wheel.name, content=self.wheel.content))
        for uri, script in self.build.scripts.items():
            with self.build.guard(uri):
                self._add_downloads(uri, script, found, config)
        return found

    def _add_pages(self, files: Files, config: MkDocsConfig) -> dict[Path, str]:
        """Add the scripts that `include` names; their places in the site, by path."""
        pages = {}
        for page in files.documentation_pages():
            pages[str(PurePath(page.src_uri).with_suffix(""))] = page.src_uri
        uris: dict[Path, str] = {}
        for path in self.sources:
            uri = path.relative_to(self.site.root).as_posix()
            file = File(uri, str(self.site.root), config.site_dir, config.use_directory_urls)
            if not self.should_include(file):
                continue
            if clash := pages.get(uri.removesuffix(".py")):
                what = f"a page of that name exists already: {clash}. Rename one of the two."
                raise PluginError(f"{path}: {what}")
            files.append(file)
            uris[path] = uri
        if not uris:
            patterns = ", ".join(self.config["include"])
            what = f"matches none of the scripts in {self.site.tutorials}."
            raise PluginError(f"regen: include = {patterns}: {what} Correct it.")
        return uris

    def _add_downloads(self, uri: str, script: Script, files: Files, config: MkDocsConfig) -> None:
        """Add a page's files, those of its last build in this server where nothing has changed."""
        run = self.build.runs.get(script.name)
        if run is None:
            return
        resolver = self.build.resolver(script.name)
        site = self._site_info(uri, files, config)
        exercises = read_exercises(script, self.site)
        values = (resolver.runs, resolver.declared(), resolver.missing)
        state = (script, exercises, *values, site, template_texts(self.site))
        kept = self.kept.get(uri)
        if kept is None or kept.state != state:
            placed = place_figures(script, run, resolver)
            address = address_maker(uri, files, config)
            contents = downloads(script, run, resolver, self.site, site, address)
            if exercises is not None:
                prose = filled_prose(script, resolver, address)
                contents |= exercise_notebooks(script, exercises, prose, self.site, site)
            kept = _Kept(state, contents, placed)
            self.kept[uri] = kept
        self.placed[uri] = {figure.name: figure for figure in kept.placed}
        for name, content in kept.files.items():
            target = f"{uri.removesuffix('.py')}/{name}"
            # Markdown would be taken for a page, so its source has another name than the file
            source = f"{target}.file" if is_markdown_file(name) else target
            file = File.generated(config, source, content=content)
            file.dest_uri = target
            files.append(file)

    def _site_info(self, uri: str, files: Files, config: MkDocsConfig) -> SiteInfo:
        """What the files of a page, and the templates in an article, say of the site."""
        wheel = None
        if self.wheel:
            name = self.wheel.name
            path = posixpath.relpath(name, posixpath.dirname(uri) or ".")
            url = urljoin(config.site_url, name) if config.site_url else ""
            wheel = WheelInfo(self.wheel.package, name, path, url)
        return SiteInfo(config.site_name, page_url(uri, files, config), wheel)

    def on_nav(self, nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
        """Remember the order of the pages, and which article shows the status of all."""
        self.order = [page.file.src_uri for page in nav.pages]
        self.status = next(filter(self._shows_status, files.documentation_pages()), None)
        if self.site.llms:
            self._add_plain_pages(nav, files, config)
        return nav

    def _add_plain_pages(self, nav: Navigation, files: Files, config: MkDocsConfig) -> None:
        """Add the site as plain Markdown: two files for all of it, and one for each article."""
        base = config.site_url or ""
        pages = []
        for page in nav.pages:
            plain = self._plain_page(page, files, config)
            pages.append(plain)
            if page.file.src_uri not in self.build.scripts:
                # Markdown would be taken for a page, so its source has another name than the file
                source = f"{plain.path}.file"
                file = File.generated(config, source, content=plain.text)
                file.dest_uri = plain.path
                files.append(file)
        about = (config.site_name, config.site_description or "", pages, base)
        texts = {"llms.txt": llms.contents(*about), "llms-full.txt": llms.whole(*about)}
        for name, text in texts.items():
            files.append(File.generated(config, name, content=text))

    def _plain_page(self, page: Page, files: Files, config: MkDocsConfig) -> PlainPage:
        """A page as plain Markdown; without text if it has failed, which it says itself."""
        uri = page.file.src_uri
        name = PurePath(uri).stem
        ancestors = list(page.ancestors)
        section = str(ancestors[-1].title) if ancestors else ""
        path = uri if name == "index" else f"{uri.rpartition('.')[0]}/{name}.md"
        script = self.build.scripts.get(uri)
        if script is not None:
            text = self._plain_script(uri, script, config)
            about = script.teaches or llms.summary(text)
            return PlainPage(script.title, about, section, path, text)
        text = ""
        with contextlib.suppress(RegenError, UnicodeDecodeError):
            markdown = self._with_templates(
                _without_front_matter(page), page, self._site_info(uri, files, config)
            )
            address = address_maker(uri, files, config)
            text = llms.plain_article(markdown, self.build.resolver(), uri, address)
        title = llms.title_of(text) or str(page.title or name)
        return PlainPage(title, llms.summary(text), section, path, text)

    def _plain_script(self, uri: str, script: Script, config: MkDocsConfig) -> str:
        """The Markdown download of a script's page, for a file at the root of the site."""
        kept = self.kept.get(uri)
        if kept is None or uri in self.build.problems:
            return ""
        text = str(kept.files[f"{script.name}.md"])
        folder = f"{config.site_url or ''}{uri.removesuffix('.py')}"
        for figure in kept.placed:
            text = text.replace(f"]({figure.file})", f"]({folder}/{figure.file})")
        return text

    def _shows_status(self, file: File) -> bool:
        """Whether an article names the template that shows all runs."""
        if not is_markdown_file(file.src_uri):
            return False
        try:
            return any(match["name"] == STATUS for match in TEMPLATE.finditer(file.content_string))
        except UnicodeDecodeError:
            # `on_page_read_source` says so
            return False

    def on_env(self, env: Environment, config: MkDocsConfig, files: Files) -> Environment:
        """Keep the compiled templates, and remember the pages."""
        self.pages = list(files.documentation_pages())
        env.bytecode_cache = self.templates
        return env

    def on_pre_page(self, page: Page, config: MkDocsConfig, files: Files) -> Page:
        """Say where a script is edited, and leave the rest: mkdocs-jupyter would render it."""
        script = self.build.scripts.get(page.file.src_uri)
        if script is not None:
            page.edit_url = edit_url(script.path, config)
        return page

    def on_page_read_source(self, page: Page, config: MkDocsConfig) -> str | None:
        """An article that is not UTF-8 fails alone."""
        uri = page.file.src_uri
        try:
            if uri.endswith(".md"):
                return page.file.content_string
        except UnicodeDecodeError as error:
            self.build.fail(uri, f"{uri}: {not_utf8(error)}")
        return f"# {PurePath(uri).stem}"

    def on_page_markdown(
        self, markdown: str, page: Page, config: MkDocsConfig, files: Files
    ) -> str:
        """The executed page, or an article; what references stand for is known from here on."""
        uri = page.file.src_uri
        script = self.build.scripts.get(uri)
        problem = self.build.problems.get(uri, "")
        self.reader.resolver = self._resolver(script)
        self.reader.problems.clear()
        if script is not None:
            page.title = script.title
            page.meta["description"] = script.teaches.capitalize()
            set_boost(page.meta, self.site.search_boost)
            # a page that failed has no downloads to link, and perhaps no figures to show
            run = None if problem else self.build.runs.get(script.name)
            differences = self.build.differences.get(script.name)
            tags = self.config["remove_tag_config"]
            with self.build.guard(uri):
                place = f"{uri.removesuffix('.py')}/{script.name}.ipynb"
                colab = colab_url(place, self.site.notebooks, config)
                status = self._status_link(uri)
                more = (differences, problem, tags, colab, status)
                return render.page(script, run, self.site, *more)
            problem = self.build.problems[uri]
        elif not problem:
            with self.build.guard(uri):
                info = self._site_info(uri, files, config)
                text = show_files(markdown, uri, self.site)
                return self._with_figures(self._with_templates(text, page, info), page)
            problem = self.build.problems[uri]
        title = script.title if script else PurePath(uri).stem
        return f"# {title}\n\n{render.error_box(render.FAILED, problem, self.site)}\n"

    def _status_link(self, uri: str) -> str:
        """From a page to the article that shows the status, as Markdown links it."""
        if self.status is None:
            return ""
        return posixpath.relpath(self.status.src_uri, posixpath.dirname(uri) or ".")

    def _with_templates(self, markdown: str, page: Page, info: SiteInfo) -> str:
        """An article with the site's templates that it names filled in.

        Raises:
            RegenError: there is no such template, or it has a mistake.
        """

        def filled(match: re.Match[str]) -> str:
            if not has_template(match["name"], self.site):
                where = _place(page, match[0])
                remedy = "Correct the name, or remove the line."
                raise RegenError(f"{where}: there is no template {match['name']}. {remedy}")
            status = status_of(self.build, self.order, page.file.src_uri)
            context = {"site": info, "wheel": info.wheel, "status": status}
            return fill_template(match["name"], self.site, **context)

        return TEMPLATE.sub(filled, markdown)

    def _with_figures(self, markdown: str, page: Page) -> str:
        """An article with a place for each figure of a page that it shows.

        Raises:
            RegenError: there is no such page, or it has no such figure.
        """
        shown = self.placed.setdefault(page.file.src_uri, {})

        def filled(match: re.Match[str]) -> str:
            try:
                found = self._figure_of(match["what"])
            except RegenError as error:
                raise RegenError(f"{_place(page, match[0])}: {error}") from error
            if isinstance(found, str):
                return f"*{found}*"
            shown[found.name] = found
            return render.PLACEHOLDER.format(name=found.name)

        return SHOWN.sub(filled, markdown)

    def _figure_of(self, what: str) -> Placed | str:
        """The figure that an article names, by its page and its number there.

        Its name says whose it is, for an article may show those of several pages. Where its page
        has not given it, as its run failed, the reason stands in its place.
        """
        asked = PAGE_AND_NUMBER.fullmatch(what)
        if asked is None:
            form = "<!-- figure: PAGE NUMBER -->"
            raise RegenError(f"this names no figure. Write {form}; the first has the number 1.")
        name, number = asked["page"], int(asked["number"])
        uris = {script.name: uri for uri, script in self.build.scripts.items()}
        missing = self.build.resolver().missing
        if name not in uris and name not in missing:
            known = ", ".join(sorted(uris)) or "none"
            raise RegenError(f"there is no page {name}. Pages are: {known}.")
        figures = self.placed.get(uris.get(name, ""))
        if figures is None:
            return f"{missing.get(name, NOT_SHOWN)}: figure {number} of {name}"
        if not 1 <= number <= len(figures):
            what = f"page {name} has no figure {number}; it has {len(figures)}."
            raise RegenError(f"{what} Correct the number, or remove the line.")
        figure = list(figures.values())[number - 1]
        return replace(figure, name=f"{name}-{figure.name}")

    @event_priority(-50)
    def on_page_content(self, content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Say what is wrong with references, draw the formulas, and link names in code."""
        uri = page.file.src_uri
        shown = uri in self.build.problems
        with self.build.guard(uri):
            if self.reader.problems and not shown:
                raise RegenError(self._reference_problems(page))
            drawings = self.site.root / self.site.cache / "formulas"
            content = formulas.draw_all(content, drawings, lambda tex: _place(page, tex))
        if uri in self.build.problems and not shown:
            content = serving.with_box(content, render.FAILED, self.build.problems[uri])
        script = self.build.scripts.get(uri)
        if script is None:
            return content
        return leave_out_folds(link_names(content, script, self.site.packages))

    def _resolver(self, script: Script | None) -> Resolver:
        """What references stand for, on the page of a script or in an article."""
        if script is None:
            return self.build.resolver()
        return self.build.resolver(script.name)

    def _reference_problems(self, page: Page) -> str:
        """What is wrong with the references of a page, each with its line."""
        uri = page.file.src_uri
        script = self.build.scripts.get(uri)
        try:
            # a second reading, of marked text, knows the lines
            if script is not None:
                filled_prose(script, self.reader.resolver)
            else:
                fill(_without_front_matter(page), self.reader.resolver, uri)
        except RegenError as error:
            return str(error)
        problems = dict.fromkeys(self.reader.problems)
        return "\n".join(f"{_place(page, found.text)}: {found}" for found in problems)

    def _overlooked(self, page: Page, left: list[str]) -> str:
        """What is wrong with references on a finished page, each with its line if it has one."""
        where = "stands on the finished page, where nothing is filled in: in HTML, a title, a menu."
        lines = [
            f"{_place(page, text)}: {text}: {where} Write it in the text."
            for text in dict.fromkeys(left)
        ]
        return "\n".join(lines)

    @event_priority(-100)
    def on_post_page(self, output: str, page: Page, config: MkDocsConfig) -> str:
        """Look for what was overlooked, and put the figures in: nothing else reads through them.

        What the browser may load is said last, when the page is as it will be.
        """
        uri = page.file.src_uri
        script = self.build.scripts.get(uri)
        left = leftovers(output, self._resolver(script))
        if left and uri not in self.build.problems:
            message = self._overlooked(page, left)
            self.build.fail(uri, message)
            output = serving.with_box(output, render.FAILED, message)
        placed = self.placed.get(uri, {})
        output = _with_figures_in(output, placed, Path(config.site_dir) / page.file.dest_uri)
        return self._with_policy(output)

    @event_priority(-100)
    def on_post_template(self, output: str, *, template_name: str, config: MkDocsConfig) -> str:
        """Pages that are no documents, such as that for a wrong address, have the policy too."""
        return self._with_policy(output) if template_name.endswith(".html") else output

    def _with_policy(self, output: str) -> str:
        # the server puts a script into each page, which reloads it
        return output if self.serving or not self.site.policy else with_policy(output)

    @event_priority(-100)
    def on_post_build(self, config: MkDocsConfig) -> None:
        """End a build with a page that failed or differs with an error, once all is written."""
        if self.serving:
            self.heard.end()
            others = [record for record in self.heard.records if record.name != log.logger.name]
            messages = [record.getMessage() for record in others]
            serving.show_on_pages(messages, self.pages, self.build.problems)
            return
        verdict = self.build.verdict(in_ci=in_ci())
        if verdict:
            raise PluginError(f"{verdict} The errors stand above; all other pages are built.")

    def on_serve(
        self, server: LiveReloadServer, config: MkDocsConfig, builder: Any
    ) -> LiveReloadServer:
        """Build soon after an edit, and never stop serving."""
        for path in serving.observed_files(self.site, self.build.runs.values()):
            server.watch(path)
        serving.watch_closely(server)
        serving.keep_serving(server, config.site_dir, self.heard, dirty=self.dirty)
        return server


def _with_figures_in(output: str, placed: Mapping[str, Placed], page: Path) -> str:
    """A finished page with its figures; the pictures within them are written beside it."""
    sheet = Sheet()
    output = FIGURE.sub(lambda match: render.inline_figure(placed[match[1]], sheet), output)
    for name, content in sheet.files.items():
        write_whole(page.parent / name, content)
    return output.replace("</body>", f"{sheet.element()}</body>")


def _place(page: Page, text: str) -> str:
    """A page, and the line on which a text stands, if it stands there once."""
    uri = page.file.src_uri
    source = page.file.content_string
    return f"{uri}:{find_line(source, text)}" if source.count(text) == 1 else uri


def _site(root: Path, options: Any) -> Config:
    """The site's settings, with the tags that mkdocs-jupyter's option names."""
    site = load_config(root)
    tags = list(site.tags)
    for hiding in options["remove_tag_config"].values():
        tags += hiding
    return replace(site, tags=tags)


def _template_cache(site: Config) -> FileSystemBytecodeCache | None:
    """Where compiled templates are kept: compiling one takes as long as rendering a page."""
    folder = site.root / site.cache / "templates"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder)) if os.access(folder, os.W_OK) else None


def _without_front_matter(page: Page) -> str:
    """An article's Markdown, with empty lines in place of what MkDocs has taken off."""
    source = page.file.content_string
    body, _ = meta.get_data(source)
    start = max(0, source.find(body))
    return "\n" * source.count("\n", 0, start) + source[start:]
