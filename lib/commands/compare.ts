/**
 * `eoq compare`: several methods on the same images, one table.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import type { Method } from "../exec/methods.ts";
import { commandLine } from "../report/command_line.ts";
import { describeEnvironment } from "../report/environment.ts";
import { makeReport } from "../report/result.ts";
import type { Result } from "../report/schema.ts";
import { checkpointFiles } from "../train/checkpoint_files.ts";
import { ensureWritable } from "../train/files.ts";
import { chooseConfig, type ChosenConfig } from "./choose_config.ts";
import type { Invocation } from "./command.ts";
import { Interrupt } from "./interrupt.ts";
import { printReport, writeReport } from "./output.ts";
import { runMethod } from "./run_method.ts";
import { TraceFile } from "./trace_file.ts";
import { checkpointPath, outFolder, setupFromChosen } from "./setup.ts";

/** A `--resume` that finds nothing is a mistake, most likely in `--out`. */
async function requireCheckpoint(folder: string, methods: readonly Method[]): Promise<void> {
  const there = await Promise.all(methods.map((method) => checkpointFiles(checkpointPath(folder, method))));
  if (there.flat().length === 0) throw new UserError(`--resume: no checkpoint of ${methods.join(" or ")} in ${folder}`);
}

/** Runs `eoq compare`. */
export async function run(invocation: Invocation): Promise<void> {
  await compare(invocation, await chooseConfig(invocation), "compare");
}

/** Trains the chosen methods for the command of that name. */
export async function compare({ values, args }: Invocation, chosen: ChosenConfig, name: string): Promise<void> {
  const { methods } = chosen;
  using setup = await setupFromChosen(chosen, values);
  const folder = outFolder(values, chosen);
  await ensureWritable(folder);
  if (values.resume) await requireCheckpoint(folder, methods);
  const environment = await describeEnvironment(setup.library);
  using traceFile = values.trace === undefined ? undefined : new TraceFile(values.trace, values.resume);
  using interrupt = new Interrupt();
  const results: Result[] = [];
  for (const method of methods) {
    results.push(
      await runMethod(setup, method, {
        checkpoints: {
          path: checkpointPath(folder, method),
          keep: values.keep,
          every: values["checkpoint-every"],
        },
        resume: values.resume,
        trace: { every: values["trace-every"], file: traceFile },
        ...(values["evaluate-every"] !== undefined && { evaluateEvery: values["evaluate-every"] }),
        quiet: values.quiet,
        ...(values.log !== undefined && { log: values.log }),
        signal: interrupt.signal,
        resumeCommand: commandLine([
          "deno",
          "task",
          "eoq",
          name,
          ...args.filter((arg) => arg !== "--resume"),
          "--resume",
        ]),
      }),
    );
  }
  const report = makeReport(
    { command: commandLine(["eoq", name, ...args]), environment, config: { ...setup.config, method: [...methods] } },
    results,
  );
  await writeReport(report, folder);
  printReport(report, values.json);
  if (!values.json) console.log(`report: ${folder}/results.json`);
}
