/**
 * What a method executes and moves, layer by layer and phase by phase: sums
 * over the calls that its network makes.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import type { RepeatedProgram } from "../exec/network.ts";
import { outlineOf } from "../exec/outline.ts";
import { PATHS } from "../native/paths.ts";
import type { Plan } from "../plan/plan.ts";
import type { Setting } from "./formula.ts";
import { countCall } from "./formulas.ts";
import type { LayerOperations, Traffic } from "./kinds.ts";
import { costsOfLayers } from "./layers.ts";
import { linesOf, type Part, repeat, trafficOf } from "./parts.ts";
import type { CountSettings } from "./settings.ts";

/** Layers in the order of tables, norms behind their convolutions. */
function orderOf(plan: Plan): ReadonlyMap<string, number> {
  const layers = costsOfLayers(plan).map(({ name, operation }) => operation === "average pool" ? "average-pool" : name);
  const names = ["input", ...layers, "loss", "scalars"];
  return new Map(names.flatMap((name) => [name, `${name}.norm`]).map((name, i) => [name, i]));
}

const PHASE_ORDER: readonly Part["phase"][] = ["forward", "inference", "backward", "update"];

function partsOf({ program, times }: RepeatedProgram, setting: Setting, phase?: "inference"): Part[] {
  return program.calls.map((call) => ({
    layer: call.layer,
    phase: phase ?? call.phase,
    ...repeat(times, countCall(call, setting)),
  }));
}

/** What each call of a training step and of an inference comes to, in the order of tables. */
export function countParts(plan: Plan, method: Method, batch: number, settings: CountSettings): Part[] {
  const { recipe, input, nesterov, centredGradients, runningStatistics, train, isa = "scalar", smoothed = false } =
    settings;
  const options = { plan, batch, recipe, input, nesterov, centredGradients, runningStatistics, train };
  const { training, inference } = outlineOf(method, options);
  const setting = { path: PATHS[isa], smoothed }, order = orderOf(plan);
  const parts = [
    ...partsOf({ program: training, times: 1 }, setting),
    // Nobody smooths the labels of an evaluation.
    ...inference.flatMap((each) => partsOf(each, { ...setting, smoothed: false }, "inference")),
  ];
  const place = ({ layer, phase }: Part) => PHASE_ORDER.length * order.get(layer)! + PHASE_ORDER.indexOf(phase);
  return parts.toSorted((a, b) => place(a) - place(b));
}

/**
 * Operations of a training step and of an inference of `batch` images, exact
 * integers: a line for each layer and phase.
 *
 * @throws {UserError} naming the layer that the method does not run.
 */
export function countOperations(
  plan: Plan,
  method: Method,
  batch: number,
  settings: CountSettings = {},
): LayerOperations[] {
  return linesOf(countParts(plan, method, batch, settings));
}

/** Bytes that they move: a line for each layer, phase and class of tensors. @throws {UserError} as above. */
export function countTraffic(plan: Plan, method: Method, batch: number, settings: CountSettings = {}): Traffic[] {
  return trafficOf(countParts(plan, method, batch, settings));
}
