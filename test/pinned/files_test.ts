import { assertEquals, assertStringIncludes } from "@std/assert";
import { createNetwork } from "../../lib/exec/methods.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { readSource } from "../../lib/report/read.ts";
import { loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { eoq, withFolder } from "../eoq.ts";

const here = (name: string) => new URL(name, import.meta.url);

/** What `eoq train --dataset mnist --model lenet --batch 8 --images 400 --train-limit 400` left, as version 3 wrote it. */
const CHECKPOINT = "lenet.checkpoint.gz";
const WEIGHTS = "3903ff2ea806554ee38a6c14f8f39c6711c1fab642ba9423df6d23c21c747fd7";

/** Unpacks the checkpoint into a folder, under the name that training gives it. */
async function unpack(folder: string): Promise<string> {
  const file = await Deno.open(here(CHECKPOINT));
  const path = `${folder}/eoq.checkpoint`;
  await Deno.writeFile(path, file.readable.pipeThrough(new DecompressionStream("gzip")));
  return path;
}

Deno.test("pinned: a checkpoint of version 3 loads to the weights that it was written with", () =>
  withFolder(async (folder) => {
    using library = await openLibrary();
    const { config, state, entries } = await loadCheckpoint(await unpack(folder));
    assertEquals([config.method, state.images, state.step], ["eoq", 400, 50]);
    const plan = buildPlan(config.model, { height: 28, width: 28, channels: 1, classes: 10 });
    const { batch, seed, recipe, input } = config;
    const network = createNetwork(config.method, { library, plan, batch, seed, recipe, input });
    network.restore(entries);
    assertEquals(await weightsSha256(network.state()), WEIGHTS);
    network.close();
  }));

Deno.test("pinned: the command that wrote a checkpoint of version 3 ends with the same weights, trained anew or resumed", () =>
  withFolder(async (folder) => {
    const run = async (out: string, ...more: string[]) => {
      const { code, stdout, stderr } = await eoq([
        ...["train", "--dataset", "mnist", "--model", "lenet", "--batch", "8", "--images", "400"],
        ...["--train-limit", "400", "--test-limit", "100", "--quiet", "--json", "--out", out, ...more],
      ]);
      assertEquals(code, 0, stderr);
      return JSON.parse(stdout).results[0].weightsSha256;
    };
    await unpack(folder);
    assertEquals(await run(folder, "--resume"), WEIGHTS);
    assertEquals(await run(`${folder}/anew`), WEIGHTS);
  }));

Deno.test("pinned: a run starts from a checkpoint of version 3, whose classifier it keeps", () =>
  withFolder(async (folder) => {
    const { code, stdout, stderr } = await eoq([
      ...["train", "--from", await unpack(folder), "--train", "classifier", "--images", "64", "--train-limit", "400"],
      ...["--test-limit", "100", "--quiet", "--json", "--out", `${folder}/out`],
    ]);
    assertEquals(code, 0, stderr);
    const { model, from } = JSON.parse(stdout).config;
    assertEquals([model, from], ["lenet", WEIGHTS]);
    assertStringIncludes(stderr, "classifier: kept, its 10 classes are the same");
  }));

Deno.test("pinned: reports that earlier versions wrote are read", async () => {
  for (const [name, kind] of [["results", "runs"], ["bench", "bench"], ["ops", "ops"], ["paper", "paper"]] as const) {
    const source = await readSource(here(`earlier/${name}.json`).pathname);
    assertEquals(source.kind, kind);
  }
});
