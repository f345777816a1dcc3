import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/csv/parse";
import { csv } from "../../../lib/metrics/formats/csv.ts";
import { markdown } from "../../../lib/metrics/formats/markdown.ts";
import { compared, values } from "./documents.ts";

Deno.test("csv: a reader of RFC 4180 (deno-std) gets every value exactly, odd names too", () => {
  const rows = parse(csv(values), { skipFirstRow: true });
  assertEquals(rows.length, 7);
  assertEquals(rows[0], {
    ...{ name: "train-step eoq resnet-8 batch 1", measure: "throughput", unit: "images/s" },
    ...{ value: "80", low: "79.2", high: "80.8" },
    ...{ CPU: "A CPU", "ISA path": "avx2", threads: "1" },
  });
  assertEquals(rows[5]!.value, "a".repeat(64));
  assertEquals(rows[6]!.name, `<&"' ]]> a,b|c\n\u0001`);
});

Deno.test("csv: a baseline adds columns, empty where nothing is judged", () => {
  const rows = parse(csv(compared), { skipFirstRow: true });
  assertEquals([rows[0]!.baseline, rows[0]!.ratio, rows[0]!.verdict], ["100", "0.8", "worse"]);
  assert(Number(rows[0]!["ratio low"]) < 0.8 && Number(rows[0]!["ratio high"]) > 0.8);
  assertEquals([rows[2]!.baseline, rows[2]!.ratio, rows[2]!.verdict], ["", "", ""]);
});

/** Cells of a line of a table, as GitHub Flavored Markdown splits it. */
const cells = (line: string) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());

Deno.test("markdown: tables of one width whatever the names, the worst first", () => {
  const text = markdown(compared);
  const tables = text.split("\n\n").filter((block) => block.startsWith("|")).map((block) => block.split("\n"));
  assertEquals(tables.map((lines) => lines.length), [2 + 6, 2 + 7]);
  for (const lines of tables) {
    for (const line of lines) assertEquals(cells(line).length, cells(lines[0]!).length, line);
  }
  assertEquals(tables[0]!.slice(2).map((line) => cells(line)[1]), [
    "too low",
    "changed",
    "worse",
    "inconclusive",
    "same",
    "same",
  ]);
  assertStringIncludes(text, "1 too low, 1 changed, 1 worse, 1 inconclusive, 2 same, 1 gone.");
  assertStringIncludes(text, "Not compared: only before: gone.");
  assertEquals(markdown(values).match(/^## .*/gm), ["## eoq bench step"]);
});
