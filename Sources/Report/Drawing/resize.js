// Pillow's antialiased resizing to the last bit, as Imaging/Stages/Resize: an image is { width, height, channels, data },
// with rows of pixels of channels, a byte each.

const sinc = (x) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

// For each filter: half its width at scale 1, and its weight at a distance. Hamming's constants are floats in Pillow.
const FILTERS = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(1 - Math.abs(x), 0) },
  hamming: {
    support: 1,
    weight: (x) => (Math.abs(x) < 1 ? sinc(x) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(x * Math.PI)) : 0),
  },
  bicubic: {
    support: 2,
    weight(x) {
      const distance = Math.abs(x);
      if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1;
      return distance < 2 ? (((distance - 5) * distance + 8) * distance - 4) * -0.5 : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

const PRECISION = 22;

/// For each place of an axis of `output` places: which of the `input` places it reads, and their weights in 22-bit fixed
/// point. Place 0 begins at `origin`, and places are `scale` apart; outside of the input all is 0, but only where a window
/// that was placed by its ink `mayLeave` it. Otherwise weights at the border are raised to a sum of 1.
function resizeTaps(input, output, filter, { origin = 0, scale = input / output, mayLeave = false } = {}) {
  const { support, weight } = FILTERS[filter];
  const wide = Math.max(scale, 1);
  const clamp = (place) => Math.min(Math.max(place, 0), input);
  return Array.from({ length: output }, (_, place) => {
    const center = origin + (place + 0.5) * scale;
    let first = Math.floor(center - support * wide + 0.5);
    let end = Math.floor(center + support * wide + 0.5);
    if (!mayLeave) [first, end] = [clamp(first), clamp(end)];
    const weights = Array.from({ length: Math.max(end - first, 0) }, (_, k) => weight((k + first - center + 0.5) / wide));
    const total = weights.reduce((a, b) => a + b, 0) || 1;
    const fixed = weights.map((value) => Math.round((value / total) * 2 ** PRECISION));
    return { first: clamp(first), weights: fixed.slice(clamp(first) - first, Math.max(clamp(end) - first, 0)) };
  });
}

/// One pass along an axis, whose places are `inner` bytes apart.
function resampleAxis(data, length, inner, taps) {
  const outer = data.length / (length * inner);
  const result = new Uint8ClampedArray(outer * taps.length * inner);
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const { first, weights } of taps) {
      const start = (o * length + first) * inner;
      for (let i = 0; i < inner; i++) {
        let sum = 1 << (PRECISION - 1);
        for (let k = 0, from = start + i; k < weights.length; k++, from += inner) sum += data[from] * weights[k];
        result[to++] = sum >> PRECISION;
      }
    }
  }
  return result;
}

const alongRows = ({ width, height, channels, data }, taps) =>
  ({ width: taps.length, height, channels, data: resampleAxis(data, width, channels, taps) });
const alongColumns = ({ width, height, channels, data }, taps) =>
  ({ width, height: taps.length, channels, data: resampleAxis(data, height, width * channels, taps) });

/// Halves go to the even neighbour, as in Python.
function roundEven(x) {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/// Resizes to `target`, or to as much of its middle as `size` has room for.
function resample(image, target, size, filter) {
  const passes = [[alongRows, "width"], [alongColumns, "height"]];
  const lessHeight = image.height - target.height;
  // Pillow's order since version 13.
  if (lessHeight > 0 && lessHeight > 2 * (image.width - target.width)) passes.reverse();
  for (const [along, side] of passes) {
    const kept = Math.min(target[side], size[side]);
    if (image[side] === target[side] && kept === target[side]) continue;
    const first = roundEven((target[side] - kept) / 2);
    image = along(image, resizeTaps(image[side], target[side], filter).slice(first, first + kept));
  }
  return image;
}

/// The largest size with the same aspect ratio inside `size`.
function containedSize(image, size) {
  const [from, to] = [image.width / image.height, size.width / size.height];
  if (from > to) return { ...size, height: Math.max(roundEven((image.height / image.width) * size.width), 1) };
  if (from < to) return { ...size, width: Math.max(roundEven(from * size.height), 1) };
  return size;
}

/// The smallest size with the same aspect ratio that covers `size`.
function coveringSize(image, size) {
  if (size.width * image.height >= size.height * image.width) {
    return { width: size.width, height: Math.floor((size.width * image.height) / image.width) };
  }
  return { width: Math.floor((size.height * image.width) / image.height), height: size.height };
}

const FITS = {
  stretch: (image, size, filter) => resample(image, size, size, filter),
  cover: (image, size, filter) => resample(image, coveringSize(image, size), size, filter),
  contain(image, size, filter) {
    const inner = containedSize(image, size);
    const [left, top] = [roundEven((size.width - inner.width) / 2), roundEven((size.height - inner.height) / 2)];
    return place(resample(image, inner, size, filter), size, left, top, backgroundLevels(image));
  },
  // In ink.js.
  mnist: (image, size, filter) => mnistShape(image, size, filter),
};

/// The background of an image: the lower median of its outermost pixels, in each channel.
function backgroundLevels({ width, height, channels, data }) {
  return Array.from({ length: channels }, (_, c) => {
    const ring = [];
    for (let y = 0; y < height; y++) {
      const step = y === 0 || y === height - 1 ? 1 : Math.max(width - 1, 1);
      for (let x = 0; x < width; x += step) ring.push(data[(y * width + x) * channels + c]);
    }
    return ring.sort((a, b) => a - b)[(ring.length - 1) >> 1];
  });
}

/// Puts an image on a larger one of one colour.
function place(image, { width, height }, left, top, colour) {
  const { channels } = image;
  const data = new Uint8ClampedArray(width * height * channels);
  for (let i = 0; i < data.length; i++) data[i] = colour[i % channels];
  const row = image.width * channels;
  for (let y = 0; y < image.height; y++) {
    data.set(image.data.subarray(y * row, (y + 1) * row), ((top + y) * width + left) * channels);
  }
  return { width, height, channels, data };
}
