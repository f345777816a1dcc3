/**
 * A cell that trains: one `eoq train` in a process of its own, with a folder
 * of its own, so that anyone can repeat it from its command line and a crash
 * takes no other cell along.
 *
 * @module
 */

import { RunError, UserError } from "../errors.ts";
import { commandLine } from "../terminal/command_line.ts";
import { checkpointFiles } from "../train/checkpoint_files.ts";
import { readIfThere, writeAtomically } from "../package/atomic_files.ts";
import type { Cell, Done } from "./grid.ts";
import { runEoq } from "./child.ts";
import { finished, parseKept } from "./kept_cell.ts";
import { type TrainingResult, trainingResultSchema } from "../report/paper.ts";

/** A training run of a grid. */
export interface TrainingRun {
  readonly name: string;
  readonly method: string;
  /** What fixes its result: arguments of `eoq train`. */
  readonly identity: readonly string[];
  /** What does not: `--threads` and `--isa`. */
  readonly machine: readonly string[];
  readonly work: number;
}

/** The cell of a run in the grid's folder. */
export function trainingCell(
  { name, method, identity, machine, work }: TrainingRun,
  grid: string,
): Cell<TrainingResult> {
  const folder = `${grid}/cells/${name}`;
  const args = ["train", ...identity, "--out", folder];
  const command = commandLine(["eoq", ...args]);
  const path = `${folder}/results.json`;
  const failure = `${folder}/failed.txt`;

  async function earlier(): Promise<Done<TrainingResult> | undefined> {
    const report = await readIfThere(path);
    if (report !== undefined) {
      const result = parseKept(trainingResultSchema, report, path);
      requireOwn(result.command);
      return await finished(result, path);
    }
    const [itsCommand, message] = (await readIfThere(failure))?.split("\n") ?? [];
    if (itsCommand === undefined || message === undefined) return undefined;
    requireOwn(itsCommand);
    return { status: "failed", message };
  }

  function requireOwn(itsCommand: string): void {
    if (itsCommand.startsWith(`${commandLine(["eoq", "train", ...identity])} --out `)) return;
    throw new UserError(`${folder} has the result of another run (${itsCommand}); give another --out`);
  }

  return {
    name,
    command,
    work,
    earlier,
    async run(signal, onProgress) {
      const resume = (await checkpointFiles(`${folder}/${method}.checkpoint`)).length > 0 ? ["--resume"] : [];
      const { code, message } = await runEoq([...args, ...machine, ...resume, "--log", "1"], signal, onProgress);
      if (code === 0) return await earlier();
      if (signal.aborted) return undefined;
      if (code === 2) throw new UserError(message);
      if (!/ diverged: /.test(message)) throw new RunError(message);
      await writeAtomically(failure, new TextEncoder().encode(`${command}\n${message}\n`));
      return { status: "failed", message };
    },
  };
}
