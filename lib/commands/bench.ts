/**
 * `eoq bench`: how fast the kernels and the steps are, against the machine's
 * peak and against the libraries that people would use instead.
 *
 * @module
 */

import { type Benchmark, BENCHMARKS } from "../report/benchmarks.ts";
import { openStream } from "../bench/bandwidth.ts";
import { boundRows } from "../bench/bounds.ts";
import { type Outcome, type Peak, peaksOf } from "../bench/contest.ts";
import { benchKernels } from "../bench/kernels.ts";
import { machineOfReport } from "../bench/machine.ts";
import { noPeers, openKernelPeers, openStepPeers } from "../bench/peers/open.ts";
import type { KernelPeer, StepPeer } from "../bench/peers/peer.ts";
import {
  addOutcome,
  addPeakRates,
  type BenchContext,
  makeBenchReport,
  type Measured,
  nothingMeasured,
} from "../bench/report.ts";
import { sampleInTurn } from "../bench/sampling.ts";
import type { BenchReport } from "../report/bench.ts";
import { referenceSetting, type Setting, settingsOf } from "../report/setting.ts";
import { benchSteps, breakDowns, memoryRows } from "../bench/step.ts";
import {
  formatBandwidth,
  formatBounds,
  formatBreakdown,
  formatMemory,
  formatOutcomes,
  formatPeaks,
  formatWarnings,
} from "../bench/tables.ts";
import { benchMetrics } from "../metrics/bench.ts";
import { diff, outcomeOf } from "../metrics/diff.ts";
import { measurementOf } from "../metrics/metric.ts";
import { readMeasurement } from "../metrics/report_file.ts";
import { type Library, openLibrary } from "../native/library.ts";
import { buildPlan } from "../plan/models.ts";
import { commandLine } from "../terminal/command_line.ts";
import { describeEnvironment } from "../report/environment.ts";
import { outputWidth, stderrTerminal } from "../terminal/terminal.ts";
import { writeAtomically } from "../package/atomic_files.ts";
import { baselinePath, ensureBaselineFolder, refuseWithoutBaseline, toleranceOf } from "../cli/baseline.ts";
import type { Invocation } from "../cli/command.ts";
import { formatOf, printDocument, verdictTable } from "../cli/document.ts";
import { EXIT, type ExitCode } from "../cli/exit_codes.ts";
import type { Values } from "../cli/options.ts";
import { refuseUnused } from "../cli/unused.ts";
import { oneOf } from "../cli/words.ts";

/** Seconds to sample each subject for, where the user gives none. */
const SECONDS: Readonly<Record<Benchmark, number>> = { peak: 1, kernels: 0.2, step: 2 };

/** Options that a benchmark has no use for. */
const UNUSED: Readonly<Record<Benchmark, readonly string[]>> = {
  peak: ["--batch", "--model", "--method", "--peers"],
  kernels: ["--method"],
  step: [],
};

/** The images that networks are timed on: those of CIFAR-10, in size. */
const IMAGES = { height: 32, width: 32, channels: 3, classes: 10 };

const ALL_PATHS = "all";

/** The paths to run, worst first: those named, or all that can run here. */
function choosePaths(library: Library, isa: string | undefined): string[] {
  if (isa === undefined) return [library.isa];
  const paths = library.isaPaths();
  if (isa === ALL_PATHS) return paths.filter((each) => each.built && each.supported).map(({ name }) => name);
  const named = isa.split(",");
  for (const name of named) library.selectIsa(name);
  return paths.map(({ name }) => name).filter((name) => named.includes(name));
}

/** What the parts of a benchmark work with. */
interface Run {
  readonly library: Library;
  readonly settings: readonly Setting[];
  readonly values: Values;
  readonly seconds: number;
  readonly precision: number | undefined;
  readonly measured: Measured;
  readonly peaks: readonly Peak[];
  /** What there is so far. */
  readonly report: () => BenchReport;
  /** Told after each measurement, so that whoever interrupts keeps what there is. */
  readonly onMeasured: (what: string) => Promise<void>;
}

async function takeOutcomes({ measured, onMeasured }: Run, outcomes: AsyncIterable<Outcome>): Promise<void> {
  for await (const outcome of outcomes) {
    addOutcome(measured, outcome);
    await onMeasured(`${outcome.contest.phase} ${outcome.contest.shape}`);
  }
}

async function runPeak({ measured, onMeasured, ...run }: Run): Promise<void> {
  addPeakRates(measured, await sampleInTurn(run.peaks, run));
  await onMeasured("peak");
  await measureStreams(run, measured);
  await onMeasured("bandwidth");
}

/** Samples the memory with each number of threads. */
async function measureStreams(
  { library, settings, ...target }: Omit<Run, "measured" | "onMeasured">,
  { streamRates }: Measured,
): Promise<void> {
  for (const threads of new Set(settings.map((each) => each.threads))) {
    using stream = openStream(library, threads);
    const [rates] = await sampleInTurn([stream], target);
    streamRates.set(threads, rates!);
  }
}

async function runKernels(run: Run): Promise<void> {
  const { settings, values, measured } = run;
  await using peers = values.peers ? await openKernelPeers(referenceSetting(settings).threads) : noPeers<KernelPeer>();
  measured.missing.push(...peers.missing);
  const plan = buildPlan(values.model, IMAGES);
  await takeOutcomes(run, benchKernels({ ...run, peers: peers.open, plan, batches: values.batch }));
}

async function runStep(run: Run): Promise<void> {
  const { settings, values, measured, onMeasured } = run;
  await using peers = values.peers ? await openStepPeers(referenceSetting(settings).threads) : noPeers<StepPeer>();
  measured.missing.push(...peers.missing);
  const plan = buildPlan(values.model, IMAGES);
  const bench = { ...run, peers: peers.open, plan, methods: values.method, batches: values.batch };
  for await (const row of memoryRows(bench)) {
    measured.memory.push(row);
    await onMeasured(`memory of ${row.subject}`);
  }
  await takeOutcomes(run, benchSteps(bench));
  await measureStreams(run, measured);
  const report = run.report();
  measured.bounds.push(...boundRows(plan, report.rows, (setting) => machineOfReport(report, setting)!));
  await onMeasured("bounds");
  for (const breakdown of breakDowns(bench)) {
    measured.breakdowns.push(breakdown);
    await onMeasured(`breakdown of ${breakdown.method}`);
  }
}

const RUN = { peak: runPeak, kernels: runKernels, step: runStep };

/** The tables of a run, apart from each other. */
function tables(context: BenchContext, measured: Measured, settings: readonly Setting[]): string {
  const { peaks, bandwidth, bounds, environment, missing, warnings } = makeBenchReport(context, measured);
  const width = outputWidth();
  return [
    [`${environment.cpu}, ${environment.compiler ?? "prebuilt library"}`],
    formatPeaks(peaks, width),
    bandwidth.length > 0 ? formatBandwidth(bandwidth, width) : [],
    measured.outcomes.length > 0 ? formatOutcomes(measured.outcomes, settings, width) : [],
    bounds.length > 0 ? formatBounds(bounds, width) : [],
    ...measured.breakdowns.map((each) => formatBreakdown(each, width)),
    measured.memory.length > 0 ? formatMemory(measured.memory) : [],
    formatWarnings(warnings),
    missing.map(({ peer, reason, install }) => `${peer} ${reason}; to compare with it: ${install}`),
  ].filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n");
}

/** Runs `eoq bench`. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { values, argument, args } = invocation;
  const benchmark = oneOf("benchmark", argument, BENCHMARKS);
  refuseUnused(`eoq bench ${benchmark}`, UNUSED[benchmark], args);
  refuseWithoutBaseline(values, args);
  const format = formatOf(invocation);
  const baseline = values.against === undefined ? undefined : await readMeasurement(baselinePath(values.against));
  const first = values.isa === ALL_PATHS ? undefined : values.isa?.split(",")[0];
  const threads = values.threads ?? [1];
  using library = await openLibrary({ isa: first, threads: threads[0] });
  const settings = settingsOf(choosePaths(library, values.isa), threads);
  const peaks = peaksOf(library, settings);
  const measured = nothingMeasured(peaks);
  const context = {
    benchmark,
    command: commandLine(["eoq", "bench", ...args]),
    environment: await describeEnvironment(library),
    peaks,
  };
  const report = () => makeBenchReport(context, measured);
  const json = () => JSON.stringify(report(), null, 2);
  const save = values.save === undefined ? undefined : baselinePath(values.save);
  if (save !== undefined) await ensureBaselineFolder(save);
  const terminal = stderrTerminal();
  const onMeasured = async (what: string) => {
    terminal?.write(`\r\x1b[K${what}`.slice(0, terminal.width()));
    if (save !== undefined) await writeAtomically(save, new TextEncoder().encode(json() + "\n"));
  };
  await onMeasured("starting");
  const seconds = values.seconds ?? SECONDS[benchmark];
  await RUN[benchmark]({
    library,
    settings,
    values,
    seconds,
    precision: values.precision,
    measured,
    peaks,
    report,
    onMeasured,
  });
  terminal?.write("\r\x1b[K");
  const measurement = measurementOf(makeBenchReport(context, measured), benchMetrics);
  const found = baseline && diff(baseline, measurement, toleranceOf(values));
  await printDocument(format, { measurement, ...(found && { diff: found }) }, {
    saysVerdicts: ["table"],
    json,
    table: () => [tables(context, measured, settings), ...(found ? [verdictTable(found)] : [])].join("\n\n"),
  });
  return EXIT[found === undefined ? "done" : outcomeOf(found)];
}
