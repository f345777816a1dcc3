/**
 * The values of a report of `eoq paper`.
 *
 * @module
 */

import type { CellResult, CostResult, IsometryResult, PaperReport } from "../report/paper.ts";
import { rowMetric } from "./bench.ts";
import { fact, type Metric } from "./metric.ts";
import { trainingMetrics } from "./training.ts";

function costMetrics({ steps, operations, environment }: CostResult): Metric[] {
  return [
    ...steps.map(({ row }) => rowMetric(row, environment.cpu, [])),
    ...operations.flatMap(({ method, ...counts }) =>
      Object.entries(counts).map(([kind, value]: [string, number]) =>
        fact({ name: `${method} ${kind} per image`, measure: "operations", unit: "operations", value, conditions: {} })
      )
    ),
  ];
}

function isometryMetrics({ blocks, environment, model, seeds, probes, batch }: IsometryResult): Metric[] {
  const conditions = {
    "model": model,
    "seeds": seeds.join(),
    "probes": `${probes}`,
    "batch": `${batch}`,
    "ISA path": environment.isa.path,
  };
  return blocks.flatMap(({ block, phi, gradient }) => [
    fact({ name: `${block} phi`, measure: "isometry", unit: "", value: phi, conditions }),
    fact({ name: `${block} gradient power`, measure: "isometry", unit: "", value: gradient, conditions }),
  ]);
}

function cellMetrics(result: CellResult): Metric[] {
  if ("results" in result) return trainingMetrics(result);
  return "steps" in result ? costMetrics(result) : isometryMetrics(result);
}

/** The values of every finished cell, under the cell's name. */
export function paperMetrics({ cells }: PaperReport): Metric[] {
  return cells.flatMap(({ name, result }) =>
    result === null ? [] : cellMetrics(result).map((metric) => ({ ...metric, name: `${name}: ${metric.name}` }))
  );
}
