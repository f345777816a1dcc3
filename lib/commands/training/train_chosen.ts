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
import type { Group } from "../../native/group.ts";
import { describeEnvironment } from "../../report/environment.ts";
import { makeReport, reportJson } from "../../report/result.ts";
import type { Environment, Result } from "../../report/run.ts";
import { budgetWarning } from "../../train/budget_warning.ts";
import type { ChosenConfig } from "./choose_config.ts";
import type { Command, Invocation } from "../../cli/command.ts";
import { formatOf, printDocument } from "../../cli/document.ts";
import { reportFailure } from "../../cli/failure.ts";
import { Interrupt } from "../../cli/interrupt.ts";
import { reportText, writeReport } from "../../cli/output.ts";
import { say, warn } from "../../cli/warn.ts";
import { type Adoption, adoptionOf } from "./adoption.ts";
import { runMethod } from "./run_method.ts";
import { TraceFile } from "./trace_file.ts";
import { checkpointPath, openFolder, outFolder, runsOf } from "./out_folder.ts";
import { joinRanks, lostRanks } from "./ranks.ts";
import { type Setup, setupFromChosen } from "./setup.ts";
import type { Start } from "./start.ts";

/**
 * Trains what is chosen, for a command, and hands its report over.
 *
 * @param start the trained weights that the choice started from
 * @returns the output folder; undefined in all but the first of processes that do it together.
 */
export async function trainChosen(
  command: Command,
  invocation: Invocation,
  chosen: ChosenConfig,
  start?: Start,
): Promise<string | undefined> {
  const { values } = invocation;
  if (values.resume && values.overwrite) throw new UserError("--resume and --overwrite: give one of them");
  const format = formatOf(invocation);
  using setup = await setupFromChosen(chosen, values);
  const adoption = start && adoptionOf(start, setup);
  const environment = await describeEnvironment(setup.library);
  const group = await joinRanks(setup.library, values);
  const training = { command, invocation, chosen, format, setup, adoption };
  if (group === undefined) return await trainAll({ ...training, environment });
  try {
    const folder = await trainAll({ ...training, environment: { ...environment, ranks: group.size }, group });
    group.close();
    return group.rank === 0 ? folder : undefined;
  } catch (error) {
    // Others may be waiting for what this process will not do any more.
    return group.end(await reportFailure(lostRanks(error)));
  }
}

/** What a command trains, and with what. */
interface Training {
  readonly command: Command;
  readonly invocation: Invocation;
  readonly chosen: ChosenConfig;
  readonly format: ReturnType<typeof formatOf>;
  readonly setup: Setup;
  readonly adoption: Adoption | undefined;
  readonly environment: Environment;
  readonly group?: Group;
}

/** Trains every method with every seed; of a group the first process alone writes files and prints. */
async function trainAll(
  { command, invocation, chosen, format, setup, adoption, environment, group }: Training,
): Promise<string> {
  const { values, args } = invocation, { methods, seeds } = chosen, { resume, overwrite } = values;
  const writes = group === undefined || group.rank === 0;
  const folder = await outFolder(command, values, chosen);
  const config = { ...setup.config, method: [...methods], ...(seeds.length > 1 && { seeds: [...seeds] }) };
  using open = writes ? await openFolder(folder, { chosen, config, start: values.from, resume, overwrite }) : undefined;
  if (resume && open?.begun === false) {
    say(`eoq: --resume: ${folder} has no checkpoint, starting from the beginning`);
  }
  using traceFile = writes && values.trace !== undefined
    ? new TraceFile(values.trace, { resume, overwrite })
    : undefined;
  using interrupt = new Interrupt();
  const data = await identityOf(setup.dataset);
  const results: Result[] = [];
  for (const { method, seed } of runsOf(chosen)) {
    results.push(
      await runMethod({ ...setup, config: { ...setup.config, seed } }, method, {
        checkpoints: {
          path: checkpointPath(folder, method, seed, chosen),
          keep: values.keep,
          every: values["checkpoint-every"],
          data,
          makeRoom: async () => {
            traceFile?.clear();
            await open?.clear();
          },
        },
        resume,
        ...(adoption && { adoption }),
        trace: { every: values["trace-every"], file: traceFile, warns: writes },
        ...(values["evaluate-every"] !== undefined && { evaluateEvery: values["evaluate-every"] }),
        quiet: values.quiet || !writes,
        ...(values.log !== undefined && writes && { log: values.log }),
        signal: interrupt.signal,
        group,
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
  if (!writes) return folder;
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
