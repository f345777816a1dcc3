/**
 * Times one of the two in a process of its own, on processor time, and prints
 * images a second: `child.ts module PAGE SECONDS` or `child.ts tensorflow FOLDER
 * SECONDS norm|plain`, where FOLDER has TensorFlow.js among its node_modules.
 *
 * @module
 */

import { createRequire } from "node:module";
import { cpuUsage } from "node:process";
import { Network } from "../../lib/export/html/page/network.js";
import { resnet20 } from "./resnet20.js";

const BATCH = 32, PIXELS = 32 * 32 * 3;
const [what, path, seconds, norm] = Deno.args as [string, string, string, string?];

function processorSeconds(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1e6;
}

/** Repeats a step for so many seconds and prints images a second. */
function report(warmUp: number, images: number, step: () => void): void {
  for (let i = 0; i < warmUp; i++) step();
  const begin = processorSeconds();
  let done = 0, passed = 0;
  for (; passed < Number(seconds); passed = processorSeconds() - begin, done += images) step();
  console.log(done / passed);
}

if (what === "module") {
  const page = await Deno.readTextFile(path), [, base64] = /id="module">([^<]*)</.exec(page)!;
  const network = await Network.from(Uint8Array.fromBase64(base64!));
  const images = Array.from({ length: 16 }, () => crypto.getRandomValues(new Uint8Array(PIXELS)));
  let n = 0;
  report(200, 1, () => network.learn(images[n % 16]!, n++ % 10));
} else {
  const require = createRequire(`${path}/`);
  const tf = require("@tensorflow/tfjs"), wasm = require("@tensorflow/tfjs-backend-wasm");
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  wasm.setWasmPaths(`${path}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`);
  if (!await tf.setBackend("wasm")) throw new Error("TensorFlow.js has no WebAssembly here");
  if (!await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) throw new Error("TensorFlow.js has no vectors here");
  const step = resnet20(tf, BATCH, norm === "norm");
  const first = step();
  report(2, BATCH, step);
  // On the same images over and over a network that learns does better.
  if (!(step() < first)) throw new Error("TensorFlow.js does not learn");
}
