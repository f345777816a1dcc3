import { assert, assertEquals } from "@std/assert";
import { loadDataset } from "../../../lib/data/datasets.ts";
import { createNetwork } from "../../../lib/exec/methods.ts";
import { FULL_RATE } from "../../../lib/exec/network.ts";
import { RECIPES } from "../../../lib/exec/recipe.ts";
import { Network } from "../../../lib/export/html/page/network.js";
import { randomBatches } from "../../../lib/golden/images.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import { weightsSha256 } from "../../../lib/train/weights_hash.ts";
import { assertRefused, eoq, withFolder } from "../../eoq.ts";
import { CHROMIUM, type Tab, withTab } from "../../page/chromium.ts";
import { HAS_CLANG } from "./clang.ts";
import { wasmCode } from "./wasm_code.ts";

if (!HAS_CLANG) console.warn("no clang or lld here: tests of eoq export --format html are ignored");
if (CHROMIUM === undefined) console.warn("no chromium here: tests of the page that trains are ignored");

const IMAGES = 300, PIXELS = 784;

async function exportPage(model: string, folder: string, ...words: string[]): Promise<string> {
  const path = `${folder}/${model}.html`;
  const { code, stderr } = await eoq(["export", model, "--format", "html", "--out", path, ...words]);
  assertEquals([code, stderr], [0, ""]);
  return path;
}

/** The first images of MNIST, and the hash that training on them one by one comes to. */
async function trainedHere() {
  const { train, ...shape } = await loadDataset("mnist");
  const images = new Uint8Array(IMAGES * PIXELS), labels = train.labels.slice(0, IMAGES);
  for (let i = 0; i < IMAGES; i++) images.set(train.image(i), PIXELS * i);
  using library = await openLibrary();
  const network = createNetwork("eoq", { library, plan: buildPlan("lenet", shape), batch: 1, seed: 1 });
  for (let step = 0; step < IMAGES; step++) {
    const image = { images: images.subarray(PIXELS * step, PIXELS * (step + 1)), labels: labels.slice(step, step + 1) };
    network.trainStep({ ...image, count: 1 }, { step, rate: FULL_RATE });
  }
  const hash = await weightsSha256(network.state());
  network.close();
  return { images, labels, hash };
}

const moduleOf = (page: string) =>
  Uint8Array.fromBase64(/<script type="text\/plain" id="module">([^<]*)</.exec(page)![1]!);

Deno.test({
  name: "page: the module's code is integers and their vectors alone, of which none is relaxed",
  ignore: !HAS_CLANG,
  fn: () =>
    withFolder(async (folder) => {
      for (const model of ["lenet", "resnet-8"]) {
        const page = await Deno.readTextFile(await exportPage(model, folder));
        const bytes = moduleOf(page), { functions, instructions, vectors, floats } = wasmCode(bytes);
        assertEquals(floats, []);
        assert(functions > 15 && instructions > 3000 && vectors > 100, `${functions} ${instructions} ${vectors}`);
        assertEquals(WebAssembly.Module.imports(new WebAssembly.Module(bytes as BufferSource)), []);
      }
    }),
});

/** Networks with strides, pools, dense layers, channels by 1, 3, 6, 16, 32 and 64; images of each. */
const NETWORKS: readonly {
  readonly model: string;
  readonly image: string;
  readonly images: number;
  readonly nesterov?: true;
  readonly recipe?: keyof typeof RECIPES;
}[] = [
  { model: "lenet", image: "28x28x1", images: 40 },
  { model: "mlp", image: "28x28x1", images: 10 },
  { model: "resnet-8", image: "19x23x3", images: 10 },
  { model: "resnet-20", image: "32x32x3", images: 5 },
  { model: "lenet", image: "28x28x1", images: 10, nesterov: true },
  { model: "mlp", image: "28x28x1", images: 10, nesterov: true, recipe: "paper" },
];

Deno.test({
  name: "page: the module learns random images to the weights of the native kernels, whatever the shapes",
  ignore: !HAS_CLANG,
  fn: () =>
    withFolder(async (folder) => {
      using library = await openLibrary();
      for (const { model, image, images, nesterov = false, recipe = "default" } of NETWORKS) {
        const words = ["--image", image, "--nesterov", nesterov ? "on" : "off", "--recipe", recipe, "--overwrite"];
        const page = await Deno.readTextFile(await exportPage(model, folder, ...words));
        const learner = await Network.from(moduleOf(page));
        const [height, width, channels] = image.split("x").map(Number) as [number, number, number];
        const plan = buildPlan(model, { height, width, channels, classes: 10 });
        const own = { recipe: RECIPES[recipe], nesterov }, batches = randomBatches(plan, 1, 5);
        const native = createNetwork("eoq", { library, plan, batch: 1, seed: 1, ...own });
        for (let step = 0; step < images; step++) {
          const batch = batches(step);
          learner.learn(batch.images, batch.labels[0]!);
          native.trainStep(batch, { step, rate: FULL_RATE });
        }
        assertEquals(learner.hash(), await weightsSha256(native.state()), model);
        const kept = learner.save(), { best, shares } = learner.predict(batches(0).images);
        assertEquals(shares[best], Math.max(...shares), model);
        learner.reset();
        assert(learner.hash() !== await weightsSha256(native.state()), model);
        assertEquals([learner.load(kept.map((byte) => byte ^ 1)), learner.load(kept.subarray(1))], [false, false]);
        assertEquals([learner.load(kept), learner.hash()], [true, await weightsSha256(native.state())], model);
        native.close();
      }
    }),
});

/** Waits until an expression is true in the page. */
async function until(tab: Tab, expression: string): Promise<void> {
  for (let tries = 0; !await tab.evaluate<boolean>(expression); tries++) {
    assert(tries < 200, expression);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const textOf = (tab: Tab, id: string) => tab.evaluate<string>(`document.getElementById("${id}").textContent`);

/** Draws a line with the mouse, places in parts of the pad's side. */
async function draw(tab: Tab, points: readonly (readonly [number, number])[]): Promise<void> {
  const { left, top, width } = await tab.evaluate<{ left: number; top: number; width: number }>(
    `(({ left, top, width }) => ({ left, top, width }))(document.getElementById("pad").getBoundingClientRect())`,
  );
  const send = (type: string, [x, y]: readonly [number, number]) =>
    tab.send("Input.dispatchMouseEvent", {
      ...{ type, x: left + x * width, y: top + y * width, button: "left", clickCount: 1 },
    });
  await send("mousePressed", points[0]!);
  for (const point of points) await send("mouseMoved", point);
  await send("mouseReleased", points.at(-1)!);
}

async function press(tab: Tab, key: string): Promise<void> {
  const text = key.length === 1 ? { text: key } : {};
  await tab.send("Input.dispatchKeyEvent", { type: "keyDown", key, code: key, ...text });
  await tab.send("Input.dispatchKeyEvent", { type: "keyUp", key, code: key });
}

interface AxNode {
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}

Deno.test({
  name: "page: in a browser it learns as here, to the same weights, and asks nobody for anything",
  ignore: !HAS_CLANG || CHROMIUM === undefined,
  fn: () =>
    withFolder(async (folder) => {
      const path = await exportPage("lenet", folder), { images, labels, hash } = await trainedHere();
      await withTab(CHROMIUM!, async (tab) => {
        await tab.load(`file://${path}`);
        await until(tab, "globalThis.eoq !== undefined");
        const found = await tab.evaluate<{ right: number; hash: string }>(`(() => {
          const bytes = Uint8Array.from(atob("${images.toBase64()}"), (each) => each.charCodeAt(0));
          let right = 0;
          ${JSON.stringify([...labels])}.forEach((label, i) => {
            right += eoq.learn(bytes.subarray(${PIXELS} * i, ${PIXELS} * (i + 1)), label) === label;
          });
          eoq.show();
          return { right, hash: eoq.network.hash() };
        })()`);
        assertEquals(found.hash, hash);
        assertEquals(await textOf(tab, "hash"), hash);
        assertEquals(await textOf(tab, "right"), `${found.right} of 300 (${Math.round(found.right / 3)} %)`);
        assert(/^[\d,.]+ images\/s$/.test(await textOf(tab, "rate")));
        assertEquals([tab.requests.map((url) => url.split("/").at(-1)), tab.complaints], [["lenet.html"], []]);
      });
    }),
});

Deno.test({
  name: "page: drawn, taught by button and key, undone, saved and loaded again; by keyboard, on a phone's screen",
  ignore: !HAS_CLANG || CHROMIUM === undefined,
  fn: () =>
    withFolder(async (folder) => {
      const path = await exportPage("lenet", folder);
      await withTab(CHROMIUM!, async (tab) => {
        await tab.send("Emulation.setDeviceMetricsOverride", {
          width: 390,
          height: 844,
          deviceScaleFactor: 2,
          mobile: true,
        });
        await tab.load(`file://${path}`);
        await until(tab, "globalThis.eoq !== undefined");
        assertEquals(await tab.evaluate("document.documentElement.scrollWidth"), 390);
        const first = await textOf(tab, "hash");

        await press(tab, "1"); // of an empty pad nothing is learnt
        assertEquals([await textOf(tab, "hash"), await textOf(tab, "right")], [first, "-"]);
        await draw(tab, [[0.5, 0.2], [0.5, 0.5], [0.5, 0.8]]);
        const shares = await tab.evaluate<string[]>(
          `[...document.querySelectorAll(".share")].map(({ textContent }) => parseInt(textContent))`,
        );
        assert(Math.abs(shares.reduce((sum, share) => sum + Number(share), 0) - 100) <= 5, shares.join(" "));
        await press(tab, "1");
        assert((await textOf(tab, "right")).includes(" of 1 "), await textOf(tab, "right"));
        const second = await textOf(tab, "hash");
        assert(second !== first);
        assert((await textOf(tab, "status")).includes("Learnt 1"));

        await tab.evaluate(`document.getElementById("pad").focus()`);
        await press(tab, " ");
        for (let i = 0; i < 6; i++) await press(tab, "ArrowDown");
        await tab.evaluate(`document.querySelectorAll("#classes button")[7].click()`);
        assert((await textOf(tab, "status")).includes("Learnt 7"), await textOf(tab, "status"));
        const third = await textOf(tab, "hash");
        assert(third !== second);
        await tab.evaluate(`document.getElementById("undo").click()`);
        assertEquals(await textOf(tab, "hash"), second);

        // What would be downloaded is kept, and loaded once all is forgotten.
        await tab.evaluate(
          `URL.createObjectURL = (blob) => { blob.text().then((text) => globalThis.kept = text); return "#"; }`,
        );
        await tab.evaluate(`document.getElementById("save").click()`);
        await until(tab, "globalThis.kept !== undefined");
        await tab.evaluate(`document.getElementById("reset").click()`);
        assertEquals([await textOf(tab, "hash"), await textOf(tab, "right")], [first, "-"]);
        const give = (text: string) =>
          tab.evaluate(`(() => {
            const files = new DataTransfer(), input = document.getElementById("load");
            files.items.add(new File([${text}], "a.json"));
            input.files = files.files;
            input.dispatchEvent(new Event("change"));
          })()`);
        await give("kept.slice(0, 5000)");
        await until(tab, `document.getElementById("status").textContent.includes("no state")`);
        await give(`JSON.stringify({ ...JSON.parse(kept), state: btoa("no") })`);
        await until(tab, `document.getElementById("status").textContent.includes("damaged")`);
        assertEquals(await textOf(tab, "hash"), first);
        await give("kept");
        await until(tab, `document.getElementById("status").textContent.startsWith("Loaded")`);
        assertEquals(await textOf(tab, "hash"), second);
        assert((await textOf(tab, "right")).includes(" of 1 "));

        const { nodes } = await tab.send("Accessibility.getFullAXTree") as unknown as { nodes: AxNode[] };
        const controls = nodes.filter(({ role }) => ["button", "textbox", "application"].includes(role?.value ?? ""));
        assert(controls.length >= 25, `${controls.length} controls`);
        assertEquals(controls.filter(({ name }) => !name?.value).map(({ role }) => role?.value), []);
        assertEquals(tab.complaints, []);
      });
    }),
});

Deno.test("page: without clang one line says what to install, and nothing is written", () =>
  withFolder(async (folder) => {
    // What there is but clang: deno and the compiler of the kernels.
    await Deno.mkdir(`${folder}/bin`);
    for (const name of ["deno", "cc", "gcc", "as", "ld", "env"]) {
      const found = (Deno.env.get("PATH") ?? "").split(":").map((each) => `${each}/${name}`).find((each) => {
        try {
          return Deno.statSync(each).isFile;
        } catch {
          return false;
        }
      });
      const target = name === "deno" ? Deno.execPath() : found;
      if (target !== undefined) await Deno.symlink(await Deno.realPath(target), `${folder}/bin/${name}`);
    }
    const out = `${folder}/page.html`;
    const refused = await eoq(["export", "mlp", "--format", "html", "--out", out], { env: { PATH: `${folder}/bin` } });
    assertRefused(refused, 2, "apt-get install clang lld");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["bin"]);
  }));

Deno.test("page: a method that has statistics of batches is refused by its name", () =>
  withFolder(async (folder) => {
    const trained = await eoq([
      ...["train", "--method", "bn-fp32", "--model", "mlp", "--images", "8", "--batch", "8", "--test-limit", "8"],
      ...["--out", `${folder}/run`, "--threads", "1"],
    ]);
    assertEquals(trained.code, 0, trained.stderr);
    const refused = await eoq(["export", `${folder}/run/bn-fp32.checkpoint`, "--format", "html"]);
    assertRefused(refused, 2, "bn-fp32 is not eoq");
  }));
