/**
 * Where the time of a training step goes, by layer and phase. A network calls
 * its convolutions in the order of its plan and in reverse on the way back, so
 * the order alone says which layer a call belongs to; every other call belongs
 * to the layer of the convolution before it, and an update to the layer whose
 * weights it writes.
 *
 * @module
 */

import { createNetwork, type Method } from "../exec/methods.ts";
import { watchedKernels } from "../native/kernels.ts";
import type { Library } from "../native/library.ts";
import { convolutions, type Plan } from "../plan/plan.ts";
import { randomBatches, trainer } from "./own_step.ts";
import { secondsOf } from "./sampling.ts";
import { type Breakdown, STEP_PHASES } from "../report/bench.ts";
import { type ConvPhase, isConvPhase } from "./shapes.ts";
import { median } from "../statistics/median.ts";

type StepPhase = typeof STEP_PHASES[number];

/** Steps before the first that counts, and those that count at least. */
const WARM_UP = 3, MIN_STEPS = 5;

const PHASE_OF: readonly (readonly [RegExp, StepPhase])[] = [
  [/_conv_forward/, "forward"],
  [/_conv_backward_data/, "backward-data"],
  [/_conv_backward_weights/, "backward-weights"],
  [/_update|_sgd_|_centre_/, "update"],
  [/_loss|_softmax/, "loss"],
];

/** What a C function does in a step. */
export function phaseOf(name: string): StepPhase {
  return PHASE_OF.find(([pattern]) => pattern.test(name))?.[1] ?? "elementwise";
}

/** Sorts the calls of one step after another into layers and phases. */
export class CallSorter {
  readonly #layers: number;
  /** Layer of the weights behind a handle. */
  readonly #weights = new Map<unknown, number>();
  #layer = 0;
  #next: Record<ConvPhase, number>;
  /** Milliseconds of the running step by layer. */
  #cells: Map<StepPhase, number>[] = [];

  /** @param layers convolutions of the network, the classifier among them */
  constructor(layers: number) {
    this.#layers = layers;
    this.#next = this.#atStart();
  }

  #atStart(): Record<ConvPhase, number> {
    return { "forward": 0, "backward-data": this.#layers - 1, "backward-weights": this.#layers - 1 };
  }

  /** Forgets the step before. */
  start(): void {
    this.#layer = 0;
    this.#next = this.#atStart();
    this.#cells = Array.from({ length: this.#layers }, () => new Map());
  }

  /** Takes a call of the step. */
  readonly add = (name: string, args: readonly unknown[], milliseconds: number): void => {
    const phase = phaseOf(name);
    if (isConvPhase(phase)) {
      this.#layer = this.#next[phase];
      this.#next[phase] += phase === "forward" ? 1 : -1;
      if (phase === "forward") this.#weights.set(args[1], this.#layer);
    } else if (phase === "update") {
      this.#layer = this.#weights.get(args[0]) ?? this.#layer;
    }
    const cells = this.#cells[this.#layer];
    cells?.set(phase, (cells.get(phase) ?? 0) + milliseconds);
  };

  /** Milliseconds of all calls of the running step. */
  total(): number {
    return this.#cells.flatMap((cells) => [...cells.values()]).reduce((sum, each) => sum + each, 0);
  }

  /** Milliseconds of the running step, by layer and phase. */
  milliseconds(layer: number, phase: StepPhase): number {
    return this.#cells[layer]?.get(phase) ?? 0;
  }
}

/** Medians of a step's parts over about `seconds` of training. */
export function breakDown(
  library: Library,
  plan: Plan,
  method: Method,
  batch: number,
  seconds: number,
): Breakdown {
  const layers = convolutions(plan).map(({ name }) => name);
  const sorter = new CallSorter(layers.length);
  const network = createNetwork(method, { library: watchedKernels(library, sorter.add), plan, batch, seed: 1 });
  const train = trainer(network, randomBatches(plan, batch));
  for (let i = 0; i < WARM_UP; i++) train();
  const outside: number[] = [];
  const samples = layers.map(() => STEP_PHASES.map((): number[] => []));
  const end = performance.now() + 1000 * seconds;
  while (outside.length < MIN_STEPS || performance.now() < end) {
    sorter.start();
    outside.push(1000 * secondsOf(train) - sorter.total());
    samples.forEach((phases, layer) =>
      phases.forEach((list, i) => list.push(sorter.milliseconds(layer, STEP_PHASES[i]!)))
    );
  }
  network.close();
  const cells = samples.map((phases) => phases.map(median));
  return {
    method,
    batch,
    isa: library.isa,
    threads: library.threads,
    outside: median(outside),
    layers: layers.map((layer, i) => ({
      layer,
      milliseconds: Object.fromEntries(STEP_PHASES.map((phase, j) => [phase, cells[i]![j]!])) as Record<
        StepPhase,
        number
      >,
    })),
  };
}
