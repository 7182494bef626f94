// "Four ways downhill": SGD with momentum on the page's bowl, with sliders for rate and momentum.
(function () {
  "use strict";

  const HUGE = 1e6; // what is farther out is not followed any more

  function lossOf(curvature, w) {
    return 0.5 * (curvature[0] * w[0] ** 2 + curvature[1] * w[1] ** 2);
  }

  // The points of SGD with momentum from the start, as PyTorch computes them.
  function descend(curvature, start, { lr, momentum, steps }) {
    const path = [start];
    let w = start;
    let velocity = [0, 0];
    for (let i = 0; i < steps && Math.hypot(...w) < HUGE; i += 1) {
      const grad = [curvature[0] * w[0], curvature[1] * w[1]];
      velocity = [momentum * velocity[0] + grad[0], momentum * velocity[1] + grad[1]];
      w = [w[0] - lr * velocity[0], w[1] - lr * velocity[1]];
      path.push(w);
    }
    return path;
  }

  // The step from which on the loss stays below the goal; -1 if there is none.
  function arrival(losses, goal) {
    let arrived = -1;
    losses.forEach((loss, step) => {
      if (!(loss < goal)) {
        arrived = -1; // it has left again
      } else if (arrived < 0) {
        arrived = step;
      }
    });
    return arrived;
  }

  // ---------------------------------------------------------------------------------------------
  // The surface: lines of equal loss are ellipses

  const MARGIN = { left: 44, top: 8, right: 8, bottom: 40 };
  const WIDE = [640, 380];
  const NARROW = [330, 300];

  function drawSurface(picture, [width, height], { curvature, across, upwards }) {
    const { svg, symbol, text } = Knobs;
    const inner = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
    const perUnit = [inner[0] / (across[1] - across[0]), inner[1] / (upwards[1] - upwards[0])];
    const at = (w) => [(w[0] - across[0]) * perUnit[0], (upwards[1] - w[1]) * perUnit[1]];
    const [x0, y0] = at([0, 0]);

    // an svg within the svg cuts off what is outside of it
    const corner = { x: MARGIN.left, y: MARGIN.top, width: inner[0], height: inner[1] };
    const plot = svg("svg", corner);
    const highest = lossOf(curvature, [across[0], upwards[1]]);
    for (let i = 0; i < 9; i += 1) {
      const level = highest * 0.003 ** (1 - i / 8); // nine lines, as in the page's figure
      const rx = Math.sqrt((2 * level) / curvature[0]) * perUnit[0];
      const ry = Math.sqrt((2 * level) / curvature[1]) * perUnit[1];
      plot.append(svg("ellipse", { cx: x0, cy: y0, rx, ry, class: "knobs-contour" }));
    }
    const cross = `M ${x0 - 7} ${y0} h 14 M ${x0} ${y0 - 7} v 14`;
    plot.append(svg("path", { d: cross, class: "knobs-lowest" }));
    const path = svg("g", { class: "knobs-path" });
    plot.append(path);
    picture.replaceChildren(svg("rect", { ...corner, class: "knobs-frame" }), plot);

    for (let w = Math.ceil(across[0]); w <= across[1]; w += 2) {
      const x = MARGIN.left + at([w, 0])[0];
      picture.append(text(x, height - MARGIN.bottom + 13, String(w)));
    }
    for (const w of [-1, -0.5, 0, 0.5, 1]) {
      picture.append(text(MARGIN.left - 20, MARGIN.top + at([0, w])[1], String(w)));
    }
    picture.append(symbol(MARGIN.left + inner[0] / 2, height - 9, "w1"));
    picture.append(symbol(9, MARGIN.top + inner[1] / 2 - 14, "w2"));
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);

    return (points) => {
      const places = points.map(at);
      const line = places.map((place) => place.map((one) => one.toFixed(3)).join()).join(" ");
      const [first, ...later] = places;
      const dots = later.map(([cx, cy]) => svg("circle", { cx, cy, r: 3, class: "knobs-dot" }));
      const ring = svg("circle", { cx: first[0], cy: first[1], r: 6, class: "knobs-ring" });
      path.replaceChildren(svg("polyline", { points: line }), ...dots, ring);
    };
  }

  // ---------------------------------------------------------------------------------------------

  Knobs.add("downhill", (place) => {
    const { code, decimals, html, slider } = Knobs;
    const surface = {
      curvature: code.numbers("curvature"),
      across: code.numbers("w1"),
      upwards: code.numbers("w2"),
    };
    const start = code.numbers("start");
    const goal = code.argument("goal");
    const steps = code.number("steps");
    const [sgdRate] = code.entry("SGD");
    const [momentumRate, momentum] = code.entry("momentum");
    const points = code.number("shown"); // the start and the steps after it
    let now = { lr: sgdRate, momentum: 0, drawn: points - 1 };
    let showPath = null;

    const change = (name) => (value) => update({ ...now, [name]: value });
    const sliders = {
      lr: slider({
        name: "lr", label: ["learning rate"], min: 0.001, max: 0.045, step: 0.001, digits: 3,
        change: change("lr"),
      }),
      momentum: slider({
        name: "momentum", label: ["momentum"], min: 0, max: 0.99, step: 0.01, digits: 2,
        change: change("momentum"),
      }),
      drawn: slider({
        name: "drawn", label: ["steps drawn"], min: 1, max: steps, step: 1, digits: 0,
        change: change("drawn"),
      }),
    };
    const picture = Knobs.picture(
      "The long, narrow bowl as lines of equal loss, and the path of SGD with momentum, from a " +
        "ring at the start. A cross marks the lowest point.",
    );
    const status = Knobs.status();
    const where = html("p", { class: "knobs-where" });

    function update(next) {
      now = next;
      const path = descend(surface.curvature, start, { ...now, steps });
      const losses = path.map((w) => lossOf(surface.curvature, w));
      const drawn = path.slice(0, now.drawn + 1);
      showPath(drawn);
      for (const [name, one] of Object.entries(sliders)) {
        one.show(now[name]);
      }

      const arrived = arrival(losses, goal);
      const last = losses[losses.length - 1];
      if (arrived >= 0) {
        status.textContent = `The loss stays below ${goal} from step ${arrived}.`;
      } else if (last > losses[0]) {
        status.textContent = "The path diverges.";
      } else {
        status.textContent = `The loss does not come to stay below ${goal} in ${steps} steps.`;
      }
      const w = drawn[drawn.length - 1];
      const place = `w1 ${decimals(w[0], 3)}, w2 ${decimals(w[1], 3)}`;
      const loss = decimals(losses[drawn.length - 1], 3);
      where.textContent = `After step ${drawn.length - 1}: ${place}, loss ${loss}`;
    }

    place.append(
      picture,
      html("div", { class: "knobs-sliders" }, ...Object.values(sliders).map((one) => one.row)),
      Knobs.row(
        Knobs.button("The page’s SGD", () => update({ ...now, lr: sgdRate, momentum: 0 })),
        Knobs.button("The page’s momentum", () => {
          update({ ...now, lr: momentumRate, momentum });
        }),
      ),
      status,
      where,
    );
    Knobs.whenWidthChanges(place, (isNarrow) => {
      showPath = drawSurface(picture, isNarrow ? NARROW : WIDE, surface);
      update(now);
    });
  });
})();
