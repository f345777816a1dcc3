/**
 * `isometry`: how the blocks of a network change the norm of a gradient at its
 * initialization, with batch norm, with Fixup and with neither.
 *
 * @module
 */

import { mix32 } from "../../data/random.ts";
import { buildPlan } from "../../plan/models.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Environment } from "../../report/schema.ts";
import type { Cell } from "../cell.ts";
import type { Experiment } from "../experiment.ts";
import { keptCell } from "../kept_cell.ts";
import { describeIsometry, type IsometryBudget } from "../scale.ts";
import { type IsometryResult, isometryResultSchema } from "../schema.ts";
import { standardError, summarise } from "../statistics.ts";
import { expectedPhis, type Norm, NORMS } from "./closed_form.ts";
import { type BlockChain, type Probe, probe } from "./hutchinson.ts";
import { isometryComparisons, isometrySections } from "./tables.ts";

/** Images that the blocks see, of random bytes in the size of CIFAR-10. */
const BATCH = 8;
const IMAGES = { height: 32, width: 32, channels: 3, classes: 10 };

/** A chain that holds native memory. */
export interface OpenChain extends BlockChain {
  close(): void;
}

/** What the cells need. */
export interface IsometryMachine {
  /** Initialises a network from a seed and runs it forward on a batch of random images. */
  readonly open: (plan: Plan, norm: Norm, seed: number, batch: number) => OpenChain;
  readonly environment: Environment;
  readonly command: (model: string) => string;
  /** Folder of the grid. */
  readonly folder: string;
}

/** Probes of one initialization. */
type Seeded = readonly Probe[];

function mean(values: readonly number[]): number {
  return summarise(values).mean;
}

/** Probes of all initializations as the record of a cell's blocks. */
export function summariseBlocks(chain: BlockChain["blocks"], seeded: readonly Seeded[], expected: readonly number[]) {
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
  norm: Norm,
  budget: IsometryBudget,
  machine: IsometryMachine,
): Cell<IsometryResult> {
  const { seeds, probes } = budget;
  const plan = buildPlan(model, IMAGES);
  return keptCell({
    name: `${model}_${norm}`,
    command: machine.command(model),
    work: plan.layers.length * seeds.length * probes,
    schema: isometryResultSchema,
    isOwn: (result) => result.seeds.join() === seeds.join() && result.probes === probes && result.batch === BATCH,
    async compute(signal, onProgress) {
      const seeded: Probe[][] = [];
      let blocks: BlockChain["blocks"] = [];
      for (const [i, seed] of seeds.entries()) {
        const chain = machine.open(plan, norm, seed, BATCH);
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
      return {
        model,
        norm,
        seeds: [...seeds],
        probes,
        batch: BATCH,
        blocks: summary,
        environment: machine.environment,
      };
    },
  }, machine.folder);
}

/** The experiment. */
export function isometry(budget: IsometryBudget, machine: IsometryMachine): Experiment<IsometryResult> {
  return {
    title: "Block Dynamical Isometry",
    budget: describeIsometry(budget),
    cells: budget.models.flatMap((model) => NORMS.map((norm) => isometryCell(model, norm, budget, machine))),
    compare: isometryComparisons,
    sections: isometrySections,
  };
}
