/**
 * The same in a tab of Chromium, on the processor time of the tab's process: the
 * page itself, and a page with TensorFlow.js.
 *
 * @module
 */

import { type Tab, withTab } from "../../test/page/chromium.ts";

/** Seconds of the clock that a script runs at a time. */
const CHUNK = 0.5;

/** What a page does once it is ready: `step`, and how often first, unmeasured. */
interface Work {
  readonly url: string;
  /** An expression that is true once the page is ready. */
  readonly ready: string;
  /** Statements that define `step`, which does a step. */
  readonly script: string;
  readonly warmUp: number;
  /** Images of a step. */
  readonly images: number;
}

/** Seconds of processor time of a tab's process. */
async function processTime(tab: Tab): Promise<number> {
  const { metrics } = await tab.send("Performance.getMetrics");
  return (metrics as { name: string; value: number }[]).find(({ name }) => name === "ProcessTime")!.value;
}

async function imagesPerSecond(program: string, work: Work, seconds: number): Promise<number> {
  let rate = NaN;
  await withTab(program, async (tab) => {
    await tab.load(work.url);
    for (let tries = 0; !await tab.evaluate<boolean>(work.ready); tries++) {
      if (tries > 1200) throw new Error(`${work.url} is not ready: ${tab.complaints.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await tab.evaluate(`${work.script} for (let i = 0; i < ${work.warmUp}; i++) step();`);
    await tab.send("Performance.enable");
    const begin = await processTime(tab);
    let steps = 0, passed = 0;
    while (passed < seconds) {
      steps += await tab.evaluate<number>(`(() => {
        const end = performance.now() + ${1000 * CHUNK};
        let n = 0;
        do step(), n++; while (performance.now() < end);
        return n;
      })()`);
      passed = await processTime(tab) - begin;
    }
    rate = steps * work.images / passed;
  });
  return rate;
}

/** Images a second of a page that `eoq export --format html` wrote. */
export function pageInBrowser(program: string, page: string, seconds: number): Promise<number> {
  const script = `const images = Array.from({ length: 16 }, () => crypto.getRandomValues(new Uint8Array(3072)));
    let n = 0;
    const step = () => eoq.network.learn(images[n % 16], n++ % 10);`;
  const work = { url: `file://${page}`, ready: "globalThis.eoq !== undefined", script, warmUp: 200, images: 1 };
  return imagesPerSecond(program, work, seconds);
}

/** Images a second of TensorFlow.js, whose node_modules are in a folder. */
export async function tensorflowInBrowser(program: string, folder: string, seconds: number, norm: boolean) {
  const packages = `${folder}/node_modules/@tensorflow`, dist = `${packages}/tfjs-backend-wasm/dist`;
  const wasm = (await Deno.readFile(`${dist}/tfjs-backend-wasm-simd.wasm`)).toBase64();
  const page = `${folder}/tensorflow.html`;
  await Deno.writeTextFile(
    page,
    `<!doctype html><script src="${packages}/tfjs/dist/tf.min.js"></script>
<script src="${dist}/tf-backend-wasm.min.js"></script>
<script>
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
const wasm = "data:application/wasm;base64,${wasm}", file = (kind) => "tfjs-backend-wasm" + kind + ".wasm";
// All three must be named; with vectors and without threads the second is taken.
tf.wasm.setWasmPaths(Object.fromEntries(["", "-simd", "-threaded-simd"].map((kind) => [file(kind), wasm])));
tf.setBackend("wasm").then((done) => { globalThis.ready = done && tf.getBackend() === "wasm"; });
</script>`,
  );
  const network = (await Deno.readTextFile(new URL("resnet20.js", import.meta.url))).replace(/^export /m, "");
  const script = `${network} const step = resnet20(tf, 32, ${norm});`;
  const work = { url: `file://${page}`, ready: "globalThis.ready === true", script, warmUp: 2, images: 32 };
  return await imagesPerSecond(program, work, seconds);
}
