/**
 * The page of `eoq export --format html` beside TensorFlow.js: images a second
 * of training ResNet-20, `deno task bench:page [ROUNDS] [SECONDS]`. They take
 * turns, each in a process of its own, in Deno and, where there is one, in
 * Chromium. TensorFlow.js comes from npm for this alone.
 *
 * @module
 */

import { CHROMIUM } from "../../test/page/chromium.ts";
import { pageInBrowser, tensorflowInBrowser } from "./browser.ts";

const VERSION = "4.22.0", PACKAGES = ["tfjs", "tfjs-backend-wasm"].map((name) => `@tensorflow/${name}@${VERSION}`);
const [rounds = 3, seconds = 8] = Deno.args.map(Number);
const path = (relative: string) => new URL(relative, import.meta.url).pathname;

async function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args], ...cwd && { cwd } }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

const deno = (script: string, ...args: readonly string[]) =>
  run(Deno.execPath(), ["run", "--no-prompt", "--no-check", "--allow-all", path(script), ...args]);

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Times all in turns and prints their medians, and how many times the others' the first one's is. */
async function takeTurns(where: string, list: readonly (readonly [name: string, rate: () => Promise<number>])[]) {
  console.log(`${where}: images/s, median of ${rounds}`);
  const rates = list.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, rate]] of list.entries()) rates[i]!.push(await rate());
  }
  for (const [i, [name]] of list.entries()) {
    const own = median(rates[i]!), all = rates[i]!.map((each) => each.toFixed(1)).join(", ");
    const ratio = i === 0 ? "" : `, the page ${(median(rates[0]!) / own).toFixed(1)} times`;
    console.log(`  ${name}: ${own.toFixed(1)} (${all})${ratio}`);
  }
}

const folder = await Deno.makeTempDir({ prefix: "eoq-bench-page-" });
try {
  await run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", ...PACKAGES], folder);
  const page = `${folder}/page.html`;
  await deno("../../cli.ts", "export", "resnet-20", "--format", "html", "--image", "32x32x3", "--out", page);

  const tensorflow = `TensorFlow.js ${VERSION}, batch 32, `, child = (...args: string[]) => deno("child.ts", ...args);
  await takeTurns("Deno, a second of processor time", [
    ["the page's module, batch 1", async () => Number(await child("module", page, `${seconds}`))],
    [`${tensorflow}batch norm`, async () => Number(await child("tensorflow", folder, `${seconds}`, "norm"))],
    [`${tensorflow}no norm`, async () => Number(await child("tensorflow", folder, `${seconds}`, "plain"))],
  ]);
  const chromium = CHROMIUM;
  if (chromium === undefined) console.log("NOT RUN: no chromium here");
  else {
    await takeTurns("Chromium, a second of its tab's processor time", [
      ["the page, batch 1", () => pageInBrowser(chromium, page, seconds)],
      [`${tensorflow}batch norm`, () => tensorflowInBrowser(chromium, folder, seconds, true)],
      [`${tensorflow}no norm`, () => tensorflowInBrowser(chromium, folder, seconds, false)],
    ]);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
