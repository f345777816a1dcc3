/**
 * From counted work to the report of `eoq ops`.
 *
 * @module
 */

import { countOperations, countTraffic } from "../count/count.ts";
import { liveBytes } from "../count/live.ts";
import { priceWork } from "../count/cost.ts";
import type { CostModel } from "../count/cost_model.ts";
import { boundOf, type Machine } from "../count/roofline.ts";
import { bytesMoved, joinWork, type LayerWork, type Selection, sumWork, type Work } from "../count/work.ts";
import { OPERATION_KINDS, type Operations } from "../count/kinds.ts";
import { messageOf, UserError } from "../errors.ts";
import { checkJson, issueText } from "../json.ts";
import type { Method } from "../exec/methods.ts";
import type { Plan } from "../plan/plan.ts";
import type { Trained } from "../plan/trained.ts";
import { type MethodOps, type OpsReport, opsReportSchema, type PricedCost } from "../report/ops.ts";

/** The method that others are held against. */
export const REFERENCE: Method = "bn-fp32";

/** All operations, whatever their kind. */
export function operationCount(operations: Operations): number {
  return OPERATION_KINDS.reduce((sum, kind) => sum + operations[kind], 0);
}

/** Bytes read and written. */
export function byteCount(work: Work): number {
  const { read, written } = bytesMoved(work);
  return read + written;
}

/** What work costs by a model. */
export function priceBy(model: CostModel, work: Work): PricedCost {
  const { energy, area, latency } = priceWork(model, work.operations, byteCount(work));
  const { operations, memory } = energy;
  const total = operations === null || memory === null ? null : operations + memory;
  return {
    model: model.name,
    energy: { unit: model.units.energy?.unit ?? null, ...energy, total },
    area: { unit: model.units.area?.unit ?? null, value: area },
    latency: { unit: model.units.latency?.unit ?? null, value: latency },
  };
}

/** What counts are priced and bounded by. */
export interface Yardsticks {
  readonly models: readonly CostModel[];
  readonly machine: Machine | null;
}

/** The counts of a method, summed, priced and bounded. */
export function methodOps(
  method: Method,
  works: readonly LayerWork[],
  liveBytes: number,
  { models, machine }: Yardsticks,
): MethodOps {
  const total = sumWork(works);
  return {
    method,
    layers: [...works],
    total,
    liveBytes,
    costs: models.map((model) => priceBy(model, total)),
    roofline: machine && works.map((work) => ({
      layer: work.layer,
      phase: work.phase,
      ...boundOf(machine, [work]),
    })),
  };
}

/** What is counted of a method. */
export interface OpsSubject {
  readonly plan: Plan;
  readonly batch: number;
  readonly phase: Selection;
  /** Which layers a training step updates; all if absent. */
  readonly train?: Trained | undefined;
}

/** Counts a method. @throws {UserError} naming the layer that it does not run. */
export function countMethod(method: Method, subject: OpsSubject, yardsticks: Yardsticks): MethodOps {
  const { plan, batch, phase, train } = subject, settings = { train };
  const live = liveBytes(plan, method, batch, phase, train);
  const works = joinWork(
    countOperations(plan, method, batch, settings),
    countTraffic(plan, method, batch, settings),
    phase,
  );
  return methodOps(method, works, live, yardsticks);
}

/** How many times `value` the reference has; null where one is unknown or nothing. */
export function ratioOf(reference: number | null, value: number | null): number | null {
  return reference === null || value === null || reference === 0 || value === 0 ? null : reference / value;
}

function ratiosTo(reference: MethodOps, other: MethodOps): OpsReport["ratios"][number] {
  return {
    method: other.method,
    operations: ratioOf(operationCount(reference.total.operations), operationCount(other.total.operations)),
    bytes: ratioOf(byteCount(reference.total), byteCount(other.total)),
    liveBytes: ratioOf(reference.liveBytes, other.liveBytes),
    costs: other.costs.map(({ model, energy, area, latency }, i) => {
      const its = reference.costs[i]!;
      return {
        model,
        operationsEnergy: ratioOf(its.energy.operations, energy.operations),
        energy: ratioOf(its.energy.total, energy.total),
        area: ratioOf(its.area.value, area.value),
        latency: ratioOf(its.latency.value, latency.value),
      };
    }),
  };
}

/** What is counted, and by whom. */
export type OpsContext = Omit<OpsReport, "schemaVersion" | "ratios">;

/**
 * Puts a report together and holds it against its schema.
 *
 * @throws {UserError} when a cost model or a machine makes numbers that are none.
 */
export function makeOpsReport(context: OpsContext): OpsReport {
  const reference = context.methods.find(({ method }) => method === REFERENCE);
  const others = context.methods.filter((each) => each !== reference);
  const ratios = reference === undefined ? [] : others.map((other) => ratiosTo(reference, other));
  // Counts are in range; what they are multiplied with or divided by comes from the user's files.
  return checkJson(opsReportSchema, { schemaVersion: 1, ...context, ratios }, (issue) => {
    return new UserError(`--machine or --cost has a number out of all range: ${issueText(issue)}`);
  });
}

/**
 * Counts each method; one that does not run the model is a reason of its own.
 *
 * @throws {UserError} when none of them runs it.
 */
export function countMethods(
  methods: readonly Method[],
  subject: OpsSubject,
  yardsticks: Yardsticks,
): Pick<OpsReport, "methods" | "refused"> {
  const counted: MethodOps[] = [], refused: OpsReport["refused"] = [];
  for (const method of methods) {
    try {
      counted.push(countMethod(method, subject, yardsticks));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push({ method, reason: messageOf(error) });
    }
  }
  if (counted.length === 0) throw new UserError(refused[0]!.reason);
  return { methods: counted, refused };
}
