/**
 * What `eoq bench scale` does: processes that share training steps, started by
 * mpirun.
 *
 * @module
 */

import { benchScaling, requireLauncher } from "../../bench/scaling.ts";
import { HASHED_STEPS } from "../../bench/scaling_job.ts";
import { formatScaling } from "../../bench/scaling_table.ts";
import { baselinePath, ensureBaseline, toleranceOf } from "../../cli/baseline.ts";
import type { Invocation } from "../../cli/command.ts";
import { formatOf, printDocument, verdictTable } from "../../cli/document.ts";
import { EXIT, type ExitCode } from "../../cli/exit_codes.ts";
import { openShown } from "../../cli/open_library.ts";
import { only } from "../../cli/options.ts";
import { UserError } from "../../errors.ts";
import { RECIPES } from "../../exec/recipe.ts";
import { diff, outcomeOf } from "../../metrics/diff.ts";
import { measurementOf } from "../../metrics/metric.ts";
import { readMeasurement } from "../../metrics/report_file.ts";
import { scalingMetrics } from "../../metrics/scaling.ts";
import { buildTransport } from "../../native/transport.ts";
import { writeAtomically } from "../../package/atomic_files.ts";
import { describeEnvironment } from "../../report/environment.ts";
import { scalingReportSchema } from "../../report/scaling.ts";
import { commandLine } from "../../terminal/command_line.ts";
import { ProgressLine } from "../../terminal/progress.ts";
import { outputWidth, stderrTerminal } from "../../terminal/terminal.ts";

/** Images of all ranks, and numbers of ranks, where none are given. */
const BATCH = 128, RANKS = [1, 2];

/** Processes that mpirun is asked for at most. */
const MOST_RANKS = 256;

function countsOf(ranks: Invocation["values"]["ranks"] = RANKS): readonly number[] {
  if (typeof ranks === "string") throw new UserError("--ranks: numbers of ranks, as 1,2,4");
  const counts = ranks.toSorted((a, b) => a - b);
  if (counts.at(-1)! > MOST_RANKS) {
    throw new UserError(`--ranks: ${counts.at(-1)} are more than ${MOST_RANKS} processes`);
  }
  return counts;
}

/** Measures, prints, and holds against a baseline. @throws {UserError} where there is no MPI. */
export async function benchScale(invocation: Invocation): Promise<ExitCode> {
  const { values, given, args } = invocation, format = formatOf(invocation), counts = countsOf(values.ranks);
  const threads = only("--threads", values.threads ?? [1]);
  const baseline = values.against === undefined ? undefined : await readMeasurement(baselinePath(values.against));
  const mpi = await requireLauncher();
  await buildTransport();
  using library = await openShown({ isa: values.isa, threads });
  const save = values.save === undefined ? undefined : baselinePath(values.save);
  if (save !== undefined) await ensureBaseline(save, values);
  const terminal = stderrTerminal(), line = terminal && new ProgressLine(terminal);
  const { rows, images } = await benchScaling(
    {
      ...{ model: values.model, methods: values.method, data: values.data, seconds: values.seconds ?? 6 },
      ...{ isa: library.isa, threads, batches: given.has("batch") ? values.batch : [BATCH] },
      recipe: { ...RECIPES[values.recipe], ...values.set },
    },
    counts,
    (what) => line?.draw(what),
  );
  line?.clear();
  const report = scalingReportSchema.parse({
    schemaVersion: 1,
    command: commandLine(["eoq", "bench", ...args]),
    environment: await describeEnvironment(library),
    ...{ model: values.model, images, mpi, hashedSteps: HASHED_STEPS, scaling: rows },
  });
  const json = JSON.stringify(report, null, 2);
  if (save !== undefined) await writeAtomically(save, new TextEncoder().encode(json + "\n"));
  const measurement = measurementOf(report, scalingMetrics), tolerance = toleranceOf(values);
  const found = baseline && diff(baseline, measurement, tolerance);
  await printDocument(format, { measurement, ...found && { diff: found } }, {
    saysVerdicts: ["table"],
    json: () => json,
    table: () => [formatScaling(report, outputWidth()), ...found ? [verdictTable(found)] : []].join("\n\n"),
  });
  return EXIT[found === undefined ? "done" : outcomeOf(found, tolerance)];
}
