import { assert, assertEquals, assertMatch } from "@std/assert";
import { accuracy } from "../../lib/paper/accuracy.ts";
import { accuraciesOf, PUBLISHED_ROWS, smallBatchAccuracies } from "../../lib/paper/published.ts";
import { formatSection, markdownSection } from "../../lib/terminal/section.ts";
import { smallBatch } from "../../lib/paper/small_batch.ts";
import { MODELS } from "../../lib/plan/models.ts";
import { summarise } from "../../lib/statistics/spread.ts";
import type { TrainingDesign } from "../../lib/paper/training_design.ts";
import { trainingSections } from "../../lib/paper/training_tables.ts";

/** The table of a design whose places came to these accuracies, in order. */
function table(design: TrainingDesign, results: readonly (readonly number[])[], failures: readonly number[] = []) {
  const trained = design.places.map((place, i) => ({
    place,
    summary: summarise(results[i] ?? []),
    failures: failures[i] ?? 0,
  }));
  return trainingSections(design, trained, [])[0]!;
}

Deno.test("tables: the published row of each method stands below ours, batch by batch", () => {
  const section = table(smallBatch("resnet-8", ["bn-fp32", "eoq"]), [[20], [50], [60], [], [70], [71]], [0, 0, 0, 1]);
  assertEquals(section.columns, ["batch", "1", "2", "4", "8", "32", "128"]);
  assertEquals(section.rows, [
    ["bn-fp32", "20.00", "50.00", "60.00", "failed", "70.00", "71.00"],
    ["  EOQ's paper", "22.74", "85.05", "88.41", "90.36", "-", "92.84"],
    ["eoq", "-", "-", "-", "-", "-", "-"],
    ["  EOQ's paper", "89.41", "92.74", "93.11", "93.13", "-", "92.98"],
  ]);
});

Deno.test("tables: several seeds have a deviation, a method without a published number no row of dashes", () => {
  const section = table(accuracy(["resnet-20", "resnet-56"], ["bn-fp32", "eoq"]), [[91, 92, 93], [93], [90, 91], [], [
    92,
  ]], [
    0,
    2,
  ]);
  assertEquals(section.rows, [
    ["bn-fp32", "92.00 +- 1.00 (3)", "93.00, 2 failed"],
    ["  He et al.", "91.25", "93.03"],
    ["  replication", "90.50", "92.26"],
    ["eoq, weights of 8 bits", "90.50 +- 0.71 (2)", "-"],
    ["eoq, weights of 16 bits", "92.00", "-"],
  ]);
});

Deno.test("tables: a network's own published rows stand at their own batch size alone", () => {
  const { rows } = table(smallBatch("resnet-20", ["bn-fp32", "fixup-fp32"]), []);
  assertEquals(rows.map(([name, ...values]) => [name, values.at(-1)]), [
    ["bn-fp32", "-"],
    ["  EOQ's paper", "92.84"],
    ["  He et al.", "91.25"],
    ["  replication", "90.50"],
    ["fixup-fp32", "-"],
    ["  replication", "91.49"],
  ]);
  assertEquals(rows[2]!.slice(1, -1), ["-", "-", "-", "-", "-"]);
});

Deno.test("tables: all that is in print, whatever was trained, with source and grade", () => {
  const [, published] = trainingSections(accuracy(["resnet-8"], ["eoq"]), [], []);
  const { columns, rows, notes } = published!;
  const cell = (source: string, method: string, model: string) =>
    rows.find((row) => row[0] === source && row[1] === method)![columns.indexOf(model)];
  // He et al., table 6: 8.75 % and 6.61 % errors; the last lines of NITI's logs.
  assertEquals(cell("He et al.", "bn-fp32", "resnet-20"), "91.25");
  assertEquals(cell("He et al.", "bn-fp32", "resnet-110"), "93.39");
  assertEquals(cell("He et al.", "bn-fp32", "vgg-small-7"), "-");
  assertEquals(cell("replication", "fixup-fp32", "resnet-110"), "93.07");
  assertEquals(cell("NITI", "eoq", "vgg-small-9"), "91.08");
  assertEquals(cell("EOQ's paper", "eoq", "resnet-110"), "92.98");
  assertEquals(cell("EOQ's paper", "eoq", "resnet-20"), "-");
  for (const row of rows) {
    assertEquals(row.length, columns.length);
    assertEquals(notes.filter((note) => note.startsWith(`${row[0]}: `)).length, 1);
  }
  for (const note of notes) assertMatch(note, / \((read in|measured from) [^)]+\)\.$/);
});

Deno.test("tables: no model in print is unknown to eoq", () => {
  for (const { accuracies } of PUBLISHED_ROWS) {
    for (const model of Object.keys(accuracies)) assert(MODELS.has(model), model);
  }
});

Deno.test("published: nothing stands for what was not printed", () => {
  assertEquals(smallBatchAccuracies("eoq", "resnet-20", 32), []);
  assertEquals(smallBatchAccuracies("fixup-fp32", "resnet-20", 1), []);
  assertEquals(accuraciesOf("wageubn", "resnet-20"), []);
  // NITI trained with batches of 256.
  assertEquals(smallBatchAccuracies("eoq", "vgg-small-7", 128).map(({ name }) => name), ["EOQ's paper"]);
  assertEquals(accuraciesOf("eoq", "vgg-small-7").map(({ value, batch }) => [value, batch]), [[89.16, 256]]);
});

Deno.test("sections: one table, as text and as Markdown", () => {
  const section = { title: "T", columns: ["a", "b"], words: 1, rows: [["x|y", "1"]], notes: ["n"], plot: ["#"] };
  assertEquals(formatSection(section), "T\na    b\nx|y  1\n#\nn\n");
  assertEquals(markdownSection(section), "## T\n\n| a | b |\n| --- | ---: |\n| x\\|y | 1 |\n\n```\n#\n```\n\nn\n");
});
