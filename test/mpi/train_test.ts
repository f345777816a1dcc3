import { assert, assertEquals } from "@std/assert";
import type { Result } from "../../lib/report/run.ts";
import { checkpointFiles, loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { eoq, withFolder } from "../eoq.ts";
import { eoqWords, MPI, mpirun, mpirunUntil } from "./mpi.ts";

/** Training images, and those of them that a run may hold out. */
const IMAGES = 61, VALIDATION = 9;
/** Long enough that a run that is to be stopped is not over before. */
const EPOCHS = 60;

/** Images of a class each, in a folder, and a folder beside it for runs. */
function withData(test: (data: string, out: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, IMAGES, 230);
    await test(`${folder}/data`, `${folder}/out`);
  });
}

/** A run whose images are cropped, mirrored and mixed, and whose last step of an epoch has fewer of them. */
function words(method: string, batch: number, data: string, epochs = 2): string[] {
  const network = ["--method", method, "--batch", `${batch}`, "--epochs", `${epochs}`, "--threads", "1"];
  return ["train", ...network, "--crop", "1", "--flip", "on", "--mixup", "on", "--data", data];
}

async function resultOf(out: string): Promise<Result> {
  return JSON.parse(await Deno.readTextFile(`${out}/results.json`)).results[0];
}

/** What does not depend on the machine. */
function outcome({ weightsSha256, testAccuracy, averaged, history }: Result) {
  return {
    weightsSha256,
    testAccuracy,
    averaged,
    losses: history.map(({ trainLoss, trainAccuracy }) => [trainLoss, trainAccuracy]),
  };
}

async function alone(args: readonly string[], out: string): Promise<Result> {
  const { code, stderr } = await eoq([...args, "--out", out]);
  assertEquals(code, 0, stderr);
  return await resultOf(out);
}

async function together(ranks: number, args: readonly string[], out: string): Promise<Result> {
  const { code, stderr } = await mpirun(ranks, eoqWords([...args, "--out", out]));
  assertEquals(code, 0, stderr);
  return await resultOf(out);
}

/** Methods, batch sizes and ranks; running statistics are found again for averaged weights, by all ranks together. */
const RUNS: readonly [method: string, batch: number, ranks: readonly number[]][] = [
  ["eoq", 8, [2, 3]],
  ["eoq", 2, [3]],
  ["wageubn", 8, [2]],
];

for (const [method, batch, counts] of RUNS) {
  Deno.test({
    name: `ranks: ${method} at batch ${batch} trains, tests and averages on ${counts.join(" and ")} ranks as on one`,
    ignore: !MPI,
    fn: () =>
      withData(async (data, out) => {
        const args = [
          ...words(method, batch, data),
          "--average-from",
          "0",
          "--evaluate-every",
          "1",
          "--trace-every",
          "7",
        ];
        const one = await alone(args, `${out}1`);
        assertEquals(one.messages, undefined);
        for (const ranks of counts) {
          const result = await together(ranks, args, `${out}${ranks}`);
          assertEquals(outcome(result), outcome(one));
          assert(result.messages !== undefined && result.messages.maxima > 0 && result.messages.sums > 0);
        }
      }),
  });
}

Deno.test({
  name: "ranks: fp32 methods repeat their weights for a number of ranks, and come close to those of one",
  ignore: !MPI,
  fn: () =>
    withData(async (data, out) => {
      for (const method of ["bn-fp32", "fixup-fp32"]) {
        const args = words(method, 8, data), one = await alone(args, `${out}-${method}`);
        const [first, second] = [
          await together(2, args, `${out}-${method}-a`),
          await together(2, args, `${out}-${method}-b`),
        ];
        assertEquals(outcome(first), outcome(second));
        // The order of additions alone differs: over a few steps that is far below what a wrong gradient comes to.
        first.history.forEach(({ trainLoss }, epoch) => {
          const other = one.history[epoch]!.trainLoss;
          assert(Math.abs(trainLoss - other) < 2e-3 * other, `${method}: loss ${trainLoss}, alone ${other}`);
        });
      }
    }),
});

/** Whether a file is there. */
function written(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test({
  name:
    "ranks: told to end, all stop at one step and save; another number of ranks, or one, goes on to the same weights",
  ignore: !MPI,
  fn: () =>
    withData(async (data, out) => {
      // Sums of averaged weights, and images that are held out, go on as well.
      const held = ["--validation", `${VALIDATION}`, "--average-from", "0", "--average-every", "11"];
      const args = [...words("eoq", 4, data, EPOCHS), ...held, "--checkpoint-every", "1"];
      const one = await alone(args, `${out}1`);
      assert(one.averaged !== null && one.averaged !== undefined);
      for (const [ranks, next, signal] of [[2, 3, "SIGTERM"], [3, 1, "SIGINT"]] as const) {
        const folder = `${out}${ranks}`, path = `${folder}/eoq.checkpoint`, run = [...args, "--out", folder];
        const stopped = await mpirunUntil(ranks, eoqWords(run), () =>
          written(`${path}.1`), (child) =>
          child.kill(signal));
        assert(stopped.code !== 0, "a stopped run ended well");
        assert(stopped.stderr.includes(`eoq: interrupted; ${path} is written, go on with: `), stopped.stderr);
        const { state } = await loadCheckpoint(path);
        assert(
          state.step > 0 && state.images < EPOCHS * (IMAGES - VALIDATION),
          `nothing was left to do: ${state.step} steps`,
        );
        const resume = [...run, "--resume"];
        const { code, stderr } = next === 1 ? await eoq(resume) : await mpirun(next, eoqWords(resume));
        assertEquals(code, 0, stderr);
        assertEquals(outcome(await resultOf(folder)), outcome(one));
      }
    }),
});

Deno.test({
  name: "ranks: one that is killed ends the others, names itself, and leaves a checkpoint to go on from",
  ignore: !MPI,
  fn: () =>
    withData(async (data, out) => {
      const args = [...words("eoq", 4, data, EPOCHS), "--checkpoint-every", "1"];
      const one = await alone(args, `${out}1`);
      const run = [...args, "--out", out], path = `${out}/eoq.checkpoint`;
      const killed = await mpirunUntil(2, eoqWords(run), () =>
        written(path), () =>
        Deno.kill(secondRank(out), "SIGKILL"));
      assert(killed.code !== 0, "a run without its second rank ended well");
      assert(/rank 1\b[^\n]*(signal 9|killed)|signal 9[^\n]*rank 1\b/i.test(killed.stderr), killed.stderr);
      for (const file of await checkpointFiles(path)) {
        await loadCheckpoint(file);
      }
      const { code, stderr } = await eoq([...run, "--resume"]);
      assertEquals(code, 0, stderr);
      assertEquals(outcome(await resultOf(out)), outcome(one));
    }),
});

Deno.test({
  name: "ranks: one that answers no more ends the run after the time that it is given, in a line",
  ignore: !MPI,
  fn: () =>
    withData(async (data, out) => {
      const run = [...words("eoq", 4, data, EPOCHS), "--checkpoint-every", "1", "--ranks-wait", "2", "--out", out];
      const path = `${out}/eoq.checkpoint`;
      const { code, stderr } = await mpirunUntil(
        2,
        eoqWords(run),
        () => written(path),
        () => Deno.kill(secondRank(out), "SIGSTOP"),
      );
      assertEquals(code, 5, stderr);
      assert(stderr.includes("eoq: lost the other ranks: no message for 2 s\n"), stderr);
      assert((await loadCheckpoint(path)).state.step > 0);
    }),
});

/** The process that is rank 1 of the run in a folder. */
function secondRank(folder: string): number {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [line, environment] = ["cmdline", "environ"].map((file) => Deno.readTextFileSync(`/proc/${name}/${file}`));
      const isOfRun = line!.split("\0").includes(folder),
        isSecond = /(OMPI_COMM_WORLD|PMI)_RANK=1\0/.test(environment!);
      if (isOfRun && isSecond) return Number(name);
    } catch {
      // It has ended, or is another user's.
    }
  }
  throw new Error("there is no rank 1");
}
