import { assert, assertEquals } from "@std/assert";
import { createEoqNetwork } from "../../../lib/exec/int8/eoq_network.ts";
import { type Batch, FULL_RATE, type StateEntry, type TensorCounters } from "../../../lib/exec/network.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { convolutions } from "../../../lib/plan/plan.ts";
import { cifarResnet } from "../../../lib/plan/resnet.ts";
import { weightsSha256 } from "../../../lib/train/weights_hash.ts";
import { integers } from "../../kernels/int8/fixture.ts";

const PLAN = cifarResnet("resnet-8", 1, { height: 9, width: 8, channels: 3, classes: 4 });
const BATCH = 5;

function batchOf(step: number): Batch {
  const next = integers(step);
  return {
    images: Uint8Array.from({ length: BATCH * 9 * 8 * 3 }, () => next(0, 255)),
    labels: Int16Array.from({ length: BATCH }, () => next(0, 3)),
    count: BATCH,
  };
}

/** Stored weights by the name of their convolution, in steps of 2^-bits. */
function storedWeights(state: readonly StateEntry[], bits: number): Map<string, number[]> {
  const bytesOf = (name: string) => state.find((entry) => entry.name === name)?.bytes;
  return new Map(
    convolutions(PLAN).map(({ name }) => {
      const low = bytesOf(`${name}.fraction`);
      const fraction = low && (bits === 8 ? new Int8Array(low) : new Int16Array(new Uint8Array(low).buffer));
      const weights = new Int8Array(bytesOf(`${name}.weights`)!);
      return [name, [...weights].map((each, i) => each * 2 ** bits + (fraction?.[i] ?? 0))];
    }),
  );
}

const share = (values: readonly boolean[]) => values.filter((each) => each).length / values.length;

for (const weightBits of [8, 16, 24] as const) {
  const bits = weightBits - 8;
  Deno.test(`probe: counts what ${weightBits}-bit weights do, and changes nothing`, async () => {
    using library = await openLibrary();
    const create = () => createEoqNetwork({ library, plan: PLAN, batch: BATCH, seed: 2, recipe: { weightBits } });
    const [traced, plain] = [create(), create()];
    let last: Map<string, number[]> | undefined;
    for (let step = 0; step < 12; step++) {
      const before = storedWeights(plain.state(), bits);
      const position = { step, rate: FULL_RATE };
      const metrics = plain.trainStep(batchOf(step), position);
      if (step % 4 !== 3) {
        traced.trainStep(batchOf(step), position);
        continue;
      }
      const { metrics: same, tensors } = traced.traceStep!(batchOf(step), position);
      assertEquals(same, metrics);
      const after = storedWeights(plain.state(), bits);
      for (const [name, stored] of after) {
        const old = before.get(name)!;
        const counters = tensors.find((each) => each.name === `${name}.weights`)!;
        assert(counters.kind === "weights");
        const moved = stored.map((each, i) => Math.abs(each - old[i]!));
        assertEquals(counters.zeroUpdates, share(moved.map((each) => each === 0)));
        assertEquals(counters.meanUpdate, moved.reduce((sum, each) => sum + each, 0) / stored.length / 2 ** bits);
        assertEquals(
          counters.unchanged,
          last === undefined ? null : share(last.get(name)!.map((each, i) => each === old[i])),
        );
      }
      last = after;
    }
    assertEquals(await weightsSha256(traced.state()), await weightsSha256(plain.state()));
    traced.close();
    plain.close();
  });
}

Deno.test("probe: every convolution's input, error and weights, in shares", async () => {
  using library = await openLibrary();
  const network = createEoqNetwork({ library, plan: PLAN, batch: BATCH, seed: 2 });
  const trace = (images: number) => {
    const batch = { ...batchOf(1), images: new Uint8Array(BATCH * 9 * 8 * 3).fill(images) };
    return network.traceStep!(batch, { step: 0, rate: FULL_RATE }).tensors;
  };
  const tensors = trace(255);
  const names = convolutions(PLAN).flatMap(({ name }) => [`${name}.error`, `${name}.input`, `${name}.weights`]);
  assertEquals(tensors.map(({ name }) => name).sort(), names.sort());
  const images = (all: readonly TensorCounters[]) => all.find(({ kind }) => kind === "images");
  assertEquals(images(tensors), { name: "stem.input", kind: "images", exponent: -6, saturated: 1, zeros: 0 });
  assertEquals(images(trace(0)), { name: "stem.input", kind: "images", exponent: -6, saturated: 0, zeros: 1 });
  network.close();
});
