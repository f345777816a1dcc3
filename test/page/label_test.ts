import { assertEquals } from "@std/assert";
import { labelsOf } from "../../lib/page/label.ts";
import { type Run, runsOf } from "../../lib/page/run.ts";
import { machine, runsReport, trained } from "./samples.ts";

const [run] = runsOf([{ kind: "runs", file: "a/results.json", watts: undefined, document: runsReport() }]);

function runs(...changes: { config?: Partial<Run["config"]>; [key: string]: unknown }[]): Run[] {
  return changes.map((change) => ({ ...run!, ...change, config: { ...run!.config, ...change.config } }));
}

Deno.test("label: the method alone where nothing else sets runs apart", () => {
  assertEquals(labelsOf(runs({}, { config: { method: "bn-fp32" } })), ["eoq", "bn-fp32"]);
});

Deno.test("label: what varies, with its value; seeds share a name", () => {
  const many = runs({ config: { batch: 1 } }, { config: { batch: 8 } }, { config: { batch: 8, seed: 2 } });
  assertEquals(labelsOf(many), ["eoq, batch 1", "eoq, batch 8", "eoq, batch 8"]);
  assertEquals(labelsOf(many, ["seed", "batch"]), ["eoq", "eoq", "eoq"]);
});

Deno.test("label: runs of one report over several seeds", () => {
  const report = runsReport();
  const document = {
    ...report,
    config: { ...report.config, seeds: [1, 7] },
    results: [trained("eoq"), trained("eoq", { seed: 7 })],
  };
  const seeded = runsOf([{ kind: "runs", file: "a/results.json", watts: undefined, document }]);
  assertEquals(seeded.map(({ config }) => config.seed), [1, 7]);
  assertEquals(labelsOf(seeded), ["eoq", "eoq"]);
});

Deno.test("label: where a recipe departs from what most have", () => {
  const recipe = run!.config.recipe;
  const wide = { config: { recipe: { ...recipe, weightBits: 16 as const } } };
  assertEquals(labelsOf(runs({}, { config: { seed: 2 } }, wide)), ["eoq", "eoq", "eoq, weightBits 16"]);
});

Deno.test("label: the same run from two machines or two files is told apart", () => {
  const other = { environment: machine({ cpu: "Big(R) CPU @ 3 GHz" }) };
  assertEquals(labelsOf(runs({}, other)), ["eoq, A", "eoq, Big"]);
  assertEquals(labelsOf(runs({}, { file: "long/way/b/results.json" })), ["eoq, a/results.json", "eoq, b/results.json"]);
});
