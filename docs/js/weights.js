// The file of a trained network, as the module `groundup.export` of this site's library writes it.

// The text of a file, if its checksum (CRC-32) shows that it is whole.
function readText({ checksum, text }) {
  let crc = -1;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  if ((~crc >>> 0).toString(16).padStart(8, "0") !== checksum) throw new Error("The file is damaged.");
  return JSON.parse(text);
}

// A weight has 16 bits: a sign, 5 bits of exponent, 10 bits of fraction.
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  return sign * (exponent > 0 ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14);
}

function readNetwork(file) {
  const network = readText(file);
  const bytes = atob(network.weights);
  let at = 0; // the next byte
  for (const layer of network.layers) {
    const { inputs = 0, outputs = 0, side = 1 } = layer;
    layer.weights = new Float64Array(outputs * (inputs * side * side + 1)); // the biases come last
    for (let i = 0; i < layer.weights.length; i++, at += 2) {
      layer.weights[i] = half(bytes.charCodeAt(at) + 256 * bytes.charCodeAt(at + 1));
    }
  }
  return network;
}
