import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { parse as parseCsv } from "../terminal/csv_reader.ts";
import { opsCsv } from "../../lib/ops/csv.ts";
import { opsReportSchema } from "../../lib/report/ops.ts";
import { formatOps } from "../../lib/ops/table.ts";
import { MODELS, sampleOps } from "./sample.ts";

Deno.test("ops: the JSON comes back the same, and what cannot be is refused", () => {
  assertEquals(opsReportSchema.parse(JSON.parse(JSON.stringify(sampleOps))), sampleOps);
  const { "fp32-exp": _, ...fewer } = sampleOps.methods[0]!.total.operations;
  const wrong = structuredClone(sampleOps) as { methods: { total: { operations: unknown } }[] };
  wrong.methods[0]!.total.operations = fewer;
  assertEquals(
    opsReportSchema.safeParse(wrong).error?.issues[0]?.path.join("."),
    "methods.0.total.operations.fp32-exp",
  );
});

Deno.test("ops: ratios are bn-fp32 over the method, and null where a model has no number", () => {
  const [ratio] = sampleOps.ratios;
  assertEquals([ratio?.method, ratio?.operations, ratio?.bytes, ratio?.liveBytes], ["eoq", 2010 / 2000, 4, 4]);
  const [horowitz, jouppi] = ratio!.costs;
  // 1000 * (3.7 + 0.9) + 10 * 26.3 over 1000 * (0.2 + 0.1).
  assertAlmostEquals(horowitz!.operationsEnergy!, (4600 + 263) / 300, 1e-12);
  assertAlmostEquals(horowitz!.energy!, (4863 + 100 * 1300) / (300 + 25 * 1300), 1e-12);
  assertEquals([jouppi!.area, jouppi!.latency, horowitz!.latency], [null, null, null]);
});

Deno.test("ops: the table has methods side by side, a dash for what is unknown, and who does not run", () => {
  const text = formatOps(sampleOps, { by: "kind", models: MODELS, brief: false, width: Infinity, color: false });
  const rows = new Map(text.split("\n").map((line) => line.split(/ {2,}/)).map(([name, ...cells]) => [name, cells]));
  assertEquals(rows.get("MACs"), ["1 k", "1 k", "1.00"]);
  assertEquals(rows.get("int8-multiply"), ["1 k", "0", "-"]);
  assertEquals(rows.get("fp32-divide"), ["0", "10", "-"]);
  assertEquals(rows.get("moved"), ["200 B", "800 B", "4.00"]);
  assertEquals(rows.get("latency"), ["-", "-", "-"]);
  assert(!rows.has("shift"));
  assert(text.endsWith("wageubn does not run it: lenet: no\n"));
});

Deno.test("ops: CSV reads back as the numbers of the report", () => {
  const [header, ...rows] = parseCsv(opsCsv(sampleOps, "kind"));
  assertEquals(header, ["cost model", "quantity", "unit", "eoq", "bn-fp32"]);
  const cell = (model: string, quantity: string) =>
    rows.find(([group, name]) => group === model && name === quantity)!.slice(2);
  assertEquals(cell("", "int8-multiply"), ["", "1000", "0"]);
  assertEquals(cell("", "largest live memory"), ["bytes", "2048", "8192"]);
  assertEquals(cell("jouppi-7nm", "area"), ["", "", ""]);
  assertEquals(cell("horowitz-45nm", "operations").slice(1).map(Number), [
    sampleOps.methods[0]!.costs[0]!.energy.operations,
    sampleOps.methods[1]!.costs[0]!.energy.operations,
  ]);
});

Deno.test("ops: CSV by layer ends each method with its sum", () => {
  const [header, ...rows] = parseCsv(opsCsv(sampleOps, "layer"));
  assertEquals(header!.slice(0, 4), ["method", "layer", "MACs", "int8-multiply"]);
  assertEquals(rows.map((row) => row.slice(0, 3)), [
    ["eoq", "stem", "1000"],
    ["eoq", "all", "1000"],
    ["bn-fp32", "stem", "1000"],
    ["bn-fp32", "all", "1000"],
  ]);
  assert(rows.every((row) => row.length === header!.length));
});
