/**
 * Cost models for people.
 *
 * @module
 */

import { AREA_CYCLES } from "../count/cost.ts";
import { type CostModel, QUANTITIES } from "../count/cost_model.ts";
import { OPERATION_KINDS } from "../count/kinds.ts";
import { alignColumns } from "../terminal/columns.ts";

const NONE = "-";

function describe({ name, about, technology, sources, memory, notes }: CostModel): string {
  const traffic = memory.traffic === null ? "not covered" : `charged to ${memory.traffic}`;
  return [
    `${name}: ${about}; ${technology}`,
    ...sources.map(({ citation, checked }) => `  ${citation}; checked: ${checked}`),
    `  memory traffic: ${traffic}`,
    ...notes.map((note) => `  ${note}`),
  ].join("\n");
}

function numbers(models: readonly CostModel[]): string {
  const columns = models.flatMap((model) =>
    QUANTITIES.filter((quantity) => model.units[quantity] !== null).map((quantity) => ({ model, quantity }))
  );
  return alignColumns([
    ["", ...columns.map(({ model }) => model.name)],
    ["", ...columns.map(({ quantity }) => quantity)],
    [
      "",
      ...columns.map(({ model, quantity }) => {
        const { unit, factor } = model.units[quantity]!;
        return factor === 1 ? unit : `${factor} ${unit}`;
      }),
    ],
    ...OPERATION_KINDS.map((kind) => [
      kind,
      ...columns.map(({ model, quantity }) => {
        const { assumed, [quantity]: value } = model.operations[kind];
        return value === null ? NONE : `${value}${assumed ? "*" : ""}`;
      }),
    ]),
  ]).join("\n");
}

/** Each model with its sources, and the numbers of all of them, those assumed with a star. */
export function formatCostModels(models: readonly CostModel[]): string {
  return [
    ...models.map(describe),
    numbers(models),
    "* assumed; --json says from what. Area: of units that start one operation a cycle; counts are for " +
    `${AREA_CYCLES.toLocaleString("en-US")} cycles.`,
  ].join("\n\n");
}
