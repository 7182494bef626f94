// A pad to draw a digit on, and what the networks of this site read on it while you draw.

const NETWORKS = {
  dense: {
    path: "tutorials/reading_digits/dense.js",
    choice: "Dense",
    title: "dense network",
    outputs: "Dense: sigmoids",
    hidden: "100 hidden neurons",
    tile: 1, // each hidden neuron is one square
    read: (outputs) => [...outputs],
  },
  conv: {
    path: "tutorials/your_own_digit/conv.js",
    choice: "Convolutional",
    title: "convolutional network",
    outputs: "Convolutional: softmax",
    hidden: "What 16 filters find",
    tile: 12, // each filter makes an image of 12 by 12
    read: softmax,
  },
};
const HIDDEN = 2; // the layer that is shown: the sigmoids of the one, the first pooling of the other
const SAMPLES = "tutorials/reading_digits/samples.js";
const SIDE = 280; // pixels of a drawing, on any screen: so a drawing is the same everywhere
const PEN = 24; // the width of a line
const STEP = 10; // how far a key moves the pen

function softmax(outputs) {
  const largest = Math.max(...outputs);
  const powers = Array.from(outputs, (output) => Math.exp(output - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

// An element with its attributes, and what is in it.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function makeCanvas(side, attributes) {
  return make("canvas", { width: side, height: side, ...attributes });
}

// Show numbers from 0 to 255 as grey squares, `side` of them in a row.
function showGrey(canvas, side, greys) {
  const image = new ImageData(side, greys.length / side);
  greys.forEach((grey, at) => image.data.set([grey, grey, grey, 255], 4 * at));
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Images of `tile` x `tile` numbers, laid out in a square with a dark line between them. White is the largest.
function showTiles(canvas, tile, values) {
  const across = Math.sqrt(values.length / tile ** 2);
  const gap = tile > 1 ? 1 : 0;
  const side = across * (tile + gap) - gap;
  const greys = new Array(side * side).fill(0);
  const largest = tile > 1 ? Math.max(...values, 1e-9) : 1; // a sigmoid has a largest value
  values.forEach((value, at) => {
    const image = Math.floor(at / tile ** 2);
    const row = Math.floor(image / across) * (tile + gap) + (Math.floor(at / tile) % tile);
    const column = (image % across) * (tile + gap) + (at % tile);
    greys[row * side + column] = (255 * value) / largest;
  });
  showGrey(canvas, side, greys);
}

function drawStrokes(context, strokes, scale) {
  context.lineWidth = PEN * scale;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = "white";
  for (const stroke of strokes) {
    context.beginPath();
    // it begins a little beside its first point: a line without any length would not be drawn
    context.moveTo(stroke[0][0] * scale, stroke[0][1] * scale + 0.01);
    for (const [x, y] of stroke) context.lineTo(x * scale, y * scale);
    context.stroke();
  }
}

// What one network says: its bars, its hidden layer.
function makeReport(name) {
  const { title, outputs, hidden, tile } = NETWORKS[name];
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const fill = make("span", { class: "pad-fill" });
    const value = make("span", { class: "pad-value" });
    const track = make("span", { class: "pad-track", "aria-hidden": "true" }, fill);
    const label = make("span", { class: "pad-digit" }, `${digit}`);
    const item = make("li", {}, label, track, value);
    return { fill, value, item };
  });
  const list = make("ul", { class: "pad-bars", "aria-label": `Outputs of the ${title}` });
  list.append(...bars.map((bar) => bar.item));
  const canvas = makeCanvas(10, { class: "pad-hidden", role: "img", "aria-label": hidden });
  const element = make(
    "div",
    { class: "pad-report", "data-report": name },
    make("p", { class: "pad-title" }, outputs),
    list,
    make("p", { class: "pad-title" }, hidden),
    canvas,
  );

  function show(answer) {
    bars.forEach(({ fill, value, item }, digit) => {
      const output = answer ? answer.outputs[digit] : 0;
      fill.style.width = `${100 * output}%`;
      value.textContent = answer ? output.toFixed(2) : "–";
      item.classList.toggle("pad-best", answer?.digit === digit);
    });
    if (answer) showTiles(canvas, tile, answer.hidden);
    else showGrey(canvas, 1, [0]);
  }
  return { element, show };
}

function answerOf(name, network, pixels) {
  const given = forward(network, pixels);
  const outputs = NETWORKS[name].read(given.at(-1));
  return { outputs, digit: outputs.indexOf(Math.max(...outputs)), hidden: given[HIDDEN] };
}

function a(digit) {
  return digit === 8 ? "an 8" : `a ${digit}`;
}

// The answers in words.
function sentence(answers) {
  const names = Object.keys(answers);
  const digits = names.map((name) => answers[name].digit);
  if (names.length === 1) return `The ${NETWORKS[names[0]].title} reads ${a(digits[0])}.`;
  if (new Set(digits).size === 1) return `Both networks read ${a(digits[0])}.`;
  const read = names.map((name, i) => `${NETWORKS[name].choice.toLowerCase()} ${digits[i]}`);
  return `They disagree: ${read.join(", ")}.`;
}

function readSamples(file) {
  const { labels, pixels } = readText(file);
  const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
  return labels.map((label, i) => ({ label, pixels: [...bytes.subarray(784 * i, 784 * (i + 1))] }));
}

function makePad(place, load) {
  const first = place.dataset.network in NETWORKS ? place.dataset.network : "dense";
  const networks = {}; // those that have been loaded
  let chosen = [first];
  let failure = "";
  let drawing = []; // strokes and samples in turn; a stroke is a list of points
  let pen = [SIDE / 2, SIDE / 2]; // where the keys have moved it
  let penIsDown = false;

  // --- the elements ---

  const id = `pad-${document.querySelectorAll(".pad").length}`;
  const hint = make("p", { class: "pad-hint", id: `${id}-hint` });
  hint.append("Keys: the arrows move the pen, the space bar lowers and lifts it, Delete clears.");
  const canvas = makeCanvas(SIDE, {
    class: "pad-canvas",
    tabindex: 0,
    role: "application",
    "aria-label": "Drawing area for a digit",
    "aria-describedby": hint.id,
  });
  const undo = make("button", { type: "button", class: "pad-button" }, "Undo");
  const clear = make("button", { type: "button", class: "pad-button" }, "Clear");
  const preview = makeCanvas(28, { class: "pad-preview", role: "img" });
  preview.setAttribute("aria-label", "The 28 by 28 pixels that the network is given");
  const given = make("span", { class: "pad-title" }, "what the network is given");
  const buttons = make("div", { class: "pad-buttons" }, undo, clear, preview, given);
  const samples = make("div", { class: "pad-samples", role: "toolbar" });
  samples.setAttribute("aria-label", "Sample digits");
  const answer = make("p", { class: "pad-answer", "aria-live": "polite" });
  const reports = Object.fromEntries(Object.keys(NETWORKS).map((name) => [name, makeReport(name)]));
  const choices = make("fieldset", { class: "pad-choices" });
  choices.append(make("legend", { class: "pad-title" }, "Who reads it"));
  const options = [...Object.keys(NETWORKS).map((name) => [name]), Object.keys(NETWORKS)];
  for (const names of options) {
    const radio = make("input", { type: "radio", name: id, value: names.join(" ") });
    radio.checked = names.join() === chosen.join();
    radio.addEventListener("change", () => choose(names));
    const text = names.length > 1 ? "Both" : NETWORKS[names[0]].choice;
    choices.append(make("label", {}, radio, text));
  }
  const reportsElement = make("div", { class: "pad-reports" });
  reportsElement.append(...Object.values(reports).map((report) => report.element));
  const left = make("div", { class: "pad-left" }, canvas, hint, answer, buttons, samples);
  const right = make("div", { class: "pad-right" }, choices, reportsElement);
  place.append(make("div", { class: "pad", role: "group", "aria-label": "Draw a digit" }, left, right));

  // --- what is drawn ---

  // the last sample, or else the strokes since then
  function visible() {
    const last = drawing.at(-1);
    if (last && !Array.isArray(last)) return { sample: last, strokes: [] };
    const since = drawing.findLastIndex((item) => !Array.isArray(item));
    return { sample: null, strokes: drawing.slice(since + 1) };
  }

  const ink = makeCanvas(SIDE, {}).getContext("2d", { willReadFrequently: true });

  // the 28 x 28 pixels, or null if there is nothing
  function pixelsOf({ sample, strokes }) {
    if (sample) return sample.pixels;
    ink.clearRect(0, 0, SIDE, SIDE);
    drawStrokes(ink, strokes, 1);
    const { data } = ink.getImageData(0, 0, SIDE, SIDE);
    const pixels = Array.from({ length: SIDE * SIDE }, (_, at) => data[4 * at + 3]);
    return prepare({ height: SIDE, width: SIDE, pixels });
  }

  function showCanvas({ sample, strokes }) {
    const side = Math.round(canvas.clientWidth * window.devicePixelRatio) || SIDE;
    canvas.width = side; // this empties it, too
    canvas.height = side;
    const context = canvas.getContext("2d");
    if (sample) {
      const small = makeCanvas(28, {});
      showGrey(small, 28, sample.pixels);
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, side, side);
    }
    drawStrokes(context, strokes, side / SIDE);
    if (document.activeElement === canvas && canvas.matches(":focus-visible")) {
      context.beginPath();
      context.arc((pen[0] * side) / SIDE, (pen[1] * side) / SIDE, (PEN / 2) * (side / SIDE), 0, 7);
      context.lineWidth = (3 * side) / SIDE;
      context.strokeStyle = penIsDown ? "orange" : "silver";
      context.stroke();
    }
  }

  function show() {
    const now = visible();
    showCanvas(now);
    const pixels = pixelsOf(now);
    showGrey(preview, 28, pixels ?? new Array(784).fill(0));
    const answers = {};
    for (const name of Object.keys(NETWORKS)) {
      const reads = chosen.includes(name) && networks[name] && pixels && !failure;
      if (reads) answers[name] = answerOf(name, networks[name], pixels);
      reports[name].element.hidden = !chosen.includes(name);
      reports[name].show(answers[name]);
    }
    const complete = chosen.every((name) => answers[name]);
    let text = failure || (pixels ? "Loading …" : "Draw a digit.");
    if (complete) text = sentence(answers);
    if (complete && now.sample) text += ` Label: ${now.sample.label}.`;
    // said only when it changes
    if (answer.textContent !== text) answer.textContent = text;
    const digits = new Set(Object.values(answers).map((each) => each.digit));
    answer.classList.toggle("pad-apart", digits.size > 1);
  }

  // at most once for each frame of the screen
  let waits = false;
  function showSoon() {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      show();
    });
  }

  // --- the networks ---

  async function choose(names) {
    chosen = names;
    failure = "";
    showSoon();
    for (const name of names) {
      try {
        await load(NETWORKS[name].path);
        networks[name] ??= readNetwork(self.groundupNetworks?.[name] ?? {});
      } catch (error) {
        const what = `There is no answer: the file of the ${NETWORKS[name].title} is damaged or missing.`;
        // others may have been chosen since
        if (chosen === names) failure = what;
      }
    }
    showSoon();
  }

  // --- mouse, touch, pen ---

  function point(event) {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * SIDE;
    const y = ((event.clientY - box.top) / box.height) * SIDE;
    return [x, y];
  }

  let drawer = null; // the pointer that draws: a second finger does not
  canvas.addEventListener("pointerdown", (event) => {
    if (drawer !== null || event.button !== 0) return;
    drawer = event.pointerId;
    canvas.setPointerCapture(drawer);
    penIsDown = false;
    drawing.push([point(event)]);
    showSoon();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawer) return;
    // a fast pen moves several times between two frames
    const moves = event.getCoalescedEvents?.() ?? [];
    drawing.at(-1).push(...(moves.length ? moves : [event]).map(point));
    showSoon();
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === drawer) drawer = null;
    });
  }

  // --- keys and buttons ---

  function removeLast() {
    if (drawer !== null) return;
    penIsDown = false;
    drawing.pop();
    showSoon();
  }

  function empty() {
    if (drawer !== null) return;
    penIsDown = false;
    drawing = [];
    showSoon();
  }

  const MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  canvas.addEventListener("keydown", (event) => {
    if (drawer !== null) return;
    const move = MOVES[event.key];
    if (move) {
      pen = pen.map((place, axis) => Math.min(SIDE, Math.max(0, place + STEP * move[axis])));
      if (penIsDown) drawing.at(-1).push(pen);
    } else if (event.key === " ") {
      penIsDown = !penIsDown;
      if (penIsDown) drawing.push([pen]);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      empty();
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
      removeLast();
    } else {
      return;
    }
    event.preventDefault();
    showSoon();
  });
  canvas.addEventListener("focus", showSoon);
  canvas.addEventListener("blur", () => {
    penIsDown = false;
    showSoon();
  });
  undo.addEventListener("click", removeLast);
  clear.addEventListener("click", empty);

  // --- samples: one of the buttons is reached by Tab, the others by the arrow keys ---

  function addSamples(found) {
    found.forEach((sample, number) => {
      const small = makeCanvas(28, { "aria-hidden": "true" });
      showGrey(small, 28, sample.pixels);
      const button = make("button", { type: "button", tabindex: number ? -1 : 0 }, small);
      button.setAttribute("aria-label", `Sample ${number + 1}, ${a(sample.label)}`);
      button.addEventListener("click", () => {
        drawing.push(sample);
        showSoon();
      });
      samples.append(button);
    });
  }

  samples.addEventListener("keydown", (event) => {
    const all = [...samples.children];
    const at = all.indexOf(document.activeElement);
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    let next = at + steps[event.key];
    if (event.key === "Home") next = 0;
    if (event.key === "End") next = all.length - 1;
    if (Number.isNaN(next)) return;
    const target = all[(next + all.length) % all.length];
    all.forEach((button) => button.setAttribute("tabindex", button === target ? 0 : -1));
    target.focus();
    event.preventDefault();
  });

  load(SAMPLES)
    .then(() => addSamples(readSamples(self.groundupDigits?.samples ?? {})))
    .catch(() => samples.append("The sample digits are damaged or missing."));
  new ResizeObserver(showSoon).observe(canvas);
  choose(chosen);
}
