/**
 * `eoq summary`: a network's layers, shapes, costs and memory.
 *
 * @module
 */

import { costsOfLayers } from "../count/layers.ts";
import { messageOf, UserError } from "../errors.ts";
import { METHODS } from "../exec/methods.ts";
import { stepBytes } from "../exec/step_bytes.ts";
import { MODELS } from "../plan/models.ts";
import type { Plan } from "../plan/plan.ts";
import { formatSummary, type MethodMemory } from "../ops/summary.ts";
import { outputWidth } from "../terminal/terminal.ts";
import type { Invocation } from "../cli/command.ts";
import { only } from "../cli/options.ts";
import { makePlan } from "./training/setup.ts";
import { oneOf } from "../cli/words.ts";

function memoryOf(plan: Plan, batch: number): MethodMemory[] {
  return METHODS.map((method) => {
    try {
      return { method, bytes: stepBytes(method, plan, batch) };
    } catch (error) {
      if (error instanceof UserError) return { method, refused: messageOf(error) };
      throw error;
    }
  });
}

/** Runs `eoq summary`. */
export function run({ argument, values }: Invocation): Promise<void> {
  const name = oneOf("model", argument, [...MODELS.keys()]);
  const { about, shape } = MODELS.get(name)!;
  const batch = only("--batch", values.batch);
  const plan = makePlan(name, { ...shape, ...values.image, classes: values.classes ?? shape.classes });
  const layers = costsOfLayers(plan);
  const { height, width, channels, classes } = plan;
  const summary = {
    model: name,
    about,
    input: { height, width, channels },
    classes,
    batch,
    layers,
    weights: layers.reduce((sum, { weights }) => sum + weights, 0),
    macs: layers.reduce((sum, { macs }) => sum + macs, 0),
    memory: memoryOf(plan, batch),
  };
  if (values.json) console.log(JSON.stringify(summary, null, 2));
  else console.log(formatSummary(summary, { width: outputWidth(), color: Deno.stdout.isTerminal() }));
  return Promise.resolve();
}
