// A drawing becomes what the digits of MNIST are: its longer side 20 pixels long, and its centre of mass in the
// middle of 28 x 28 pixels. The page "Your own digit" does the same in Python, under the same names.

// An image is {height, width, pixels}, its pixels row by row.

// What lies halfway between two whole numbers becomes the even one, as in Python.
function roundToEven(x) {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

// The smallest rectangle with all of the ink, or null if there is none.
function crop({ width, height, pixels }) {
  let [top, bottom, left, right] = [height, -1, width, -1];
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at] > 0) {
      const row = Math.floor(at / width);
      top = Math.min(top, row);
      bottom = row;
      left = Math.min(left, at % width);
      right = Math.max(right, at % width);
    }
  }
  if (bottom < 0) return null;
  const found = { height: bottom - top + 1, width: right - left + 1, pixels: [] };
  for (let row = top; row <= bottom; row++) {
    found.pixels.push(...pixels.slice(row * width + left, row * width + right + 1));
  }
  return found;
}

// How much of each old place is in each new one, along one side: near ones count more, and a new place takes from
// all that it replaces. That is what `mode="bilinear", antialias=True` means.
function mixture(before, after) {
  const scale = before / after;
  const reach = Math.max(scale, 1);
  return Array.from({ length: after }, (_, place) => {
    const middle = (place + 0.5) * scale;
    const first = Math.max(0, Math.floor(middle - reach + 0.5));
    const end = Math.min(before, Math.floor(middle + reach + 0.5));
    const shares = [];
    for (let old = first; old < end; old++) {
      shares.push(Math.max(0, 1 - Math.abs(old + 0.5 - middle) / reach));
    }
    const sum = shares.reduce((a, b) => a + b);
    return { first, shares: shares.map((share) => share / sum) };
  });
}

function shrink({ height, width, pixels }, newHeight, newWidth) {
  const across = mixture(width, newWidth);
  const narrow = []; // all rows, each with its new width
  for (let row = 0; row < height; row++) {
    for (const { first, shares } of across) {
      narrow.push(shares.reduce((sum, share, i) => sum + share * pixels[row * width + first + i], 0));
    }
  }
  const small = [];
  for (const { first, shares } of mixture(height, newHeight)) {
    for (let column = 0; column < newWidth; column++) {
      small.push(shares.reduce((sum, share, i) => sum + share * narrow[(first + i) * newWidth + column], 0));
    }
  }
  return { height: newHeight, width: newWidth, pixels: small };
}

// A small image in 28 x 28 black pixels, its upper left corner at this place. What lies outside is cut off.
function place({ height, width, pixels }, top, left) {
  const found = { height: 28, width: 28, pixels: new Array(28 * 28).fill(0) };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [down, right] = [top + row, left + column];
      if (down >= 0 && down < 28 && right >= 0 && right < 28) {
        found.pixels[down * 28 + right] = pixels[row * width + column];
      }
    }
  }
  return found;
}

function fitInto(ink, side = 20) {
  const scale = side / Math.max(ink.height, ink.width);
  const height = Math.max(1, roundToEven(scale * ink.height));
  const width = Math.max(1, roundToEven(scale * ink.width));
  const top = Math.floor((28 - height) / 2);
  const left = Math.floor((28 - width) / 2);
  return place(shrink(ink, height, width), top, left);
}

function center(image) {
  let [mass, down, right] = [0, 0, 0];
  image.pixels.forEach((ink, at) => {
    mass += ink;
    down += ink * Math.floor(at / 28);
    right += ink * (at % 28);
  });
  return place(image, roundToEven(14 - down / mass), roundToEven(14 - right / mass));
}

// The 28 x 28 pixels of a drawing, from 0 to 255, or null if nothing is drawn.
function prepare(drawing) {
  const ink = crop(drawing);
  return ink && center(fitInto(ink)).pixels;
}
