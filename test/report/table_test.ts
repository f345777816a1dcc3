import { assert, assertEquals } from "@std/assert";
import { stripAnsiCode } from "@std/fmt/colors";
import {
  counted,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatSi,
} from "../../lib/terminal/format.ts";
import { formatTable } from "../../lib/report/table.ts";
import { sampleReport, sampleResult } from "./sample.ts";

const WIDE = `\
             test     train  inference     MACs    adds  multiplies  divisions  sq. roots   45 nm  parameter  activation  optimizer
method   accuracy  images/s   images/s   /image  /image      /image     /image     /image  /image      bytes       bytes      bytes
eoq       98.31 %     3,120       12.3  37.51 M     1 M         512     0.1563          0  125 uJ   78.4 kiB    12.3 MiB    234 kiB
bn-fp32   98.31 %     3,120       12.3  37.51 M     1 M         512     0.1563          0  125 uJ   78.4 kiB    12.3 MiB    234 kiB
`;

Deno.test("table: methods down the side where it fits", () => {
  assertEquals(formatTable(sampleReport.results, { width: 200, color: false }), WIDE);
});

Deno.test("table: methods across the top where it does not, still with every number", () => {
  const widest = Math.max(...WIDE.split("\n").map((line) => line.length));
  const tall = formatTable(sampleReport.results, { width: widest - 1, color: false });
  const lines = tall.trimEnd().split("\n");
  assertEquals(lines.length, 13);
  assert(lines.every((line) => line.length <= 60 && line.length === lines[0]!.length));
  assertEquals(lines[0]!.split(/ {2,}/), ["method", "eoq", "bn-fp32"]);
  assertEquals(lines[4]!.split(/ {2,}/), ["MACs/image", "37.51 M", "37.51 M"]);
  assertEquals(formatTable(sampleReport.results, { width: widest, color: false }), WIDE);
});

Deno.test("table: methods in blocks below each other where even that is too wide", () => {
  const four = (["eoq", "wageubn", "fixup-fp32", "bn-fp32"] as const).map(sampleResult);
  for (const width of [30, 40, 60, 79]) {
    const text = formatTable(four, { width, color: false });
    const lines = text.trimEnd().split("\n");
    assert(lines.every((line) => line.length <= width), text);
    const heads = lines.filter((line) => line.startsWith("method")).join();
    assertEquals(heads.match(/eoq|wageubn|fixup-fp32|bn-fp32/g)?.length, 4);
    assertEquals(text.match(/37\.51 M/g)?.length, 4);
  }
});

Deno.test("table: what is not counted is a dash", () => {
  const { energy: _, ...counted } = sampleResult("eoq");
  const [, , line] = formatTable([{ ...counted, operations: null }], { width: 200, color: false }).split("\n");
  assertEquals(line!.split(/ {2,}/).slice(4, 10), ["-", "-", "-", "-", "-", "-"]);
});

Deno.test("table: says what accuracies are of, and those of averaged weights where there are any", () => {
  const { testAccuracy, ...result } = sampleResult("eoq");
  const averaged = { samples: 3, accuracy: 0.875, weightsSha256: result.weightsSha256 };
  const runs = [{ ...result, validationAccuracy: testAccuracy, averaged }, {
    ...result,
    method: "bn-fp32",
    validationAccuracy: 0.5,
  }] as const;
  const [first, second, eoq, other] = formatTable(runs, { width: 200, color: false }).split("\n").map((line) =>
    line.trim().split(/ {2,}/)
  );
  assertEquals([first!.slice(0, 2), second!.slice(0, 3)], [["validation", "averaged"], [
    "method",
    "accuracy",
    "weights",
  ]]);
  assertEquals([eoq!.slice(0, 3), other!.slice(0, 3)], [["eoq", "98.31 %", "87.50 %"], ["bn-fp32", "50.00 %", "-"]]);
});

Deno.test("table: color changes nothing but the header's weight", () => {
  const colored = formatTable(sampleReport.results, { width: 200, color: true });
  assertEquals(stripAnsiCode(colored), WIDE);
});

Deno.test("format: four digits of a count, also where rounding reaches the next prefix", () => {
  const counts = [0, 0.15625, 7, 999.96, 12_345, 999_949, 999_951, 5e9, 3e15].map(formatCount);
  assertEquals(counts, ["0", "0.1563", "7", "1 k", "12.35 k", "999.9 k", "1 M", "5 G", "3000 T"]);
});

Deno.test("format: one of a thing has no plural", () => {
  assertEquals([0, 1, 2].map((count) => counted(count, "plot")), ["0 plots", "1 plot", "2 plots"]);
});

Deno.test("format: physical units have a prefix each way", () => {
  assertEquals([0, 1.23456e-7, 0.000125, 0.99999, 1, 1234.5].map((value) => formatSi(value, "J")), [
    "0 J",
    "123.5 nJ",
    "125 uJ",
    "1 J",
    "1 J",
    "1.234 kJ",
  ]);
});

Deno.test("format: rates and percentages", () => {
  assertEquals([0.1234, 99.94, 100, 12_345.6].map(formatRate), ["0.123", "99.9", "100", "12,346"]);
  assertEquals([0, 0.98765, 1].map(formatPercent), ["0.00 %", "98.77 %", "100.00 %"]);
});

Deno.test("format: durations", () => {
  assertEquals([0, 9, 61, 3599, 3600, 36_061].map(formatDuration), [
    "0:00",
    "0:09",
    "1:01",
    "59:59",
    "1:00:00",
    "10:01:01",
  ]);
});

Deno.test("table: a column for each noise of the test images, dashes where a run was not tested with it", () => {
  const [eoq, other] = [sampleResult("eoq"), sampleResult("bn-fp32")];
  const noise = [{ sigma: 12.8, accuracy: 0.5 }, { sigma: 40, accuracy: 0.25 }];
  const [, header, ...rows] = formatTable([{ ...eoq, noise }, other], { width: 300, color: false }).split("\n");
  assertEquals(header!.split(/ {2,}/).slice(0, 4), ["method", "accuracy", "12.8/255", "40/255"]);
  assertEquals(rows.slice(0, 2).map((row) => row.split(/ {2,}/).slice(2, 4)), [["50.00 %", "25.00 %"], ["-", "-"]]);
});
