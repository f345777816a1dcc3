/**
 * Microcontrollers for people.
 *
 * @module
 */

import { OPERATION_KINDS } from "../count/kinds.ts";
import type { Microcontroller } from "../count/microcontroller.ts";
import { alignColumns } from "../terminal/columns.ts";
import { formatCount } from "../terminal/format.ts";

function describe({ name, about, hertz, energyPerCycle, sources, notes }: Microcontroller): string {
  return [
    `${name}: ${about}; ${formatCount(hertz)}Hz`,
    ...sources.map(({ citation, checked }) => `  ${citation}; checked: ${checked}`),
    energyPerCycle === null
      ? "  energy of a cycle: not known"
      : `  energy of a cycle: ${energyPerCycle.picojoules} pJ${energyPerCycle.estimate ? "*" : ""}, ` +
        energyPerCycle.from,
    ...notes.map((note) => `  ${note}`),
  ].join("\n");
}

function cell({ cycles, estimate }: { readonly cycles: number; readonly estimate: boolean }): string {
  return `${cycles}${estimate ? "*" : ""}`;
}

function numbers(cores: readonly Microcontroller[]): string {
  const row = (name: string, value: (core: Microcontroller) => string) => [name, ...cores.map(value)];
  return alignColumns([
    row("cycles", ({ name }) => name),
    row("int8 product", ({ products }) => cell(products.int8)),
    row("fp32 product", ({ products }) => cell(products.fp32)),
    ...OPERATION_KINDS.map((kind) => row(kind, ({ operations }) => cell(operations[kind]))),
    row("byte", ({ memory: { cycles, bytes, estimate } }) => cell({ cycles: cycles / bytes, estimate })),
  ]).join("\n");
}

/** Each microcontroller with its sources, and the cycles of all of them, estimates with a star. */
export function formatMicrocontrollers(cores: readonly Microcontroller[]): string {
  return [
    ...cores.map(describe),
    numbers(cores),
    "* an estimate; --json says from what. A product is one of a convolution with its\n" +
    "addition, operands loaded; other operations have theirs in registers.",
  ].join("\n\n");
}
