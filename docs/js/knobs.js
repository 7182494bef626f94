// What the interactive drawings share: numbers read from the page's code, sliders, and SVG.
// Each drawing is a script of its own that ends with Knobs.add(NAME, BUILD).
const Knobs = (function () {
  "use strict";

  // ---------------------------------------------------------------------------------------------
  // The page's own numbers. No script repeats them: they are read from the code on the page.

  // A number as Python writes it; not the 1 of w1, and not the 64 of float64.
  const NUMBER = /(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])/g;

  // The lines of the page's code, from top to bottom, each as [code, comment].
  function codeLines() {
    const lines = [];
    for (const cell of document.querySelectorAll("article .cell pre code")) {
      for (const line of cell.textContent.split("\n")) {
        const [code, ...comment] = line.split("#");
        lines.push([code.trim(), comment.join("#").trim()]);
      }
    }
    return lines;
  }

  function numbersIn(text) {
    return (text.match(NUMBER) || []).map(Number);
  }

  // The first line of the form `name = 1.0` or `one, name = 1.0, 2.0` or `name = f([1.0, 2.0])`.
  function assignment(name) {
    for (const [code, comment] of codeLines()) {
      const parts = code.match(/^(\w+(?:, \w+)*) = (.+)$/);
      if (!parts) {
        continue;
      }
      const names = parts[1].split(", ");
      const numbers = numbersIn(parts[2]);
      if (names.includes(name) && numbers.length >= names.length) {
        return { names, numbers, comment };
      }
    }
    throw new Error(`the code of this page gives ${name} no number`);
  }

  const code = {
    // The number that the page's code gives to a name: 0.8 for x in `x, target = 0.8, 1.0`.
    number(name) {
      const { names, numbers } = assignment(name);
      return numbers[names.indexOf(name)];
    },

    // All numbers in the value of a name: [1, 100] for `c = torch.tensor([1.0, 100.0])`.
    numbers(name) {
      return assignment(name).numbers;
    },

    // The words of the comment behind it: ["dog", "cat"] for `logits = ...  # dog, cat`.
    words(name) {
      return assignment(name).comment.split(", ");
    },

    // The number given to a parameter in a call: 0.01 for goal in `arrival(losses, goal=0.01)`.
    argument(name) {
      for (const [line] of codeLines()) {
        const found = line.match(new RegExp(`[(\\s]${name}=(-?[\\d.]+)[,)]`));
        if (found) {
          return Number(found[1]);
        }
      }
      throw new Error(`no call in the code of this page gives a number for ${name}`);
    },

    // The numbers in the entry of a dictionary that has a line of its own.
    entry(key) {
      for (const [line] of codeLines()) {
        if (line.startsWith(`"${key}": `)) {
          return numbersIn(line);
        }
      }
      throw new Error(`no dictionary in the code of this page has a line for ${key}`);
    },
  };

  // ---------------------------------------------------------------------------------------------
  // Elements

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  function html(tag, attributes = {}, ...children) {
    return fill(document.createElement(tag), attributes, children);
  }

  function svg(tag, attributes = {}, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    return fill(element, attributes, children);
  }

  // A picture for sighted readers; what it shows is also said in words, by sliders and status.
  function picture(label) {
    return svg("svg", { class: "knobs-picture", role: "img", "aria-label": label });
  }

  // Shows text in a picture, its middle at (x, y).
  function text(x, y, words, kind = "") {
    const place = { x, y, class: kind, "text-anchor": "middle", "dominant-baseline": "central" };
    return svg("text", place, words);
  }

  // A name such as w1 as formulas write it: a slanted letter with a small number below.
  function symbol(x, y, name) {
    const written = text(x, y, "", "knobs-symbol");
    written.append(svg("tspan", {}, name[0]));
    if (name.length > 1) {
      written.append(svg("tspan", { class: "knobs-sub", dy: 3 }, name.slice(1)));
    }
    return written;
  }

  function symbolLabel(name) {
    const letter = html("i", {}, name[0]);
    return name.length > 1 ? [letter, html("sub", {}, name.slice(1))] : [letter];
  }

  // A number with so many decimals; zero without a sign, and what is huge with a power of ten.
  function decimals(value, digits) {
    const written = Math.abs(value) < 1e6 ? value.toFixed(digits) : value.toExponential(2);
    return Number(written) === 0 ? written.replace("-", "") : written;
  }

  // An arrow between two points that ends before them, and may run beside the line between them.
  function arrow(from, to, { gap = 0, endGap = gap, beside = 0, kind = "" } = {}) {
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const along = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
    const across = [-along[1], along[0]];
    const at = (way, side) => [0, 1].map((i) => from[i] + way * along[i] + side * across[i]);
    const end = length - endGap;
    const head = [at(end, beside), at(end - 8, beside + 4), at(end - 8, beside - 4)];
    const [x1, y1] = at(gap, beside);
    const [x2, y2] = at(end - 8, beside);
    const arrowKind = `knobs-arrow ${kind}`;
    return svg(
      "g",
      { class: arrowKind },
      svg("line", { x1, y1, x2, y2 }),
      svg("polygon", { points: head.map((point) => point.join()).join(" ") }),
    );
  }

  // ---------------------------------------------------------------------------------------------
  // Controls

  let count = 0; // of sliders and lists, for their ids

  // A slider with its label and its number. The number is exact even where the slider, which
  // moves in steps, is not: after a step of training, for instance.
  function slider({ name, label, min, max, step, digits, change }) {
    count += 1;
    const id = `knobs-${count}`;
    const input = html("input", { type: "range", id, min, max, step, "data-name": name });
    const number = html("output", { for: id, class: "knobs-number" });
    const labelled = html("label", { for: id }, ...label);
    const row = html("div", { class: "knobs-slider" }, labelled, input, number);
    input.addEventListener("input", () => change(Number(input.value)));

    // Shows a value; `more` is read aloud behind it.
    function show(value, more = "") {
      input.value = value;
      number.textContent = decimals(value, digits);
      input.setAttribute("aria-valuetext", number.textContent + more);
    }
    return { row, show };
  }

  function button(words, press) {
    const made = html("button", { type: "button", class: "knobs-button" }, words);
    made.addEventListener("click", press);
    return made;
  }

  // A list to choose one of several words from; `change` gets the number of the word.
  function list(label, words, change) {
    count += 1;
    const id = `knobs-${count}`;
    const select = html("select", { id });
    for (const word of words) {
      select.append(html("option", {}, word));
    }
    select.addEventListener("change", () => change(select.selectedIndex));
    const row = html("div", { class: "knobs-list" }, html("label", { for: id }, label), select);
    const show = (index) => {
      select.selectedIndex = index;
    };
    return { row, show };
  }

  // A line of text that is read aloud when it changes.
  function status() {
    return html("p", { class: "knobs-status", role: "status" });
  }

  function row(...children) {
    return html("div", { class: "knobs-row" }, ...children);
  }

  // Calls draw(isNarrow) now and whenever the place becomes narrow or wide.
  function whenWidthChanges(place, draw) {
    let wasNarrow = null;
    function look() {
      const isNarrow = place.clientWidth < 560;
      if (isNarrow !== wasNarrow) {
        wasNarrow = isNarrow;
        draw(isNarrow);
      }
    }
    look();
    new ResizeObserver(look).observe(place);
  }

  // Builds a drawing in each of its places. If that fails, the place stays empty, the page is as
  // it was without script, and the browser's console says what went wrong.
  function add(name, build) {
    for (const place of document.querySelectorAll(`[data-knobs="${name}"]`)) {
      try {
        place.classList.add("knobs-shown");
        build(place);
      } catch (error) {
        place.classList.remove("knobs-shown");
        place.replaceChildren();
        console.error(error);
      }
    }
  }

  return {
    add, arrow, button, code, decimals, html, list, picture, row, slider, status, svg, symbol,
    symbolLabel, text, whenWidthChanges,
  };
})();
