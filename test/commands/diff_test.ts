import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/cli/exit_codes.ts";
import type { BenchReport } from "../../lib/report/bench.ts";
import { FORMATS } from "../../lib/metrics/formats/formats.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";
import { benchReport, otherBench, runsReport, trained } from "../page/samples.ts";

/** The sample with all rates multiplied. */
function scaled(factor: number): BenchReport {
  const rows = benchReport.rows.map((row) => ({
    ...row,
    median: factor * row.median,
    interval: row.interval.map((bound) => factor * bound) as [number, number],
  }));
  return { ...benchReport, rows };
}

/** Writes each value as JSON, text as it is. */
async function write(folder: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, value] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, typeof value === "string" ? value : JSON.stringify(value));
  }
}

Deno.test("diff: the exit code says what came out, stdout which values", () =>
  withFolder(async (folder) => {
    const changed = trained("eoq", { weightsSha256: "1".repeat(64) });
    await write(folder, {
      "before.json": benchReport,
      "slow.json": scaled(0.5),
      "fewer.json": { ...benchReport, rows: benchReport.rows.slice(1) },
      "other.json": otherBench,
      "runs.json": runsReport(),
      "changed.json": runsReport({ results: [changed] }),
    });
    const cases: [string, string, readonly string[], keyof typeof EXIT, string][] = [
      ["before", "before", [], "done", "3 inconclusive."],
      ["before", "before", ["--max-regression", "30%"], "done", "3 same."],
      ["slow", "before", [], "done", "3 better."],
      ["before", "slow", [], "regression", "3 worse."],
      ["before", "slow", ["--max-regression=70"], "done", "3 same."],
      ["before", "other", [], "incomparable", "other CPU: A CPU before, Another CPU now"],
      ["before", "other", ["--force"], "incomparable", "2 better, 1 gone."],
      ["before", "fewer", [], "incomparable", "1 gone.\nNot compared: only before: "],
      ["fewer", "before", [], "done", "2 inconclusive.\nNot compared: only now: "],
      ["before", "before", ["--strict"], "incomparable", "3 inconclusive."],
      ["before", "before", ["--strict", "--max-regression", "30%"], "done", "3 same."],
      ["before", "before", ["--min-accuracy", "1%"], "incomparable", "no accuracy for --min-accuracy"],
      ["before", "runs", [], "incomparable", "only now: "],
      ["runs", "runs", ["--min-accuracy", "98%"], "done", " same."],
      ["runs", "runs", ["--min-accuracy", "98.5%"], "wrong", "1 too low"],
      ["runs", "changed", [], "wrong", "1 changed"],
    ];
    for (const [before, now, options, outcome, words] of cases) {
      const args = ["diff", `${folder}/${before}.json`, `${folder}/${now}.json`, ...options];
      const { code, stdout, stderr } = await eoq(args);
      assertEquals([code, stderr], [EXIT[outcome], ""], args.join(" "));
      assertStringIncludes(stdout, words);
    }
  }));

Deno.test("diff: verdicts are in stdout where the format has room for them, else in stderr", () =>
  withFolder(async (folder) => {
    await write(folder, { "a.json": benchReport, "b.json": scaled(0.5) });
    for (const format of FORMATS) {
      const { code, stdout, stderr } = await eoq(["diff", `${folder}/a.json`, `${folder}/b.json`, "--format", format]);
      const hasRoom = ["table", "json", "markdown", "csv", "junit"].includes(format);
      assertEquals([code, stdout.includes("worse"), stderr.includes("3 worse.")], [1, hasRoom, !hasRoom], format);
    }
    const json = JSON.parse((await eoq(["diff", `${folder}/a.json`, `${folder}/b.json`, "--json"])).stdout);
    assertEquals([json.outcome, json.maxRegression, json.baseline.file], ["regression", 0.05, `${folder}/a.json`]);
    assertEquals(json.changes.map(({ verdict }: { verdict: string }) => verdict), ["worse", "worse", "worse"]);
  }));

Deno.test("diff: the job summary of GitHub Actions gets the verdicts, after what is there", () =>
  withFolder(async (folder) => {
    const summary = `${folder}/summary.md`;
    await write(folder, { "a.json": benchReport, "b.json": scaled(0.5), "summary.md": "before\n" });
    const env = { GITHUB_STEP_SUMMARY: summary };
    assertEquals((await eoq(["diff", `${folder}/a.json`, `${folder}/b.json`], { env })).code, 1);
    const text = await Deno.readTextFile(summary);
    assert(text.startsWith("before\n## Against the baseline\n\n| value | verdict |"), text);
    assertStringIncludes(text, "3 worse.");
    const nowhere = { GITHUB_STEP_SUMMARY: `${folder}/no/file` };
    const failed = await eoq(["diff", `${folder}/a.json`, `${folder}/b.json`], { env: nowhere });
    assertEquals([failed.code, failed.stderr.split("\n").length], [2, 2], failed.stderr);
  }));

Deno.test("diff: what is no report is refused in one line", () =>
  withFolder(async (folder) => {
    await write(folder, {
      "good.json": benchReport,
      "empty.json": "",
      "cut.json": JSON.stringify(benchReport).slice(0, 500),
      "list.json": [1, 2],
      "null.json": "null",
      "deep.json": "[".repeat(100_000),
      "odd.json": { ...benchReport, rows: [{ ...benchReport.rows[0]!, median: "fast\n\u001b[31m" }] },
      "old.json": { ...benchReport, schemaVersion: 1 },
      "proto.json": `{"__proto__": {"results": []}}`,
    });
    await Deno.writeFile(`${folder}/bytes.json`, Uint8Array.from({ length: 300 }, (_, i) => i));
    await Deno.mkdir(`${folder}/folder.json`);
    const bad = ["empty", "cut", "list", "null", "deep", "odd", "old", "proto", "bytes", "folder", "missing"];
    for (const name of bad) {
      const path = `${folder}/${name}.json`;
      assertRefused(await eoq(["diff", path, `${folder}/good.json`]), 2, path);
      assertRefused(await eoq(["diff", `${folder}/good.json`, path]), 2, path);
    }
  }));

Deno.test("diff: its own input is checked first", async () => {
  assertRefused(await eoq(["diff"]), 2, "eoq diff needs BASELINE");
  assertRefused(await eoq(["diff", "a"]), 2, "eoq diff needs FILE");
  assertRefused(await eoq(["diff", "no-such", "b"]), 2, "baselines/no-such.json");
  assertRefused(await eoq(["diff", "a", "b", "--max-regression", "5x"]), 2, "--max-regression", '"5x"');
  assertRefused(await eoq(["diff", "a", "b", "--format", "jnuit"]), 2, '"jnuit"', "junit");
  assertRefused(await eoq(["diff", "a", "b", "--json", "--format", "csv"]), 2, "--json and --format");
});
