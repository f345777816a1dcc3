/**
 * Tables in HTML.
 *
 * @module
 */

import { escapeHtml } from "../terminal/escape.ts";
import type { Cell, Column, Table } from "./figure.ts";

/** What is to be seen at a glance, and read out as text. */
const MARKED = /\b(NOT COMPARABLE|NOT COMPLETE|differs)\b/;

function cellHtml(cell: Cell, { format }: Column, numeric: boolean): string {
  const place = numeric ? ' class="number"' : "";
  if (cell === null) return `<td${place}>–</td>`;
  if (typeof cell === "number") {
    return `<td${place}><data value="${cell}">${escapeHtml(format?.(cell) ?? String(cell))}</data></td>`;
  }
  return `<td${MARKED.test(cell) ? ' class="marked"' : ""}>${escapeHtml(cell)}</td>`;
}

/** A table in a box that scrolls where it is wider than the page; the first column names the rows. */
export function tableHtml({ caption, columns, rows }: Table): string {
  const numeric = columns.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] !== "string"));
  const head = columns.map(({ name }, i) =>
    `<th scope="col"${numeric[i] ? ' class="number"' : ""}>${escapeHtml(name)}</th>`
  );
  const body = rows.map(([first, ...rest]) => {
    const name = first === null || first === undefined ? "–" : String(first);
    const cells = rest.map((cell, i) => cellHtml(cell, columns[i + 1]!, numeric[i + 1]!));
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.join("")}</tr>\n`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(caption)}">
<table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr>${head.join("")}</tr></thead>
<tbody>
${body.join("")}</tbody>
</table>
</div>`;
}
