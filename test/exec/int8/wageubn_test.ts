import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/errors.ts";
import { createNetwork } from "../../../lib/exec/methods.ts";
import { type Batch, FULL_RATE, type Network, type StateEntry } from "../../../lib/exec/network.ts";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { PlanBuilder } from "../../../lib/plan/builder.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import { weightsSha256 } from "../../../lib/train/weights_hash.ts";
import { basic, bottleneck, tinyImagenet } from "../plans.ts";
import { integers, onEveryPath } from "../../kernels/int8/fixture.ts";

const SHAPE = { height: 12, width: 12, channels: 3, classes: 4 };
const PLAN = buildPlan("resnet-8", SHAPE);
const BATCH = 32;

function randomBatch({ height, width, channels }: Plan): Batch {
  const next = integers(11), pixels = height * width * channels;
  return {
    images: Uint8Array.from({ length: BATCH * pixels }, () => next(0, 255)),
    labels: Int16Array.from({ length: BATCH }, () => next(0, 3)),
    count: BATCH,
  };
}

const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  fp32: Float32Array,
} as const;

/** Values of an entry. */
function valuesOf({ type, bytes, exponent }: StateEntry): number[] {
  assert(type !== "int64" && type !== "fp64");
  return Array.from(new ARRAYS[type](new Uint8Array(bytes).buffer), (q) => q * 2 ** exponent);
}

const stateMap = (network: Network) => new Map(network.state().map((entry) => [entry.name, entry]));

/** The entry of wageubn that an entry of bn-fp32 corresponds to, and the half of it if it has both. */
function counterpart(name: string): { name: string; half?: number } {
  const norm = /^(.*\.norm)\.(gamma|beta)(\.momentum)?$/.exec(name);
  if (norm !== null) return { name: norm[1]! + (norm[3] ?? ""), half: norm[2] === "gamma" ? 0 : 1 };
  return { name: name.endsWith(".weights.momentum") ? name.replace(".weights", "") : name };
}

/** Values of wageubn under a name of bn-fp32. */
function valuesAs(state: ReadonlyMap<string, StateEntry>, name: string): number[] | undefined {
  const { name: own, half } = counterpart(name);
  const entry = state.get(own);
  if (entry === undefined) return undefined;
  const values = valuesOf(entry);
  return half === undefined ? values : values.slice(half * values.length / 2, (half + 1) * values.length / 2);
}

/** Both networks of a plan with the same weights, the classifier's random too, so that errors pass it. */
function twins(library: Library, plan: Plan): { integer: Network; float: Network } {
  const options = { library, plan, batch: BATCH, seed: 5 };
  const integer = createNetwork("wageubn", options),
    float = createNetwork("bn-fp32", { ...options, weightDecay: 2 ** -13, centredGradients: false });
  const next = integers(12);
  integer.restore(
    integer.state().map((entry) => {
      if (entry.name !== "classifier.weights") return entry;
      return { ...entry, bytes: new Uint8Array(Int8Array.from(entry.bytes, () => next(-60, 60)).buffer) };
    }),
  );
  const state = stateMap(integer);
  float.restore(
    float.state().map((entry) => {
      if (entry.name === "classifier.bias") return { ...entry, bytes: new Uint8Array(entry.bytes.length) };
      if (entry.name.endsWith(".momentum")) return entry;
      const values = valuesAs(state, entry.name);
      return values === undefined ? entry : { ...entry, bytes: new Uint8Array(Float32Array.from(values).buffer) };
    }),
  );
  return { integer, float };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, each, i) => sum + each * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** How far a step of wageubn on a plan goes the way of bn-fp32. */
async function assertSameWay(plan: Plan, convs: number, least: number): Promise<void> {
  using library = await openLibrary();
  const { integer, float } = twins(library, plan), batch = randomBatch(plan), position = { step: 0, rate: FULL_RATE };
  const expected = float.trainStep(batch, position).lossSum;
  assertAlmostEquals(integer.trainStep(batch, position).lossSum, expected, 0.02 * expected);
  // The first step leaves the gradient times the rate in the momentum.
  const moved = stateMap(integer);
  let compared = 0;
  for (const [name, entry] of stateMap(float)) {
    if (!name.endsWith(".momentum") || name === "classifier.bias.momentum") continue;
    const similarity = cosine(valuesAs(moved, name)!, valuesOf(entry));
    assert(similarity > least, `${name}: cosine ${similarity}`);
    compared++;
  }
  assertEquals(compared, 3 * convs + 1);
  integer.close();
  float.close();
}

Deno.test("the first step of wageubn has the loss of bn-fp32 and goes the same way", () =>
  assertSameWay(PLAN, 7, 0.88));

/** Projections of both kinds of blocks, few enough layers that errors arrive as they left. */
const PROJECTED = new PlanBuilder("projected", SHAPE)
  .conv({ name: "stem", outputs: 8, kernel: 3 })
  .block("basic", basic(12, 2), "projection")
  .block("bottleneck", bottleneck(10, 1), "projection")
  .averagePool()
  .build();

Deno.test("the first step of wageubn goes the way of bn-fp32 through projections", () =>
  assertSameWay(PROJECTED, 8, 0.8));

Deno.test("projections of wageubn give one hash on every path and thread count", async () => {
  using library = await openLibrary();
  const plan = tinyImagenet({ height: 27, width: 22, channels: 3, classes: 4 }), batch = randomBatch(plan);
  const hashes = new Set<string>();
  const networks: Network[] = [];
  onEveryPath(library, () => {
    const network = createNetwork("wageubn", { library, plan, batch: BATCH, seed: 5 });
    for (let step = 0; step < 3; step++) network.trainStep(batch, { step, rate: FULL_RATE });
    networks.push(network);
  });
  for (const network of networks) {
    hashes.add(await weightsSha256(network.state()));
    network.close();
  }
  assertEquals(hashes.size, 1);
});

Deno.test("wageubn refuses what it has not, in one line", async () => {
  using library = await openLibrary();
  const options = { library, batch: 2, seed: 1 };
  const refuses = (changed: { weightDecay?: number }, message: string) =>
    assertThrows(() => createNetwork("wageubn", { ...options, plan: PLAN, ...changed }), UserError, message);
  refuses({ weightDecay: 1e-4 }, "weight decay: that of wageubn is 2^-13");
});
