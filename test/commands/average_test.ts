import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { METHODS } from "../../lib/exec/methods.ts";
import { parseReport, type Result } from "../../lib/report/run.ts";
import { loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { eoq, eoqSignalled, withFolder } from "../eoq.ts";
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
    }
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
