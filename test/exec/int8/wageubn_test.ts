import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/errors.ts";
import { createNetwork } from "../../../lib/exec/methods.ts";
import { type Batch, FULL_RATE, type Network, type StateEntry } from "../../../lib/exec/network.ts";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import { integers } from "../../kernels/int8/fixture.ts";

const SHAPE = { height: 12, width: 12, channels: 3, classes: 4 };
const PLAN = buildPlan("resnet-8", SHAPE);
const BATCH = 32;

function randomBatch(): Batch {
  const next = integers(11), pixels = 12 * 12 * 3;
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
  assert(type !== "int64");
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

/** Both networks with the same weights, the classifier's random too, so that errors pass it. */
function twins(library: Library): { integer: Network; float: Network } {
  const options = { library, plan: PLAN, batch: BATCH, seed: 5 };
  const integer = createNetwork("wageubn", options),
    float = createNetwork("bn-fp32", { ...options, weightDecay: 2 ** -13 });
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

Deno.test("the first step of wageubn has the loss of bn-fp32 and goes the same way", async () => {
  using library = await openLibrary();
  const { integer, float } = twins(library), batch = randomBatch(), position = { step: 0, rate: FULL_RATE };
  const expected = float.trainStep(batch, position).lossSum;
  assertAlmostEquals(integer.trainStep(batch, position).lossSum, expected, 0.02 * expected);
  // The first step leaves the gradient times the rate in the momentum.
  const moved = stateMap(integer);
  let compared = 0;
  for (const [name, entry] of stateMap(float)) {
    if (!name.endsWith(".momentum") || name === "classifier.bias.momentum") continue;
    const similarity = cosine(valuesAs(moved, name)!, valuesOf(entry));
    assert(similarity > 0.88, `${name}: cosine ${similarity}`);
    compared++;
  }
  assertEquals(compared, 3 * 7 + 1);
  integer.close();
  float.close();
});

Deno.test("wageubn refuses what it has not, in one line", async () => {
  using library = await openLibrary();
  const options = { library, batch: 2, seed: 1 };
  const projected = buildPlan("resnet-18", { height: 64, width: 64, channels: 3, classes: 4 });
  const refuses = (changed: { plan?: typeof PLAN; weightDecay?: number }, message: string) =>
    assertThrows(() => createNetwork("wageubn", { ...options, plan: PLAN, ...changed }), UserError, message);
  refuses({ plan: projected }, "resnet-18: wageubn has no batch norm for projection shortcuts");
  refuses({ weightDecay: 1e-4 }, "weight decay: that of wageubn is 2^-13");
});
