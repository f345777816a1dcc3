/**
 * The page: one HTML file that needs nothing else.
 *
 * @module
 */

import { VERSION } from "../report/version.ts";
import { drawChart } from "./draw.ts";
import { escapeHtml, escapeJson } from "../terminal/escape.ts";
import { counted } from "../terminal/format.ts";
import type { Cell, Column, Figure, Part, Table } from "./figure.ts";
import type { Source } from "../report/read.ts";
import { STYLE } from "./style.ts";

/** Pixels of plots beside much and little room. */
const WIDE = 900;
const SLIM = 358;

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
function tableHtml({ caption, columns, rows }: Table): string {
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

function notesHtml(notes: readonly string[]): string {
  if (notes.length === 0) return "";
  return `<figcaption>${notes.map((note) => `<p>${escapeHtml(note)}</p>`).join("")}</figcaption>`;
}

function figureHtml({ id, title, notes, table, plot }: Figure): string {
  const heading = `<h3 id="${id}-title">${escapeHtml(title)}</h3>`;
  const numbers = tableHtml(table);
  const body = plot === undefined ? [numbers, notesHtml(notes)] : [
    `<div class="wide">${drawChart(plot.chart, { width: WIDE, alt: plot.alt })}</div>`,
    `<div class="narrow">${drawChart(plot.chart, { width: SLIM, alt: plot.alt })}</div>`,
    notesHtml(notes),
    `<details><summary>The numbers, ${table.rows.length} rows</summary>\n${numbers}\n</details>`,
  ];
  return `<figure id="${id}" aria-labelledby="${id}-title">\n${[heading, ...body].join("\n")}\n</figure>\n`;
}

function partHtml({ id, title, figures }: Part): string {
  return `<section aria-labelledby="part-${id}">
<h2 id="part-${id}">${escapeHtml(title)}</h2>
${figures.map(figureHtml).join("")}</section>
`;
}

/** What the files come to, in a line. */
function leadOf(sources: readonly Source[]): string {
  const files = counted(sources.length, "result file");
  const machines = new Set(
    sources.flatMap(({ document }) => "environment" in document ? document.environment?.cpu ?? [] : []),
  );
  return [files, ...machines].join("; ");
}

/** The whole page of results and what they show. */
export function pageHtml(sources: readonly Source[], sections: readonly Part[]): string {
  const links = sections.map(({ id, title }) => `<li><a href="#part-${id}">${escapeHtml(title)}</a></li>`);
  const data = sources.map(({ file, document }) => ({ file, document }));
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>eoq report</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<header>
<h1>eoq report</h1>
<p class="lead">${escapeHtml(leadOf(sources))}</p>
<nav aria-label="Parts"><ul>${links.join("")}</ul></nav>
</header>
<main id="main" tabindex="-1">
${sections.map(partHtml).join("")}</main>
<footer>Made by eoq ${VERSION} from the files above.</footer>
<script type="application/json" id="data">${escapeJson(data)}</script>
</body>
</html>
`;
}
