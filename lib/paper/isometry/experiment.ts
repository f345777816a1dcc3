/**
 * `isometry`: how the blocks of a network change the norm of a gradient at its
 * initialization, with batch norm, with Fixup, with neither, and with centred
 * weights.
 *
 * @module
 */

import { randomBatch } from "../../bench/images.ts";
import { mix32 } from "../../random.ts";
import { BlockProbe, PROBE_NORMS, type ProbeNorm } from "../../exec/fp32/probe.ts";
import type { Library } from "../../native/library.ts";
import { buildPlan } from "../../plan/models.ts";
import { commandLine } from "../../terminal/command_line.ts";
import type { Environment } from "../../report/run.ts";
import type { Cell, Experiment } from "../grid.ts";
import { keptCell } from "../kept_cell.ts";
import { describeIsometry, type IsometryBudget, type Scale } from "../../report/scale.ts";
import { type IsometryResult, isometryResultSchema } from "../../report/paper.ts";
import { standardError, summarise } from "../../statistics/spread.ts";
import { expectedPhis } from "./closed_form.ts";
import { type BlockChain, type Probe, probe } from "./hutchinson.ts";
import { isometryComparisons, isometrySections } from "./tables.ts";

/** Images that the blocks see, of random bytes around zero in the size of CIFAR-10. */
const BATCH = 8;
const IMAGES = { height: 32, width: 32, channels: 3, classes: 10 };

/** What the cells need. */
export interface IsometryMachine {
  readonly library: Library;
  readonly environment: Environment;
  /** The scale that the budget is of. */
  readonly scale: Scale;
  /** Folder of the grid. */
  readonly folder: string;
}

function mean(values: readonly number[]): number {
  return summarise(values).mean;
}

/** Probes of all initializations as the record of a cell's blocks. */
export function summariseBlocks(
  chain: BlockChain["blocks"],
  seeded: readonly (readonly Probe[])[],
  expected: readonly number[],
) {
  return chain.map(({ name }, i) => {
    const phis = seeded.map((probes) => probes.map((each) => each.phis[i]!));
    return {
      block: name,
      phi: mean(phis.flat()),
      spread: summarise(phis.flat()).deviation ?? 0,
      standardError: standardError(summarise(phis.map(mean))),
      expected: expected[i]!,
      gradient: mean(seeded.flat().map((each) => each.gradients[i]!)),
    };
  });
}

function isometryCell(
  model: string,
  norm: ProbeNorm,
  budget: IsometryBudget,
  machine: IsometryMachine,
): Cell<IsometryResult> {
  const { seeds, probes } = budget;
  const plan = buildPlan(model, IMAGES);
  const { library, environment, scale, folder } = machine;
  const words = ["eoq", "paper", "isometry", "--scale", scale, "--model", model, "--seeds", seeds.join(",")];
  return keptCell({
    name: `${model}_${norm}`,
    command: commandLine(words),
    work: plan.layers.length * seeds.length * probes,
    schema: isometryResultSchema,
    isOwn: (result) => result.seeds.join() === seeds.join() && result.probes === probes && result.batch === BATCH,
    async compute(signal, onProgress) {
      const images = randomBatch(plan, BATCH, 0);
      const seeded: Probe[][] = [];
      let blocks: BlockChain["blocks"] = [];
      for (const [i, seed] of seeds.entries()) {
        const chain = new BlockProbe({ library, plan, batch: BATCH, seed, input: "centered" }, norm, images);
        try {
          blocks = chain.blocks;
          seeded.push(Array.from({ length: probes }, (_, p) => probe(chain, mix32(seed) ^ p)));
        } finally {
          chain.close();
        }
        onProgress((i + 1) / seeds.length);
        await new Promise((resolve) => setTimeout(resolve, 0)); // Ctrl-C has its turn
        if (signal.aborted) return undefined;
      }
      const summary = summariseBlocks(blocks, seeded, expectedPhis(plan, norm));
      return { model, norm, seeds: [...seeds], probes, batch: BATCH, blocks: summary, environment };
    },
  }, folder);
}

/** The experiment. */
export function isometry(budget: IsometryBudget, machine: IsometryMachine): Experiment<IsometryResult> {
  return {
    title: "Block Dynamical Isometry",
    budget: describeIsometry(budget),
    cells: budget.models.flatMap((model) => PROBE_NORMS.map((norm) => isometryCell(model, norm, budget, machine))),
    compare: isometryComparisons,
    sections: isometrySections,
  };
}
