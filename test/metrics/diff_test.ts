import { assertEquals } from "@std/assert";
import { besideNoise, type Diff, diff, judge, outcomeOf, type Tolerance } from "../../lib/metrics/diff.ts";
import { fact, type Metric } from "../../lib/metrics/metric.ts";
import { measurement, timing } from "./metrics.ts";

const TOLERANCE: Tolerance = { maxRegression: 0.05, minAccuracy: undefined, force: false };

function compare(before: Metric, now: Metric, changes: Partial<Tolerance> = {}): Diff {
  return diff(measurement(before), measurement(now), { ...TOLERANCE, ...changes });
}

const count = (value: number) =>
  fact({ name: "eoq macs", measure: "operations", unit: "operations", value, conditions: { model: "resnet-8" } });

const accuracy = (value: number) =>
  fact({ name: "eoq test accuracy", measure: "accuracy", unit: "", value, better: "higher", conditions: {} });

Deno.test("diff: a timing is judged by its whole interval", () => {
  const verdicts: [number, number, string][] = [
    [0.8, 0.9, "worse"],
    [0.8, 0.96, "inconclusive"],
    [0.96, 1.04, "same"],
    [0.94, 1.04, "inconclusive"],
    [1.04, 1.06, "inconclusive"],
    [1.06, 1.5, "better"],
    [0.1, 9, "inconclusive"],
    [0.95, 1 / 0.95, "same"],
  ];
  for (const [low, high, verdict] of verdicts) {
    assertEquals(judge({ value: 1, interval: [low, high] }, 0.05), verdict, `${low} ${high}`);
  }
  assertEquals(judge(undefined, 0.05), "inconclusive");
});

Deno.test("diff: noise never fails, a certain loss does, and the tolerance says how much", () => {
  const outcomes = (before: Metric, now: Metric, maxRegression = 0.05) =>
    outcomeOf(compare(before, now, { maxRegression }));
  assertEquals(outcomes(timing(100), timing(80)), "regression");
  assertEquals(outcomes(timing(100), timing(80), 0.3), "done");
  assertEquals(outcomes(timing(100, 0.2), timing(80, 0.2)), "done");
  assertEquals(outcomes(timing(100), timing(300)), "done");
  assertEquals(outcomes(timing(100), timing(80, 0, { interval: null })), "done");
});

Deno.test("diff: what is the same in every run must be the very same", () => {
  assertEquals(outcomeOf(compare(count(1000), count(1000))), "done");
  const [change] = compare(count(1000), count(999)).changes;
  assertEquals([change!.verdict, change!.baseline, change!.metric.value], ["changed", 1000, 999]);
  assertEquals(outcomeOf(compare(count(1000), count(999))), "wrong");
  assertEquals(outcomeOf(compare(accuracy(0.98), accuracy(0.99))), "wrong");
});

Deno.test("diff: an accuracy below the least is wrong, whatever it was before", () => {
  assertEquals(outcomeOf(compare(accuracy(0.98), accuracy(0.98), { minAccuracy: 0.98 })), "done");
  assertEquals(outcomeOf(compare(accuracy(0.98), accuracy(0.98), { minAccuracy: 0.981 })), "wrong");
  const alone = diff(measurement(), measurement(accuracy(0.5)), { ...TOLERANCE, minAccuracy: 0.6 });
  assertEquals([alone.changes.map(({ verdict }) => verdict), outcomeOf(alone)], [["too low"], "wrong"]);
});

Deno.test("diff: other conditions are named, and compared by force only", () => {
  const other = timing(50, 0.01, { conditions: { "CPU": "B CPU", "ISA path": "avx512vnni", "threads": "1" } });
  const compared = compare(timing(100), other), { changes, differences } = compared;
  assertEquals([changes, outcomeOf(compared)], [[], "incomparable"]);
  assertEquals(differences, ["other CPU: A CPU before, B CPU now", "other ISA path: avx2 before, avx512vnni now"]);
  const forced = compare(timing(100), other, { force: true });
  assertEquals([outcomeOf(forced), forced.differences], ["regression", differences]);
});

Deno.test("diff: of several rows of a name the one of the same conditions is taken", () => {
  const on = (isa: string, value: number) =>
    timing(value, 0.01, { conditions: { "CPU": "A CPU", "ISA path": isa, "threads": "1" } });
  const before = measurement(on("scalar", 1), on("avx2", 100), on("avx512vnni", 200));
  const found = diff(before, measurement(on("avx2", 100)), TOLERANCE);
  assertEquals(found.changes.map(({ baseline, verdict }) => [baseline, verdict]), [[100, "same"]]);
  // The other paths are no longer measured.
  const name = "train-step eoq resnet-8 batch 1";
  assertEquals(found.gone, [`${name} (scalar x1)`, `${name} (avx512vnni x1)`]);
  assertEquals(found.differences, [`only before: ${name} (scalar x1) and 1 more`]);
  const all = diff(before, measurement(on("avx512vnni", 200), on("avx2", 100), on("scalar", 1)), TOLERANCE);
  assertEquals([all.changes.length, all.differences, all.gone], [3, [], []]);
});

Deno.test("diff: what only one side has is named, what nobody answers for is not", () => {
  const mine = timing(1, 0, { name: "mine" }), yours = timing(1, 0, { name: "yours" });
  assertEquals(compare(mine, yours).differences, ["only before: mine", "only now: yours"]);
  const two = diff(measurement(mine, yours), measurement(count(1)), TOLERANCE);
  assertEquals(two.differences, ["only before: mine and 1 more", "only now: eoq macs"]);
  assertEquals(compare(timing(1, 0, { name: "peer", gate: "none" }), count(1)).differences, ["only now: eoq macs"]);
  assertEquals(compare(timing(9, 0, { gate: "none" }), timing(1, 0, { gate: "none" })).changes, []);
});

Deno.test("diff: what the baseline has and the later report has not does not pass", () => {
  const kept = timing(100), lost = timing(1, 0, { name: "lost" });
  const of = (before: Metric[], now: Metric[], changes: Partial<Tolerance> = {}) => {
    const found = diff(measurement(...before), measurement(...now), { ...TOLERANCE, ...changes });
    return [outcomeOf(found), ...found.gone];
  };
  assertEquals(of([kept, lost], [kept]), ["incomparable", "lost"]);
  assertEquals(of([kept, lost], [kept], { force: true }), ["incomparable", "lost"]);
  // More than before is fine, and so is the lack of what nobody answers for.
  assertEquals(of([kept], [kept, lost]), ["done"]);
  assertEquals(of([kept, timing(1, 0, { name: "peer", gate: "none" })], [kept]), ["done"]);
  // What is slower or wrong is said before what is not there.
  assertEquals(of([kept, lost], [timing(50)]), ["regression", "lost"]);
  assertEquals(of([count(1), lost], [count(2)]), ["wrong", "lost"]);
  // By force, any conditions of the name will do.
  const elsewhere = timing(100, 0.01, { conditions: { CPU: "A CPU", "ISA path": "scalar", threads: "1" } });
  assertEquals(of([kept, elsewhere], [kept]), ["incomparable", "train-step eoq resnet-8 batch 1 (scalar x1)"]);
  assertEquals(of([kept, elsewhere], [kept], { force: true }), ["done"]);
});

Deno.test("diff: a least accuracy is not reached by a report without one", () => {
  const found = diff(measurement(timing(1)), measurement(timing(1)), { ...TOLERANCE, minAccuracy: 0.9 });
  assertEquals([outcomeOf(found), found.gone], ["incomparable", ["accuracy for --min-accuracy"]]);
  assertEquals(found.differences, ["no accuracy for --min-accuracy"]);
});

Deno.test("diff: strict, noise does not pass", () => {
  const noisy = compare(timing(100, 0.2), timing(80, 0.2)), calm = compare(timing(100), timing(100));
  assertEquals([noisy, calm].map((each) => outcomeOf(each)), ["done", "done"]);
  assertEquals([noisy, calm].map((each) => outcomeOf(each, { strict: true })), ["incomparable", "done"]);
});

Deno.test("diff: a change within the noise of the machine is no verdict", () => {
  // A noise of 0.2 hides ratios between 0.8 and 1.25.
  const verdicts: [before: "worse" | "better" | "same" | "inconclusive", ratio: number, noise: number, string][] = [
    ["worse", 0.81, 0.2, "cannot tell"],
    ["worse", 0.8, 0.2, "worse"],
    ["worse", 0.79, 0.2, "worse"],
    ["better", 1.24, 0.2, "cannot tell"],
    ["better", 1.26, 0.2, "better"],
    ["same", 1, 0.05, "same"],
    ["same", 1, 0.06, "cannot tell"],
    ["inconclusive", 0.9, 0.2, "inconclusive"],
    ["worse", 0.9, 0, "worse"],
    ["same", 1, 0, "same"],
  ];
  for (const [judged, ratio, noise, verdict] of verdicts) {
    assertEquals(besideNoise(judged, ratio, noise, 0.05), verdict, `${judged} ${ratio} ${noise}`);
  }
});

Deno.test("diff: the larger noise of both reports counts, for rates alone, and strictness minds it", () => {
  const noisy = (value: number, noise: number, changes: Partial<Metric> = {}) => ({
    ...measurement(timing(value, 0.001, changes)),
    noise,
  });
  for (const [before, now] of [[0.3, 0.01], [0.01, 0.3]] as const) {
    const found = diff(noisy(100, before), noisy(80, now), TOLERANCE);
    assertEquals([found.noise, found.changes[0]!.verdict], [0.3, "cannot tell"]);
    assertEquals([outcomeOf(found), outcomeOf(found, { strict: true })], ["done", "incomparable"]);
  }
  assertEquals(outcomeOf(diff(noisy(100, 0.1), noisy(80, 0.1), TOLERANCE)), "regression");
  const memory = { measure: "memory", better: "lower" } as const;
  assertEquals(outcomeOf(diff(noisy(80, 0.3, memory), noisy(100, 0.3, memory), TOLERANCE)), "regression");
});
