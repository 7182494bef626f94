// A trained network in plain JavaScript. What goes from layer to layer is a row of
// numbers, in which images stand one after the other, each of them row by row.

// What each kind of layer makes of x. Images, if it has any, are `width` pixels wide.
const LAYERS = {
  Flatten: (x) => x, // it is a row already
  ReLU: (x) => x.map((z) => Math.max(z, 0)),
  Sigmoid: (x) => x.map((z) => 1 / (1 + Math.exp(-z))),

  Linear(x, { inputs, outputs, weights }) {
    return weights.slice(inputs * outputs).map((y, o) => { // y is the bias at first
      for (let i = 0; i < inputs; i++) y += weights[o * inputs + i] * x[i];
      return y;
    });
  },

  Conv2d(x, { inputs, outputs, side, weights }, width) {
    const size = width - side + 1;
    const y = new Float64Array(outputs * size * size);
    for (let at = 0; at < y.length; at++) {
      const o = Math.floor(at / size ** 2);
      const [row, column] = [Math.floor(at / size) % size, at % size];
      y[at] = weights[outputs * inputs * side * side + o];
      for (let image = 0; image < inputs; image++) {
        for (let down = 0; down < side; down++) {
          const w = ((o * inputs + image) * side + down) * side;
          const pixel = (image * width + row + down) * width + column;
          for (let i = 0; i < side; i++) y[at] += weights[w + i] * x[pixel + i];
        }
      }
    }
    return y;
  },

  MaxPool2d(x, { side }, width) {
    const size = width / side;
    const y = new Float64Array(x.length / side ** 2).fill(-Infinity);
    for (let at = 0; at < x.length; at++) {
      const row = Math.floor(at / width / side); // of all images
      const place = row * size + Math.floor((at % width) / side);
      y[place] = Math.max(y[place], x[at]);
    }
    return y;
  },
};

// What each layer gives for 28 x 28 pixels from 0 to 255; the last are the ten outputs.
function forward(network, pixels) {
  const { mean, std } = network;
  let x = Float64Array.from(pixels, (pixel) => (pixel / 255 - mean) / std);
  let width = 28;
  const given = [];
  for (const layer of network.layers) {
    x = LAYERS[layer.kind](x, layer, width);
    if (layer.kind === "Conv2d") width -= layer.side - 1;
    if (layer.kind === "MaxPool2d") width /= layer.side;
    given.push(x);
  }
  return given;
}
