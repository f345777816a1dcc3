import { assert, assertEquals } from "@std/assert";
import { estimateMedian } from "../../lib/statistics/bootstrap.ts";
import { benchMetrics, rowMetric } from "../../lib/metrics/bench.ts";
import { type Diff, diff, outcomeOf } from "../../lib/metrics/diff.ts";
import { type Measurement, measurementOf, type Metric } from "../../lib/metrics/metric.ts";
import { opsMetrics } from "../../lib/metrics/ops.ts";
import { paperMetrics } from "../../lib/metrics/paper.ts";
import { trainingMetrics } from "../../lib/metrics/training.ts";
import type { Report } from "../../lib/report/run.ts";
import {
  benchReport,
  isometryReport,
  machine,
  otherBench,
  runsReport,
  smallBatchReport,
  trained,
} from "../page/samples.ts";
import { sampleOps } from "../ops/sample.ts";

const compare = (before: Measurement, now: Measurement): Diff =>
  diff(before, now, { maxRegression: 0.05, minAccuracy: undefined, force: false });

const training = (report: Report) => measurementOf(report, trainingMetrics);

const find = (metrics: readonly Metric[], name: string) => metrics.find((metric) => metric.name === name)!;

Deno.test("metrics of bench: eoq's rows are judged beside their peak, peers' and ratios are not", () => {
  const metrics = benchMetrics(benchReport);
  assertEquals(metrics.map(({ name, gate }) => [name, gate]), [
    ["peak int8", "none"],
    ["train-step eoq resnet-8 batch 1", "interval"],
    ["train-step bn-fp32 resnet-8 batch 1", "interval"],
    ["forward OpenBLAS fp32 GEMM 1024x16x144", "none"],
    ["forward int8 GEMM 1024x16x144", "interval"],
    ["train-step resnet-8 batch 1: eoq avx2 x1 / bn-fp32 avx2 x1", "none"],
  ]);
  assertEquals(metrics.map(({ control }) => control?.median), [undefined, 200, undefined, undefined, 200, undefined]);
  assertEquals(metrics[1]!.conditions, { "CPU": "A CPU", "ISA path": "avx2", "threads": "1" });
  assertEquals(benchMetrics({ ...benchReport, benchmark: "peak" })[0]!.gate, "interval");
});

Deno.test("metrics of bench: a row's control is the peak of its method's arithmetic, else of the types that it multiplies", () => {
  const [row] = benchReport.rows, [peak] = benchReport.peaks;
  const peaks = (["int8", "fp32"] as const).map((arithmetic, i) => ({ ...peak!, arithmetic, median: i }));
  const control = (variant: string) =>
    rowMetric({ ...row!, variant, isa: peak!.isa, threads: peak!.threads }, "", peaks).control?.median;
  const int8 = ["eoq", "wageubn", "int8", "s8s8"],
    fp32 = ["bn-fp32", "fixup-fp32", "fp32", "fp32-winograd", "bn-fp32 compiled"];
  assertEquals(int8.map(control), int8.map(() => 0));
  assertEquals(fp32.map(control), fp32.map(() => 1));
});

Deno.test("metrics of ops: the same counts are the same anywhere, another count is wrong, another phase is other work", () => {
  const report = (edit: Partial<typeof sampleOps>) =>
    measurementOf({ ...sampleOps, ...edit, environment: null }, opsMetrics);
  const [first, ...others] = sampleOps.methods;
  const { total } = first!;
  const more = { ...total, operations: { ...total.operations, shift: total.operations.shift + 1 } };
  const outcome = (edit: Partial<typeof sampleOps>) => outcomeOf(compare(report({}), report(edit)));
  assertEquals(outcome({}), "done");
  assertEquals(outcome({ methods: [{ ...first!, total: more }, ...others] }), "wrong");
  assertEquals(outcome({ methods: [{ ...first!, liveBytes: first!.liveBytes - 1 }, ...others] }), "wrong");
  assertEquals(outcome({ phase: "step" }), "incomparable");
});

Deno.test("metrics of bench: memory is judged to the percent it repeats within", () => {
  const report = (peakBytes: number) =>
    measurementOf({
      ...benchReport,
      memory: [{ subject: "eoq" as const, method: "eoq" as const, batch: 1, peakBytes, idleBytes: 1 }],
    }, benchMetrics);
  const verdict = (before: number, now: number) =>
    compare(report(before), report(now)).changes.find(({ metric }) => metric.measure === "memory")!.verdict;
  assertEquals([verdict(1000, 1010), verdict(1000, 1200), verdict(1000, 800)], ["same", "worse", "better"]);
});

Deno.test("metrics of bench: another machine has nothing to compare and both say so", () => {
  const found = compare(measurementOf(benchReport, benchMetrics), measurementOf(otherBench, benchMetrics));
  assertEquals(outcomeOf(found), "incomparable");
  assertEquals(found.differences.slice(0, 2), [
    "other CPU: A CPU before, Another CPU now",
    "other threads: 1 before, 2 now",
  ]);
});

Deno.test("metrics of training: integers are held to their weights on any machine, floats on the same path", () => {
  const there = runsReport({ environment: machine({ cpu: "B", isa: { path: "avx512vnni", reason: "detection" } }) });
  const { changes, differences } = compare(training(runsReport()), training(there));
  assert(differences.includes("other CPU: A CPU before, B now"));
  const weights = changes.filter(({ metric }) => metric.measure === "weights");
  assertEquals(weights.map(({ metric, verdict }) => [metric.name, verdict]), [
    ["eoq resnet-8 mnist batch 64 seed 1 weights SHA-256", "same"],
  ]);
  assert(changes.some(({ metric }) => metric.name === "bn-fp32 resnet-8 mnist batch 64 macs per image"));
});

Deno.test("metrics of training: a hash, an accuracy or a count that changed is wrong", () => {
  const edited = (changes: Parameters<typeof trained>[1]) =>
    outcomeOf(
      compare(
        training(runsReport({ results: [trained("eoq")] })),
        training(runsReport({ results: [trained("eoq", changes)] })),
      ),
    );
  assertEquals(edited({}), "done");
  assertEquals(edited({ weightsSha256: "1".repeat(64) }), "wrong");
  assertEquals(edited({ testAccuracy: 0.99 }), "wrong");
  assertEquals(edited({ operations: { ...trained("eoq").operations!, adds: 1 } }), "wrong");
  assertEquals(edited({ bytes: { ...trained("eoq").bytes, optimizer: 1 } }), "wrong");
  // A method that is trained no longer is not well.
  const without = compare(training(runsReport()), training(runsReport({ results: [trained("eoq")] })));
  assertEquals(outcomeOf(without), "incomparable");
  assert(without.gone.length > 0 && without.gone.every((name) => name.startsWith("bn-fp32 ")), without.gone.join());
});

Deno.test("metrics of training: another configuration is not compared, eoq's recipe says nothing of others", () => {
  const { config } = runsReport();
  const wider = runsReport({ config: { ...config, recipe: { ...config.recipe, weightBits: 16 } } });
  const { changes, differences } = compare(training(runsReport()), training(wider));
  assert(differences.some((difference) => difference.startsWith("other recipe: ")), differences.join());
  assert(changes.length > 0 && changes.every(({ metric }) => metric.name.startsWith("bn-fp32 ")));
  const moved = runsReport({ config: { ...config, data: "/elsewhere" } });
  assertEquals(compare(training(runsReport()), training(moved)).differences, []);
});

Deno.test("metrics of training: rates of epochs have an interval where they are enough", () => {
  const name = "eoq resnet-8 mnist batch 64 training";
  const two = find(trainingMetrics(runsReport()), name);
  assertEquals([two.value, two.interval], [3120.4, null]);
  const ends = [10, 20, 30, 40, 52, 62];
  const history = ends.map((seconds, i) => ({ epoch: i + 1, trainLoss: 1, trainAccuracy: 0.5, seconds }));
  const six = find(trainingMetrics(runsReport({ results: [trained("eoq", { images: 6000, history })] })), name);
  assertEquals([six.value, six.interval], [100, estimateMedian([100, 100, 100, 100, 1000 / 12, 100]).interval]);
});

Deno.test("metrics of training: the mean over seeds is a value, each seed's own is held", () => {
  const { config } = runsReport();
  const seeds = runsReport({
    config: { ...config, seeds: [1, 2] },
    results: [trained("eoq", { testAccuracy: 0.75 }), trained("eoq", { seed: 2, testAccuracy: 0.25 })],
  });
  const accuracies = trainingMetrics(seeds).filter(({ measure }) => measure === "accuracy");
  assertEquals(accuracies.map(({ name, value, gate }) => [name, value, gate]), [
    ["eoq resnet-8 mnist batch 64 mean test accuracy", 0.5, "none"],
    ["eoq resnet-8 mnist batch 64 seed 1 test accuracy", 0.75, "exact"],
    ["eoq resnet-8 mnist batch 64 seed 2 test accuracy", 0.25, "exact"],
  ]);
});

Deno.test("metrics of paper: every cell's values under its name, held against themselves", () => {
  for (const report of [smallBatchReport, isometryReport]) {
    const values = measurementOf(report, paperMetrics);
    const names = values.metrics.map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
    const finished = report.cells.filter(({ result }) => result !== null).map(({ name }) => name);
    for (const name of finished) assert(names.some((each) => each.startsWith(`${name}: `)), name);
    const found = compare(values, values);
    assertEquals([outcomeOf(found), found.differences], ["done", []]);
  }
});
