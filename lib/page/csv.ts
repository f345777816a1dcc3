/**
 * Tables as CSV (RFC 4180), with exact numbers.
 *
 * @module
 */

import { formatCsv } from "../terminal/csv.ts";
import type { Table } from "./figure.ts";

/** The file of a table: a line of names, then its rows. */
export function tableCsv({ columns, rows }: Table): string {
  return formatCsv([columns.map(({ name }) => name), ...rows]);
}
