import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../../lib/random.ts";
import { checkpointFiles, loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { assertRefused, beforeBudgetWarning, eoq, eoqSignalled, eoqWithFileLimit, withFolder } from "../eoq.ts";
import { timelessHistory } from "../train/timeless.ts";

/** Kills a run; those of eoq must leave the same bits whatever they interrupt. */
const KILLS = { eoq: 8, "bn-fp32": 3 };

function withData(test: (data: string, out: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 60, 30);
    await test(`${folder}/data`, `${folder}/out`);
  });
}

/** A run of 15 steps an epoch. */
function train(method: string, epochs: number, data: string): string[] {
  const network = ["--method", method, "--batch", "4", "--epochs", `${epochs}`];
  return ["train", ...network, "--crop", "1", "--flip", "on", "--mixup", "on", "--schedule", "cosine", "--data", data];
}

async function resultOf(out: string) {
  const { results: [result] } = JSON.parse(await Deno.readTextFile(`${out}/results.json`));
  return [result.weightsSha256, result.testAccuracy, timelessHistory(result.history)];
}

function modified(path: string): number | undefined {
  try {
    return Deno.statSync(path).mtime?.getTime();
  } catch {
    return undefined;
  }
}

/** Holds so many milliseconds after a file was first written again. */
function writtenSince(path: string, milliseconds: number): () => boolean {
  const before = modified(path);
  let first: number | undefined;
  return () => {
    const now = modified(path);
    if (now !== undefined && now !== before) first ??= performance.now();
    return first !== undefined && performance.now() - first >= milliseconds;
  };
}

for (const [method, kills] of Object.entries(KILLS)) {
  Deno.test(`survival: ${method} killed at random ends in the weights of an unbroken run`, () =>
    withData(async (data, out) => {
      const run = [...train(method, 40, data), "--threads", "1"];
      const args = [...run, "--out", out];
      const path = `${out}/${method}.checkpoint`;
      const random = new RandomStream(4, 0);
      const steps: number[] = [];
      for (let kill = 0; kill < kills; kill++) {
        const resume = kill === 0 ? [] : ["--resume"];
        // A checkpoint is written after every step: many kills come in the middle of one.
        const output = await eoqSignalled(
          [...args, "--checkpoint-every", "1", ...resume],
          "SIGKILL",
          writtenSince(path, random.below(60)),
        );
        assertEquals([output.code, output.stderr], [137, ""]);
        steps.push((await loadCheckpoint((await checkpointFiles(path))[0]!)).state.step);
      }
      assert(steps.every((step, i) => i === 0 || step > steps[i - 1]!), `no progress between kills: ${steps}`);
      assert(new Set(steps.map((step) => step % 15)).size > 1, `never within an epoch: ${steps}`);
      const resumed = await eoq([...args, "--resume"]);
      assertEquals(resumed.code, 0, resumed.stderr);
      const whole = await eoq([...run, "--out", `${out}/whole`]);
      assertEquals(whole.code, 0, whole.stderr);
      assertEquals(await resultOf(out), await resultOf(`${out}/whole`));
    }));
}

Deno.test("survival: past a damaged checkpoint the run goes on from the one before, and says so", () =>
  withData(async (data, out) => {
    const args = [...train("eoq", 2, data), "--out", out];
    assertEquals((await eoq(args)).code, 0);
    const before = await resultOf(out);
    const path = `${out}/eoq.checkpoint`;
    await Deno.truncate(path, 1000);
    const { code, stderr } = await eoq([...args, "--resume"]);
    assertEquals(code, 0, stderr);
    const expected = `eoq: warning: ${path}: the checkpoint is truncated or corrupted: it ends after 1000 bytes; ` +
      `going on from ${path}.1, 15 steps\n`;
    assertEquals(beforeBudgetWarning(stderr), expected);
    assertEquals(await resultOf(out), before);
  }));

Deno.test("survival: a full disk stops the run in one line and leaves the last checkpoint", () =>
  withData(async (data, out) => {
    const args = [...train("eoq", 8, data), "--out", out];
    const path = `${out}/eoq.checkpoint`;
    const stopped = await eoqSignalled(args, "SIGTERM", () => modified(path) !== undefined);
    assertRefused(stopped, 5, "interrupted");
    const before = await Deno.readFile(path);
    const { step } = (await loadCheckpoint(path)).state;

    const full = await eoqWithFileLimit([...args, "--resume"], 64);
    assertRefused(full, 5, `cannot write ${path}: File too large`, `the last checkpoint is of step ${step}`);
    assertEquals(await Deno.readFile(path), before);
    assert(!await Deno.stat(`${path}.tmp`).then(() => true, () => false));
    assertEquals((await eoq([...args, "--resume"])).code, 0);
  }));

Deno.test("survival: a folder that vanishes stops the run in one line", () =>
  withData(async (data, out) => {
    const args = [...train("eoq", 200, data), "--checkpoint-every", "1"];
    const path = `${out}/eoq.checkpoint`;
    const moved = `${out}-moved`;
    let renamed = false;
    const output = await eoqSignalled([...args, "--out", out], "SIGCONT", () => {
      if (modified(`${path}.1`) === undefined) return false;
      Deno.renameSync(out, moved);
      return renamed = true;
    });
    assert(renamed);
    assertRefused(output, 2, `cannot write ${path}: No such file or directory`);
    const said = Number(/the last checkpoint is of step (\d+)\n$/.exec(output.stderr)?.[1]);
    const { state } = await loadCheckpoint((await checkpointFiles(`${moved}/eoq.checkpoint`))[0]!);
    assert(state.step === said || state.step === said + 1, `${state.step}: ${output.stderr}`);
  }));
