// Brings a gray image to MNIST's shape, as Imaging/Stages/MNISTShape, step by step: light ink on black, its box in 20 of 28
// pixels, its centre of mass at pixel 14.

// Shares: of full strength, from which a pixel is ink; of a side, in which frame lines lie; of its length, from which ink is
// a line; of the largest stroke's ink, below which a stroke is a speck; of a stroke's pixels, below which outside the band
// it is part of a frame; of the target, that ink fills.
const THRESHOLD = 0.2, BAND = 0.1, LINE = 0.85, SPECK = 0.05, INNER = 0.1, FILLED = 20 / 28;
// An image whose strongest ink is weaker shows only paper.
const FAINTEST = 8;
// Images that are more times as large as the target are reduced first.
const LARGEST_RATIO = 16;
// In an average image of MNIST, 60 % of the pixels from level 32 are at most this strong.
const USUAL = { share: 0.6, level: 235, inked: 32 };

function mnistShape(image, size, filter) {
  const limit = { width: size.width * LARGEST_RATIO, height: size.height * LARGEST_RATIO };
  if (image.width > limit.width || image.height > limit.height) {
    image = FITS.stretch(image, containedSize(image, limit), "box");
  }
  image = inkStrength(image);
  const full = fullStrength(image.data);
  const ink = full >= FAINTEST ? traceInk(image, full) : null;
  if (!ink) return { ...size, channels: 1, data: new Uint8ClampedArray(size.width * size.height) };
  const [x, y] = windows(ink, image, size);
  const columns = resizeTaps(image.width, size.width, filter, { ...x, mayLeave: true });
  const rows = resizeTaps(image.height, size.height, filter, { ...y, mayLeave: true });
  return raised(alongColumns(alongRows(image, columns), rows));
}

/// How far levels are from the paper, in the direction of ink.
function inkStrength(image) {
  const [paper] = backgroundLevels(image);
  const sign = paper >= 128 ? -1 : 1;
  return { ...image, data: image.data.map((level) => Math.max(sign * (level - paper), 0)) };
}

function histogram(levels) {
  const counts = new Uint32Array(256);
  for (const level of levels) counts[level]++;
  return counts;
}

/// The strength that half a percent of the pixels reach.
function fullStrength(levels) {
  const counts = histogram(levels);
  const wanted = Math.max(Math.floor(levels.length / 200), 1);
  let [level, count] = [256, 0];
  while (level > 1 && count < wanted) count += counts[--level];
  return count < wanted ? 0 : level;
}

/// Where the ink is; null if there is none. Sets all else in the image to 0, and stretches its levels to 0...255.
function traceInk(image, full) {
  const least = Math.floor(Math.min(Math.max(full * THRESHOLD, 4), 255));
  const marks = image.data.map((level) => (level >= least ? 1 : 0));
  const unframed = marks.slice();
  eraseFrame(unframed, image);
  let kept = connect(unframed, image).filter(({ inner, pixels }) => inner >= INNER * pixels.length);
  // If all ink lies in the band, it is not a frame but what the image shows.
  if (kept.length === 0) kept = connect(marks, image);
  if (kept.length === 0) return null;
  const most = kept.reduce((most, { ink }) => Math.max(most, ink), 0);
  clean(image, kept.filter(({ ink }) => ink >= SPECK * most), full);
  return extent(image, Math.floor((least * 255) / full));
}

/// Erases rows and columns along the border that are ink over nearly their whole length, and all outside of them.
function eraseFrame(marks, { width, height }) {
  const sides = [
    { lines: height, across: width, length: width, along: 1, start: 0 },
    { lines: height, across: -width, length: width, along: 1, start: (height - 1) * width },
    { lines: width, across: 1, length: height, along: width, start: 0 },
    { lines: width, across: -1, length: height, along: width, start: width - 1 },
  ];
  for (const { lines, across, length, along, start } of sides) {
    let last = -1;
    for (let line = 0; line < Math.floor(lines * BAND); line++) {
      let inked = 0;
      for (let k = 0; k < length; k++) inked += marks[start + line * across + k * along];
      if (inked >= length * LINE) last = line;
    }
    // The soft edge of the line too.
    for (let line = 0; last >= 0 && line <= Math.min(last + 1, lines - 1); line++) {
      for (let k = 0; k < length; k++) marks[start + line * across + k * along] = 0;
    }
  }
}

/// The strokes, marked pixels that touch at a side or a corner: of each the places of its pixels, how many are outside of
/// the band along the border, and the sum of their strengths. Erases the marks.
function connect(marks, { width, height, data }) {
  const bandX = Math.max(Math.floor(width * BAND), 1), bandY = Math.max(Math.floor(height * BAND), 1);
  const strokes = [];
  for (let seed = marks.indexOf(1); seed >= 0; seed = marks.indexOf(1, seed)) {
    const stroke = { pixels: [seed], inner: 0, ink: 0 };
    marks[seed] = 0;
    // Grows while it is walked through.
    for (const at of stroke.pixels) {
      const x = at % width, y = Math.floor(at / width);
      stroke.ink += data[at];
      if (x >= bandX && x < width - bandX && y >= bandY && y < height - bandY) stroke.inner++;
      for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
        for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) {
          if (marks[v * width + u] === 0) continue;
          marks[v * width + u] = 0;
          stroke.pixels.push(v * width + u);
        }
      }
    }
    strokes.push(stroke);
  }
  return strokes;
}

/// Keeps only strokes and their soft edges, one pixel wide.
function clean({ width, height, data }, strokes, full) {
  const near = new Uint8Array(data.length);
  for (const { pixels } of strokes) {
    for (const at of pixels) {
      const x = at % width, y = Math.floor(at / width);
      for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
        for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) near[v * width + u] = 1;
      }
    }
  }
  for (let at = 0; at < data.length; at++) {
    data[at] = near[at] ? Math.floor((Math.min(data[at], full) * 255) / full) : 0;
  }
}

/// The box and the centre of mass of the ink: { x, y }, each with start, end and center.
function extent({ width, height, data }, least) {
  const profile = (length) => ({ sums: new Float64Array(length), peaks: new Uint8Array(length) });
  const columns = profile(width), rows = profile(height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (data[at] === 0) continue;
      columns.sums[x] += data[at];
      rows.sums[y] += data[at];
      columns.peaks[x] = Math.max(columns.peaks[x], data[at]);
      rows.peaks[y] = Math.max(rows.peaks[y], data[at]);
    }
  }
  const reach = ({ peaks }) => {
    const isInk = (peak) => peak >= least;
    return { start: peaks.findIndex(isInk), end: peaks.findLastIndex(isInk) + 1 };
  };
  const ranges = [columns, rows].map(reach);
  if (ranges.some(({ start }) => start < 0)) return null;
  // The box ends where ink reaches half of its peak nearby: within one pixel of MNIST.
  const depth = Math.max(Math.floor(Math.max(...ranges.map(({ start, end }) => end - start)) / 20), 1);
  const [x, y] = [columns, rows].map(({ sums, peaks }, axis) => {
    let { start, end } = ranges[axis];
    const range = peaks.subarray(start, end);
    const isFaint = (place, from, to) => 2 * range[place] < Math.max(...range.subarray(Math.max(from, 0), to));
    let [first, last] = [0, range.length - 1];
    while (isFaint(first, first, first + depth + 1)) first++;
    while (isFaint(last, last - depth, last + 1)) last--;
    const total = sums.reduce((a, b) => a + b, 0);
    const moment = sums.reduce((sum, value, place) => sum + value * place, 0);
    return { start: start + first, end: start + Math.max(first, last) + 1, center: moment / Math.max(total, 1) + 0.5 };
  });
  return { x, y };
}

/// Which part of each axis becomes the target: the ink's longer side is to fill 20 of 28 pixels, its centre to lie at pixel
/// 14, as far as that cuts off no ink. An image that has this shape already is taken whole.
function windows(ink, image, size) {
  const axes = [[ink.x, size.width, image.width], [ink.y, size.height, image.height]];
  const scale = Math.max(...axes.map(([{ start, end }, target]) => (end - start) / (target * FILLED)));
  const placed = axes.map(([{ start, end, center }, target]) => {
    const origin = center - (Math.floor(target / 2) + 0.5) * scale;
    return { origin: Math.min(Math.max(origin, end - target * scale), start), scale };
  });
  const whole = axes.map(([, target, source]) => ({ origin: 0, scale: source / target }));
  const isNear = placed.every(({ origin }, axis) =>
    Math.abs(origin) <= 0.75 * scale && Math.abs(whole[axis].scale / scale - 1) * axes[axis][1] < 1.5);
  return isNear ? whole : placed;
}

/// Raises the levels of strokes that are weaker than MNIST's.
function raised(image) {
  const counts = histogram(image.data);
  const inked = counts.subarray(USUAL.inked).reduce((a, b) => a + b, 0);
  let [level, below] = [USUAL.inked, counts[USUAL.inked]];
  while (below < USUAL.share * inked) below += counts[++level];
  if (level >= USUAL.level) return image;
  return { ...image, data: image.data.map((value) => Math.floor((value * USUAL.level + (level >> 1)) / level)) };
}
