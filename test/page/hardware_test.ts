import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { hardware } from "../../lib/page/figures/hardware.ts";
import type { Source } from "../../lib/report/read.ts";
import { benchReport, machine, otherBench, runsReport, trained } from "./samples.ts";

function bench(document: Source & { kind: "bench" } extends { document: infer D } ? D : never, watts?: number): Source {
  return { kind: "bench", file: document.environment.cpu, watts, document };
}

function column(sources: readonly Source[], name: string) {
  const [figure] = hardware(sources);
  const at = figure!.table.columns.findIndex((each) => each.name === name);
  return figure!.table.rows.map((row) => row[at]);
}

Deno.test("hardware: one machine is compared with nothing", () => {
  assertEquals(hardware([bench(benchReport), bench({ ...benchReport, command: "again" })]), []);
});

Deno.test("hardware: the same work, in all, for each core and for each watt", () => {
  const sources = [bench(benchReport, 50), bench(otherBench)];
  assertEquals(column(sources, "rate"), [400, 800, 250, 500]);
  assertEquals(column(sources, "a core in use"), [400, 400, 250, 250]);
  assertEquals(column(sources, "a watt"), [8, null, 5, null]);
  assertEquals(column(sources, "x the first"), [1, 2, 1, 2]);
  assertEquals(column(sources, "a core, x the first"), [1, 1, 1, 1]);
  const other = "per core only: other threads";
  assertEquals(column(sources, "comparable"), ["reference", other, "reference", other]);
  assert(hardware(sources)[0]!.notes.some((note) => note.startsWith("3 of 5 measurements")));
});

Deno.test("hardware: another program is marked as not comparable, in the table, the plot and the text", () => {
  const commit = "b".repeat(40);
  const environment = { ...otherBench.environment, gitCommit: commit };
  const sources = [bench(benchReport), bench({ ...otherBench, environment })];
  assertEquals(column(sources, "comparable")[1], "NOT COMPARABLE: commits aaaaaaaaaaaa and bbbbbbbbbbbb");
  const { plot, notes } = hardware(sources)[0]!;
  assertStringIncludes(plot!.alt, "not comparable");
  assert(plot!.chart.legend.some(({ label, hollow }) => label.endsWith("not comparable") && hollow));
  assert(notes.some((note) => note.includes("NOT COMPARABLE, 2 of 2")));
});

Deno.test("hardware: int8 runs that end in other weights are not comparable, fp32 runs need not agree", () => {
  const other = runsReport({
    environment: machine({ cpu: "Another CPU" }),
    results: [trained("eoq", { weightsSha256: "1".repeat(64) }), trained("bn-fp32", { weightsSha256: "1".repeat(64) })],
  });
  const runs = (file: string, document: typeof other): Source => ({ kind: "runs", file, watts: undefined, document });
  const verdicts = column([runs("a", runsReport()), runs("b", other)], "comparable");
  const wrong = "NOT COMPARABLE: other weights: the results differ";
  assertEquals(verdicts, ["reference", wrong, "reference", wrong, "reference", "yes", "reference", "yes"]);
});

Deno.test("hardware: machines without work in common are said to be not comparable", () => {
  const alone = { ...otherBench, rows: [], peaks: [{ ...benchReport.peaks[0]!, isa: "scalar" }] };
  const [figure] = hardware([bench(benchReport), bench(alone)]);
  assertStringIncludes(figure!.notes[0]!, "NOT COMPARABLE");
});
