/**
 * From what was drawn or photographed to the bytes that the network takes:
 * rows, columns, channels.
 *
 * @module
 */

/** Part of the side that a digit fills, as in MNIST: 20 of 28 pixels. */
const DIGIT = 20 / 28;

/** Ink from which on a pixel belongs to what was drawn. */
const INK = 40;

/** Red, green, blue and opacity of a picture to its brightness, as televisions weigh it. */
export function brightness(r, g, b) {
  return Math.round(0.299 * r + 0.587 * g + 0.114 * b);
}

/** One channel of a picture's pixels (RGBA). */
export function grey({ data }) {
  return Uint8Array.from(
    { length: data.length / 4 },
    (_, i) => brightness(data[4 * i], data[4 * i + 1], data[4 * i + 2]),
  );
}

/** Three channels of a picture's pixels (RGBA). */
export function colours({ data }) {
  return Uint8Array.from({ length: data.length / 4 * 3 }, (_, i) => data[4 * Math.floor(i / 3) + i % 3]);
}

/** Ink on paper as light on dark: the paper, which most of the edge shows, becomes black and the ink white. */
export function inkOf(pixels, width, height) {
  const edge = [];
  for (let x = 0; x < width; x++) edge.push(pixels[x], pixels[(height - 1) * width + x]);
  for (let y = 0; y < height; y++) edge.push(pixels[y * width], pixels[y * width + width - 1]);
  const paper = edge.sort((a, b) => a - b)[edge.length >> 1];
  const most = pixels.reduce((far, pixel) => Math.max(far, Math.abs(pixel - paper)), 1);
  // A third of the way is shadow and grain of the paper.
  return pixels.map((pixel) => Math.max(0, Math.round(255 * (1.5 * Math.abs(pixel - paper) / most - 0.5))));
}

/**
 * Where a digit is put: its box scaled to {@linkcode DIGIT} of the side, its
 * centre of mass in the middle; null where there is no ink.
 */
export function placeDigit(pixels, width, height, side) {
  let left = width, top = height, right = -1, bottom = -1, mass = 0, atX = 0, atY = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const ink = pixels[y * width + x];
      if (ink < INK) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      mass += ink;
      atX += ink * (x + 0.5);
      atY += ink * (y + 0.5);
    }
  }
  if (mass === 0) return null;
  const from = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  const scale = DIGIT * side / Math.max(from.width, from.height);
  const to = {
    x: side / 2 - scale * (atX / mass - left),
    y: side / 2 - scale * (atY / mass - top),
    width: scale * from.width,
    height: scale * from.height,
  };
  return { from, to };
}

function canvasOf(width, height) {
  const canvas = new OffscreenCanvas(width, height), context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillRect(0, 0, width, height);
  return { canvas, context };
}

/** A canvas in steps of a half down to at most twice a size, so that no pixel is passed over. */
function halved(source, width, height) {
  let from = source;
  while (from.width >= 2 * width && from.height >= 2 * height) {
    const { canvas, context } = canvasOf(from.width >> 1, from.height >> 1);
    context.drawImage(from, 0, 0, canvas.width, canvas.height);
    from = canvas;
  }
  return from;
}

/** Puts a picture on the pad: the middle of it, all of the pad; ink on paper as light on dark where digits are read. */
export function putPicture(pad, picture, about) {
  const scale = Math.max(pad.width / picture.width, pad.height / picture.height);
  const { context } = pad;
  const width = scale * picture.width, height = scale * picture.height;
  context.drawImage(picture, (pad.width - width) / 2, (pad.height - height) / 2, width, height);
  if (!about.digits) return;
  const image = context.getImageData(0, 0, pad.width, pad.height);
  inkOf(grey(image), pad.width, pad.height).forEach((ink, i) => image.data.fill(ink, 4 * i, 4 * i + 3));
  context.putImageData(image, 0, 0);
}

/** The bytes of what is on the pad; null where there is nothing on it. */
export function imageOf(pad, { width, height, channels, digits }) {
  const all = pad.context.getImageData(0, 0, pad.width, pad.height);
  const { context } = canvasOf(width, height);
  if (digits) {
    const place = placeDigit(grey(all), pad.width, pad.height, Math.min(width, height));
    if (place === null) return null;
    const { from, to } = place, cut = canvasOf(from.width, from.height);
    cut.context.drawImage(pad.canvas, -from.x, -from.y);
    context.drawImage(halved(cut.canvas, to.width, to.height), to.x, to.y, to.width, to.height);
  } else {
    if (all.data.every((value, i) => i % 4 === 3 || value === 0)) return null;
    context.drawImage(halved(pad.canvas, width, height), 0, 0, width, height);
  }
  const image = context.getImageData(0, 0, width, height);
  return channels === 1 ? grey(image) : colours(image);
}
