// From pixels of a canvas or a photo to what the network is given: the stages of the dataset's preparation, in their order.

// Each takes an image and the stage's value in the pipeline.
const STAGES = {
  // BT.601 luma in 16-bit fixed point, as Pillow's convert("L").
  grayscale(image) {
    if (image.channels === 1) return image;
    const { data } = image;
    const gray = new Uint8ClampedArray(data.length / 3);
    for (let i = 0, p = 0; i < gray.length; i++, p += 3) {
      gray[i] = (19595 * data[p] + 38470 * data[p + 1] + 7471 * data[p + 2] + 0x8000) >> 16;
    }
    return { ...image, channels: 1, data: gray };
  },

  rgb(image) {
    if (image.channels === 3) return image;
    const colour = Uint8ClampedArray.from({ length: 3 * image.data.length }, (_, i) => image.data[Math.floor(i / 3)]);
    return { ...image, channels: 3, data: colour };
  },

  resize(image, { size, filter, fit }) {
    const [width, height] = size.split("x").map(Number);
    return FITS[fit](image, { width, height }, filter);
  },

  polarity(image, mode) {
    const inverts = mode === "invert" || (mode === "auto" && backgroundLevels(image)[0] >= 128);
    return inverts ? { ...image, data: image.data.map((level) => 255 - level) } : image;
  },
};

/// An image as the dataset has it, from one in colour.
function prepare(image, stages) {
  for (const stage of stages) {
    const [name, value] = typeof stage === "string" ? [stage] : Object.entries(stage)[0];
    image = STAGES[name](image, value);
  }
  return image;
}

/// The same in the middle of the network's input, which may be larger, on its own background.
function onInput(image, input) {
  const left = Math.floor((input.width - image.width) / 2), top = Math.floor((input.height - image.height) / 2);
  return place(image, input, left, top, backgroundLevels(image));
}

/// A picture file as prep reads it: upright, levels as they are in the file, transparency over white.
async function readPicture(file) {
  const picture = await createImageBitmap(file, { colorSpaceConversion: "none", imageOrientation: "from-image" });
  const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0);
  return canvas;
}

/// The pixels of a canvas, in colour, without their opacity.
function pixelsOf(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let i = 0, p = 0; i < rgb.length; i += 3, p += 4) {
    rgb[i] = data[p];
    rgb[i + 1] = data[p + 1];
    rgb[i + 2] = data[p + 2];
  }
  return { width, height, channels: 3, data: rgb };
}
