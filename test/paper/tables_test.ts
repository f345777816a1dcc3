import { assertEquals } from "@std/assert";
import { accuracy } from "../../lib/paper/accuracy.ts";
import { accuracyOf, smallBatchAccuracy } from "../../lib/paper/published.ts";
import { formatSection, markdownSection } from "../../lib/paper/section.ts";
import { smallBatch } from "../../lib/paper/small_batch.ts";
import { summarise } from "../../lib/report/statistics.ts";
import type { TrainingDesign } from "../../lib/paper/training.ts";
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
    ["  published", "22.74", "85.05", "88.41", "90.36", "-", "92.84"],
    ["eoq", "-", "-", "-", "-", "-", "-"],
    ["  published", "89.41", "92.74", "93.11", "93.13", "-", "92.98"],
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
    ["  published", "91.25", "93.03"],
    ["eoq, weights of 8 bits", "90.50 +- 0.71 (2)", "-"],
    ["eoq, weights of 16 bits", "92.00", "-"],
  ]);
});

Deno.test("published: nothing stands for what was not printed", () => {
  assertEquals(smallBatchAccuracy("eoq", 32), undefined);
  assertEquals(smallBatchAccuracy("fixup-fp32", 1), undefined);
  assertEquals(accuracyOf("wageubn", "resnet-20"), undefined);
});

Deno.test("sections: one table, as text and as Markdown", () => {
  const section = { title: "T", columns: ["a", "b"], words: 1, rows: [["x|y", "1"]], notes: ["n"], plot: ["#"] };
  assertEquals(formatSection(section), "T\na    b\nx|y  1\n#\nn\n");
  assertEquals(markdownSection(section), "## T\n\n| a | b |\n| --- | ---: |\n| x\\|y | 1 |\n\n```\n#\n```\n\nn\n");
});
