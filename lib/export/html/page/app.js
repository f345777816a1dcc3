/**
 * The page: what is drawn is predicted, what is named is learnt.
 *
 * @module
 */

import { imageOf, putPicture } from "./images.js";
import { bytesOf, Network } from "./network.js";
import { Pad } from "./pad.js";
import { bytesText, NOTHING, recentRight, shareText, withOutcome } from "./progress.js";
import { readState, stateText } from "./state_file.js";

const place = (id) => document.getElementById(id);
const about = JSON.parse(place("about").textContent);

const say = (text) => place("status").textContent = text;

let network, pad, names = about.names, progress = NOTHING, before = null, learning = { images: 0, seconds: 0 };

/** Pictures that were chosen and wait for their class. */
const queue = [];

const percent = (share) => `${Math.round(100 * share)} %`;

function element(tag, attributes, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

/** The row of a class: its name, its share, and what teaches it. */
function classRow(name, index) {
  const bar = element("span", { ariaHidden: "true" });
  const input = element("input", { value: name, ariaLabel: `Name of class ${index + 1}`, maxLength: 40 });
  const teach = element("button", { type: "button", textContent: "It is this" });
  const relabel = () => teach.ariaLabel = `It is ${names[index]}: learn it`;
  input.addEventListener("input", () => {
    names = names.with(index, input.value);
    relabel();
  });
  teach.addEventListener("click", () => learn(index));
  relabel();
  const share = element("span", { className: "share", textContent: "-" });
  const boxed = element("div", { className: "name" }, bar, input);
  return element("li", {}, boxed, share, teach);
}

function showClasses() {
  place("classes").replaceChildren(...names.map(classRow));
}

/** Draws small what the network gets. */
function showSeen(image) {
  const canvas = place("seen"), context = canvas.getContext("2d");
  Object.assign(canvas, { width: about.width, height: about.height });
  const pixels = context.createImageData(about.width, about.height), { channels } = about;
  for (let i = 0; i < about.width * about.height; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = image === null ? 0 : image[channels * i + c % channels];
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
}

/** Shows what the network takes the pad's image for. */
function predict() {
  const image = imageOf(pad, about), found = image === null ? null : network.predict(image);
  showSeen(image);
  [...place("classes").children].forEach((row, i) => {
    row.className = found?.best === i ? "best" : "";
    row.querySelector(".name span").style.width = found === null ? "0" : `${100 * found.shares[i]}%`;
    row.querySelector(".share").textContent = found === null ? "-" : percent(found.shares[i]);
  });
  return found;
}

function showProgress() {
  const { seen, right, outcomes } = progress;
  place("right").textContent = shareText(right, seen);
  place("recent").textContent = shareText(recentRight(progress), outcomes.length);
  place("memory").textContent = bytesText(network.memory());
  place("hash").textContent = network.hash();
  if (learning.seconds > 0) {
    const rate = learning.images / learning.seconds;
    place("rate").textContent = `${rate < 100 ? rate.toPrecision(3) : Math.round(rate).toLocaleString("en")} images/s`;
  }
  const strip = place("strip");
  strip.replaceChildren(
    ...[...outcomes].map((outcome) =>
      element("span", { className: outcome === "1" ? "right" : "wrong", textContent: outcome === "1" ? "✓ " : "✗ " })
    ),
  );
  strip.ariaLabel = outcomes === ""
    ? "No image yet"
    : `Outcomes, the latest last: ${[...outcomes].map((outcome) => outcome === "1" ? "right" : "wrong").join(", ")}`;
  place("undo").disabled = before === null;
}

/** Learns an image, timed; whether it was taken for its class before. */
function learnImage(image, label) {
  const start = performance.now(), guess = network.learn(image, label);
  learning = { images: learning.images + 1, seconds: learning.seconds + (performance.now() - start) / 1000 };
  progress = withOutcome(progress, guess === label);
  return guess;
}

/** Learns what is on the pad, and goes on to the next picture. */
function learn(label) {
  const image = imageOf(pad, about);
  if (image === null) return say("Draw something first, or choose an image.");
  before = { state: network.save(), progress };
  const guess = learnImage(image, label);
  const now = network.predict(image);
  say(
    `It took this for ${names[guess]}${guess === label ? ", rightly" : ""}. Learnt ${names[label]}: ` +
      `now ${percent(now.shares[label])} sure. Right: ${shareText(progress.right, progress.seen)}.`,
  );
  showProgress();
  pad.clear();
  showNext();
}

function undo() {
  if (before === null) return;
  network.load(before.state);
  progress = before.progress;
  before = null;
  showProgress();
  predict();
  say("The last image is unlearnt.");
}

/** Puts the next picture on the pad, if one waits. */
function showNext() {
  const picture = queue.shift();
  if (picture !== undefined) {
    putPicture(pad, picture, about);
    picture.close();
  }
  place("queue").textContent = queue.length === 0 ? "" : `${queue.length} more to come`;
  return predict();
}

/** Takes files for pictures, as far as they are. */
async function takeFiles(files) {
  const pictures = await Promise.allSettled([...files].map((file) => createImageBitmap(file)));
  const found = pictures.flatMap(({ value }) => value ?? []);
  if (found.length === 0) return say("This is no image that the browser can read.");
  queue.push(...found);
  pad.clear();
  const { best } = showNext() ?? {};
  say(best === undefined ? "The image is empty." : `It takes this for ${names[best]}. What is it?`);
}

/** How many images it learns in a second; what it has learnt stays as it was. */
async function measure() {
  place("measure").disabled = true;
  say("Measuring for two seconds...");
  const kept = network.save(), size = about.width * about.height * about.channels;
  const image = imageOf(pad, about) ?? Uint8Array.from({ length: size }, (_, i) => 37 * i % 256);
  let images = 0, milliseconds = 0;
  while (milliseconds < 2000) {
    await new Promise((resolve) => setTimeout(resolve));
    const start = performance.now();
    do network.learn(image, images++ % names.length); while (performance.now() - start < 100);
    milliseconds += performance.now() - start;
  }
  network.load(kept);
  learning = { images, seconds: milliseconds / 1000 };
  showProgress();
  place("measure").disabled = false;
  say(`It learns ${place("rate").textContent} here.`);
}

function save() {
  const text = stateText(network.save(), names, progress, about);
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  element("a", { href: address, download: `${about.model}-${progress.seen}.eoq.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  say("The state is in your downloads.");
}

async function load(file) {
  try {
    const found = readState(await file.text(), about);
    if (!network.load(found.state)) throw new Error("This state is damaged, or of another network.");
    ({ names, progress } = found);
    before = null;
    showClasses();
    showProgress();
    predict();
    say(`Loaded: ${progress.seen} images learnt here before.`);
  } catch (error) {
    say(error.message);
  }
}

function reset() {
  before = { state: network.save(), progress };
  network.reset();
  progress = NOTHING;
  showProgress();
  predict();
  say("Started again. Undo brings back what was learnt.");
}

/** Digits teach the class of that place, but where a name is typed. */
function teachByKey({ key, target, ctrlKey, metaKey, altKey }) {
  const label = about.keys.indexOf(key);
  if (label < 0 || ctrlKey || metaKey || altKey || target.tagName === "INPUT") return;
  learn(label);
}

function listen() {
  const onFiles = (id, take) =>
    place(id).addEventListener("change", async ({ target }) => {
      if (target.files.length > 0) await take(target.files);
      target.value = "";
    });
  const onClick = (id, act) => place(id).addEventListener("click", () => act());
  onFiles("files", takeFiles);
  onFiles("photo", takeFiles);
  onFiles("load", ([file]) => load(file));
  onClick("clear", () => {
    pad.clear();
    predict();
  });
  onClick("undo", undo);
  onClick("measure", measure);
  onClick("save", save);
  onClick("reset", reset);
  addEventListener("keydown", teachByKey);
  addEventListener("paste", ({ clipboardData }) => {
    if (clipboardData.files.length > 0) takeFiles(clipboardData.files);
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length > 0) takeFiles(event.dataTransfer.files);
  });
}

/** Starts the page; `globalThis.eoq` is for those who script it, and for tests. */
async function start() {
  try {
    network = await Network.from(bytesOf(place("module").textContent));
  } catch {
    return say("This browser cannot run the network: it has no WebAssembly with SIMD. A newer one has.");
  }
  pad = new Pad(place("pad"), predict, say);
  if (about.keys.length > 0) {
    place("keys").textContent = `; the keys ${about.keys[0]} to ${about.keys.at(-1)} say it, too`;
  }
  showClasses();
  showProgress();
  predict();
  listen();
  globalThis.eoq = { network, learn: learnImage, show: showProgress };
}

start();
