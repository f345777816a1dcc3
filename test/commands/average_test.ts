import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { METHODS } from "../../lib/exec/methods.ts";
import { Model } from "../../lib/model/model.ts";
import type { Prediction } from "../../lib/model/prediction.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { parseReport, type Result } from "../../lib/report/run.ts";
import { WeightAverage } from "../../lib/train/average.ts";
import { loadCheckpoint, saveCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { assertRefused, eoq, eoqSignalled, withFolder } from "../eoq.ts";
import { timeless } from "../train/timeless.ts";

const readResults = async (folder: string) =>
  parseReport(JSON.parse(await Deno.readTextFile(`${folder}/results.json`))).results;

Deno.test("compare: averaged weights are measured beside the last ones, by eval too, and change neither of them", () =>
  withFolder(async (folder) => {
    const data = `${folder}/data`, out = `${folder}/out`;
    await writeIdxFolder(data, 60, 30);
    const run = ["compare", "--method", METHODS.join(), "--batch", "16", "--epochs", "4", "--data", data];
    const plain = await eoq([...run, "--out", `${folder}/plain`]);
    assertEquals(plain.code, 0, plain.stderr);
    const averaged = await eoq([...run, "--out", out, "--average-from", "50"]);
    assertEquals(averaged.code, 0, averaged.stderr);
    assertStringIncludes(averaged.stdout, "averaged");
    assert(!plain.stdout.includes("averaged"));
    const [before, after] = [await readResults(`${folder}/plain`), await readResults(out)];
    for (const [i, result] of after.entries()) {
      const { averaged, ...rest } = result, { bytes: { optimizer, ...bytes }, ...others } = timeless(rest as Result);
      const { bytes: { optimizer: less, ...same }, ...own } = timeless(before[i]!);
      assertEquals([others, bytes], [own, same]);
      assertEquals(averaged!.samples, 3);
      assertNotEquals(averaged!.weightsSha256, result.weightsSha256);
      const path = `${out}/${result.method}.checkpoint`;
      const { sums } = await loadCheckpoint(path);
      assertEquals(optimizer - less, sums!.entries.reduce((sum, entry) => sum + entry.bytes.byteLength, 0));
      const measured = await eoq(["eval", path, "--json"]);
      assertEquals(timeless(parseReport(JSON.parse(measured.stdout)).results[0]!), timeless(result));

      const exported = await eoq([
        "export",
        path,
        "--averaged",
        "--format",
        "npz",
        "--out",
        `${out}/averaged.npz`,
        "--overwrite",
      ]);
      assertEquals([exported.code, exported.stderr], [0, ""]);
      assertStringIncludes(exported.stdout, `weights ${averaged!.weightsSha256.slice(0, 12)}`);
    }
  }));

/** A row of eoq predict. */
const rowOf = async (checkpoint: string, image: string, ...options: string[]) => {
  const { code, stdout, stderr } = await eoq(["predict", checkpoint, image, "--json", "--top", "10", ...options]);
  assertEquals([code, stderr], [0, ""]);
  return new Map(JSON.parse(stdout).top.map(({ name, probability }: Record<string, unknown>) => [name, probability]));
};

Deno.test("predict: --averaged says what averaged weights say; what has none is refused in a line, by export too", () =>
  withFolder(async (folder) => {
    const data = `${folder}/data`, image = `${folder}/image.png`, path = `${folder}/out/eoq.checkpoint`;
    await writeIdxFolder(data, 60, 30);
    const train = ["train", "--batch", "16", "--epochs", "4", "--data", data];
    assertEquals((await eoq([...train, "--average-from", "50", "--out", `${folder}/out`])).code, 0);
    const pixels = Uint8Array.from({ length: 64 }, (_, i) => 4 * i);
    await sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } }).toColourspace("b-w").png().toFile(image);
    const { sums, ...checkpoint } = await loadCheckpoint(path);
    const entries = new WeightAverage(sums).mean(checkpoint.entries);
    using library = await openLibrary();
    using model = Model.of(library, { ...checkpoint, entries }, path);
    const [{ probabilities }] = model.predict(pixels) as [Prediction];
    assertEquals(
      await rowOf(path, image, "--averaged"),
      new Map(probabilities.map((each, i) => [model.classes[i]!, each])),
    );
    assertNotEquals(await rowOf(path, image), await rowOf(path, image, "--averaged"));

    assertEquals((await eoq([...train, "--out", `${folder}/plain`])).code, 0);
    const plain = `${folder}/plain/eoq.checkpoint`;
    assertRefused(await eoq(["predict", plain, image, "--averaged"]), 2, "--averaged", "has no averaged weights");
    assertRefused(await eoq(["export", plain, "--averaged"]), 2, "--averaged", "has no averaged weights");
    assertRefused(await eoq(["export", "lenet", "--averaged"]), 2, "--averaged", "not trained");
  }));

Deno.test("train: what a checkpoint had learnt behind its run is kept by the rest of the run, and said", () =>
  withFolder(async (folder) => {
    const data = `${folder}/data`, out = `${folder}/out`, path = `${out}/eoq.checkpoint`;
    await writeIdxFolder(data, 60, 30);
    const train = ["train", "--batch", "8", "--epochs", "2", "--keep", "2", "--data", data, "--out", out];
    assertEquals((await eoq(train)).code, 0);
    const learnt = { steps: 3, images: 5 };
    await saveCheckpoint(path, { ...await loadCheckpoint(`${path}.1`), learnt });
    const { code, stderr } = await eoq([...train, "--resume"]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "eoq.checkpoint has learnt 5 images since");
    assertEquals((await loadCheckpoint(path)).learnt, learnt);
  }));

for (const method of ["eoq", "bn-fp32"] as const) {
  Deno.test(`train: ${method} with warm-up, smoothing, validation and an average, stopped and resumed, comes to the same`, () =>
    withFolder(async (folder) => {
      const data = `${folder}/data`, out = `${folder}/out`;
      await writeIdxFolder(data, 60, 30);
      const train = ["train", "--method", method, "--batch", "8", "--epochs", "30", "--data", data];
      train.push(
        "--warmup",
        "20",
        "--smoothing",
        "0.1",
        "--validation",
        "12",
        "--average-from",
        "0",
        "--average-every",
        "5",
      );
      train.push("--crop", "1", "--flip", "on", "--mixup", "on", "--checkpoint-every", "7");
      const written = () => {
        try {
          return Deno.statSync(`${out}/${method}.checkpoint`).isFile;
        } catch {
          return false;
        }
      };
      const stopped = await eoqSignalled([...train, "--out", out], "SIGINT", written);
      assertEquals(stopped.code, 5, stopped.stderr);
      assertEquals((await eoq([...train, "--out", out, "--resume"])).code, 0);
      assertEquals((await eoq([...train, "--out", `${folder}/whole`])).code, 0);
      const [[broken], [whole]] = [await readResults(out), await readResults(`${folder}/whole`)];
      assertEquals(timeless(broken!), timeless(whole!));
      // 6 steps an epoch.
      assertEquals(whole!.averaged!.samples, 36);
    }));
}
