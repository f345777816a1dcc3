import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Interconnect, INTERCONNECTS, interconnectSchema } from "../../lib/count/interconnect.ts";
import { callMessages, gradientsOf, stepMessages } from "../../lib/count/messages.ts";
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

Deno.test("messages: a step of ResNet-20 has its 48 maxima and 21 sums, whose gradients are all its weights", () => {
  // 3x3 kernels: the first of 3 channels, six of 16, one that widens and five of 32, the same of 64; the classifier.
  const weights = 9 * 3 * 16 + 6 * 9 * 16 * 16 + 9 * 16 * 32 + 5 * 9 * 32 * 32 + 9 * 32 * 64 + 5 * 9 * 64 * 64 + 640;
  const { maxima, sums, maximaBytes } = stepMessages(step(128));
  assertEquals([maxima, sums, maximaBytes], [48, 21, 48 * 8]);
  const gradients = gradientsOf(step(128));
  assertEquals(gradients, { values: weights, bytes: 4 * weights });
});

Deno.test("messages: with exponents of the step before a step of ResNet-20 has one maximum, of all of them", () => {
  const plan = buildPlan("resnet-20", SHAPE), recipe = { exponents: "hindsight" } as const;
  const program = outlineOf("eoq", { plan, batch: 128, part: 1, recipe }).training;
  const { maxima, sums, maximaBytes } = stepMessages(program);
  // 48 that are measured, and those of the block inputs' biases and of the errors behind scales, which follow from bounds.
  assertEquals([maxima, sums, maximaBytes], [1, 21, 8 * (48 + 9 + 9)]);
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

Deno.test("scaling: a step's time lies between the measured batches, and goes on along the last line", () => {
  const points = [{ batch: 8, seconds: 5 }, { batch: 1, seconds: 1.5 }, { batch: 128, seconds: 65 }];
  const expected = [[1, 1.5], [2, 2], [8, 5], [68, 35], [128, 65], [248, 125]] as const;
  for (const [batch, seconds] of expected) assertAlmostEquals(computeSeconds(points, batch), seconds, 1e-12);
  // One rate alone is that of every batch.
  assertEquals(computeSeconds([{ batch: 8, seconds: 4 }], 2), 1);
});

Deno.test("scaling: a step is its computing and its messages, one after the other", () => {
  const program = step(128), messages = callMessages(program);
  const shared = {
    messages: () => messages,
    ordered: false,
    compute: [{ batch: 1, seconds: 0.001 }, { batch: 128, seconds: 0.128 }],
  };
  const plain = (ranks: number) => {
    let seconds = 0;
    for (const { maxima, maximaBytes, sums, sumsBytes } of messages) {
      for (let i = 0; i < maxima; i++) seconds += total(allReduceSeconds(NETWORK, ranks, maximaBytes / maxima));
      for (let i = 0; i < sums; i++) seconds += total(allReduceSeconds(NETWORK, ranks, sumsBytes / sums));
    }
    return seconds;
  };
  for (const ranks of [1, 2, 3, 64]) {
    const strong = scaleStep(shared, NETWORK, { scaling: "strong", ranks, batch: 128 });
    const weak = scaleStep(shared, NETWORK, { scaling: "weak", ranks, batch: 128 });
    const part = Math.ceil(128 / ranks);
    assertAlmostEquals(strong.imagesPerSecond, 128 / (0.001 * part + plain(ranks)), 1e-6);
    assertAlmostEquals(weak.imagesPerSecond, 128 * ranks / (0.128 + plain(ranks)), 1e-6);
    assertEquals([strong.batch, weak.batch], [128, 128 * ranks]);
    assertAlmostEquals(strong.efficiency, strong.imagesPerSecond / (1000 * ranks), 1e-12);
  }
  assertEquals(scaleStep(shared, NETWORK, { scaling: "strong", ranks: 1, batch: 128 }).bound, "compute");
  assertEquals(scaleStep(shared, NETWORK, { scaling: "strong", ranks: 129, batch: 128 }).bound, "batch");
  const [far, thin] = [{ ...NETWORK, latency: { ...NETWORK.latency, microseconds: 1e5 } }, {
    ...NETWORK,
    bandwidth: { ...NETWORK.bandwidth, gigabytesPerSecond: 1e-4 },
  }];
  assertEquals(scaleStep(shared, far, { scaling: "strong", ranks: 2, batch: 128 }).bound, "latency");
  assertEquals(scaleStep(shared, thin, { scaling: "strong", ranks: 2, batch: 128 }).bound, "bandwidth");
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
