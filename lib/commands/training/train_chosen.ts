/**
 * What `eoq compare` and `eoq train` do: every chosen method with every seed on
 * the same images, one report.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import type { Method } from "../../exec/methods.ts";
import { measurementOf } from "../../metrics/metric.ts";
import { trainingMetrics } from "../../metrics/training.ts";
import { commandLine } from "../../terminal/command_line.ts";
import { describeEnvironment } from "../../report/environment.ts";
import { makeReport, reportJson } from "../../report/result.ts";
import type { Result } from "../../report/run.ts";
import { budgetWarning } from "../../train/budget_warning.ts";
import { checkpointFiles } from "../../train/checkpoint_files.ts";
import { ensureWritable } from "../../package/atomic_files.ts";
import type { ChosenConfig } from "./choose_config.ts";
import type { Invocation } from "../../cli/command.ts";
import { formatOf, printDocument } from "../../cli/document.ts";
import { Interrupt } from "../../cli/interrupt.ts";
import { reportText, writeReport } from "../../cli/output.ts";
import { runMethod, warn } from "./run_method.ts";
import { TraceFile } from "./trace_file.ts";
import { checkpointPath, outFolder, setupFromChosen } from "./setup.ts";

/** Every method with every seed. */
function runsOf({ methods, seeds }: ChosenConfig): { method: Method; seed: number }[] {
  return methods.flatMap((method) => seeds.map((seed) => ({ method, seed })));
}

/** A `--resume` that finds nothing is a mistake, most likely in `--out`. */
async function requireCheckpoint(folder: string, chosen: ChosenConfig): Promise<void> {
  const { methods } = chosen;
  const there = await Promise.all(
    runsOf(chosen).map(({ method, seed }) => checkpointFiles(checkpointPath(folder, method, seed, chosen))),
  );
  if (there.flat().length === 0) throw new UserError(`--resume: no checkpoint of ${methods.join(" or ")} in ${folder}`);
}

/** Trains what is chosen, for the command of that name, and hands its report over. */
export async function trainChosen(invocation: Invocation, chosen: ChosenConfig, name: string): Promise<void> {
  const { values, args } = invocation;
  const { methods, seeds } = chosen;
  const format = formatOf(invocation);
  using setup = await setupFromChosen(chosen, values);
  const folder = outFolder(values, chosen);
  await ensureWritable(folder);
  if (values.resume) await requireCheckpoint(folder, chosen);
  const environment = await describeEnvironment(setup.library);
  using traceFile = values.trace === undefined ? undefined : new TraceFile(values.trace, values.resume);
  using interrupt = new Interrupt();
  const results: Result[] = [];
  for (const { method, seed } of runsOf(chosen)) {
    results.push(
      await runMethod({ ...setup, config: { ...setup.config, seed } }, method, {
        checkpoints: {
          path: checkpointPath(folder, method, seed, chosen),
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
  const config = { ...setup.config, method: [...methods], ...(seeds.length > 1 && { seeds: [...seeds] }) };
  const report = makeReport({ command: commandLine(["eoq", name, ...args]), environment, config }, results);
  await writeReport(report, folder);
  // At the end: what is refused or interrupted says one line, and a warning of its accuracy has none to warn of.
  const warning = budgetWarning(setup.config);
  if (warning !== undefined) warn(warning);
  await printDocument(format, { measurement: measurementOf(report, trainingMetrics) }, {
    saysVerdicts: [],
    table: () => `${reportText(report)}\nreport: ${folder}/results.json`,
    json: () => reportJson(report).trimEnd(),
  });
}
