// The board of the section “Try it”: strokes by mouse, finger, pen or keyboard, or a photo; each change is answered at once.

const board = part("canvas");
// Its pixels are read after each stroke, so they stay in the memory of the processor.
const ink = board.getContext("2d", { willReadFrequently: true });
const [paperColour, inkColour] = model.paper === "white" ? ["white", "black"] : ["black", "white"];
board.parentElement.style.background = paperColour;
// A step of the cursor is one of MNIST's 28 pixels, and a pen is as wide as MNIST's strokes.
const STEP = board.width / 28;
const PEN = 2.4 * STEP;

// The pixels of the photo on the board, if that is no drawing.
let photo = null;
let isEmpty = true;

function clear() {
  ink.fillStyle = paperColour;
  ink.fillRect(0, 0, board.width, board.height);
  photo = null;
  isEmpty = true;
  announcement = null;
  update();
}

/// Draws a line; one without length is a dot.
function line(from, to) {
  if (photo) clear();
  Object.assign(ink, { strokeStyle: inkColour, lineWidth: PEN, lineCap: "round" });
  ink.beginPath();
  ink.moveTo(from.x, from.y);
  ink.lineTo(to.x, to.y);
  ink.stroke();
  isEmpty = false;
  update();
}

let isWaiting = false;
// Milliseconds of the last answer.
let took = 0;
// What screen readers are told before the next answer; null if they are not told that.
let announcement = null;

/// Answers once for all changes within a frame. A slow model leaves as much time to the browser as it takes.
function update() {
  if (isWaiting) return;
  isWaiting = true;
  setTimeout(() => {
    isWaiting = false;
    const start = performance.now();
    const words = answer(photo ?? pixelsOf(board), isEmpty);
    took = performance.now() - start;
    part("hint").hidden = !isEmpty;
    part("time").textContent = isEmpty ? "" : `In ${Math.ceil(took)} ms, in this browser`;
    if (announcement !== null) say(announcement + words);
    announcement = null;
  }, Math.max(16, took));
}

function say(text) {
  part("said").textContent = text;
}

function sayAnswer(before) {
  announcement = before;
  update();
}

// Mouse, finger and pen: only the first finger draws.

let last = null;

function placeOf({ clientX, clientY }) {
  const box = board.getBoundingClientRect();
  const scale = board.width / box.width;
  return { x: (clientX - box.left) * scale, y: (clientY - box.top) * scale };
}

board.addEventListener("pointerdown", (event) => {
  if (!event.isPrimary || event.button !== 0) return;
  board.setPointerCapture(event.pointerId);
  cursor.hidden = true;
  last = placeOf(event);
  line(last, last);
});
board.addEventListener("pointermove", (event) => {
  if (!event.isPrimary || !last) return;
  // Browsers collect the movements between two frames.
  for (const each of event.getCoalescedEvents?.() ?? [event]) {
    const to = placeOf(each);
    line(last, to);
    last = to;
  }
});
for (const kind of ["pointerup", "pointercancel"]) {
  board.addEventListener(kind, (event) => {
    if (event.isPrimary && last) sayAnswer("");
    if (event.isPrimary) last = null;
  });
}

// Keyboard: a cursor that is a pen.

const cursor = part("cursor");
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
// The arrows that are down, because two of them move diagonally.
const held = new Set();
let pen = { x: board.width / 2, y: board.height / 2 };
let isDown = false;

const KEYS = {
  " "({ repeat }) {
    if (!repeat) togglePen();
  },
  Delete: wipe,
  Backspace: wipe,
};
for (const key in MOVES) KEYS[key] = () => movePen(held.add(key));

board.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act(event);
  showCursor();
});
board.addEventListener("keyup", ({ key }) => held.delete(key));
board.addEventListener("focus", () => board.matches(":focus-visible") && showCursor());
board.addEventListener("blur", () => {
  held.clear();
  isDown = false;
  cursor.hidden = true;
});

function movePen(keys) {
  const inside = (place) => Math.min(Math.max(place, STEP), board.width - STEP);
  const to = { ...pen };
  for (const key of keys) {
    to.x = inside(to.x + MOVES[key][0] * STEP);
    to.y = inside(to.y + MOVES[key][1] * STEP);
  }
  if (isDown) line(pen, to);
  pen = to;
}

function togglePen() {
  isDown = !isDown;
  const place = `column ${Math.round(pen.x / STEP)} and row ${Math.round(pen.y / STEP)} of 28`;
  if (isDown) {
    line(pen, pen);
    say(`Pen down at ${place}`);
  } else {
    sayAnswer(`Pen up at ${place}. `);
  }
}

function showCursor() {
  cursor.hidden = false;
  cursor.classList.toggle("down", isDown);
  cursor.style.left = (100 * pen.x) / board.width + "%";
  cursor.style.top = (100 * pen.y) / board.height + "%";
}

function wipe() {
  isDown = false;
  number++;
  clear();
  say("Cleared");
}
part("clear").addEventListener("click", wipe);

// Photos: chosen, dropped or pasted.

// Of the last file; a slow one must not replace it.
let number = 0;

async function open(files) {
  if (files.length === 0) return;
  const own = ++number;
  const file = [...files].find(({ type }) => type.startsWith("image/")) ?? files[0];
  try {
    const picture = await readPicture(file);
    if (own !== number) return;
    clear();
    photo = pixelsOf(picture);
    isEmpty = false;
    const scale = Math.min(board.width / picture.width, board.height / picture.height);
    const width = picture.width * scale, height = picture.height * scale;
    ink.drawImage(picture, (board.width - width) / 2, (board.height - height) / 2, width, height);
    sayAnswer(`${file.name}: `);
  } catch {
    if (own !== number) return;
    clear();
    // After the answer that clear() asked for, which empties this line.
    await new Promise((done) => setTimeout(done, Math.max(16, took) + 34));
    part("time").textContent = `${file.name} is no picture that this browser can read; JPEG and PNG always are`;
    say(part("time").textContent);
  }
}

part("file").addEventListener("change", async ({ target }) => {
  await open(target.files);
  // The same file may be chosen again.
  target.value = "";
});
document.addEventListener("paste", ({ clipboardData }) => open(clipboardData.files));
for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    if (kind === "drop") open(event.dataTransfer.files);
  });
}

part("size").textContent = `${model.input.width} × ${model.input.height} pixels`;
clear();
if (model.samples) loadSamples(model.samples);
