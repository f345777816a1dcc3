import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { METHODS, TRAITS } from "../../lib/exec/methods.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { parseReport } from "../../lib/report/run.ts";
import type { Checkpoint } from "../../lib/train/checkpoint.ts";
import { checkpointFiles, loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { writeImageFolder } from "../data/image_files.ts";
import { assertRefused, beforeBudgetWarning, eoq, eoqSignalled, withFolder } from "../eoq.ts";
import { timeless } from "../train/timeless.ts";

/** A trained network and data; a run of it has so many steps an epoch. */
function withStart(method: string, test: (start: string, data: string, out: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const data = `${folder}/data`;
    await writeIdxFolder(data, 60, 30);
    const run = ["train", "--method", method, "--batch", "4", "--epochs", "2", "--data", data];
    const { code, stderr } = await eoq([...run, "--out", `${folder}/start`]);
    assertEquals(code, 0, stderr);
    await test(`${folder}/start/${method}.checkpoint`, data, `${folder}/out`);
  });
}

const weightsOf = ({ entries }: Checkpoint, isOf: (name: string) => boolean) =>
  entries.filter(({ name, weights }) => weights && isOf(name)).map(({ name, bytes }) => [name, bytes] as const);

const isFrozen = (name: string) => /^(stem|stage[12])/.test(name);

for (const method of METHODS) {
  Deno.test(`from: ${method} goes on from a checkpoint, its frozen layers as they were`, () =>
    withStart(method, async (start, data, out) => {
      const begun = await loadCheckpoint(start);
      const tuned = await eoq([
        "train",
        "--from",
        start,
        "--train",
        "last:2",
        "--batch",
        "4",
        "--seed",
        "3",
        "--out",
        out,
      ]);
      assertEquals(tuned.code, 0, tuned.stderr);
      const digest = await weightsSha256(begun.entries);
      const notes = beforeBudgetWarning(tuned.stderr).split("\n");
      assertStringIncludes(
        notes[0]!,
        `eoq: from ${start}: weights ${digest.slice(0, 8)} of ${method}, resnet-8, input half`,
      );
      assertEquals(notes[1], "eoq: classifier: kept, its 10 classes are the same");
      assertEquals(notes[2], "eoq: trained: last:2: stage3.block1 to classifier, 55,936 of 74,512 weights");
      const costs = /^eoq: a training step: 1.117 M MACs\/image, [\d.]+ [kM]iB; of all layers: 2.232 M MACs\/image, /;
      assert(costs.test(notes[3]!), notes[3]);
      assertStringIncludes(
        tuned.stdout,
        `trained: last:2, the layers below frozen; started from the weights ${digest.slice(0, 8)}`,
      );

      const ended = await loadCheckpoint(`${out}/${method}.checkpoint`);
      assertEquals([ended.config.method, ended.config.model, ended.config.data], [method, "resnet-8", data]);
      assertEquals([ended.config.train, ended.config.from], ["last:2", digest]);
      assertEquals(weightsOf(ended, isFrozen), weightsOf(begun, isFrozen));
      const classifier = (name: string) => name === "classifier.weights";
      assertNotEquals(weightsOf(ended, classifier), weightsOf(begun, classifier));
      assertEquals(ended.entries.filter(({ name, weights }) => !weights && isFrozen(name)), []);

      const { results: [result] } = parseReport(JSON.parse(await Deno.readTextFile(`${out}/results.json`)));
      const measured = await eoq(["eval", `${out}/${method}.checkpoint`, "--json"]);
      assertEquals(timeless(parseReport(JSON.parse(measured.stdout)).results[0]!), timeless(result!));
    }));
}

Deno.test("from: the weights of a run that trains nothing new are the checkpoint's, however the run is asked for", () =>
  withStart("eoq", async (start, data, out) => {
    const hash = async (name: string, ...more: string[]) => {
      const run = ["train", "--from", start, "--batch", "4", "--epochs", "1", "--json", "--out", `${out}/${name}`];
      const { code, stdout, stderr } = await eoq([...run, ...more]);
      assertEquals(code, 0, stderr);
      return JSON.parse(stdout).results[0].weightsSha256;
    };
    const expected = await hash("all");
    const same = [
      "--method",
      "eoq",
      "--model",
      "resnet-8",
      "--input",
      "half",
      "--set",
      "gradientBits=8",
      "--data",
      data,
    ];
    assertEquals(await hash("same", ...same, "--train", "all", "--recipe", "default"), expected);
    assertEquals(await hash("every", "--train", "last:5"), expected);
    assertNotEquals(await hash("part", "--train", "last:4"), expected);
    assertNotEquals(await hash("seed", "--seed", "2"), expected);
  }));

Deno.test("from: what contradicts the checkpoint is refused in one line, and nothing is left", () =>
  withStart("eoq", async (start, data, out) => {
    const refused = async (words: readonly string[], ...args: string[]) =>
      assertRefused(await eoq(["train", "--out", out, "--data", data, ...args]), 2, ...words);
    const from = ["--from", start];
    await refused(["--model: ", "has model resnet-8, not lenet"], ...from, "--model", "lenet");
    await refused(["--method: ", "has method eoq, not bn-fp32"], ...from, "--method", "bn-fp32");
    await refused(["--input: ", "has input half, not centered"], ...from, "--input", "centered");
    await refused(["--recipe: ", "recipe.centredGradients true, not false"], ...from, "--recipe", "paper");
    await refused(["--set: ", "has recipe.gradientBits 8, not 5"], ...from, "--set", "gradientBits=5");
    await refused(["--weights: ", "has recipe.weightBits 8, not 16"], ...from, "--weights", "16");
    await refused(["--classes: 3 is below the 10 of the data"], ...from, "--classes", "3");
    await refused(["--train: last:6: resnet-8 has 5 layers"], ...from, "--train", "last:6");
    await refused(['--train: "first:2" is not all, classifier or last:N'], ...from, "--train", "first:2");
    await refused(["no such checkpoint"], "--from", `${start}.not`);
    await refused(["not an eoq checkpoint"], "--from", `${data}/train-images-idx3-ubyte`);
    assertRefused(await eoq(["compare", ...from]), 2, 'unknown option "--from"');

    const file = `${data}/config.json`;
    const withConfig = async (config: unknown, words: readonly string[], ...args: string[]) => {
      await Deno.writeTextFile(file, JSON.stringify(config));
      await refused(words, "--config", file, ...args);
    };
    const digest = await weightsSha256((await loadCheckpoint(start)).entries);
    await withConfig({ model: "lenet" }, [`--config: ${file}: `, "has model resnet-8, not lenet"], ...from);
    await withConfig({ recipe: { errorBits: 7 } }, ["has recipe.errorBits 8, not 7"], ...from);
    await withConfig({ train: "some" }, ["train: must be all, classifier or last:N"], ...from);
    await withConfig({ from: digest }, [`starts from the weights ${digest.slice(0, 8)}`, "eoq train --from"]);
    await withConfig({ from: "0".repeat(64) }, ["starts from the weights 00000000", digest.slice(0, 8)], ...from);
    assert(!await Deno.stat(out).then(() => true, () => false));
  }));

Deno.test("from: a report's configuration repeats its run", () =>
  withStart("eoq", async (start, data, out) => {
    const run = ["train", "--from", start, "--data", data, "--json"];
    const first = await eoq([...run, "--train", "classifier", "--batch", "8", "--epochs", "1", "--out", out]);
    assertEquals(first.code, 0, first.stderr);
    const again = await eoq([...run, "--config", `${out}/results.json`, "--out", `${out}/again`]);
    assertEquals(again.code, 0, again.stderr);
    const [a, b] = [first, again].map(({ stdout }) => parseReport(JSON.parse(stdout)));
    assertEquals([b!.config, b!.results.map(timeless)], [a!.config, a!.results.map(timeless)]);
    const config = await eoq(["config", "--from", start, "--train", "classifier", "--config", `${out}/results.json`]);
    assertEquals(JSON.parse(config.stdout), { ...a!.config, method: ["eoq"] });
  }));

Deno.test("from: killed at random and resumed, a run with frozen layers ends as one that never stopped", () =>
  withStart("eoq", async (start, data, out) => {
    const run = ["train", "--from", start, "--train", "last:2", "--batch", "4", "--epochs", "40", "--data", data];
    run.push("--crop", "1", "--flip", "on");
    const path = `${out}/eoq.checkpoint`;
    const writtenAt = () => {
      try {
        return Deno.statSync(path).mtime!.getTime();
      } catch {
        return 0;
      }
    };
    const steps = [0];
    for (let kill = 0; kill < 4; kill++) {
      const before = writtenAt(), resume = kill === 0 ? [] : ["--resume"];
      const every = [...run, "--out", out, "--checkpoint-every", "1", ...resume];
      const killed = await eoqSignalled(every, "SIGKILL", () => writtenAt() > before);
      assertEquals(killed.code, 137, killed.stderr);
      steps.push((await loadCheckpoint((await checkpointFiles(path))[0]!)).state.step);
    }
    assert(steps.every((step, i) => i === 0 || step > steps[i - 1]!), `no progress between kills: ${steps}`);
    const other = await eoq([...run.with(4, "last:3"), "--out", out, "--resume"]);
    assertRefused(other, 2, 'cannot resume: its run has train "last:2", not "last:3"');
    const resumed = await eoq([...run, "--out", out, "--resume", "--json", "--quiet"]);
    assertEquals([resumed.code, beforeBudgetWarning(resumed.stderr)], [0, ""]);
    const whole = await eoq([...run, "--out", `${out}/whole`, "--json", "--threads", "1"]);
    const [a, b] = [resumed, whole].map(({ stdout }) => timeless(parseReport(JSON.parse(stdout)).results[0]!));
    assertEquals(a, b);
  }));

/** How a new classifier is said to start. */
const STARTS = {
  "eoq": "weights 0 in steps of 2^-7",
  "wageubn": "weights 0 in steps of 2^-7",
  "fixup-fp32": "weights 0",
  "bn-fp32": "weights uniform within +-0.125, from the seed",
};

Deno.test("from: other classes get a new classifier, other sizes of images are taken where the network takes them", () =>
  withFolder(async (folder) => {
    await writeImageFolder(`${folder}/two`, ["ant", "bee"], { train: 6, test: 2 });
    await writeImageFolder(`${folder}/three`, ["ant", "bee", "cat"], { train: 6, test: 2 });
    await writeImageFolder(`${folder}/other`, ["dog", "eel"], { train: 6, test: 2 });
    using library = await openLibrary();
    const env = { EOQ_CACHE: `${folder}/cache`, EOQ_LIB: library.built.path };
    const train = async (name: string, data: string, ...more: string[]) => {
      const size = more.includes("--image-size") ? [] : ["--image-size", "8"];
      const images = ["--dataset", "folder", "--data", `${folder}/${data}`, ...size];
      const run = ["train", ...images, "--batch", "5", "--epochs", "1", "--out", `${folder}/${name}`];
      return await eoq([...run, ...more], { env });
    };
    const noteOf = ({ code, stderr }: { code: number; stderr: string }) => {
      assertEquals(code, 0, stderr);
      return /^eoq: classifier: (.*)$/m.exec(stderr)?.[1];
    };
    for (const method of METHODS) {
      const start = `${folder}/${method}/${method}.checkpoint`;
      assertEquals((await train(method, "two", "--method", method)).code, 0);
      const from = (name: string, data: string, ...more: string[]) =>
        train(`${method}-${name}`, data, "--from", start, ...more);
      assertEquals(noteOf(await from("same", "two")), "kept, its 2 classes are the same");
      assertEquals(noteOf(await from("three", "three")), `new, for 3 classes: ${STARTS[method]}`);
      assertEquals(noteOf(await from("other", "other")), `new, for 2 classes: ${STARTS[method]}`);
      assertEquals(noteOf(await from("wide", "two", "--classes", "4")), `new, for 4 classes: ${STARTS[method]}`);
      assertEquals(
        noteOf(await from("large", "two", "--image-size", "11", "--train", "last:2")),
        "kept, its 2 classes are the same",
      );
      const wide = await loadCheckpoint(`${folder}/${method}-wide/${method}.checkpoint`);
      assertEquals(wide.config.classes, 4);
      const measured = await eoq(["eval", `${folder}/${method}-wide/${method}.checkpoint`, "--json"], { env });
      assertEquals(measured.code, 0, measured.stderr);
      if (TRAITS[method].arithmetic === "fp32") continue;
      const hashes = await Promise.all([1, 2].map(async (threads) => {
        const { stdout } = await from(`three-${threads}`, "three", "--threads", `${threads}`, "--json");
        return JSON.parse(stdout).results[0].weightsSha256;
      }));
      assertEquals(hashes[0], hashes[1]);
    }
    const mlp = await train("mlp", "two", "--model", "mlp");
    assertEquals(mlp.code, 0, mlp.stderr);
    const larger = await train("mlp2", "two", "--image-size", "9", "--from", `${folder}/mlp/eoq.checkpoint`);
    assertRefused(larger, 2, "hidden1 has weights for 192 inputs, images of 9x9x3 give it 243");
  }));

Deno.test("train: layers that are frozen without --from are said to be untrained", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 60, 30);
    const run = ["train", "--train", "classifier", "--data", folder, "--epochs", "1", "--out", `${folder}/out`];
    const { code, stderr } = await eoq(run);
    assertEquals(code, 0, stderr);
    const notes = beforeBudgetWarning(stderr).split("\n");
    assertEquals(notes[0], "eoq: trained: classifier: 640 of 74,512 weights");
    assertStringIncludes(notes[1]!, "frozen layers keep the weights that they are drawn with");
  }));
