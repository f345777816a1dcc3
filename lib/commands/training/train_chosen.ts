/**
 * What `eoq compare` and `eoq train` do: every chosen method with every seed on
 * the same images, one report.
 *
 * @module
 */

import { identityOf } from "../../data/identity.ts";
import { UserError } from "../../errors.ts";
import { measurementOf } from "../../metrics/metric.ts";
import { trainingMetrics } from "../../metrics/training.ts";
import { commandLine } from "../../terminal/command_line.ts";
import { describeEnvironment } from "../../report/environment.ts";
import { makeReport, reportJson } from "../../report/result.ts";
import type { Result } from "../../report/run.ts";
import { budgetWarning } from "../../train/budget_warning.ts";
import type { ChosenConfig } from "./choose_config.ts";
import type { Command, Invocation } from "../../cli/command.ts";
import { formatOf, printDocument } from "../../cli/document.ts";
import { Interrupt } from "../../cli/interrupt.ts";
import { reportText, writeReport } from "../../cli/output.ts";
import { warn } from "../../cli/warn.ts";
import { adoptionOf } from "./adoption.ts";
import { runMethod } from "./run_method.ts";
import { TraceFile } from "./trace_file.ts";
import { checkpointPath, openFolder, outFolder, runsOf } from "./out_folder.ts";
import { setupFromChosen } from "./setup.ts";
import type { Start } from "./start.ts";

/**
 * Trains what is chosen, for a command, and hands its report over.
 *
 * @param start the trained weights that the choice started from
 * @returns the output folder.
 */
export async function trainChosen(
  command: Command,
  invocation: Invocation,
  chosen: ChosenConfig,
  start?: Start,
): Promise<string> {
  const { values, args } = invocation;
  const { methods, seeds } = chosen;
  const { resume, overwrite } = values;
  if (resume && overwrite) throw new UserError("--resume and --overwrite: give one of them");
  const format = formatOf(invocation);
  using setup = await setupFromChosen(chosen, values);
  const adoption = start && adoptionOf(start, setup);
  const folder = await outFolder(command, values, chosen);
  const config = { ...setup.config, method: [...methods], ...(seeds.length > 1 && { seeds: [...seeds] }) };
  using open = await openFolder(folder, { chosen, config, resume, overwrite });
  if (resume && !open.begun) console.error(`eoq: --resume: ${folder} has no checkpoint, starting from the beginning`);
  const environment = await describeEnvironment(setup.library);
  using traceFile = values.trace === undefined ? undefined : new TraceFile(values.trace, { resume, overwrite });
  using interrupt = new Interrupt();
  const data = identityOf(setup.dataset);
  const results: Result[] = [];
  for (const { method, seed } of runsOf(chosen)) {
    results.push(
      await runMethod({ ...setup, config: { ...setup.config, seed } }, method, {
        checkpoints: {
          path: checkpointPath(folder, method, seed, chosen),
          keep: values.keep,
          every: values["checkpoint-every"],
          data,
        },
        resume,
        ...(adoption && { adoption }),
        trace: { every: values["trace-every"], file: traceFile },
        ...(values["evaluate-every"] !== undefined && { evaluateEvery: values["evaluate-every"] }),
        quiet: values.quiet,
        ...(values.log !== undefined && { log: values.log }),
        signal: interrupt.signal,
        resumeCommand: commandLine([
          "deno",
          "task",
          "eoq",
          command.name,
          ...args.filter((arg) => arg !== "--resume" && arg !== "--overwrite"),
          "--resume",
        ]),
      }),
    );
  }
  const report = makeReport({ command: commandLine(["eoq", command.name, ...args]), environment, config }, results);
  await writeReport(report, folder);
  // At the end: what is refused or interrupted says one line, and a warning of its accuracy has none to warn of.
  const warning = budgetWarning(setup.config);
  if (warning !== undefined) warn(warning);
  await printDocument(format, { measurement: measurementOf(report, trainingMetrics) }, {
    saysVerdicts: [],
    table: () => `${reportText(report)}\nreport: ${folder}/results.json`,
    json: () => reportJson(report).trimEnd(),
  });
  return folder;
}
