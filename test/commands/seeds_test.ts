import { assert, assertEquals } from "@std/assert";
import { parseReport } from "../../lib/report/run.ts";
import { summarise } from "../../lib/statistics/spread.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { assertRefused, beforeBudgetWarning, eoq, withFolder } from "../eoq.ts";

Deno.test("compare: --seeds trains every method with each, and the table says mean, deviation and n", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 60, 30);
    const run = ["--batch", "16", "--epochs", "1", "--data", `${folder}/data`];
    const out = `${folder}/out`;
    const { code, stdout, stderr } = await eoq(["compare", ...run, "--seeds", "3,5", "--out", out]);
    assertEquals([code, beforeBudgetWarning(stderr)], [0, ""]);
    const { config, results } = parseReport(JSON.parse(await Deno.readTextFile(`${out}/results.json`)));
    assertEquals([config.seed, config.seeds], [3, [3, 5]]);
    assertEquals(results.map(({ method, seed }) => [method, seed]), [
      ["eoq", 3],
      ["eoq", 5],
      ["bn-fp32", 3],
      ["bn-fp32", 5],
    ]);
    for (const method of ["eoq", "bn-fp32"]) {
      const own = results.filter((each) => each.method === method).map(({ testAccuracy }) => testAccuracy!);
      const { mean, deviation } = summarise(own);
      const cell = `${(100 * mean).toFixed(2)} % +- ${(100 * deviation!).toFixed(2)} (2)`;
      assert(stdout.split("\n").some((line) => line.startsWith(method) && line.includes(cell)), stdout);
    }
    // Each run is the one that eoq train makes of its seed, and the report is a configuration of its own.
    assertEquals((await eoq(["train", ...run, "--seed", "5", "--out", `${folder}/one`])).code, 0);
    const [one] = parseReport(JSON.parse(await Deno.readTextFile(`${folder}/one/results.json`))).results;
    assertEquals(one!.weightsSha256, results[1]!.weightsSha256);
    const printed = await eoq(["config", "--config", `${out}/results.json`]);
    assertEquals(JSON.parse(printed.stdout).seeds, [3, 5]);
    assertRefused(await eoq(["train", "--config", `${out}/results.json`, "--method", "eoq"]), 2, "one seed, not 3, 5");
    assertEquals((await eoq(["compare", ...run, "--seeds", "3,5", "--out", out, "--resume"])).code, 0);
    assertRefused(await eoq(["compare", "--seed", "1", "--seeds", "1,2"]), 2, "--seed and --seeds");
  }));

Deno.test("compare: --format prints the values for other programs", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 20, 10);
    const args = ["compare", "--batch", "16", "--epochs", "1", "--method", "eoq", "--data", `${folder}/data`];
    const { code, stdout, stderr } = await eoq([...args, "--out", `${folder}/out`, "--format", "bmf"]);
    assertEquals([code, beforeBudgetWarning(stderr)], [0, ""]);
    const benchmarks = JSON.parse(stdout);
    assert("eoq resnet-8 mnist batch 16 mean test accuracy" in benchmarks, stdout);
  }));
