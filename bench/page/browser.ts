/**
 * The same in a tab of Chromium, whose clock is the wall's: the page itself, and
 * a page with TensorFlow.js.
 *
 * @module
 */

import { withTab } from "../../test/page/chromium.ts";

const text = (path: string) => Deno.readTextFile(new URL(path, import.meta.url));
const NOW = "() => performance.now() / 1000";

/** A module's text as that of a script. */
const asScript = (module: string) => module.replaceAll(/^export /gm, "");

async function timed(program: string, url: string, ready: string, body: string): Promise<number> {
  let rate = NaN;
  const timing = asScript(await text("timing.js"));
  await withTab(program, async (tab) => {
    await tab.load(url);
    while (!await tab.evaluate<boolean>(ready)) await new Promise((resolve) => setTimeout(resolve, 50));
    rate = await tab.evaluate<number>(`(() => { ${timing} ${body} })()`);
  });
  return rate;
}

/** Images a second of a page that `eoq export --format html` wrote. */
export function pageInBrowser(program: string, page: string, seconds: number): Promise<number> {
  const body = `const images = Array.from({ length: 16 }, () => crypto.getRandomValues(new Uint8Array(3072)));
    let n = 0;
    const step = () => eoq.network.learn(images[n % 16], n++ % 10);
    for (let i = 0; i < 200; i++) step();
    return imagesPerSecond(step, 1, ${seconds}, ${NOW});`;
  return timed(program, `file://${page}`, "globalThis.eoq !== undefined", body);
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
tf.wasm.setWasmPaths({ "tfjs-backend-wasm-simd.wasm": "data:application/wasm;base64,${wasm}" });
tf.setBackend("wasm").then((done) => { globalThis.ready = done && tf.getBackend() === "wasm"; });
</script>`,
  );
  const body = `${asScript(await text("resnet20.js"))}
    const step = resnet20(tf, 32, ${norm});
    for (let i = 0; i < 2; i++) step();
    return imagesPerSecond(step, 32, ${seconds}, ${NOW});`;
  return await timed(program, `file://${page}`, "globalThis.ready === true", body);
}
