/**
 * Tables as CSV (RFC 4180), with exact numbers.
 *
 * @module
 */

import type { Cell, Table } from "./figure.ts";

function field(cell: Cell): string {
  const text = cell === null ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The file of a table: a line of names, then its rows. */
export function tableCsv({ columns, rows }: Table): string {
  return [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}
