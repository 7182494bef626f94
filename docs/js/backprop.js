// "Backpropagation by hand": the chain of two neurons, with sliders for its four parameters.
(function () {
  "use strict";

  const PARAMETERS = ["w1", "b1", "w2", "b2"];
  const ROLES = {
    w1: "weight, hidden neuron",
    b1: "bias, hidden neuron",
    w2: "weight, output neuron",
    b2: "bias, output neuron",
  };

  function sigmoid(z) {
    return 1 / (1 + Math.exp(-z));
  }

  // From input to loss. `given` has x, target and lr, `p` the parameters.
  function forward(given, p) {
    const z1 = p.w1 * given.x + p.b1;
    const a1 = sigmoid(z1);
    const z2 = p.w2 * a1 + p.b2;
    const a2 = sigmoid(z2);
    return { z1, a1, z2, a2, L: (a2 - given.target) ** 2 };
  }

  // From loss to parameters: the derivative of the loss with respect to each number.
  function backward(given, p, { a1, a2 }) {
    const grad = {};
    grad.a2 = 2 * (a2 - given.target);
    grad.z2 = grad.a2 * a2 * (1 - a2);
    grad.w2 = grad.z2 * a1;
    grad.b2 = grad.z2;
    grad.a1 = grad.z2 * p.w2;
    grad.z1 = grad.a1 * a1 * (1 - a1);
    grad.w1 = grad.z1 * given.x;
    grad.b1 = grad.z1;
    return grad;
  }

  // All gradients first, then all updates.
  function step(given, p) {
    const grad = backward(given, p, forward(given, p));
    const next = {};
    for (const name of PARAMETERS) {
      next[name] = p[name] - given.lr * grad[name];
    }
    return next;
  }

  // ---------------------------------------------------------------------------------------------
  // The drawing: where each number stands, in one row, or in two where there is little room

  const WIDE = {
    box: "0 0 640 222",
    x: [30, 138], z1: [146, 138], a1: [246, 138], z2: [372, 138], a2: [472, 138], L: [588, 138],
    w1: [84, 86], b1: [146, 24], w2: [310, 86], b2: [372, 24], t: [588, 38],
    titles: { input: [30, 212], "hidden neuron": [196, 212], "output neuron": [422, 212],
      loss: [588, 212] },
  };
  const NARROW = {
    box: "0 0 320 462",
    x: [26, 138], z1: [142, 138], a1: [262, 138], z2: [74, 376], a2: [176, 376], L: [280, 376],
    w1: [78, 86], b1: [142, 24], w2: [206, 246], b2: [74, 262], t: [280, 278],
    titles: { input: [26, 212], "hidden neuron": [130, 212], "output neuron": [125, 450],
      loss: [280, 450] },
  };
  const CHAIN = ["x", "z1", "a1", "z2", "a2", "L"];
  const RADIUS = 31;
  const LINE = 16; // from one line of text to the next

  // Draws what stays the same, and gives the texts that change, by name.
  function draw(picture, layout) {
    const { arrow, svg, symbol, text } = Knobs;
    picture.replaceChildren();
    picture.setAttribute("viewBox", layout.box);
    const shown = { values: {}, gradients: {} };

    for (let i = 1; i < CHAIN.length; i += 1) {
      const from = layout[CHAIN[i - 1]];
      const to = layout[CHAIN[i]];
      const gap = i === 1 ? 26 : RADIUS + 2; // no circle is drawn round x
      picture.append(arrow(from, to, { gap, endGap: RADIUS + 2 }));
      if (i > 1) {
        // the input has no gradient that anybody needs
        const back = { gap: RADIUS + 1, beside: -11, kind: "knobs-gradient" };
        picture.append(arrow(to, from, back));
      }
    }
    for (const [above, below] of [["b1", "z1"], ["b2", "z2"], ["t", "L"]]) {
      const lines = above === "t" ? 1 : 2;
      const [x, y] = layout[above];
      const options = { gap: LINE * lines + 9, endGap: RADIUS + 2 };
      picture.append(arrow([x, y], layout[below], options));
    }

    for (const name of CHAIN) {
      const [x, y] = layout[name];
      if (name === "L") {
        const corner = { x: x - RADIUS, y: y - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS };
        picture.append(svg("rect", { ...corner, class: "knobs-loss" }));
      } else if (name !== "x") {
        const kind = name[0] === "a" ? "knobs-neuron" : "knobs-sum";
        picture.append(svg("circle", { cx: x, cy: y, r: RADIUS, class: kind }));
      }
      shown.values[name] = text(x, y + LINE / 2, "");
      picture.append(symbol(x, y - LINE / 2, name), shown.values[name]);
      if (name !== "x" && name !== "L") {
        shown.gradients[name] = text(x, y + RADIUS + LINE * 0.75, "", "knobs-gradient");
        picture.append(shown.gradients[name]);
      }
    }
    for (const name of [...PARAMETERS, "t"]) {
      const [x, y] = layout[name];
      shown.values[name] = text(x, y + LINE, "");
      picture.append(symbol(x, y, name), shown.values[name]);
      if (name !== "t") {
        shown.gradients[name] = text(x, y + 2 * LINE, "", "knobs-gradient");
        picture.append(shown.gradients[name]);
      }
    }
    for (const [words, [x, y]] of Object.entries(layout.titles)) {
      picture.append(text(x, y, words, "knobs-title"));
    }
    for (const [kind, texts] of Object.entries(shown)) {
      for (const [name, element] of Object.entries(texts)) {
        element.setAttribute(kind === "values" ? "data-value" : "data-gradient", name);
      }
    }
    return shown;
  }

  // ---------------------------------------------------------------------------------------------

  Knobs.add("backprop", (place) => {
    const { code, decimals, html, slider, symbolLabel } = Knobs;
    const given = {};
    for (const name of ["x", "target", "lr"]) {
      given[name] = code.number(name);
    }
    const start = {};
    for (const name of PARAMETERS) {
      start[name] = code.number(name);
    }
    let p = { ...start };
    let shown = null;

    const sliders = {};
    for (const name of PARAMETERS) {
      const label = [...symbolLabel(name), html("small", {}, ` ${ROLES[name]}`)];
      const change = (value) => update({ ...p, [name]: value });
      sliders[name] = slider({ name, label, min: -8, max: 8, step: 0.01, digits: 4, change });
    }
    const picture = Knobs.picture(
      "The chain from the input x over z1, a1, z2 and a2 to the loss L, each with its value, and " +
        "below it, in orange, the derivative of the loss. The parameters stand above.",
    );
    const status = Knobs.status();

    function train(steps) {
      let next = p;
      for (let i = 0; i < steps; i += 1) {
        next = step(given, next);
      }
      update(next);
    }

    function update(parameters) {
      p = parameters;
      const values = forward(given, p);
      const grads = backward(given, p, values);
      const all = { ...values, ...p, x: given.x, t: given.target };
      for (const [name, element] of Object.entries(shown.values)) {
        const isGiven = name === "x" || name === "t";
        element.textContent = decimals(all[name], isGiven ? 1 : 4);
      }
      for (const [name, element] of Object.entries(shown.gradients)) {
        element.textContent = decimals(grads[name], 4);
      }
      for (const name of PARAMETERS) {
        sliders[name].show(p[name], `, gradient ${decimals(grads[name], 4)}`);
      }
      status.textContent = `Output ${decimals(values.a2, 4)}, loss ${decimals(values.L, 4)}`;
    }

    place.append(
      picture,
      html("div", { class: "knobs-sliders" }, ...PARAMETERS.map((name) => sliders[name].row)),
      Knobs.row(
        Knobs.button("One step", () => train(1)),
        Knobs.button("100 steps", () => train(100)),
        Knobs.button("Back to the page’s values", () => update({ ...start })),
        html("small", {}, `learning rate ${given.lr}`),
      ),
      status,
    );
    Knobs.whenWidthChanges(place, (isNarrow) => {
      shown = draw(picture, isNarrow ? NARROW : WIDE);
      update(p);
    });
  });
})();
