// "Softmax, cross-entropy and a first classifier": logits as sliders, with probabilities, loss
// and gradient.
(function () {
  "use strict";

  // Without overflow, as the page does it: the largest logit is subtracted from each.
  function logSoftmax(z) {
    const largest = Math.max(...z);
    const shifted = z.map((value) => value - largest);
    const sum = shifted.reduce((total, value) => total + Math.exp(value), 0);
    return shifted.map((value) => value - Math.log(sum));
  }

  const ROW = 26; // from one class to the next
  const HEAD = 30; // for the title of a panel
  // Where the panels begin: probabilities, and gradients
  const WIDE = { width: 640, panels: [[0, 0], [330, 0]] };
  const NARROW = { width: 310, panels: [[0, 0], [0, 150]] };
  const BARS = { left: 58, length: 180, number: 280 };

  // Draws a panel and gives its bars and numbers. `zero` is where a bar of 0 stands, from 0 to 1.
  function panel(picture, [x, y], title, names, zero, kind) {
    const { decimals, svg, text } = Knobs;
    const left = x + BARS.left;
    const origin = left + zero * BARS.length;
    picture.append(text(left + BARS.length / 2, y + 12, title, "knobs-title"));
    const rows = names.map((name, i) => {
      const middle = y + HEAD + ROW * (i + 0.5);
      const label = text(left - 8, middle, name, "knobs-name");
      label.setAttribute("text-anchor", "end");
      const bar = svg("rect", { y: middle - 8, height: 16, class: `knobs-bar ${kind}` });
      const number = text(x + BARS.number, middle, "");
      picture.append(label, bar, number);
      return { label, bar, number };
    });
    const height = ROW * names.length;
    const axis = { x1: origin, x2: origin, y1: y + HEAD, y2: y + HEAD + height };
    picture.append(svg("line", { ...axis, class: "knobs-axis" }));

    return (values, target) => {
      rows.forEach(({ label, bar, number }, i) => {
        const width = Math.abs(values[i]) * BARS.length * (1 - zero);
        bar.setAttribute("x", values[i] < 0 ? origin - width : origin);
        bar.setAttribute("width", width);
        number.textContent = decimals(values[i], 4);
        number.setAttribute(`data-${kind}`, names[i]);
        label.classList.toggle("knobs-target", i === target);
      });
    };
  }

  Knobs.add("softmax", (place) => {
    const { code, decimals, html, slider } = Knobs;
    const start = code.numbers("logits");
    const names = code.words("logits");
    const startTarget = code.numbers("t").indexOf(1);
    let z = [...start];
    let target = startTarget;
    let showP = null;
    let showGradient = null;

    const sliders = names.map((name, i) => {
      const change = (value) => update(z.map((old, k) => (k === i ? value : old)), target);
      const label = [name, html("small", {}, " logit")];
      return slider({ name, label, min: -10, max: 10, step: 0.1, digits: 1, change });
    });
    const picture = Knobs.picture(
      "Bars for each class: its probability, and the gradient of its logit, to the left where it " +
        "is negative. The target is in bold.",
    );
    const status = Knobs.status();
    const list = Knobs.list("target", names, (index) => update(z, index));

    function update(logits, index) {
      z = logits;
      target = index;
      const logP = logSoftmax(z);
      const p = logP.map(Math.exp);
      const loss = -logP[target];
      const gradient = p.map((value, i) => value - (i === target ? 1 : 0));
      showP(p, target);
      showGradient(gradient, target);
      sliders.forEach((one, i) => {
        one.show(z[i], `, probability ${decimals(p[i], 4)}, gradient ${decimals(gradient[i], 4)}`);
      });
      list.show(target);
      status.textContent =
        `Probability of the ${names[target]} ${decimals(p[target], 4)}, loss ${decimals(loss, 4)}`;
    }

    place.append(
      html("div", { class: "knobs-sliders" }, ...sliders.map((one) => one.row)),
      Knobs.row(
        list.row,
        Knobs.button("Add 1 to each", () => update(z.map((value) => value + 1), target)),
        Knobs.button("Double each", () => update(z.map((value) => value * 2), target)),
        Knobs.button("Back to the page’s values", () => update([...start], startTarget)),
      ),
      picture,
      status,
    );
    Knobs.whenWidthChanges(place, (isNarrow) => {
      const layout = isNarrow ? NARROW : WIDE;
      const bottom = layout.panels[1][1] + HEAD + ROW * names.length + 4;
      picture.replaceChildren();
      picture.setAttribute("viewBox", `0 0 ${layout.width} ${bottom}`);
      showP = panel(picture, layout.panels[0], "probability p", names, 0, "probability");
      showGradient = panel(picture, layout.panels[1], "gradient p − t", names, 0.5, "gradient");
      update(z, target);
    });
  });
})();
