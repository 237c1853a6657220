// The forward pass of a trained network, one image at a time, in plain JavaScript: the layers that a recipe lists, with the
// weights of its model file. Values are rows of pixels of channels: value (y, x, c) is at (y * width + x) * channels + c.

// Of batch normalization, as in training.
const EPSILON = 1e-5;

/// A function from the levels of an input image, 0...255, to the values of the last layer, which are valid until its next
/// call.
///
/// model: `input` (width, height, channels, and the mean and deviation of each channel), `layers` as in the recipe,
///   `classes`, and `weights`, which `readTensors` reads
function makeNetwork(model) {
  const { width, height, channels, mean, deviation } = model.input;
  let shape = { width, height, channels };
  const take = readTensors(model.weights);
  const steps = [];
  for (const item of model.layers) {
    const [kind, value] = typeof item === "string" ? [item] : Object.entries(item)[0];
    const layer = LAYERS[kind](shape, take, value === "classes" ? model.classes.length : value);
    steps.push(layer.run);
    shape = layer.shape ?? shape;
  }
  const input = new Float32Array(width * height * channels);
  return (levels) => {
    for (let i = 0; i < input.length; i++) input[i] = (levels[i] / 255 - mean[i % channels]) / deviation[i % channels];
    return steps.reduce((values, run) => run(values), input);
  };
}

// Each makes a layer for inputs of a shape: the function that computes it, and the shape of its output if that is another.
// Functions may change their input, and reuse their output.
const LAYERS = {
  convolution(shape, take, { filters, kernel, padding = 0 }) {
    const [before, after] = padding === "same" ? [(kernel - 1) >> 1, kernel >> 1] : [padding, padding];
    const padded = { ...shape, width: shape.width + before + after, height: shape.height + before + after };
    const output = { width: padded.width - kernel + 1, height: padded.height - kernel + 1, channels: filters };
    const pad = padding === 0 ? (values) => values : padder(shape, padded, before);
    const correlate = correlation(padded, output, kernel, take);
    return { shape: output, run: (values) => correlate(pad(values)) };
  },

  // A convolution of an image that is one pixel.
  linear(shape, take, units) {
    const output = { width: 1, height: 1, channels: units };
    return { shape: output, run: correlation(shape, output, 1, take) };
  },

  batch_normalization({ channels }, take) {
    const [weight, bias, mean, variance] = Array.from({ length: 4 }, () => take(channels));
    const scale = weight.map((value, c) => value / Math.sqrt(variance[c] + EPSILON));
    const run = (values) => {
      for (let i = 0, c = 0; i < values.length; i++) {
        values[i] = (values[i] - mean[c]) * scale[c] + bias[c];
        if (++c === channels) c = 0;
      }
      return values;
    };
    return { run };
  },

  relu: () => ({
    run(values) {
      for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
      return values;
    },
  }),

  max_pool(shape, take, window) {
    const { width, channels } = shape;
    const output = { width: Math.floor(width / window), height: Math.floor(shape.height / window), channels };
    const largest = new Float32Array(output.width * output.height * channels);
    const run = (values) => {
      largest.fill(-Infinity);
      for (let y = 0; y < output.height * window; y++) {
        for (let x = 0; x < output.width * window; x++) {
          const from = (y * width + x) * channels;
          const to = (Math.floor(y / window) * output.width + Math.floor(x / window)) * channels;
          for (let c = 0; c < channels; c++) if (values[from + c] > largest[to + c]) largest[to + c] = values[from + c];
        }
      }
      return largest;
    };
    return { shape: output, run };
  },

  // Only training drops values.
  dropout: () => ({ run: (values) => values }),

  // In PyTorch's order, channels before pixels, which is that of the next layer's weights.
  flatten({ width, height, channels }) {
    const area = width * height;
    const flat = new Float32Array(area * channels);
    const run = (values) => {
      for (let i = 0; i < area; i++) for (let c = 0; c < channels; c++) flat[c * area + i] = values[i * channels + c];
      return flat;
    };
    return { shape: { width: 1, height: 1, channels: flat.length }, run };
  },

  softmax: () => ({ run: softmax }),
};

function softmax(values) {
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/// Copies an image to the middle of zeros.
function padder(shape, padded, before) {
  const copy = new Float32Array(padded.width * padded.height * padded.channels);
  const row = shape.width * shape.channels;
  return (values) => {
    for (let y = 0; y < shape.height; y++) {
      copy.set(values.subarray(y * row, (y + 1) * row), ((y + before) * padded.width + before) * padded.channels);
    }
    return copy;
  };
}

/// Sums of products with square kernels, each of them a filter. Four filters and two pixels at a time, because eight sums
/// stay in registers and make the most of each value read: measured as faster than more or fewer.
function correlation(input, output, kernel, take) {
  const { channels } = input;
  const { width, height, channels: filters } = output;
  // One row of a kernel lies side by side in the image, and so do its weights.
  const span = kernel * channels;
  const weights = interleaved(take(filters * kernel * span), filters, kernel, channels);
  const blocks = Math.ceil(filters / 4);
  const bias = new Float32Array(4 * blocks);
  bias.set(take(filters));
  const result = new Float32Array(width * height * filters);
  const sums = new Float64Array(8);

  // The sums at pixel (x, y), and at the pixel that lies `beside` values after it.
  function sum(values, x, y, beside, block) {
    let s0 = bias[4 * block], s1 = bias[4 * block + 1], s2 = bias[4 * block + 2], s3 = bias[4 * block + 3];
    let t0 = s0, t1 = s1, t2 = s2, t3 = s3;
    let w = 4 * block * kernel * span;
    for (let row = y; row < y + kernel; row++) {
      const start = (row * input.width + x) * channels;
      for (let i = start; i < start + span; i++, w += 4) {
        const s = values[i], t = values[i + beside];
        const w0 = weights[w], w1 = weights[w + 1], w2 = weights[w + 2], w3 = weights[w + 3];
        s0 += s * w0; s1 += s * w1; s2 += s * w2; s3 += s * w3;
        t0 += t * w0; t1 += t * w1; t2 += t * w2; t3 += t * w3;
      }
    }
    sums[0] = s0; sums[1] = s1; sums[2] = s2; sums[3] = s3;
    sums[4] = t0; sums[5] = t1; sums[6] = t2; sums[7] = t3;
  }

  return (values) => {
    for (let block = 0; block < blocks; block++) {
      const count = Math.min(4, filters - 4 * block);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x += 2) {
          // The last pixel of an odd row is computed twice.
          const isPair = x + 1 < width;
          sum(values, x, y, isPair ? channels : 0, block);
          const at = (y * width + x) * filters + 4 * block;
          for (let f = 0; f < count; f++) {
            result[at + f] = sums[f];
            if (isPair) result[at + filters + f] = sums[4 + f];
          }
        }
      }
    }
    return result;
  };
}

/// From PyTorch's order (filters, channels, rows, columns) to blocks of four filters, and in each (rows, columns, channels,
/// filters); missing filters are zeros.
function interleaved(weights, filters, kernel, channels) {
  const area = kernel * kernel;
  const result = new Float32Array(4 * Math.ceil(filters / 4) * area * channels);
  for (let f = 0; f < filters; f++) {
    const block = (f >> 2) * 4 * area * channels;
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < area; k++) {
        result[block + (k * channels + c) * 4 + (f & 3)] = weights[(f * channels + c) * area + k];
      }
    }
  }
  return result;
}

/// Hands out the parameters of a model, so many at a time: those of its layers in their order, and in each weight, bias,
/// running_mean, running_var; values in PyTorch's order. They come as little-endian 32-bit floats in base64.
function readTensors(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  const floats = new Float32Array(bytes.buffer);
  let used = 0;
  return (count) => floats.subarray(used, (used += count));
}
