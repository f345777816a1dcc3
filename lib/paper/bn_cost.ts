/**
 * `bn-cost`: what batch norm costs in time and operations, in fp32 and int8.
 *
 * @module
 */

import { peaksOf } from "../bench/contest.ts";
import type { Entry } from "../bench/contest.ts";
import { RANDOM_IMAGES } from "../bench/images.ts";
import { estimateRatio } from "../statistics/bootstrap.ts";
import { benchSteps } from "../bench/step.ts";
import { COST_MODELS } from "../count/cost_model.ts";
import { operationsPerImage } from "../count/operations.ts";
import type { Method } from "../exec/methods.ts";
import type { Library } from "../native/library.ts";
import { buildPlan } from "../plan/models.ts";
import { commandLine } from "../terminal/command_line.ts";
import { countMethod } from "../ops/report.ts";
import type { Environment } from "../report/run.ts";
import { costComparisons, costSections } from "./cost_tables.ts";
import type { Cell, Experiment } from "./grid.ts";
import { keptCell } from "./kept_cell.ts";
import { type CostBudget, describeCost } from "../report/scale.ts";
import { type CostResult, costResultSchema } from "../report/paper.ts";

/** The method that the others are held against. */
const REFERENCE: Method = "bn-fp32";

/** Images of the size of CIFAR-10. */
const IMAGES = { height: 32, width: 32, channels: 3, classes: 10 };

/** What the cells measure with. */
export interface CostMachine {
  readonly library: Library;
  readonly environment: Environment;
  /** Folder of the grid. */
  readonly folder: string;
}

function costCell(
  { model, seconds }: CostBudget,
  batch: number,
  methods: readonly Method[],
  { library, environment, folder }: CostMachine,
): Cell<CostResult> {
  const setting = { isa: library.isa, threads: library.threads };
  const machine = ["--isa", setting.isa, "--threads", `${setting.threads}`];
  const words = ["eoq", "bench", "step", "--model", model, "--method", methods.join(","), "--batch", `${batch}`];
  return keptCell({
    name: `${model}_batch-${batch}`,
    command: commandLine([...words, ...machine, "--seconds", `${seconds}`]),
    work: seconds * methods.length,
    schema: costResultSchema,
    isOwn: (result) =>
      result.model === model && result.batch === batch && result.seconds === seconds &&
      result.operations.map(({ method }) => method).join() === methods.join(),
    async compute(signal, onProgress) {
      onProgress(0);
      const plan = buildPlan(model, IMAGES);
      const peaks = peaksOf(library, [setting]);
      const steps: CostResult["steps"] = [];
      for await (
        const { entries } of benchSteps({
          library,
          settings: [setting],
          peaks,
          peers: [],
          plan,
          images: RANDOM_IMAGES,
          methods,
          batches: [batch],
          seconds,
        })
      ) {
        const reference = entries.find(({ row }) => row.variant === REFERENCE)!;
        steps.push(...entries.map((entry) => step(entry, reference)));
        if (signal.aborted) return undefined;
        onProgress(0.5);
      }
      const operations = methods.map((method) => ({ method, ...operationsPerImage(plan, method, batch) }));
      const inference = methods.map((method) => {
        const subject = { plan, batch, phase: "inference" } as const;
        return {
          method,
          costs: countMethod(method, subject, { models: [...COST_MODELS.values()], machine: null, cores: [] }).costs,
        };
      });
      return { model, batch, seconds, steps, inference, operations, environment };
    },
  }, folder);
}

function step({ row, rates }: Entry, reference: Entry): CostResult["steps"][number] {
  const { median, interval } = estimateRatio(rates, reference.rates);
  return { method: row.variant as Method, row, speedup: median, speedupInterval: interval };
}

/** The experiment; each cell times all methods in turn, so that their ratios hold whatever else the machine does. */
export function bnCost(budget: CostBudget, methods: readonly Method[], machine: CostMachine): Experiment<CostResult> {
  const contenders = [REFERENCE, ...methods.filter((method) => method !== REFERENCE)];
  return {
    title: `What batch norm costs ${budget.model} in time and operations`,
    budget: describeCost(budget),
    cells: budget.batches.map((batch) => costCell(budget, batch, contenders, machine)),
    compare: costComparisons,
    sections: costSections,
  };
}
