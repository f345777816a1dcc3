import { assert, assertEquals } from "@std/assert";
import { assertRefused, eoq, eoqWithFileLimit, withFolder } from "../eoq.ts";
import { checkDump } from "../golden/reader/reader.ts";

/** The smallest dump there is. */
const SMALL = ["golden", "mlp", "--image", "3x4x1", "--classes", "3"];

Deno.test("golden: the manifest says where the step comes from, and the files are those that it names", () =>
  withFolder(async (folder) => {
    const out = `${folder}/out`;
    const { code, stdout, stderr } = await eoq([
      ...[...SMALL, "--batch", "2", "--steps", "3", "--seed", "5", "--set", "logitErrorRounding=stochastic"],
      ...["--weights", "16", "--out", out],
    ]);
    assertEquals([code, stderr], [0, ""]);
    const manifest = JSON.parse(await Deno.readTextFile(`${out}/manifest.json`));
    const { model, method, batch, seed, step, images, input, slots } = manifest;
    assertEquals([model, method, batch, seed, step, images, input], ["mlp", "eoq", 2, 5, 3, "random", "half"]);
    assertEquals([manifest.recipe.weightBits, manifest.recipe.logitErrorRounding], [16, "stochastic"]);
    assertEquals(slots.step, 3);
    const named = new Set<string>();
    for (const { operands } of manifest.calls) {
      for (
        const { before, after } of Object.values<{ before?: { file: string }; after?: { file: string } }>(operands)
      ) {
        for (const state of [before, after]) if (state !== undefined) named.add(state.file);
      }
    }
    const there = [...Deno.readDirSync(out)].map(({ name }) => name).filter((name) => name !== "manifest.json");
    assertEquals(there.sort(), [...named].sort());
    const bytes = there.reduce((sum, name) => sum + Deno.statSync(`${out}/${name}`).size, 0);
    assertEquals(
      stdout,
      `golden: ${out}/manifest.json, ${manifest.calls.length} calls, ${there.length} tensors, ${bytes} bytes\n`,
    );
    assertEquals((await checkDump(out)).problems, []);
    assertRefused(await eoq([...SMALL, "--out", out]), 2, out, "is not empty");
  }));

Deno.test("golden: what it cannot write is refused before anything is written", () =>
  withFolder(async (folder) => {
    const out = `${folder}/out`;
    const refused = async (args: readonly string[], ...words: string[]) => {
      assertRefused(await eoq([...args, "--out", out]), 2, ...words);
      assertEquals([...Deno.readDirSync(folder)], []);
    };
    await refused([...SMALL, "--method", "bn-fp32"], "--method", "bn-fp32", "eoq, wageubn");
    await refused([...SMALL, "--method", "eoq,wageubn"], "--method");
    await refused([...SMALL, "--method", "wageubn", "--recipe", "paper"], "--recipe", "wageubn");
    await refused(["golden", "lent"], "lent", "lenet");
    await refused(["golden", "lenet", "--data", folder], "--data", "--dataset");
    await refused([...SMALL, "--dataset", "mnist"], "--image", "--dataset");
    await refused(["golden", "lenet", "--image", "2x2x1"], "too small");
    const wide = ["golden", "resnet-8", "--image", "512x512x1", "--steps", "0", "--out", `${folder}/wide`];
    assertRefused(await eoq(wide), 2, "resnet-8 on images of 512x512x1: an output of 262144 pixels can pass int32");
  }));

Deno.test("golden: a full disk is one line, and leaves no manifest", () =>
  withFolder(async (folder) => {
    const out = `${folder}/out`;
    const failed = await eoqWithFileLimit(["golden", "lenet", "--threads", "1", "--out", out], 16);
    assertRefused(failed, 5, out, ".npy");
    assert(![...Deno.readDirSync(out)].some(({ name }) => name === "manifest.json"));
  }));
