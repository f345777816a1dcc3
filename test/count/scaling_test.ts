import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Interconnect, INTERCONNECTS, interconnectSchema } from "../../lib/count/interconnect.ts";
import { departuresOf, gradientsOf } from "../../lib/count/departures.ts";
import { callMessages, stepMessages } from "../../lib/count/messages.ts";
import { allReduceSeconds, computeSeconds, orderedSumSeconds, scaleStep } from "../../lib/count/scaling.ts";
import { outlineOf } from "../../lib/exec/outline.ts";
import { buildPlan } from "../../lib/plan/models.ts";

const SHAPE = { height: 32, width: 32, channels: 3, classes: 10 };

/** A microsecond a message, a nanosecond a byte. */
const NETWORK: Interconnect = {
  ...INTERCONNECTS.get("ethernet-10g")!,
  latency: { microseconds: 1, estimate: true, from: "a test" },
  bandwidth: { gigabytesPerSecond: 1, estimate: true, from: "a test" },
};

const step = (batch: number, method: "eoq" | "bn-fp32" = "eoq") =>
  outlineOf(method, { plan: buildPlan("resnet-20", SHAPE), batch, part: 1 }).training;

Deno.test("messages: a step of ResNet-20 has its 48 maxima, and its gradients go in eleven sums, six of them alone", () => {
  // 3x3 kernels: the first of 3 channels, six of 16, one that widens and five of 32, the same of 64; the classifier.
  const weights = 9 * 3 * 16 + 6 * 9 * 16 * 16 + 9 * 16 * 32 + 5 * 9 * 32 * 32 + 9 * 32 * 64 + 5 * 9 * 64 * 64 + 640;
  const program = step(128), { maxima, sums, maximaBytes } = stepMessages(program);
  // Those of the scalars are waited for at once.
  assertEquals([maxima, sums, maximaBytes], [48, 11, 48 * 8]);
  const gradients = gradientsOf(program);
  assertEquals(gradients, { values: weights, bytes: 4 * weights });

  // From the classifier on; 64 KiB or more of a gradient are a message, and smaller ones go together up to there.
  const [first, inner, last] = [4 * 9 * 16 * 16, 4 * 9 * 32 * 32, 4 * 9 * 64 * 64];
  const expected = [
    ...Array.from({ length: 5 }, () => last),
    last / 2,
    4 * 640 + 2 * inner,
    2 * inner,
    inner + inner / 2 + 2 * first,
    4 * first + 4 * 9 * 3 * 16,
  ];
  const sent = departuresOf(program);
  assertEquals(sent.flat().map(({ bytes }) => bytes), expected);
  // All go on their way on the way back but the last one, which nothing fills.
  const updates = program.calls.findIndex(({ kernel }) => kernel === "int8_centre_gradients");
  const at = sent.flatMap((each, i) => each.map(() => i));
  assert(at.slice(0, -1).every((call) => call < updates), `${at}`);
  assertEquals(at.at(-1), updates);
  // The bucket of the classifier, whose weights are updated first, is awaited first.
  assertEquals(sent.flat().map(({ awaited }) => awaited).toSorted((a, b) => a - b)[0], updates);
  assertEquals(sent.flat()[6]!.awaited, updates);
});

Deno.test("messages: with exponents of the step before a step of ResNet-20 has one maximum, of all of them", () => {
  const plan = buildPlan("resnet-20", SHAPE), recipe = { exponents: "hindsight" } as const;
  const program = outlineOf("eoq", { plan, batch: 128, part: 1, recipe }).training;
  const { maxima, sums, maximaBytes } = stepMessages(program);
  // 48 that are measured, and those of the block inputs' biases and of the errors behind scales, which follow from bounds.
  assertEquals([maxima, sums, maximaBytes], [1, 11, 8 * (48 + 9 + 9)]);
  assertEquals(callMessages(program).at(-1)!.maximaBytes, maximaBytes);
});

Deno.test("messages: sums that a large batch could overflow have twice the bytes, and what is sent does not depend on the part", () => {
  const [small, large] = [gradientsOf(step(130)), gradientsOf(step(131))];
  assertEquals(small.values, large.values);
  // At 32x32 a batch of 131 is the first whose products of 127 squared pass 2^31: seven kernels of the first stage.
  const first = 9 * 3 * 16 + 6 * 9 * 16 * 16;
  assertEquals(large.bytes - small.bytes, 4 * first);
  const plan = buildPlan("resnet-20", SHAPE);
  const parts = [1, 7, 130].map((part) => stepMessages(outlineOf("eoq", { plan, batch: 130, part }).training));
  assertEquals(parts[1], parts[0]);
  assertEquals(parts[2], parts[0]);
});

/** Seconds of an exchange in which each rank sends its messages one after the other. */
const serial = (messages: readonly number[]) => messages.reduce((sum, bytes) => sum + 1e-6 + 1e-9 * bytes, 0);

const total = ({ latency, transfer }: { latency: number; transfer: number }) => latency + transfer;

Deno.test("scaling: an all-reduce costs the messages of the cheaper algorithm", () => {
  assertEquals(total(allReduceSeconds(NETWORK, 1, 1e6)), 0);
  // 8 ranks: three rounds of all bytes, or halves, quarters and eighths there and back.
  assertAlmostEquals(total(allReduceSeconds(NETWORK, 8, 8)), serial([8, 8, 8]), 1e-15);
  const halves = [5e5, 2.5e5, 1.25e5];
  assertAlmostEquals(total(allReduceSeconds(NETWORK, 8, 1e6)), serial([...halves, ...halves]), 1e-12);
  assertAlmostEquals(total(allReduceSeconds(NETWORK, 2, 1000)), serial([1000]), 1e-15);
  // A number that is no power of two has the rounds of the next one.
  assertAlmostEquals(allReduceSeconds(NETWORK, 5, 8).latency, 3e-6, 1e-15);
});

Deno.test("scaling: a sum of floats in order sends each other rank its share, and the sums back in rounds", () => {
  assertEquals(total(orderedSumSeconds(NETWORK, 1, 1e6)), 0);
  const shares = [2000, 2000, 2000], back = [2000, 4000];
  assertAlmostEquals(total(orderedSumSeconds(NETWORK, 4, 8000)), serial([...shares, ...back]), 1e-15);
});

Deno.test("scaling: two ranks send each other their floats, and more go in order", () => {
  const messages = [{ ...NO_MESSAGES, sums: 1, sumsBytes: 8000 }];
  const shared = { messages: () => messages, ordered: true, work: [1], compute: [{ batch: 1, seconds: 0.001 }] };
  for (const [ranks, expected] of [[2, serial([8000])], [4, serial([2000, 2000, 2000, 2000, 4000])]] as const) {
    const { seconds } = scaleStep(shared, NETWORK, { scaling: "weak", ranks, batch: 1 });
    assertAlmostEquals(total(seconds), expected, 1e-12);
  }
});

Deno.test("scaling: a step's time lies between the measured batches, and goes on along the last line", () => {
  const points = [{ batch: 8, seconds: 5 }, { batch: 1, seconds: 1.5 }, { batch: 128, seconds: 65 }];
  const expected = [[1, 1.5], [2, 2], [8, 5], [68, 35], [128, 65], [248, 125]] as const;
  for (const [batch, seconds] of expected) assertAlmostEquals(computeSeconds(points, batch), seconds, 1e-12);
  // One rate alone is that of every batch.
  assertEquals(computeSeconds([{ batch: 8, seconds: 4 }], 2), 1);
});

const NO_MESSAGES = { maxima: 0, maximaBytes: 0, sums: 0, sumsBytes: 0, departures: [] };

Deno.test("scaling: sums that are on their way cost what is left of them when they are awaited, one behind the other", () => {
  const sent = (bytes: number, awaited: number) => ({
    ...{ ...NO_MESSAGES, sums: 1, sumsBytes: bytes, departures: [{ bytes, awaited }] },
  });
  const blocking = { ...NO_MESSAGES, maxima: 1, maximaBytes: 9_000 };
  const seconds = (messages: readonly ReturnType<typeof sent>[], work: readonly number[]) => {
    // Two ranks, a millisecond of computing each, and a message of n bytes takes 1 + n / 1000 us.
    const shared = { messages: () => messages, ordered: false, work, compute: [{ batch: 1, seconds: 0.001 }] };
    const { seconds } = scaleStep(shared, NETWORK, { scaling: "weak", ranks: 2, batch: 1 });
    const whole = seconds.compute + seconds.latency + seconds.transfer;
    return [whole, seconds.hidden].map((each) => Math.round(1e9 * each) / 1000);
  };
  // Behind three quarters of the computing: all of it is hidden, or what is longer than that is not.
  assertEquals(seconds([sent(99_000, 1), NO_MESSAGES], [1, 3]), [1100, 0]);
  assertEquals(seconds([sent(99_000, 2), NO_MESSAGES, NO_MESSAGES], [1, 3, 0]), [1000, 100]);
  assertEquals(seconds([sent(849_000, 2), NO_MESSAGES, NO_MESSAGES], [1, 3, 0]), [1100, 750]);
  assertEquals(seconds([sent(849_000, 3), NO_MESSAGES, NO_MESSAGES], [1, 3, 0]), [1100, 750]);
  // Two in a line; and a largest value, which waits behind what is on its way.
  assertEquals(seconds([sent(499_000, 3), sent(499_000, 3), NO_MESSAGES, NO_MESSAGES], [1, 1, 2, 0]), [1250, 750]);
  assertEquals(seconds([sent(199_000, 3), blocking, NO_MESSAGES, NO_MESSAGES], [1, 1, 2, 0]), [1010, 200]);
  assertEquals(seconds([sent(499_000, 3), blocking, NO_MESSAGES, NO_MESSAGES], [1, 1, 2, 0]), [1260, 250]);
});

Deno.test("scaling: a step is its computing and what is waited for, and each message is either that or hidden", () => {
  const program = step(128), messages = callMessages(program);
  const shared = (work: readonly number[]) => ({
    ...{ messages: () => messages, ordered: false, work },
    compute: [{ batch: 1, seconds: 0.001 }, { batch: 128, seconds: 0.128 }],
  });
  const plain = (ranks: number) => {
    let seconds = 0;
    for (const { maxima, maximaBytes, sums, sumsBytes, departures } of messages) {
      const apart = departures.reduce((sum, { bytes }) => sum + bytes, 0), now = sums - departures.length;
      for (let i = 0; i < maxima; i++) seconds += total(allReduceSeconds(NETWORK, ranks, maximaBytes / maxima));
      for (let i = 0; i < now; i++) seconds += total(allReduceSeconds(NETWORK, ranks, (sumsBytes - apart) / now));
      for (const { bytes } of departures) seconds += total(allReduceSeconds(NETWORK, ranks, bytes));
    }
    return seconds;
  };
  // All of the work in the first call, and so none behind any message; or in equal parts.
  const none = shared(program.calls.map((_, i) => i === 0 ? 1 : 0)), even = shared(program.calls.map(() => 1));
  for (const ranks of [1, 2, 3, 64]) {
    const weak = scaleStep(none, NETWORK, { scaling: "weak", ranks, batch: 128 });
    const strong = scaleStep(even, NETWORK, { scaling: "strong", ranks, batch: 128 });
    const part = Math.ceil(128 / ranks);
    assertEquals([strong.batch, weak.batch], [128, 128 * ranks]);
    const { compute, latency, transfer, hidden } = strong.seconds;
    assertAlmostEquals(compute, 0.001 * part, 1e-12);
    assertAlmostEquals(strong.imagesPerSecond, 128 / (compute + latency + transfer), 1e-6);
    assertAlmostEquals(latency + transfer + hidden, plain(ranks), 1e-12);
    assertEquals(hidden > 0, ranks > 1);
    // Nothing of a message is behind kernels, but of those that are waited for in turn some wait behind others.
    assert(weak.seconds.compute + plain(ranks) - 128 * ranks / weak.imagesPerSecond < plain(ranks) / 10 + 1e-12);
    assertAlmostEquals(strong.efficiency, strong.imagesPerSecond / (1000 * ranks), 1e-12);
  }
  const bound = (network: Interconnect, ranks: number) =>
    scaleStep(even, network, { scaling: "strong", ranks, batch: 128 }).bound;
  assertEquals(bound(NETWORK, 1), "compute");
  assertEquals(bound(NETWORK, 129), "batch");
  assertEquals(bound({ ...NETWORK, latency: { ...NETWORK.latency, microseconds: 1e5 } }, 2), "latency");
  const thin = { ...NETWORK, bandwidth: { ...NETWORK.bandwidth, gigabytesPerSecond: 1e-4 } };
  assertEquals(bound(thin, 2), "bandwidth");
});

Deno.test("networks: each has sources, and numbers that say what they are from", () => {
  assertEquals([...INTERCONNECTS.keys()], ["shared-memory", "ethernet-10g", "infiniband-100g"]);
  for (const network of INTERCONNECTS.values()) {
    assert(network.sources.every(({ citation }) => citation.length > 40), network.name);
    assertEquals(interconnectSchema.safeParse(network).success, true);
    for (const broken of [{ ...network, latency: 1 }, { ...network, sources: [] }, { ...network, speed: 1 }]) {
      assertEquals(interconnectSchema.safeParse(broken).success, false);
    }
  }
});
