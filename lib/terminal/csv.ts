/**
 * Comma-separated values as RFC 4180 has them.
 *
 * @module
 */

/** A cell; null is an empty one. */
export type CsvCell = string | number | null;

function cellText(cell: CsvCell): string {
  const text = cell === null ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of cells, the header first; numbers are exact. */
export function formatCsv(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => row.map(cellText).join(",") + "\n").join("");
}
