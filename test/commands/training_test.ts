import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { loadDataset } from "../../lib/data/datasets.ts";
import { MNIST_FILES } from "../../lib/data/mnist.ts";
import { noisySplit } from "../../lib/data/noise.ts";
import { type Report, reportSchema } from "../../lib/report/run.ts";
import { idxBytes, writeIdxFolder } from "../data/idx_files.ts";
import { assertRefused, beforeBudgetWarning, eoq, eoqSignalled, withFolder } from "../eoq.ts";
import { resigned } from "../train/resigned.ts";
import { timeless } from "../train/timeless.ts";

/** Options of runs that take a second. */
const SMALL = ["--batch", "16", "--epochs", "2"];

function withData(test: (data: string, out: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 60, 30);
    await test(`${folder}/data`, `${folder}/out`);
  });
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function readReport(folder: string): Promise<Report> {
  return reportSchema.parse(JSON.parse(await Deno.readTextFile(`${folder}/results.json`)));
}

Deno.test("compare: one report on stdout and in the folder, on stderr only that its budget is small", () =>
  withData(async (data, out) => {
    const args = ["compare", ...SMALL, "--keep", "1", "--data", data, "--out", out, "--json"];
    const { code, stdout, stderr } = await eoq(args);
    assertEquals([code, beforeBudgetWarning(stderr)], [0, ""]);
    assertEquals(stdout, await Deno.readTextFile(`${out}/results.json`));
    assertEquals(names(out), ["bn-fp32.checkpoint", "eoq.checkpoint", "results.json"]);
    const { command, config, results } = await readReport(out);
    assertEquals(command, ["eoq", ...args].join(" "));
    assertEquals([config.trainImages, config.testImages, config.batch, config.epochs], [60, 30, 16, 2]);
    assertEquals(results.map(({ method, images }) => [method, images]), [["eoq", 120], ["bn-fp32", 120]]);
    for (const { testAccuracy, history } of results) {
      assert(Number.isInteger(Math.round(testAccuracy! * 30 * 1e9) / 1e9));
      assertEquals(history.map(({ epoch }) => epoch), [1, 2]);
    }
  }));

Deno.test("compare: --resume does not train a finished method again", () =>
  withData(async (data, out) => {
    const args = ["compare", ...SMALL, "--keep", "1", "--data", data, "--out", out];
    const first = await eoq([...args, "--resume"]);
    assertEquals(first.code, 0, first.stderr);
    const begins = `eoq: --resume: ${out} has no checkpoint, starting from the beginning\n`;
    assertEquals(beforeBudgetWarning(first.stderr), begins);
    for (const line of ["method", "eoq", "bn-fp32"]) assert(first.stdout.includes(`\n${line} `), first.stdout);
    const before = await readReport(out);
    await Deno.remove(`${out}/bn-fp32.checkpoint`);
    assertEquals((await eoq([...args, "--resume"])).code, 0);
    const after = await readReport(out);
    for (const [i, { weightsSha256, testAccuracy, trainImagesPerSecond }] of before.results.entries()) {
      const again = after.results[i]!;
      assertEquals([again.weightsSha256, again.testAccuracy], [weightsSha256, testAccuracy]);
      assertEquals(again.trainImagesPerSecond === trainImagesPerSecond, again.method === "eoq");
    }
  }));

Deno.test("eval: the accuracy and the weights that training reported", () =>
  withData(async (data, out) => {
    for (const method of ["eoq", "bn-fp32"]) {
      const train = await eoq(["train", "--method", method, ...SMALL, "--data", data, "--out", out, "--overwrite"]);
      assertEquals(train.code, 0, train.stderr);
      const checkpoint = `${out}/${method}.checkpoint`;
      assertStringIncludes(train.stdout, `checkpoint: ${checkpoint}\n`);
      const [trained] = (await readReport(out)).results;
      const { code, stdout } = await eoq(["eval", checkpoint, "--json"]);
      assertEquals(code, 0);
      const [measured] = reportSchema.parse(JSON.parse(stdout)).results;
      assertEquals({ ...measured, inferenceImagesPerSecond: 1 }, { ...trained, inferenceImagesPerSecond: 1 });
    }
  }));

Deno.test("eval: --noise measures noisy test images too, all methods the same", () =>
  withData(async (data, out) => {
    const dataset = await loadDataset("mnist", data);
    for (const method of ["eoq", "bn-fp32"]) {
      await eoq(["train", "--method", method, ...SMALL, "--data", data, "--out", out, "--overwrite"]);
      const args = ["eval", `${out}/${method}.checkpoint`, "--noise", "0,40"];
      const { results: [measured] } = reportSchema.parse(JSON.parse((await eoq([...args, "--json"])).stdout));
      const { noise, testAccuracy } = measured!;
      assertEquals(noise!.map(({ sigma }) => sigma), [0, 40]);
      assertEquals(noise![0]!.accuracy, testAccuracy);

      // The same images, written out as a dataset of their own.
      const noisy = noisySplit(dataset.test, 40, 1);
      const pixels = Array.from({ length: noisy.count }, (_, i) => [...noisy.image(i)]).flat();
      await writeIdxFolder(`${out}/noisy`, 60, 30);
      const file = `${out}/noisy/${MNIST_FILES.testImages}`;
      await Deno.writeFile(file, idxBytes(0x803, [noisy.count, 8, 8], Uint8Array.from(pixels)));
      const plain = await eoq(["eval", args[1]!, "--data", `${out}/noisy`, "--json"]);
      assertEquals(noise![1]!.accuracy, reportSchema.parse(JSON.parse(plain.stdout)).results[0]!.testAccuracy);

      const { stdout } = await eoq(args);
      for (const word of ["noise", "0/255", "40/255"]) assertStringIncludes(stdout, word);
    }
    const checkpoint = `${out}/eoq.checkpoint`;
    assertRefused(await eoq(["eval", checkpoint, "--noise", "256"]), 2, '--noise: "256" is not a number from 0 to 255');
    assertRefused(await eoq(["eval", checkpoint, "--noise", "8,8"]), 2, "--noise: 8 is named twice");
  }));

Deno.test("eval: a damaged checkpoint and other data are refused", () =>
  withData(async (data, out) => {
    await eoq(["train", ...SMALL, "--data", data, "--out", out]);
    const path = `${out}/eoq.checkpoint`;
    const bytes = await Deno.readFile(path);
    await writeIdxFolder(`${out}/short`, 60, 29);
    assertRefused(await eoq(["eval", path, "--data", `${out}/short`]), 2, "tested on 30 images", "29");
    bytes[bytes.byteLength >> 1]! ^= 1;
    await Deno.writeFile(path, bytes);
    assertRefused(await eoq(["eval", path]), 2, path, "corrupted");
    await Deno.writeFile(path, bytes.subarray(0, bytes.byteLength >> 1));
    assertRefused(await eoq(["eval", path]), 2, path, "truncated");
  }));

Deno.test("eval: accuracy and inference come first, what training cost is --wide", () =>
  withData(async (data, out) => {
    await eoq(["train", ...SMALL, "--data", data, "--out", out]);
    const [brief, wide] = await Promise.all(
      [[], ["--wide"]].map((more) => eoq(["eval", `${out}/eoq.checkpoint`, ...more])),
    );
    assertEquals([brief!.code, wide!.code], [0, 0]);
    for (const word of ["accuracy", "inference", "parameter"]) assertStringIncludes(brief!.stdout, word);
    for (const word of ["train ", "multiplies", "optimizer"]) {
      assert(!brief!.stdout.includes(word) && wide!.stdout.includes(word), word);
    }
  }));

Deno.test("eval: values that no tensor can have are refused by the file's name", () =>
  withData(async (data, out) => {
    const train = ["train", ...SMALL, "--data", data, "--out", out];
    await eoq(train);
    const path = `${out}/eoq.checkpoint`;
    const good = await Deno.readFile(path);
    await Deno.writeFile(path, await resigned(good, { tensors: (bytes) => bytes.fill(0x80) }));
    for (const args of [["eval", path], [...train, "--resume"]]) {
      assertRefused(await eoq(args), 2, path, "-127..127");
    }
  }));

for (const [method, signal] of [["eoq", "SIGINT"], ["bn-fp32", "SIGTERM"], ["eoq", "SIGHUP"]] as const) {
  Deno.test(`train: ${method} stopped by ${signal} and resumed ends in the same weights`, () =>
    withData(async (data, out) => {
      const train = ["train", "--method", method, "--batch", "16", "--epochs", "30", "--data", data];
      const path = `${out}/${method}.checkpoint`;
      const stopped = await eoqSignalled(
        [...train, "--out", out],
        signal,
        () => exists(path),
      );
      assertRefused(stopped, 5, "interrupted", path);
      assertEquals(names(out).filter((name) => !name.startsWith(`${method}.checkpoint`)), []);

      assertRefused(await eoq([...train, "--out", out, "--seed", "2", "--resume"]), 2, path, "seed 1, not 2");
      const resume = stopped.stderr.trim().split("go on with: deno task eoq ")[1]!.split(" ");
      const resumed = await eoq(resume);
      assertEquals(resumed.code, 0, resumed.stderr);
      assertEquals((await eoq([...train, "--out", `${out}/whole`])).code, 0);
      const [[broken], [whole]] = [(await readReport(out)).results, (await readReport(`${out}/whole`)).results];
      assertEquals(timeless(broken!), timeless(whole!));
    }));
}

Deno.test("train: takes one method and one batch size", async () => {
  assertRefused(await eoq(["train", "--batch", "1,2"]), 2, "--batch", "one value");
  assertRefused(await eoq(["train", "--method", "eoq,bn-fp32"]), 2, "--method", "one method");
});

Deno.test("train: --trace writes a line of JSON every so many steps and changes nothing", () =>
  withData(async (data, out) => {
    const train = ["train", "--batch", "16", "--epochs", "3", "--data", data];
    const file = `${out}.jsonl`;
    assertEquals((await eoq([...train, "--out", out])).code, 0);
    const traced = await eoq([...train, "--out", `${out}/t`, "--trace", file, "--trace-every", "5"]);
    assertEquals([traced.code, beforeBudgetWarning(traced.stderr)], [0, ""]);
    const [plain, same] = [await readReport(out), await readReport(`${out}/t`)];
    assertEquals(same.results[0]!.weightsSha256, plain.results[0]!.weightsSha256);
    const records = (await Deno.readTextFile(file)).trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(records.map(({ method, step, images }) => [method, step, images]), [["eoq", 5, 76], ["eoq", 10, 152]]);
    assert(records.every(({ tensors }) => tensors.length === 3 * 8));

    const again = [...train, "--out", `${out}/fp32`, "--method", "bn-fp32", "--trace", file];
    assertRefused(await eoq(again), 2, "--trace", file, "--overwrite");
    const fp32 = await eoq([...again, "--overwrite"]);
    assertEquals([fp32.code, beforeBudgetWarning(fp32.stderr)], [
      0,
      "eoq: warning: --trace: bn-fp32 has no counters\n",
    ]);
    assertEquals(await Deno.readTextFile(file), "");
    assertRefused(
      await eoq([...train, "--out", `${out}/no-trace`, "--trace", `${out}/no/file`]),
      2,
      "cannot write",
      "no/file",
    );
  }));
