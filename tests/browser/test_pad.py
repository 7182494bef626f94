"""The pad to draw a digit on: it computes what PyTorch computes, and answers to what is drawn."""

import ast
import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opened import Events

ROOT = Path(__file__).parents[2]
DENSE = "tutorials/reading_digits/"
CONV = "tutorials/your_own_digit/"
FILES = {"dense": f"{DENSE}dense.js", "conv": f"{CONV}conv.js"}
HOME = {"dense": DENSE, "conv": CONV}
ANSWER = re.compile(r"^The (dense|convolutional) network reads an? \d\.$")
EMPTY = "Draw a digit."

Opened = Callable[..., Any]


@pytest.fixture
def visit(browser: Any, base: str, events: Events) -> Iterator[Opened]:
    """Opens a page with a pad in a context of its own, once its answer and samples are there."""
    contexts = []

    def visit(path: str, *, prepare: Any = None, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": 1280, "height": 1000}, **options)
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        if prepare:
            prepare(page)
        if not path.startswith("file:"):  # where the theme's search is not found
            events.watch(page, path, base)
        page.goto(path if ":" in path else base + path)
        page.locator(".pad-samples button").first.wait_for()
        page.locator(".pad-canvas").scroll_into_view_if_needed()
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def test_digits() -> Any:
    from groundup.data import load_mnist

    return load_mnist()[1]


def answer(page: Any, pattern: str | re.Pattern[str]) -> str:
    """The answer, as soon as it is of this form."""
    found = page.locator(".pad-answer", has_text=pattern)
    found.wait_for()
    text: str = found.inner_text()
    return text


def stroke(page: Any, *points: tuple[float, float]) -> None:
    """Draw a line with the mouse through points of the canvas, whose sides count as 1."""
    box = page.locator(".pad-canvas").bounding_box()
    for number, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def draw_one(page: Any) -> None:
    stroke(page, (0.5, 0.2), (0.5, 0.8))


def values(page: Any, name: str) -> list[str]:
    found: list[str] = page.locator(f"[data-report={name}] .pad-value").all_inner_texts()
    return found


OUTPUTS = """([name, text]) => {
    const network = readNetwork(groundupNetworks[name]);
    const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
    const found = [];
    for (let at = 0; at < bytes.length; at += 784) {
        found.push([...forward(network, bytes.subarray(at, at + 784)).at(-1)]);
    }
    return found;
}"""


@pytest.mark.parametrize("name", ["dense", "conv"])
def test_outputs_are_those_of_pytorch(
    name: str, visit: Opened, site: Path, test_digits: Any
) -> None:
    """With the weights of the built file: on 100 digits each output, on 1,000 the accuracy."""
    import torch

    from groundup.export import read_network

    model = read_network((site / FILES[name]).read_text(encoding="utf-8"))
    images = test_digits.images[:1000]
    labels = test_digits.labels[:1000]
    with torch.no_grad():
        expected = model(images.unsqueeze(1).float())
    page = visit(HOME[name])
    answer(page, EMPTY)
    text = base64.b64encode(images.numpy().tobytes()).decode()
    found = torch.tensor(page.evaluate(OUTPUTS, [name, text]))
    assert found.shape == (1000, 10)
    torch.testing.assert_close(found[:100], expected[:100], rtol=0, atol=1e-4)
    right = (found.argmax(dim=1) == labels).sum().item()
    assert right == (expected.argmax(dim=1) == labels).sum().item()
    assert right > 850, "the network has not learned"


@pytest.fixture(scope="module")
def page_functions() -> dict[str, Any]:
    """What the page "Your own digit" defines to prepare a picture."""
    source = (ROOT / "tutorials/your_own_digit.py").read_text(encoding="utf-8")
    names = {"shrink", "center_of_mass", "crop", "fit_into", "center"}
    functions = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name in names
    ]
    assert len(functions) == len(names)
    import torch

    from groundup.data import shift

    space: dict[str, Any] = {"torch": torch, "F": torch.nn.functional, "shift": shift}
    exec(compile(ast.Module(functions, []), "your_own_digit", "exec"), space)
    return space


STROKES = {
    "tall": [[(0.5, 0.1), (0.5, 0.9)]],
    "wide": [[(0.1, 0.5), (0.9, 0.55)]],
    "dot": [[(0.2, 0.2), (0.2, 0.21)]],
    "seven": [[(0.2, 0.15), (0.8, 0.15), (0.4, 0.9)]],
    "at the edge": [[(0.02, 0.02), (0.3, 0.5)], [(0.9, 0.95), (0.98, 0.99)]],
    "small": [[(0.7, 0.7), (0.8, 0.7), (0.75, 0.82)]],
}


@pytest.mark.parametrize("strokes", STROKES.values(), ids=STROKES.keys())
def test_drawing_is_prepared_as_the_page_prepares_a_picture(
    strokes: list[list[tuple[float, float]]],
    visit: Opened,
    page_functions: dict[str, Any],
    unchecked_types: None,
) -> None:
    import torch

    page = visit(CONV)
    found = page.evaluate(
        """strokes => {
            const canvas = document.createElement("canvas");
            canvas.width = canvas.height = SIDE;
            const context = canvas.getContext("2d");
            drawStrokes(context, strokes.map(each => each.map(p => p.map(x => x * SIDE))), 1);
            const { data } = context.getImageData(0, 0, SIDE, SIDE);
            const pixels = Array.from({length: SIDE * SIDE}, (_, at) => data[4 * at + 3]);
            return [pixels, prepare({height: SIDE, width: SIDE, pixels})];
        }""",
        strokes,
    )
    ink = torch.tensor(found[0]).float().reshape(1, 280, 280)
    assert ink.max() == 255
    expected = page_functions["center"](page_functions["fit_into"](page_functions["crop"](ink)))
    torch.testing.assert_close(
        torch.tensor(found[1]).reshape(1, 28, 28), expected, rtol=0, atol=0.01
    )


@pytest.mark.parametrize("path", [DENSE, CONV])
def test_empty_canvas_gets_no_answer(path: str, visit: Opened) -> None:
    page = visit(path)
    name = "dense" if path == DENSE else "conv"
    assert answer(page, EMPTY) == EMPTY
    assert values(page, name) == ["–"] * 10
    widths = page.locator(f"[data-report={name}] .pad-fill").evaluate_all(
        "fills => fills.map(fill => fill.getBoundingClientRect().width)"
    )
    assert widths == [0] * 10
    assert page.evaluate("prepare({height: 9, width: 9, pixels: new Array(81).fill(0)})") is None


SHOWN = """[...document.querySelectorAll("[data-report=dense] .pad-value")]
    .map(value => value.innerText)"""


def as_json(shown: list[str]) -> str:
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def test_mouse_draws_and_the_buttons_take_back(visit: Opened) -> None:
    page = visit(DENSE)
    answer(page, EMPTY)
    draw_one(page)
    first = answer(page, ANSWER)
    shown = values(page, "dense")
    assert len(shown) == 10
    largest = max(range(10), key=lambda digit: float(shown[digit]))
    assert first.endswith(f" {largest}.")
    stroke(page, (0.2, 0.2), (0.8, 0.2))
    page.wait_for_function(f"before => JSON.stringify({SHOWN}) !== before", arg=as_json(shown))
    page.locator(".pad").get_by_role("button", name="Undo").click()
    page.wait_for_function(f"before => JSON.stringify({SHOWN}) === before", arg=as_json(shown))
    page.locator(".pad").get_by_role("button", name="Clear").click()
    answer(page, EMPTY)


def test_finger_draws_and_does_not_scroll(visit: Opened) -> None:
    page = visit(DENSE, has_touch=True)
    answer(page, EMPTY)
    canvas = page.locator(".pad-canvas")
    assert canvas.evaluate("canvas => getComputedStyle(canvas).touchAction") == "none"
    box = canvas.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    answer(page, ANSWER)


def test_keys_pick_a_sample(visit: Opened) -> None:
    page = visit(DENSE)
    samples = page.locator(".pad-samples button")
    assert 10 <= samples.count() <= 20
    # one of them is on the way of the Tab key
    assert page.locator(".pad-samples button[tabindex='0']").count() == 1
    samples.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label == "Sample 3, a 2"
    page.keyboard.press("Enter")
    assert answer(page, re.compile("Label: 2")) == "The dense network reads a 2. Label: 2."
    page.keyboard.press("End")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith(f"Sample {samples.count()}, ")
    page.keyboard.press("Space")
    # the last ones are those that the dense network misreads
    text = answer(page, re.compile(rf"Label: {label[-1]}"))
    assert f"reads a {label[-1]}." not in text and f"reads an {label[-1]}." not in text


def test_keys_draw(visit: Opened) -> None:
    page = visit(DENSE)
    canvas = page.locator(".pad-canvas")
    canvas.focus()
    assert canvas.get_attribute("aria-label")
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(100)
    assert page.locator(".pad-answer").inner_text() == EMPTY  # the pen is up
    page.keyboard.press("Space")
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    answer(page, ANSWER)
    page.keyboard.press("Control+z")
    answer(page, EMPTY)


def test_reader_may_switch_and_compare(visit: Opened) -> None:
    page = visit(DENSE)
    draw_one(page)
    assert "dense" in answer(page, ANSWER)
    page.get_by_label("Convolutional", exact=True).check()
    assert "convolutional" in answer(page, re.compile("The convolutional network reads"))
    assert not page.locator("[data-report=dense]").is_visible()
    page.get_by_label("Both", exact=True).check()
    answer(page, re.compile("^Both networks read|^They disagree"))
    assert page.locator(".pad-report:visible").count() == 2
    # on a sample that the dense network misreads, and the other reads, both say what they read
    texts = []
    samples = page.locator(".pad-samples button")
    for number in range(samples.count()):
        label = str(samples.nth(number).get_attribute("aria-label"))[-1]
        samples.nth(number).click()
        page.wait_for_timeout(150)
        texts.append(answer(page, re.compile(rf"Label: {label}")))
    disagree = re.compile(r"^They disagree: dense \d, convolutional \d\. Label: \d\.$")
    found = [text for text in texts if disagree.match(text)]
    assert found
    for text in found:
        assert len(set(re.findall(r"(?:dense|convolutional) (\d)", text))) == 2


def damaged(page: Any) -> None:
    def answer_with_another_letter(route: Any) -> None:
        text = route.fetch().text()
        place = text.index('"weights"') + 1000
        other = "B" if text[place] == "A" else "A"
        route.fulfill(body=text[:place] + other + text[place + 1 :], content_type="text/javascript")

    page.route("**/dense.js", answer_with_another_letter)


def missing(page: Any) -> None:
    page.route("**/dense.js", lambda route: route.abort())


@pytest.mark.parametrize("prepare", [damaged, missing])
def test_damaged_file_is_refused(prepare: Any, visit: Opened, events: Events) -> None:
    before = list(events.console)
    page = visit(DENSE, prepare=prepare)
    message = "There is no answer: the file of the dense network is damaged or missing."
    assert answer(page, message) == message
    draw_one(page)
    page.wait_for_timeout(300)
    assert page.locator(".pad-answer").inner_text() == message
    assert values(page, "dense") == ["–"] * 10
    page.get_by_label("Convolutional", exact=True).check()  # its file is whole
    answer(page, ANSWER)
    events.console[:] = before  # that a file was missing was meant


def test_site_works_as_a_folder_of_files_too(visit: Opened, site: Path) -> None:
    path = (site / DENSE / "index.html").as_uri()
    requests = []
    page = visit(path, prepare=lambda page: page.on("request", lambda r: requests.append(r.url)))
    draw_one(page)
    answer(page, ANSWER)
    page.get_by_label("Both", exact=True).check()
    answer(page, re.compile("^Both networks read|^They disagree"))
    assert any(url.endswith("/conv.js") for url in requests)
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


def test_pages_without_a_pad_load_nothing_of_it(browser: Any, base: str) -> None:
    page = browser.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{base}glossary/")
    page.wait_for_load_state("networkidle")
    page.close()
    assert f"{base}js/draw.js" in requests
    others = (
        "network.js",
        "weights.js",
        "pad.js",
        "pad.css",
        "prepare.js",
        "dense.js",
        "samples.js",
    )
    assert [url for url in requests if url.endswith(others)] == []


def test_without_script_the_place_of_the_pad_takes_no_room(
    visit: Opened, browser: Any, base: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + DENSE)
    assert page.locator(".draw").count() == 1
    is_visible = page.locator(".draw").is_visible()
    context.close()
    assert not is_visible


def test_no_request_went_to_another_host_and_nothing_went_wrong(
    visit: Opened, events: Events
) -> None:
    page = visit(CONV)
    draw_one(page)
    answer(page, ANSWER)
    page.get_by_label("Both", exact=True).check()
    answer(page, re.compile("^Both networks read|^They disagree"))
    assert (events.foreign, events.http, events.console) == ([], [], [])


@pytest.mark.parametrize("width", [360, 1280])
def test_pad_fits_into_the_window(width: int, visit: Opened) -> None:
    page = visit(DENSE)
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_label("Both", exact=True).check()
    pad = page.locator(".pad")
    parts = pad.locator("canvas:visible, button, li:visible, label, p:visible")
    edges = parts.evaluate_all("parts => parts.map(part => part.getBoundingClientRect().right)")
    assert len(edges) > 30
    assert max(edges) <= pad.evaluate("pad => pad.getBoundingClientRect().right")
    assert pad.evaluate("pad => pad.getBoundingClientRect().right") <= width


def test_page_shows_the_script_that_it_runs(visit: Opened, site: Path) -> None:
    page = visit(DENSE)
    shown = page.locator("details", has_text="network.js").locator("code").last.text_content()
    script = (ROOT / "docs/js/network.js").read_text(encoding="utf-8")
    assert shown.strip() == script.strip()
    assert 50 < len(script.splitlines()) <= 60, "the page says how many lines it has"
    assert shown.strip() == (site / "js/network.js").read_text(encoding="utf-8").strip()
