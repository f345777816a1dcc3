/**
 * What of a network fits into a device's memory.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { createNetwork } from "../../exec/methods.ts";
import type { Network } from "../../exec/network.ts";
import type { EoqRecipe } from "../../exec/recipe.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Trained as TrainedLayers, trainedPart } from "../../plan/trained.ts";
import type { ExportSettings, Trained } from "../format.ts";
import { firmwareBytes, STACK_BYTES } from "./boards.ts";
import { lower } from "./calls.ts";
import { type ArenaPlan, leastBytes, planArena } from "./memory.ts";
import type { DeviceCall, DeviceProgram } from "./program.ts";
import { fewestRepeated } from "./recompute.ts";
import { type DeviceBytes, deviceBytes } from "./source.ts";

/** A network as it will be on the device. */
export interface Fitted {
  readonly network: Network;
  readonly recipe: EoqRecipe;
  /** What was given up for memory, in words. */
  readonly gave: readonly string[];
  /** What is computed again on the way back to save memory, and what it costs, in words. */
  readonly again?: string;
  readonly program: DeviceProgram;
  readonly arena: ArenaPlan;
}

/** Static bytes of RAM. */
export function ramOf({ weights, momentum, arena, scalars, ranges }: DeviceBytes): number {
  return weights + momentum + arena + scalars + ranges;
}

/** A recipe, and what of its momentum it gives up; nothing if absent. */
interface Momentum {
  readonly recipe: EoqRecipe;
  readonly gave?: string;
}

/** From the momentum that a recipe has down to none. */
function momentaOf(recipe: EoqRecipe): readonly Momentum[] {
  if (recipe.momentumShift === 0 && !recipe.errorFeedback) return [{ recipe }];
  return [
    { recipe },
    ...recipe.momentumBits === 24
      ? [{ recipe: { ...recipe, momentumBits: 16 } as const, gave: "8 of 24 bits of momentum (momentumBits=16)" }]
      : [],
    {
      recipe: { ...recipe, momentumShift: 0, errorFeedback: false },
      gave: "momentum (momentumShift=0, errorFeedback=off)",
    },
  ];
}

/** From the layers that are to learn down to the classifier alone. */
function partsOf(plan: Plan, train: TrainedLayers): readonly { train: TrainedLayers; gave?: string }[] {
  const { layers } = trainedPart(plan, train);
  return layers.map((_, frozen) => {
    if (frozen === 0) return { train };
    const own = `last:${layers.length - frozen}` as const;
    return { train: own, gave: `the learning of ${layers.slice(0, frozen).join(", ")} (--train ${own})` };
  });
}

/** What is repeated to save `bytes`, and what that costs. */
function costOf(repeated: readonly DeviceCall[], bytes: number): string {
  const macs = repeated.reduce((sum, call) => sum + (call.macs ?? 0), 0),
    count = (n: number) => n.toLocaleString("en-US");
  return `${repeated.map(({ layer }) => layer).join(", ")} (${count(macs)} multiply-accumulates more in a step, ` +
    `${count(bytes)} bytes fewer)`;
}

/** A network with the weights of a checkpoint, that has no momentum yet. */
function freshNetwork(
  { checkpoint, library, network: { plan } }: Trained,
  recipe: EoqRecipe,
  train: TrainedLayers,
): Network {
  const { config: { seed, input, nesterov = false }, entries } = checkpoint;
  const network = createNetwork("eoq", { library, plan, batch: 1, seed, input, recipe, nesterov, train });
  const known = new Map(entries.map((entry) => [entry.name, entry]));
  network.restore(network.state().map((entry) => entry.weights ? known.get(entry.name) ?? entry : entry));
  return network;
}

/**
 * Finds what fits into the memory. First activations are computed again on the way back, which costs work alone. What
 * costs least accuracy is given up next (docs/devices.md): the low bits of the momentum, the momentum, then layer by layer from the images on their learning, with as much momentum as then fits.
 *
 * @throws {UserError} when nothing does, with the least that would, or a layer does not run on a device.
 */
export function fit(trained: Trained, { ram, train = "all" }: ExportSettings): Fitted {
  const { network: { plan }, checkpoint: { config } } = trained;
  const choices = partsOf(plan, train).flatMap((part) =>
    momentaOf(config.recipe).map(({ recipe, gave }) => ({
      recipe,
      train: part.train,
      gave: [gave, part.gave].filter((each) => each !== undefined),
    }))
  );
  let needs = Infinity, without = "";
  for (const { recipe, train, gave } of choices) {
    const network = freshNetwork(trained, recipe, train);
    try {
      const program = lower(network.programs(1).training), least = planArena(program.calls);
      // All but the arena.
      const taken = ramOf(deviceBytes(program, least, network.state())) - least.bytes + STACK_BYTES +
        firmwareBytes(plan);
      const most = ram === undefined ? undefined : ram - taken;
      const { calls, repeated, bytes } = fewestRepeated(program.calls, most ?? Infinity);
      if (most === undefined || bytes <= most) {
        const again = repeated.length > 0 && { again: costOf(repeated, leastBytes(program.calls) - bytes) };
        return { network, recipe, gave, ...again, program: { ...program, calls }, arena: planArena(calls, most) };
      }
      if (taken + bytes < needs) [needs, without] = [taken + bytes, gave.join(" and ")];
    } catch (error) {
      network.close();
      throw error;
    }
    network.close();
  }
  throw new UserError(
    `--ram: ${ram} bytes are too few: the network, an image and the stack take at least ${needs} bytes` +
      (without === "" ? "" : `, without ${without}`),
  );
}
