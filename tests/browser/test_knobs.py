"""The interactive drawings: they start at their page's numbers, and compute what PyTorch does."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from opened import Events, Open

PAGES = {
    "backprop": "tutorials/backprop_by_hand/",
    "softmax": "tutorials/softmax_classifier/",
    "downhill": "tutorials/downhill/",
}
PARAMETERS = {
    "w1": "hidden.weight",
    "b1": "hidden.bias",
    "w2": "output.weight",
    "b2": "output.bias",
}
NUMBER = r"(-?\d+\.\d+)"

Show = Callable[[str], Any]
"""Opens the page of a drawing afresh."""


@pytest.fixture
def show(open_page: Open) -> Iterator[Show]:
    opened = []

    def show(name: str) -> Any:
        page = open_page(PAGES[name], fresh=True)
        opened.append(page)
        page.locator(".knobs-status").wait_for()
        return page

    yield show
    for page in opened:
        page.close()


def printed(page: Any, start: str) -> str:
    """The first output on the page that begins like this."""
    for text in page.locator("div.output code").all_inner_texts():
        if text.startswith(start):
            return str(text)
    raise AssertionError(f"nothing on the page prints {start!r}")


def after(text: str, label: str) -> str:
    """The number behind a label, as it is written."""
    match = re.search(rf"{re.escape(label)}\s+{NUMBER}", text)
    assert match, f"{label} in {text}"
    return match[1]


def read(page: Any, attribute: str, name: str) -> str:
    """A number in a drawing, as it is shown."""
    return str(page.locator(f'.knobs [{attribute}="{name}"]').text_content())


def turn(page: Any, name: str, value: float) -> None:
    """Move a slider, as a pointer does."""
    script = """(input, value) => {
        input.value = value;
        input.dispatchEvent(new Event("input", {bubbles: true}));
    }"""
    page.locator(f'input[data-name="{name}"]').evaluate(script, value)


def knob(page: Any, name: str) -> str:
    """The number of a slider, as it is shown."""
    slider = f'.knobs-slider:has(input[data-name="{name}"])'
    return str(page.locator(f"{slider} output").text_content())


def press(page: Any, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def status(page: Any) -> str:
    return str(page.locator(".knobs-status").text_content())


# Backpropagation by hand


def test_backprop_starts_at_the_numbers_that_the_page_prints(show: Show) -> None:
    page = show("backprop")
    forward = printed(page, "output ")
    step = printed(page, "output before")
    assert read(page, "data-value", "a2") == after(forward, "output")
    assert read(page, "data-value", "L") == after(forward, "loss")
    for name, written in PARAMETERS.items():
        line = re.search(rf"{written}\s+grad {NUMBER}", step)
        assert line
        assert read(page, "data-gradient", name) == line[1]
    for name in ("a1", "a2"):
        title = f"Computed by this build: backprop_by_hand, value grad_{name}"
        prose = page.locator(f'article p .value[title="{title}"]').first
        assert read(page, "data-gradient", name) == prose.text_content()


def test_one_step_of_backprop_is_the_one_that_the_page_prints(show: Show) -> None:
    page = show("backprop")
    step = printed(page, "output before")
    before = {name: knob(page, name) for name in PARAMETERS}
    press(page, "One step")
    for name, written in PARAMETERS.items():
        new = re.search(rf"{written}\s+grad {NUMBER}\s+new {NUMBER}", step)
        assert new
        assert knob(page, name) == read(page, "data-value", name) == new[2]
    assert read(page, "data-value", "a2") == after(step, "output after")
    press(page, "Back to the page’s values")
    assert {name: knob(page, name) for name in PARAMETERS} == before
    press(page, "100 steps")
    hundredth = float(read(page, "data-value", "a2"))
    assert hundredth > float(after(step, "output after"))


def test_backprop_steps_as_pytorch_does_from_other_parameters(show: Show) -> None:
    page = show("backprop")
    start = {"w1": -1.2, "b1": 0.4, "w2": -2.5, "b2": 0.75}
    for name, value in start.items():
        turn(page, name, value)
    given = [float(text) for text in (read(page, "data-value", "x"), read(page, "data-value", "t"))]
    rate = float(after(page.locator(".knobs-row small").inner_text(), "learning rate"))
    p = {name: torch.tensor(value, dtype=torch.float64) for name, value in start.items()}
    for parameter in p.values():
        parameter.requires_grad_()
    optimizer = torch.optim.SGD(p.values(), lr=rate)
    x, target = given

    def loss_of_all() -> torch.Tensor:
        a1 = torch.sigmoid(p["w1"] * x + p["b1"])
        return (torch.sigmoid(p["w2"] * a1 + p["b2"]) - target) ** 2

    loss = loss_of_all()
    loss.backward()
    assert read(page, "data-value", "L") == f"{loss.item():.4f}"
    for name, parameter in p.items():
        assert parameter.grad is not None
        assert read(page, "data-gradient", name) == f"{parameter.grad.item():.4f}"
    optimizer.step()
    press(page, "One step")
    for name, parameter in p.items():
        assert knob(page, name) == f"{parameter.item():.4f}"
    assert read(page, "data-value", "L") == f"{loss_of_all().item():.4f}"
    assert loss_of_all() < loss


def test_keys_move_a_slider_and_the_output_with_it(show: Show) -> None:
    page = show("backprop")
    page.locator('input[data-name="b2"]').focus()
    seen = [(float(knob(page, "b2")), float(read(page, "data-value", "a2")))]
    for key in ("ArrowRight", "PageUp", "End"):
        page.keyboard.press(key)
        seen.append((float(knob(page, "b2")), float(read(page, "data-value", "a2"))))
    assert seen == sorted(set(seen))
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    said = page.locator('input[data-name="b2"]').get_attribute("aria-valuetext")
    assert knob(page, "b2") in said
    assert read(page, "data-gradient", "b2") in said


def test_tasks_of_backprop_can_be_done(show: Show) -> None:
    page = show("backprop")
    turn(page, "b2", 1)
    assert float(read(page, "data-value", "a2")) > 0.9
    assert float(read(page, "data-gradient", "w1")) < 0
    turn(page, "w2", -1)
    assert float(read(page, "data-gradient", "w1")) > 0
    turn(page, "w2", 2)
    turn(page, "b2", 8)
    assert {read(page, "data-gradient", name) for name in PARAMETERS} == {"0.0000"}


# Softmax


def tensor_after(text: str, label: str) -> list[float]:
    """The numbers of a printed tensor."""
    numbers = re.search(rf"{re.escape(label)}\s+tensor\(\[([^\]]*)\]", text)
    assert numbers, f"{label} in {text}"
    return [float(number) for number in numbers[1].split(",")]


def classes(page: Any) -> list[str]:
    return [str(name) for name in page.locator(".knobs select option").all_inner_texts()]


def shown(page: Any, what: str) -> list[float]:
    return [float(read(page, f"data-{what}", name)) for name in classes(page)]


def test_softmax_starts_at_the_numbers_that_the_page_prints(show: Show) -> None:
    page = show("softmax")
    p = tensor_after(printed(page, "by hand: tensor"), "by hand:")
    gradient = tensor_after(printed(page, "p - t:"), "autograd:")
    assert len(p) == len(classes(page))
    assert shown(page, "probability") == p
    assert shown(page, "gradient") == gradient


def test_softmax_of_other_logits_and_another_target_is_pytorchs(show: Show) -> None:
    page = show("softmax")
    logits = [-2.5, 0.3, 4.1, 1.0]
    for name, value in zip(classes(page), logits, strict=True):
        turn(page, name, value)
    for target, name in enumerate(classes(page)):
        page.locator(".knobs select").select_option(name)
        z = torch.tensor([logits], dtype=torch.float64, requires_grad=True)
        loss = torch.nn.functional.cross_entropy(z, torch.tensor([target]))
        loss.backward()
        assert z.grad is not None
        assert after(status(page), "loss") == f"{loss.item():.4f}"
        p = torch.softmax(z.detach(), dim=1)[0].tolist()
        assert shown(page, "probability") == [float(f"{value:.4f}") for value in p]
        assert shown(page, "gradient") == [float(f"{value:.4f}") for value in z.grad[0].tolist()]


def test_one_more_on_each_logit_changes_no_probability(show: Show) -> None:
    page = show("softmax")
    before = shown(page, "probability")
    press(page, "Add 1 to each")
    assert shown(page, "probability") == before
    press(page, "Double each")
    assert shown(page, "probability") != before
    press(page, "Back to the page’s values")
    assert shown(page, "probability") == before


def test_huge_logits_do_not_overflow(show: Show) -> None:
    page = show("softmax")
    for _ in range(12):
        press(page, "Double each")
    assert sum(shown(page, "probability")) == 1
    assert "NaN" not in page.locator(".knobs").inner_text()


def test_tasks_of_softmax_can_be_done(show: Show) -> None:
    page = show("softmax")
    turn(page, "dog", 6)
    assert "the dog" in status(page)
    assert float(after(status(page), "loss")) < 0.1
    page.locator(".knobs select").select_option("cat")
    signs = [value > 0 for value in shown(page, "gradient")]
    assert signs == [name != "cat" for name in classes(page)]


# Four ways downhill


def path_of(page: Any) -> torch.Tensor:
    """The points of the drawn path, (steps, 2), by the numbers on the axes."""
    script = """() => {
        const points = document.querySelector(".knobs-path polyline").getAttribute("points");
        return points.split(" ").map(point => point.split(",").map(Number));
    }"""
    points = torch.tensor(page.evaluate(script), dtype=torch.float64)
    # both the first axis and the second have a tick at 0; pixels are linear in the parameters
    ticks: dict[str, list[tuple[float, float]]] = {"x": [], "y": []}
    for tick in page.locator(".knobs-picture > text:not(.knobs-symbol)").all():
        place = {name: float(tick.get_attribute(name)) for name in ("x", "y")}
        axis = "y" if place["x"] < 40 else "x"
        ticks[axis].append((float(tick.text_content()), place[axis]))
    corner = page.locator(".knobs-picture > svg")
    columns = []
    for i, axis in enumerate(("x", "y")):
        first, *_, last = sorted(ticks[axis])
        scale = (last[1] - first[1]) / (last[0] - first[0])
        offset = float(corner.get_attribute(axis))
        columns.append(first[0] + (points[:, i] + offset - first[1]) / scale)
    return torch.stack(columns, dim=1)


def descend(lr: float, momentum: float, steps: int) -> torch.Tensor:
    """The path of PyTorch's SGD on the bowl that the page describes."""
    curvature = torch.tensor([1.0, 100.0], dtype=torch.float64)
    w = torch.tensor([-4.0, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr, momentum=momentum)
    path = [w.detach().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        (0.5 * (curvature * w**2).sum()).backward()
        optimizer.step()
        path.append(w.detach().clone())
    return torch.stack(path)


def test_downhill_starts_with_the_steps_that_the_page_prints(show: Show) -> None:
    page = show("downhill")
    lines = printed(page, "w1 ").strip().splitlines()
    assert len(lines) == 4
    for step, line in enumerate(lines, start=1):
        turn(page, "drawn", step)
        where = page.locator(".knobs-where").text_content()
        assert where.startswith(f"After step {step}:")
        for label in ("w1", "w2", "loss"):
            assert after(where, label) == after(line, label)


def test_downhill_arrives_when_the_page_says(show: Show) -> None:
    page = show("downhill")
    arrivals = printed(page, "SGD       stays below")
    for name in ("momentum", "SGD"):
        press(page, f"The page’s {name}")
        line = re.search(rf"^{name}\s+(stays below \S+ from step \d+)$", arrivals, re.M)
        assert line
        assert status(page) == f"The loss {line[1]}."


@pytest.mark.parametrize(("lr", "momentum"), [(0.018, 0.0), (0.012, 0.8), (0.03, 0.65)])
def test_downhill_path_is_that_of_pytorch(show: Show, lr: float, momentum: float) -> None:
    page = show("downhill")
    turn(page, "lr", lr)
    turn(page, "momentum", momentum)
    turn(page, "drawn", 40)
    expected = descend(lr, momentum, 40)
    drawn = path_of(page)
    assert drawn.shape == expected.shape
    assert torch.allclose(drawn, expected, atol=1e-3, rtol=0)


def test_task_of_downhill_can_be_done_and_rates_have_a_limit(show: Show) -> None:
    page = show("downhill")
    turn(page, "lr", 0.03)
    turn(page, "momentum", 0.65)
    step = re.search(r"from step (\d+)", status(page))
    assert step
    assert int(step[1]) < 50
    turn(page, "momentum", 0)
    assert status(page) == "The path diverges."
    turn(page, "lr", 0.019)
    assert "from step" in status(page)
    turn(page, "lr", 0.021)
    assert status(page) == "The path diverges."
    turn(page, "momentum", 0.5)
    assert "from step" in status(page)


# What holds for each of them


@pytest.mark.parametrize("name", PAGES)
def test_without_script_the_figure_stands_and_no_drawing(
    browser: Any, base: str, name: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + PAGES[name])
    assert page.locator(".knobs").count() == 1
    assert not page.locator(".knobs").is_visible()
    assert page.locator(".knobs *").count() == 0
    assert page.locator("figure svg").first.is_visible()
    context.close()


# A number in the page's code, another for it, and the slider that starts there.
CHANGES = {
    "backprop": ("1.58", "2.05", "w1"),
    "softmax": ("3.0", "2.5", "cat"),
    "downhill": ("0.018", "0.017", "lr"),
}


def changed(page: Any, old: str, new: str) -> None:
    """Have a number in the page's code changed on its way to the browser."""
    written = f'<span class="mf">{old}</span>'

    def handle(route: Any) -> None:
        answer = route.fetch()
        body = answer.text()
        assert written in body
        route.fulfill(response=answer, body=body.replace(written, new))

    page.route("**/tutorials/*/", handle)


@pytest.mark.parametrize("name", PAGES)
def test_numbers_follow_the_code_of_the_page(browser: Any, base: str, name: str) -> None:
    old, new, slider = CHANGES[name]
    page = browser.new_page()
    changed(page, old, new)
    page.goto(base + PAGES[name])
    page.locator(".knobs-status").wait_for()
    assert float(knob(page, slider)) == float(new)
    page.close()


def test_code_without_a_number_leaves_the_page_as_without_script(browser: Any, base: str) -> None:
    page = browser.new_page()
    events = Events()
    events.watch(page, "backprop", base)
    changed(page, "2.45", "unknown")
    page.goto(base + PAGES["backprop"])
    page.wait_for_load_state("networkidle")
    assert not page.locator(".knobs").is_visible()
    assert page.locator("figure svg").first.is_visible()
    assert "w2" in "".join(events.console)
    page.close()


def test_scripts_are_loaded_where_there_is_a_drawing(pages: list[str], open_page: Open) -> None:
    script = """() => performance.getEntriesByType("resource").map(entry => entry.name)"""
    for name, path in PAGES.items():
        page = open_page(path)
        page.locator(".knobs-status").wait_for()
        loaded = {Path(address).name for address in page.evaluate(script)}
        assert {"knobs_loader.js", "knobs.js", f"{name}.js"} <= loaded
        for other in set(PAGES) - {name}:
            assert f"{other}.js" not in loaded
    page = open_page("tensors/")
    page.wait_for_load_state("networkidle")
    loaded = {Path(address).name for address in page.evaluate(script)}
    assert "knobs_loader.js" in loaded
    assert "knobs.js" not in loaded


@pytest.mark.parametrize("name", PAGES)
def test_drawings_work_in_a_page_that_is_opened_as_a_file(
    browser: Any, site: Path, name: str
) -> None:
    page = browser.new_page()
    page.goto((site / PAGES[name] / "index.html").as_uri())
    page.locator(".knobs-status").wait_for()
    assert re.search(r"\d", status(page))
    page.close()


CONTRAST = """() => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const mixed = (...colours) => {
        for (const colour of colours) {
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
        }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = rgb => {
        const parts = rgb.map(part => part / 255).map(
            part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const ground = getComputedStyle(document.body).backgroundColor;
    const texts = document.querySelectorAll(".knobs text, .knobs small, .knobs p, .knobs label");
    return [...texts].map(text => {
        const style = getComputedStyle(text);
        const ink = text.tagName === "text" ? style.fill : style.color;
        const [dark, bright] = [light(mixed(ground, ink)), light(mixed(ground))].sort(
            (a, b) => a - b);
        return [(bright + 0.05) / (dark + 0.05), text.textContent];
    });
}"""


@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_texts_of_drawings_stand_out_from_the_page(
    open_page: Open, name: str, palette: str
) -> None:
    page = open_page(PAGES[name], palette)
    page.locator(".knobs-status").wait_for()
    contrasts = page.evaluate(CONTRAST)
    assert len(contrasts) > 8
    assert [text for contrast, text in contrasts if contrast < 4.5] == []


@pytest.mark.parametrize("name", PAGES)
def test_drawings_fit_a_narrow_window(show: Show, name: str) -> None:
    page = show(name)
    before = page.locator(".knobs-picture").get_attribute("viewBox")
    page.set_viewport_size({"width": 360, "height": 700})
    page.wait_for_function(
        "before => document.querySelector('.knobs-picture').getAttribute('viewBox') !== before",
        arg=before,
    )
    script = """() => {
        const place = document.querySelector(".knobs").getBoundingClientRect();
        const parts = [...document.querySelectorAll(".knobs text, .knobs button, .knobs input")];
        return parts.map(part => part.getBoundingClientRect()).filter(
            box => box.left < place.left || box.right > place.right).length;
    }"""
    assert page.evaluate(script) == 0


def test_no_drawing_reports_an_error(show: Show, events: Events) -> None:
    for name in PAGES:
        page = show(name)
        for slider in page.locator(".knobs input").all():
            slider.focus()
            for key in ("End", "Home"):
                page.keyboard.press(key)
        for button in page.locator(".knobs button").all():
            button.click()
    assert (events.foreign, events.http, events.console) == ([], [], [])
