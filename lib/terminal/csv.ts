/**
 * Comma-separated values as RFC 4180 has them.
 *
 * @module
 */

/** A cell; null is an empty one. */
export type CsvCell = string | number | null;

/** What spreadsheets take for the beginning of a formula, which could run anything. */
const FORMULA = /^[=+\-@\t\r]/;

function cellText(cell: CsvCell): string {
  // An apostrophe makes it text there.
  const text = typeof cell === "string" && FORMULA.test(cell) ? `'${cell}` : cell === null ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of cells, the header first; numbers are exact. */
export function formatCsv(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => row.map(cellText).join(",") + "\n").join("");
}
