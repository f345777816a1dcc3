/**
 * The program of a training step as `eoq summary --program` prints it.
 *
 * @module
 */

import { bold } from "@std/fmt/colors";
import type { ListedCall, Operand } from "../exec/listing.ts";
import type { Method } from "../exec/methods.ts";
import type { TableOptions } from "../report/table.ts";
import { alignColumns } from "../terminal/columns.ts";
import { counted } from "../terminal/format.ts";

/** The calls of a training step; the JSON of `eoq summary --program`. */
export interface ListedProgram {
  readonly model: string;
  readonly method: Method;
  /** Images of the step. */
  readonly batch: number;
  readonly calls: readonly ListedCall[];
}

const HEAD = ["", "layer", "phase", "kernel", "operands"];

/** Narrower columns of operands would be more lines than words. */
const NARROWEST = 32;

/** Type and elements where a tensor is named first, its number alone from there on. */
function operandTexts(): (operands: readonly Operand[]) => string[] {
  const named = new Set<number>();
  return (operands) =>
    operands.map(({ name, tensor, type, count }) => {
      const text = `${name} %${tensor}${named.has(tensor) ? "" : ` ${type}[${count}]`}`;
      named.add(tensor);
      return text;
    });
}

/** Words in lines of at most `width`, but for a word that is longer. */
function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function withCommas(texts: readonly string[]): string[] {
  return texts.map((text, i) => i < texts.length - 1 ? `${text},` : text);
}

/** A line a call, or several where its operands do not fit one. */
export function formatProgram({ model, method, batch, calls }: ListedProgram, { width, color }: TableOptions): string {
  const textsOf = operandTexts();
  const rows = calls.map(({ index, layer, phase, kernel, reads, writes, slots }) => {
    const ins = withCommas(textsOf(reads)), outs = withCommas(textsOf(writes));
    const changing = [...new Set(Object.values(slots))].map((slot) => `$${slot}`);
    return {
      cells: [`${index}`, layer, phase, kernel],
      words: [...ins, ...outs.length > 0 ? ["->"] : [], ...outs, ...changing],
    };
  });
  const left =
    Math.max(...alignColumns([HEAD, ...rows.map(({ cells }) => [...cells, "."])], 5).map(({ length }) => length)) - 1;
  const room = Math.max(width - left, NARROWEST);
  const lines = rows.flatMap(({ cells, words }) =>
    wrap(words, room).map((text, i) => [...i === 0 ? cells : cells.map(() => ""), text])
  );
  const [head, ...table] = alignColumns([HEAD, ...lines], HEAD.length);
  return [
    `${model}: a training step of ${method}, ${counted(batch, "image")}, ${counted(calls.length, "call")}`,
    "",
    color ? bold(head!) : head!,
    ...table,
    "",
    "%N is a tensor, with its type and elements where it comes first; -> stands",
    "before what is written; $NAME is another number in each step.",
  ].join("\n");
}
