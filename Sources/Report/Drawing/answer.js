// What is shown of a picture: how the model sees it, what it says, and which samples of train are nearest. All it needs
// stands in the page, as JSON in the element draw-data; DrawingBoard.swift writes it.

const part = (name) => document.getElementById("draw-" + name);
const model = JSON.parse(part("data").textContent);
const network = makeNetwork(model);
const endsInSoftmax = model.layers.at(-1) === "softmax";

// A row each for up to ten classes; of more, for the five most probable ones.
const rows = Array.from({ length: model.classes.length > 10 ? 5 : model.classes.length }, () => {
  const row = part("bars").insertRow();
  row.innerHTML =
    '<th scope="row"><bdi></bdi></th><td class="bar"><div class="stack"><i class="c1"></i></div></td><td class="n"></td>';
  return { row, name: row.querySelector("bdi"), bar: row.querySelector("i"), share: row.lastElementChild };
});
const percent = (share) => (100 * share).toFixed(1) + " %";

/// Shows the answer to a picture, and returns it in words. Of an empty board, only the rows are shown.
function answer(picture, isEmpty) {
  const image = prepare(picture, model.stages);
  const seen = onInput(image, model.input);
  paint(part("seen"), seen);
  const values = network(seen.data);
  const probabilities = endsInSoftmax ? values : softmax(values);
  const ranked = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const best = ranked[0];
  const shown = ranked.slice(0, rows.length);
  if (rows.length === ranked.length) shown.sort((a, b) => a - b);
  rows.forEach(({ row, name, bar, share }, rank) => {
    const label = shown[rank];
    name.textContent = model.classes[label];
    bar.style.width = isEmpty ? 0 : 100 * probabilities[label] + "%";
    share.textContent = isEmpty ? "–" : percent(probabilities[label]);
    row.classList.toggle("best", !isEmpty && label === best);
  });
  showNearest(isEmpty ? [] : nearest(image, 6));
  return `${model.classes[best]}, ${percent(probabilities[best])}`;
}

/// Paints an image onto a canvas, which gets its size.
function paint(canvas, { width, height, channels, data }) {
  Object.assign(canvas, { width, height });
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = data[channels * i + (channels === 3 ? c : 0)];
    pixels.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// Of train, with their labels; none until their sheet is decoded.
let samples = [];

/// Cuts a sheet, on which each sample has a border of one pixel, into samples.
async function loadSamples({ sheet, columns, labels }) {
  const { width, height, channels } = model.image;
  const picture = Object.assign(new Image(), { src: sheet });
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
  canvas.getContext("2d").drawImage(picture, 0, 0);
  const pixels = pixelsOf(canvas);
  samples = labels.map((label, index) => {
    const left = (index % columns) * (width + 2) + 1, top = Math.floor(index / columns) * (height + 2) + 1;
    const data = new Uint8ClampedArray(width * height * channels);
    for (let i = 0; i < data.length; i++) {
      const pixel = Math.floor(i / channels);
      const place = (top + Math.floor(pixel / width)) * pixels.width + left + (pixel % width);
      data[i] = pixels.data[3 * place + (i % channels)];
    }
    return { width, height, channels, data, label };
  });
  part("near").hidden = false;
  part("measure").textContent = `Of ${labels.length.toLocaleString("en")}, by the difference of their pixels`;
}

/// The samples whose pixels differ the least from an image's, by the sum of squares.
function nearest({ data }, count) {
  const distance = (sample) => {
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += (data[i] - sample.data[i]) ** 2;
    return sum;
  };
  const measured = samples.map((sample) => ({ sample, distance: distance(sample) }));
  return measured.sort((a, b) => a.distance - b.distance).slice(0, count).map(({ sample }) => sample);
}

function showNearest(found) {
  part("samples").replaceChildren(...found.map((sample) => {
    const item = document.createElement("li");
    paint(item.appendChild(document.createElement("canvas")), sample);
    item.appendChild(document.createElement("bdi")).textContent = model.classes[sample.label];
    return item;
  }));
}
