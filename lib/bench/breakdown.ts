/**
 * Where the time of a training step goes: the times of its program's calls,
 * summed over what each is a part of.
 *
 * @module
 */

import { createNetwork, type Method } from "../exec/methods.ts";
import { type Batch, FULL_RATE, type Network } from "../exec/network.ts";
import type { KernelName } from "../native/declarations.ts";
import type { Library } from "../native/library.ts";
import type { Call } from "../native/program.ts";
import { type Breakdown, STEP_PHASES } from "../report/bench.ts";
import { median } from "../statistics/median.ts";
import type { StepJob } from "./own_step.ts";

/** Something that is done in a step. */
type StepPhase = typeof STEP_PHASES[number];

/** Steps before the first that counts, and those that count at least. */
const WARM_UP = 3, MIN_STEPS = 5;

/** What each kernel does; those of the peak and of the counters have no part in a step. */
const PHASE_OF: Readonly<Record<KernelName, StepPhase>> = {
  int8_input: "elementwise",
  int8_conv_forward: "forward",
  int8_conv_backward_data: "backward-data",
  int8_conv_backward_weights: "backward-weights",
  int8_conv_forward_activate: "forward",
  int8_conv_forward_quantize: "forward",
  int8_conv_backward_data_activate: "backward-data",
  int8_conv_backward_data_block: "backward-data",
  int8_activate: "elementwise",
  int8_quantize: "elementwise",
  int8_add_bias: "elementwise",
  int8_shortcut: "elementwise",
  int8_residual: "elementwise",
  int8_pool: "elementwise",
  int8_max_pool: "elementwise",
  int8_loss: "loss",
  int8_pool_backward: "elementwise",
  int8_max_pool_backward: "elementwise",
  int8_residual_backward: "elementwise",
  int8_activate_backward: "elementwise",
  int8_block_backward: "elementwise",
  int8_batchnorm_forward: "elementwise",
  int8_batchnorm_inference: "elementwise",
  int8_batchnorm_backward: "elementwise",
  int8_centre_gradients: "update",
  int8_update: "update",
  int8_clear_gradients: "update",
  int8_update_scalars: "update",
  int8_count_values: "elementwise",
  int8_count_updates: "elementwise",
  int8_peak: "elementwise",
  fp32_from_uint8: "elementwise",
  fp32_conv_forward: "forward",
  fp32_conv_backward_data: "backward-data",
  fp32_conv_backward_weights: "backward-weights",
  fp32_batchnorm_relu_forward: "elementwise",
  fp32_batchnorm_relu_inference: "elementwise",
  fp32_batchnorm_relu_backward: "elementwise",
  fp32_fixup_relu_forward: "elementwise",
  fp32_fixup_relu_backward: "elementwise",
  fp32_fixup_residual_backward: "elementwise",
  fp32_shortcut_forward: "elementwise",
  fp32_shortcut_backward: "elementwise",
  fp32_max_pool_forward: "elementwise",
  fp32_max_pool_backward: "elementwise",
  fp32_pool_forward: "elementwise",
  fp32_pool_backward: "elementwise",
  fp32_bias_forward: "elementwise",
  fp32_bias_backward: "elementwise",
  fp32_softmax_cross_entropy: "loss",
  fp32_sgd_step: "update",
  fp32_sgd_step_centered: "update",
  fp32_peak: "elementwise",
};

/** What a kernel does in a step. */
export function phaseOf(kernel: KernelName): StepPhase {
  return PHASE_OF[kernel];
}

type Milliseconds = Record<StepPhase, number>;

/** Nothing in any phase. */
function nothing(): Milliseconds {
  return { "forward": 0, "backward-data": 0, "backward-weights": 0, "update": 0, "elementwise": 0, "loss": 0 };
}

/** Milliseconds of calls by layer, in the order of the first call of each, and by what their kernels do. */
export function sumByLayer(
  calls: readonly Pick<Call, "kernel" | "layer">[],
  nanoseconds: ArrayLike<bigint>,
): Map<string, Milliseconds> {
  const layers = new Map<string, Milliseconds>();
  calls.forEach(({ kernel, layer }, i) => {
    let own = layers.get(layer);
    if (own === undefined) layers.set(layer, own = nothing());
    own[phaseOf(kernel)] += Number(nanoseconds[i]!) / 1e6;
  });
  return layers;
}

/** What a breakdown is of. */
export interface BreakdownJob extends Omit<StepJob, "phase"> {
  readonly method: Method;
}

/** What a step came to, in milliseconds. */
interface StepParts {
  readonly outside: number;
  readonly reruns: number;
  readonly layers: ReadonlyMap<string, Milliseconds>;
}

function sum(nanoseconds: BigInt64Array): number {
  return Number(nanoseconds.reduce((total, each) => total + each, 0n)) / 1e6;
}

/** Trains on a batch, its calls timed. */
function timeStep(network: Network, batch: Batch, step: number): StepParts {
  const started = performance.now();
  const { executable, slots, metrics } = network.prepareStep(batch, { step, rate: FULL_RATE });
  const { times } = executable;
  executable.time(slots, times);
  metrics();
  const whole = performance.now() - started;
  return {
    outside: whole - sum(times.nanoseconds),
    reruns: sum(times.reruns),
    layers: sumByLayer(executable.program.calls, times.nanoseconds),
  };
}

/** Parts of a step over about `seconds` of training. */
export function breakDown(
  library: Library,
  { plan, method, batch, images, recipe }: BreakdownJob,
  seconds: number,
): Breakdown {
  const network = createNetwork(method, { library, plan, batch, seed: 1, ...(recipe && { recipe }) });
  const steps: StepParts[] = [];
  const end = performance.now() + 1000 * seconds;
  for (let step = 0; step < WARM_UP + MIN_STEPS || performance.now() < end; step++) {
    const parts = timeStep(network, images.batch(plan, batch, step), step);
    if (step >= WARM_UP) steps.push(parts);
  }
  network.close();
  const layers = [...steps[0]!.layers.keys()].map((layer) => {
    const milliseconds = nothing();
    for (const phase of STEP_PHASES) milliseconds[phase] = median(steps.map((each) => each.layers.get(layer)![phase]));
    return { layer, milliseconds };
  });
  const { isa, threads } = library;
  return {
    ...{ method, batch, isa, threads, layers },
    outside: median(steps.map((each) => each.outside)),
    reruns: steps.reduce((total, each) => total + each.reruns, 0) / steps.length,
  };
}
