/**
 * Tables of plain ASCII.
 *
 * @module
 */

import { visible } from "./escape.ts";

/** Aligns cells: the first `left` columns to the left, numbers to the right, two spaces between. */
export function alignColumns(table: readonly (readonly string[])[], left = 1): string[] {
  const rows = table.map((row) => row.map(visible));
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => column < left ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)).join("  ")
      .trimEnd()
  );
}

/**
 * The same in lines of at most `width`: where columns do not fit beside each
 * other, as many as fit stand in blocks one below the other, each led by the
 * first `left` columns. A column that is too wide alone stands alone.
 */
export function alignBlocks(rows: readonly (readonly string[])[], left: number, width: number): string[][] {
  const columns = rows[0]!.length;
  const take = (from: number, to: number) =>
    alignColumns(rows.map((row) => [...row.slice(0, left), ...row.slice(from, to)]), left);
  const blocks: string[][] = [];
  for (let from = left; from < columns || blocks.length === 0;) {
    let to = columns;
    while (to > from + 1 && take(from, to).some((line) => line.length > width)) to--;
    blocks.push(take(from, to));
    from = to;
  }
  return blocks;
}

/** Blocks as lines, an empty one between two. */
export function alignWithin(rows: readonly (readonly string[])[], left: number, width: number): string[] {
  return alignBlocks(rows, left, width).flatMap((block, i) => i === 0 ? block : ["", ...block]);
}
