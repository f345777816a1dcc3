import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { benchReportSchema } from "../../lib/report/bench.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";

/** The shortest benchmark there is, twice in the same way. */
const PEAK = ["bench", "peak", "--isa", "scalar", "--seconds", "0"];

Deno.test("bench: --save keeps a report, --against holds the next against it", () =>
  withFolder(async (folder) => {
    const file = `${folder}/base.json`;
    assertRefused(await eoq([...PEAK, "--against", file]), 2, file);
    assertEquals((await eoq([...PEAK, "--save", file])).code, 0);
    const report = benchReportSchema.parse(JSON.parse(await Deno.readTextFile(file)));
    assert(report.noise !== null && report.noise.change > 0 && report.noise.passes === 5);
    assertRefused(await eoq([...PEAK, "--save", file]), 2, `--save: ${file} holds an earlier report: --overwrite`);
    assertEquals(benchReportSchema.parse(JSON.parse(await Deno.readTextFile(file))), report);
    assertEquals((await eoq([...PEAK, "--save", file, "--overwrite"])).code, 0);
    const against = async (factor: number, args: readonly string[] = []) => {
      const peaks = report.peaks.map((peak) => ({
        ...peak,
        median: factor * peak.median,
        interval: peak.interval.map((bound) => factor * bound),
      }));
      await Deno.writeTextFile(file, JSON.stringify({ ...report, peaks }));
      return await eoq([...PEAK, "--against", file, ...args]);
    };
    // A baseline out of reach of any noise, either way.
    const worse = await against(1e6);
    assertEquals([worse.code, worse.stderr], [1, ""]);
    assertStringIncludes(worse.stdout, "2 worse.");
    assertStringIncludes(worse.stdout, "A/A run: the smallest change that this machine can show today is ");
    await Deno.writeTextFile(file, JSON.stringify({ ...report, noise: { passes: 5, change: 1 } }));
    const hidden = await eoq([...PEAK, "--against", file, "--max-regression", "99%"]);
    assertEquals(hidden.code, 0);
    assert(
      / (cannot tell|inconclusive)\./.test(hidden.stdout) && !/ (worse|better|same)\./.test(hidden.stdout),
      hidden.stdout,
    );
    assertStringIncludes(hidden.stdout, "The smallest change that the machine can show is 100.00 %");
    const better = await against(1e-6);
    assertEquals(better.code, 0);
    assertStringIncludes(better.stdout, "2 better.");
    const json = await against(1e6, ["--json"]);
    benchReportSchema.parse(JSON.parse(json.stdout));
    assertEquals([json.code, json.stderr.includes("2 worse.")], [1, true]);
    await Deno.writeTextFile(file, JSON.stringify({ ...report, environment: { ...report.environment, cpu: "Other" } }));
    const elsewhere = await eoq([...PEAK, "--against", file]);
    assertEquals(elsewhere.code, 3);
    assertStringIncludes(elsewhere.stdout, "Not compared: other CPU: Other before");
  }));

Deno.test("bench: a name is a file in baselines/", () =>
  withFolder(async (folder) => {
    const cwd = { cwd: folder };
    assertEquals((await eoq([...PEAK, "--save", "main"], cwd)).code, 0);
    benchReportSchema.parse(JSON.parse(await Deno.readTextFile(`${folder}/baselines/main.json`)));
    const again = await eoq([...PEAK, "--against", "main", "--max-regression", "99%"], cwd);
    assert(again.code === 0 && / (same|better|inconclusive)\./.test(again.stdout), again.stdout + again.stderr);
  }));

Deno.test("bench: options of a baseline need one", async () => {
  assertRefused(await eoq([...PEAK, "--force"]), 2, "--force", "--against");
  assertRefused(await eoq([...PEAK, "--max-regression", "3%"]), 2, "--max-regression", "--against");
});
