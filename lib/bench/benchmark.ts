/**
 * The three benchmarks of `eoq bench`: what each measures, in which order, into
 * one record.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import type { EoqRecipe } from "../exec/recipe.ts";
import type { Library } from "../native/library.ts";
import { buildPlan } from "../plan/models.ts";
import type { Plan } from "../plan/plan.ts";
import type { MissingMode } from "../report/bench.ts";
import type { Benchmark } from "../report/benchmarks.ts";
import { referenceSetting, type Setting } from "../report/setting.ts";
import { openStream } from "./bandwidth.ts";
import type { Outcome, Peak } from "./contest.ts";
import { RANDOM_IMAGES, STEP_IMAGES, type StepImages } from "./images.ts";
import { benchKernels } from "./kernels.ts";
import { boundRows, machineOfReport } from "./machine.ts";
import type { Beside } from "./beside.ts";
import { type MakeSubjects, measureNoise } from "./noise.ts";
import { ownConvolutions } from "./own_convolution.ts";
import { ownStep } from "./own_step.ts";
import { noPeers, openKernelPeers, openStepPeers, type Peers } from "./peers/open.ts";
import type { KernelPeer, StepPeer } from "./peers/peer.ts";
import { addOutcome, addPeakRates, type BenchContext, makeBenchReport, type Measured } from "./report.ts";
import { sampleInTurn, type SamplingTarget } from "./sampling.ts";
import { KEY_CONVOLUTIONS } from "./shapes.ts";
import { benchSteps, breakDowns, memoryRows } from "./step.ts";

/** What a benchmark measures, with what, and where its numbers go. */
export interface BenchmarkRun extends SamplingTarget {
  readonly library: Library;
  readonly settings: readonly Setting[];
  readonly peaks: readonly Peak[];
  readonly model: string;
  readonly methods: readonly Method[];
  readonly batches: readonly number[];
  /** What steps are timed on, random images if absent. */
  readonly images?: StepImages | undefined;
  /** Folder of CIFAR-10; undefined for the place where it is kept. */
  readonly data: string | undefined;
  /** What of the recipe differs in methods that take one. */
  readonly recipe: Partial<EoqRecipe>;
  /** Another checkout, whose steps take turns with this one's. */
  readonly beside: Beside | undefined;
  /** Whether the libraries that are installed beside eoq take part. */
  readonly withPeers: boolean;
  /** Whether an A/A run comes first. */
  readonly findsNoise: boolean;
  readonly context: BenchContext;
  /** What there is so far; the benchmark adds to it. */
  readonly measured: Measured;
  /** Told what was measured after each measurement, so that whoever interrupts keeps what there is. */
  readonly onMeasured: (what: string) => Promise<void>;
}

function planOf({ model }: BenchmarkRun): Plan {
  return buildPlan(model, STEP_IMAGES);
}

async function takeOutcomes({ measured, onMeasured }: BenchmarkRun, outcomes: AsyncIterable<Outcome>): Promise<void> {
  for await (const outcome of outcomes) {
    addOutcome(measured, outcome);
    await onMeasured(`${outcome.contest.phase} ${outcome.contest.shape}`);
  }
}

/** Samples the memory with each number of threads. */
async function measureStreams({ library, settings, measured, ...target }: BenchmarkRun): Promise<void> {
  for (const threads of new Set(settings.map((each) => each.threads))) {
    using stream = openStream(library, threads);
    const [rates] = await sampleInTurn([stream], target);
    measured.streamRates.set(threads, rates!);
  }
}

async function runPeak(run: BenchmarkRun): Promise<void> {
  const { peaks, measured, onMeasured } = run;
  addPeakRates(measured, await sampleInTurn(peaks, run));
  await onMeasured("peak");
  await measureStreams(run);
  await onMeasured("bandwidth");
}

/** Notes which peers take part and which do not. */
function takePeers({ peers, missing }: Measured, found: Peers<KernelPeer | StepPeer>): void {
  peers.push(...found.open.map(({ about }) => about));
  missing.push(...found.missing);
}

async function runKernels(run: BenchmarkRun): Promise<void> {
  const { settings, withPeers, measured } = run;
  await using peers = withPeers ? await openKernelPeers(referenceSetting(settings).threads) : noPeers<KernelPeer>();
  takePeers(measured, peers);
  await takeOutcomes(run, benchKernels({ ...run, peers: peers.open, plan: planOf(run) }));
}

async function runStep(run: BenchmarkRun): Promise<void> {
  const { settings, withPeers, context, measured, onMeasured } = run;
  const { threads } = referenceSetting(settings);
  const onMissing = (mode: MissingMode) => void measured.missingModes.push(mode);
  await using peers = withPeers ? await openStepPeers(threads, onMissing) : noPeers<StepPeer>();
  takePeers(measured, peers);
  const plan = planOf(run);
  const bench = { ...run, images: run.images ?? RANDOM_IMAGES, peers: peers.open, plan };
  for await (const row of memoryRows(bench)) {
    measured.memory.push(row);
    await onMeasured(`memory of ${row.subject}`);
  }
  await takeOutcomes(run, benchSteps(bench));
  await measureStreams(run);
  const report = makeBenchReport(context, measured);
  measured.bounds.push(...boundRows(plan, report.rows, (setting) => machineOfReport(report, setting)!));
  await onMeasured("bounds");
  for (const breakdown of breakDowns(bench)) {
    measured.breakdowns.push(breakdown);
    await onMeasured(`breakdown of ${breakdown.method}`);
  }
}

/** What an A/A run of a benchmark repeats: peaks, or at each batch size the first convolution or the training steps. */
function noiseSubjects(benchmark: Benchmark, run: BenchmarkRun): MakeSubjects {
  const { library, settings, peaks, methods, batches, recipe, images = RANDOM_IMAGES } = run;
  const setting = referenceSetting(settings);
  switch (benchmark) {
    case "peak":
      return () => peaks;
    case "kernels":
      return () =>
        batches.flatMap((batch) =>
          ownConvolutions(library, setting, { conv: KEY_CONVOLUTIONS[0]!, batch, phase: "forward" })
        );
    case "step": {
      const job = { plan: planOf(run), phase: "train-step", images, recipe } as const;
      return () =>
        batches.flatMap((batch) => methods.map((method) => ownStep(library, setting, method, { ...job, batch })));
    }
  }
}

const RUN = { peak: runPeak, kernels: runKernels, step: runStep };

/** Runs a benchmark. @throws {RunError} when memory is short. */
export async function runBenchmark(benchmark: Benchmark, run: BenchmarkRun): Promise<void> {
  if (run.findsNoise) {
    run.measured.noise = await measureNoise(noiseSubjects(benchmark, run), run);
    await run.onMeasured("A/A run");
  }
  await RUN[benchmark](run);
}
