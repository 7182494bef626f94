"""What a kernel executes before a page: it notes what is read, evaluates, describes figures.

The kernel gets this file as text (see kernel.py), so it uses the standard library and IPython
alone. Nothing of it stands among the page's names: its one object is kept as the attribute `regen`
of IPython's shell.
"""

import base64
import importlib
import importlib.util
import json
import os
import pickle
import random
import re
import stat
import sys
import threading
import types
from collections.abc import Callable
from typing import Any

from IPython.core.formatters import BaseFormatter

__all__ = ["Expressions", "Reads", "Refused", "install", "plain"]

HEARD = (
    *("open", "import", "sqlite3.connect", "ctypes.dlopen"),
    *("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"),
)
"""The audit events that say what a page reads."""
ABSENT = (-1, -1)
"""Size and time of change of a file that is not there."""
WORD_OF_SHELL = re.compile(r"[^\s'\"<>|;&()]+")
DRAWING = "application/vnd.regen.drawing+json"  # as in results.py, which is not at hand here
LARGEST_FILE = 5_000_000  # bytes that a page may hand to the site under one name
ALLOWED = "a number, a string, a bool, an array or a tensor, or a list or dict of these"
COMPUTE_IT = "Compute it in the cell, and name the result here"


class Refused(Exception):
    """What is wrong with an expression or with what it gives."""


class Reads:
    """Hears what the page opens and imports.

    Each file goes into a log at once, as a line of JSON: processes that the page forks read for it
    too, and write into the same log.
    """

    def __init__(self, root: str, outside: list[str], log: str) -> None:
        self.root = os.path.join(root, "")
        self.outside = tuple(os.path.join(folder, "") for folder in outside)
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.seen: set[str] = set()
        self.written: set[str] = set()
        self.imported: set[str] = set()
        self.thread = threading.local()

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take an audit event. Must never raise: the page's own call would fail."""
        if event not in HEARD or getattr(self.thread, "busy", False):
            return
        self.thread.busy = True
        try:
            if event == "import":
                self.imported.add(arguments[0].partition(".")[0])
            elif event == "open":
                self._opened(*arguments)
            elif event == "subprocess.Popen":
                _, command, folder, _ = arguments
                self._named(command, folder or "")
            elif event in ("os.posix_spawn", "os.exec"):
                _, command, _ = arguments
                self._named(command)
            else:
                self._named(arguments[0])
        except BaseException:
            pass  # a path that is none, a file that went away: the page gets its own error
        finally:
            self.thread.busy = False

    def inside(self, path: str) -> str:
        """The path of a file of the site, of compiled code its source; "" for any other file."""
        name = os.path.abspath(path)
        if name.startswith(self.outside):
            return ""
        if not name.startswith(self.root):
            name = os.path.realpath(name)
        if not name.startswith(self.root) or name.startswith(self.outside):
            return ""
        folders = name[len(self.root) :].split(os.sep)[:-1]
        if "site-packages" in folders:
            return ""
        if "__pycache__" not in folders:
            return name
        try:
            return importlib.util.source_from_cache(name)
        except ValueError:  # something else that is kept there
            return ""

    def _opened(self, path: Any, mode: str | None, flags: int) -> None:
        if isinstance(path, int):
            return
        name = self.inside(os.fsdecode(path))
        if not name or name in self.seen or name in self.written:
            return
        only_writes = flags & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY
        may_create = only_writes or flags & os.O_CREAT
        if flags & os.O_TRUNC or (may_create and not os.path.exists(name)):
            # what the page reads of this file from now on, it has written itself
            self.written.add(name)
            return
        if only_writes:
            return
        self._note(name)

    def _named(self, command: Any, folder: Any = "") -> None:
        """Files were named to compiled code, or to a program that runs in `folder`: it reads them.

        An argument may be a line for a shell, of which each word may be a file.
        """
        if isinstance(command, str | bytes | os.PathLike):
            command = [command]
        for argument in command:
            text = os.fsdecode(argument)
            for word in {text, *WORD_OF_SHELL.findall(text)}:
                name = self.inside(os.path.join(folder, word))
                if name and name not in self.seen and os.path.isfile(name):
                    self._note(name)

    def _note(self, name: str) -> None:
        try:
            found = os.stat(name)
            state = found.st_size, found.st_mtime_ns
        except FileNotFoundError:
            # a page that does without a file does otherwise as soon as it is there
            state = ABSENT
        else:
            if not stat.S_ISREG(found.st_mode):
                return
        self.seen.add(name)
        line = json.dumps([name, *state])
        os.write(self.log, f"{line}\n".encode())


class Echo:
    """Keeps what the page prints in a file, for a kernel that dies before it has sent it."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, text: str) -> None:
        """Write at once."""
        os.write(self.file, text.encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        """Nothing waits."""


class Drawings(BaseFormatter):
    """A display formatter: what a matplotlib figure shows, as JSON text."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder  # of regen.drawing
        self.describe: Callable[[Any], dict[str, Any]] | None = None

    def __call__(self, shown: object) -> str | None:
        """Describe the figure that an object is, or keeps; None if there is none."""
        figure = self._figure(shown)
        if figure is None:
            return None
        try:
            if self.describe is None:
                self.describe = self._load()
            return json.dumps({"drawing": self.describe(figure)})
        except Exception as error:
            return json.dumps({"wrong": f"{type(error).__name__}: {error}"})

    def _figure(self, shown: object) -> Any:
        library = sys.modules.get("matplotlib.figure")
        if library is None:
            return None
        if isinstance(shown, library.Figure):
            return shown
        # an object that shows itself as a picture, and keeps the figure that it made it from
        if hasattr(type(shown), "_repr_svg_") or hasattr(type(shown), "_repr_png_"):
            for attribute in getattr(shown, "__dict__", {}).values():
                if isinstance(attribute, library.Figure):
                    return attribute
        return None

    def _load(self) -> Callable[[Any], dict[str, Any]]:
        # a package under a name of its own, and without its __init__, which imports all of regen:
        # the page may use another regen, or none
        package = types.ModuleType("regen_in_kernel_drawing")
        package.__path__ = [self.folder]
        sys.modules[package.__name__] = package
        module = importlib.import_module(f"{package.__name__}.figure")
        describe: Callable[[Any], dict[str, Any]] = module.describe
        return describe


class Answer:
    """JSON text that IPython hands over as it stands."""

    def __init__(self, content: Any) -> None:
        self.text = json.dumps(content)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text}


class Expressions:
    """Evaluates what a cell's options name, among the page's `names`.

    An expression must not change the page, or page and plain script part. So each is evaluated
    twice, and afterwards these must be what they were: the page's names and the lengths of its
    lists, dicts and sets; the random generators of Python and NumPy, and those whose state the
    optional method `state` of `provenance` describes.
    """

    def __init__(self, names: dict[str, Any], provenance: Any = None) -> None:
        self.names = names
        self.provenance = provenance

    def evaluate(self, expressions: list[tuple[str, str, str]]) -> list[Any]:
        """Evaluate expressions, each given as its kind, its name and its text.

        Raises:
            Refused: one cannot be evaluated, gives what it may not, or changes the page.
        """
        before = self._random_state()
        found = [self._evaluate_twice(*expression) for expression in expressions]
        if self._random_state() != before:
            self._refuse_the_one_that_draws(expressions)
        return found

    def _random_state(self) -> list[Any]:
        state: list[Any] = [random.getstate()]
        numpy_random = sys.modules.get("numpy.random")
        if numpy_random is not None:
            state.append(pickle.dumps(numpy_random.get_state(legacy=False)))
        if hasattr(self.provenance, "state"):
            state.append(self.provenance.state())
        return state

    def _sizes(self) -> dict[str, tuple[int, int]]:
        """By name: which object it is, and how many items it holds."""
        found = {}
        for name, value in self.names.items():
            if not name.startswith("_"):
                holds_items = isinstance(value, list | dict | set)
                found[name] = (id(value), len(value) if holds_items else 0)
        return found

    def _refuse_the_one_that_draws(self, expressions: list[tuple[str, str, str]]) -> None:
        why = f"draws random numbers, so the page and the plain script part. {COMPUTE_IT}."
        for kind, name, text in expressions:
            before = self._random_state()
            self._evaluate(kind, name, text)
            if self._random_state() != before:
                raise Refused(f"{kind} {name} = {text}: {why}")
        # whichever drew, it does so no more
        names = ", ".join(f"{kind} {name}" for kind, name, _ in expressions)
        raise Refused(f"one of {names}: {why}")

    def _evaluate_twice(self, kind: str, name: str, text: str) -> Any:
        before = self._sizes()
        first = self._evaluate(kind, name, text)
        second = self._evaluate(kind, name, text)
        after = self._sizes()
        for other in sorted({*before, *after}):
            if before.get(other) != after.get(other):
                why = f"changes {other}, so the page and the plain script part"
                raise Refused(f"{kind} {name} = {text}: {why}. {COMPUTE_IT}.")
        # as text: nan is not equal to itself
        if json.dumps(first) != json.dumps(second):
            found = "gives another result when it is evaluated again"
            if kind != "file":
                found = f"gives {first!r}, and {second!r} when it is evaluated again"
            why = f"{found}: it draws random numbers, or changes what it reads"
            raise Refused(f"{kind} {name} = {text}: {why}. {COMPUTE_IT}.")
        return first

    def _evaluate(self, kind: str, name: str, text: str) -> Any:
        place = f"{kind} {name} = {text}"
        try:
            # the expression has lines of its own: it may end in a comment
            code = compile(f"(\n{text}\n)", f"<{kind} {name}>", "eval", dont_inherit=True)
            found = CONVERT[kind](eval(code, self.names))
            # what no file can hold fails here, where it has a name
            json.dumps(found, ensure_ascii=False).encode()
            return found
        except Refused as refusal:
            raise Refused(f"{place}: {refusal}") from None
        except BaseException as error:
            raise Refused(f"{place}: {_named(error)}") from None


class Watch:
    """The kernel's side of a run: what kernel.py asks, this answers."""

    def __init__(self, shell: Any, settings: dict[str, Any]) -> None:
        self.shell = shell
        self.packages: list[str] = settings["packages"]
        self.reads = Reads(settings["root"], settings["outside"], settings["reads"])
        self.provenance: Any = None
        take_plain_python_only(shell)
        shell.display_formatter.formatters[DRAWING] = Drawings(settings["drawing"])
        echo = Echo(settings["printed"])
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "echo"):
                stream.echo = echo
        sys.addaudithook(self.reads.hear)

    def answer(self, method: str, arguments: str) -> Answer:
        """Call a method with arguments in JSON: `{"found": ...}`, or `{"wrong": message}`."""
        try:
            return Answer({"found": getattr(self, method)(*json.loads(arguments))})
        except Refused as refusal:
            return Answer({"wrong": str(refusal)})

    def listen(self, module: str, maker: str) -> None:
        """Make the object that says, after the page, what is worth knowing of the run."""
        try:
            self.provenance = getattr(importlib.import_module(module), maker)()
        except Exception as error:
            raise Refused(f"provenance = {module}:{maker}: {_named(error)}") from error

    def evaluate(self, expressions: list[tuple[str, str, str]]) -> list[Any]:
        """Evaluate a cell's expressions; see `Expressions`."""
        return Expressions(self.shell.user_ns, self.provenance).evaluate(expressions)

    def finish(self) -> dict[str, Any]:
        """What is known after the last cell, apart from the log of files."""
        # first, since it may import and open
        told = self._told()
        # all of these stand in the log, unless the disk was full
        files = set(self.reads.seen)
        names = set(self.reads.imported)
        ours = set(self.packages)
        outside: set[str] = set()
        for name, module in list(sys.modules.items()):
            package = name.partition(".")[0]
            file = _file(module)
            path = self.reads.inside(file) if file else ""
            if path:
                files.add(path)
                ours.add(package)
            elif file and (package in self.packages or self._is_loose(package, file)):
                outside.add(file)
            else:
                names.add(package)
        imported = sorted(names - ours - set(sys.stdlib_module_names))
        outside_paths = sorted(outside)
        return {
            "files": sorted(files),
            "outside": outside_paths,
            "imported": imported,
            "told": told,
        }

    def _is_loose(self, package: str, file: str) -> bool:
        """Whether a module is neither installed nor Python's own: it has no version."""
        if package in sys.stdlib_module_names or file.startswith(self.reads.outside):
            return False
        folders = file.split(os.sep)
        return "site-packages" not in folders and "dist-packages" not in folders

    def _told(self) -> dict[str, str]:
        if self.provenance is None:
            return {}
        try:
            told = self.provenance()
        except Exception as error:
            raise Refused(f"provenance: {_named(error)}") from error
        if not isinstance(told, dict):
            raise Refused(f"provenance: gives {_shown(told)}, expected a dict of strings.")
        return {str(name): str(value) for name, value in told.items()}


def plain(value: Any) -> Any:
    """Turn a value into what JSON has."""
    # bool first, as it is a kind of int; an enum may be one too, and NumPy's float is a float
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise Refused(f"gives a dict with the key {key!r}, expected strings as keys.")
        return {str.__str__(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        converted = value.tolist()
        if not hasattr(converted, "tolist"):
            return plain(converted)
    raise Refused(f"gives {_shown(value)}, expected {ALLOWED}.")


def _claim(value: Any) -> bool:
    found = value
    if not isinstance(value, bool) and hasattr(value, "tolist"):
        found = value.tolist()
    if not isinstance(found, bool):
        raise Refused(f"gives {_shown(value)}, expected True or False.")
    return found


def _sentence(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(f"gives {_shown(value)}, expected a sentence about the runs on record.")
    return str.__str__(value)


def _content(value: Any) -> str:
    if isinstance(value, str):
        data = value.encode()
    elif isinstance(value, bytes | bytearray | memoryview):
        data = bytes(value)
    else:
        raise Refused(f"gives {_shown(value)}, expected bytes or text.")
    if len(data) > LARGEST_FILE:
        most = f"at most {LARGEST_FILE:,} bytes"
        raise Refused(f"gives {len(data):,} bytes, expected {most}: the site ships this file.")
    return base64.b64encode(data).decode()


CONVERT: dict[str, Callable[[Any], Any]] = {
    "value": plain,
    "quoted": plain,
    "recorded": _sentence,
    "claim": _claim,
    "file": _content,
}


def take_plain_python_only(shell: Any) -> None:
    """Switch off what IPython adds: `pwd` is no command, and `>>> 1` in a string no prompt."""
    shell.automagic = False
    transforms = shell.input_transformer_manager
    transforms.cleanup_transforms.clear()
    transforms.line_transforms.clear()
    transforms.token_transformers.clear()


def _file(module: object) -> str:
    """The file of a module, without waking one that loads itself when it is used."""
    if not isinstance(module, types.ModuleType):
        return ""
    names = object.__getattribute__(module, "__dict__")
    file = names.get("__file__") or getattr(names.get("__spec__"), "origin", None)
    return file if isinstance(file, str) and os.path.isabs(file) else ""


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _shown(value: Any) -> str:
    """A value and its type, short enough for a message."""
    if value is None:
        return "None"
    try:
        text = repr(value)
    except Exception:
        text = "?"
    if len(text) > 80:
        text = f"{text[:77]}..."
    return f"{text} (of type {type(value).__name__})"


def install(shell: Any, settings: dict[str, Any]) -> None:
    """Begin to watch; `settings` are those of kernel.py."""
    shell.regen = Watch(shell, settings)
