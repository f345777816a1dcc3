import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createEoqNetwork } from "../../../lib/exec/int8/eoq_network.ts";
import { eoqExponent, learningRate } from "../../../lib/exec/int8/learning_rate.ts";
import {
  type Batch,
  FULL_RATE,
  type Network,
  type StateEntry,
  type TensorCounters,
  type ValueCounters,
} from "../../../lib/exec/network.ts";
import { initialWeights } from "../../../lib/exec/int8/initialize.ts";
import { Parameters, scalarLayout } from "../../../lib/exec/int8/parameters.ts";
import { Probe } from "../../../lib/exec/int8/probe.ts";
import { PAPER_RECIPE } from "../../../lib/exec/recipe.ts";
import { ConvShape } from "../../../lib/native/conv_shape.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { Recorder, type SlotValues } from "../../../lib/native/program.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { convElements, convolutions } from "../../../lib/plan/plan.ts";
import { cifarResnet } from "../../../lib/plan/resnet.ts";
import { weightsSha256 } from "../../../lib/train/weights_hash.ts";
import { integers, tensorOf } from "../../kernels/int8/fixture.ts";

const PLAN = cifarResnet("resnet-8", 1, { height: 9, width: 8, channels: 3, classes: 4 });
const BATCH = 5;
const START = {
  seed: 2,
  recipe: PAPER_RECIPE,
  batch: BATCH,
  initial: initialWeights(PLAN, 2, PAPER_RECIPE),
  layout: scalarLayout(PLAN),
};

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

const shareOf = (values: readonly boolean[]) => values.filter((each) => each).length / values.length;

/** Norm of the matrix of the rows' means over that of the matrix, a row an output channel of the convolution. */
function meanShareOf(values: readonly number[], conv: string): number | null {
  return rowShare(values, values.length / convolutions(PLAN).find(({ name }) => name === conv)!.outputs);
}

function rowShare(values: readonly number[], columns: number): number | null {
  const level = values.map((_, i) => {
    const first = i - i % columns;
    return values.slice(first, first + columns).reduce((sum, each) => sum + each, 0) / columns;
  });
  const norm = Math.hypot(...values);
  return norm === 0 ? null : Math.hypot(...level) / norm;
}

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
        assertEquals(counters.zeroUpdates, shareOf(moved.map((each) => each === 0)));
        const movement = moved.reduce((sum, each) => sum + each, 0);
        const size = old.reduce((sum, each) => sum + Math.abs(each), 0);
        assertEquals(counters.meanUpdate, movement / stored.length / 2 ** bits);
        assertEquals(counters.relativeUpdate, size === 0 ? null : movement / size);
        const share = meanShareOf(old, name);
        if (share === null) assertEquals(counters.mean, null);
        else assertAlmostEquals(counters.mean!, share, 1e-12);
        assertEquals(
          counters.unchanged,
          last === undefined ? null : shareOf(last.get(name)!.map((each, i) => each === old[i])),
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

Deno.test("probe: the gradient's norm is that of the mean loss, as the first update takes it", async () => {
  using library = await openLibrary();
  // What a gradient loses on its way into a weight of 24 bits is what its quantizer clips and rounds.
  const recipe = { ...PAPER_RECIPE, weightBits: 24, gradientRounding: "nearest" } as const;
  const network = createEoqNetwork({ library, plan: PLAN, batch: BATCH, seed: 2, recipe });
  const rate = 8 * FULL_RATE;
  const { mantissa, exponent } = learningRate(eoqExponent(BATCH, "half"), rate);
  // The classifier alone moves at first, then the last convolutions of branches, and then all.
  const seen = new Set<string>();
  for (let step = 0; step < 64; step++) {
    const state = network.state();
    const empty = (entry: StateEntry) => ({ ...entry, bytes: new Uint8Array(entry.bytes.length) });
    network.restore(state.map((entry) => entry.name.endsWith("momentum") ? empty(entry) : entry));
    const { tensors } = network.traceStep!(batchOf(step), { step, rate });
    const before = storedWeights(state, 16);
    for (const [name, stored] of storedWeights(network.state(), 16)) {
      const counters = tensors.find((each) => each.name === `${name}.weights`)!;
      assert(counters.kind === "weights");
      const moved = Math.hypot(...stored.map((each, i) => each - before.get(name)![i]!));
      const update = moved * 2 ** (counters.exponent - 16) / (mantissa * 2 ** exponent) / BATCH;
      assertEquals(counters.gradientNorm === 0, counters.gradientMean === null);
      // The momentum has steps of 2^4 of these: an update of fewer than four says little.
      if (moved < 2 ** 6 * Math.sqrt(stored.length)) continue;
      seen.add(name);
      // Clipped at 2^-1/2 of the largest value at worst, and of 8 bits: far from the 2 of a wrong exponent.
      const kept = update / counters.gradientNorm;
      assert(kept > 0.95 / Math.SQRT2 && kept < 1.05, `${name}: ${kept}`);
    }
    if (step === 0) assertEquals([...seen], ["classifier"]);
  }
  assertEquals(seen.size, convolutions(PLAN).length);
  network.close();
});

Deno.test("probe: gradients are counted before they are centred, as which the weights get them", async () => {
  using library = await openLibrary();
  const steps = (centredGradients: boolean) => {
    const recipe = { ...PAPER_RECIPE, weightBits: 24, centredGradients } as const;
    const network = createEoqNetwork({ library, plan: PLAN, batch: BATCH, seed: 2, recipe });
    const oneClass = { ...batchOf(0), labels: new Int16Array(BATCH).fill(2) };
    const { tensors } = network.traceStep!(oneClass, { step: 0, rate: 8 * FULL_RATE });
    const classifier = tensors.find(({ name }) => name === "classifier.weights")!;
    assert(classifier.kind === "weights");
    const moved = meanShareOf(storedWeights(network.state(), 16).get("classifier")!, "classifier")!;
    network.close();
    return { classifier, moved };
  };
  const [plain, centred] = [steps(false), steps(true)];
  assert(plain.classifier.gradientMean! > 0.2, "the means hold nothing to speak of");
  assertEquals(centred.classifier.gradientMean, plain.classifier.gradientMean);
  assertEquals(centred.classifier.gradientNorm, plain.classifier.gradientNorm);
  assertAlmostEquals(plain.moved, plain.classifier.gradientMean!, 0.02);
  assert(centred.moved < 0.02, `${centred.moved}`);
});

Deno.test("probe: gradients of either width with their steps, and means of pixels", async () => {
  using library = await openLibrary();
  const conv = convolutions(PLAN)[3]!;
  const { weights: count, input, output } = convElements(conv);
  const next = integers(7);
  const sums = Array.from({ length: count }, () => next(-(2 ** 30), 2 ** 30) + 2 ** 29);
  const images = 2;
  const int8 = (elements: number) => new Tensor(library, "int8", images * elements);
  const [read, dy] = [int8(input), int8(output)];
  const weights = tensorOf(library, "int8", new Int8Array(count), -9), momentum = new Tensor(library, "int32", count);
  const shape = new ConvShape(library, conv), policy = new Parameters(library, PLAN, START).of(conv).policy;
  const recorder = new Recorder(library);
  for (
    const dw of [
      tensorOf(library, "int32", Int32Array.from(sums), -31),
      tensorOf(library, "int64", BigInt64Array.from(sums, BigInt), -31),
    ]
  ) {
    const program = recorder.record(() => {
      const place = { layer: conv.name, phase: "backward" } as const;
      recorder.call("int8_conv_backward_weights", { x: read, dy, fine: undefined, dw, shape, n: images }, place);
      const key = { rate_mantissa: 1, rate_exponent: 0, seed: 1, step: 0, stream: 3 };
      const words = { weights, fraction: undefined, momentum, dw, policy, count, ...key };
      recorder.call("int8_update", words, { ...place, phase: "update" });
    });
    const x = Array.from({ length: images * input }, (_, i) => i % 3 === 0 ? 127 : next(-127, 127));
    read.write(Int8Array.from(x));
    // A step whose first call leaves the gradient as it is, and whose second one spoils it.
    const ends: number[] = [];
    const run = (_: SlotValues, _first: number, end: number) => {
      if (ends.push(end) === 2) dw.write(new Uint8Array(dw.byteLength));
    };
    const probe = new Probe(library, PLAN);
    const [activation, , counters] = probe.run({ program, run }, {});
    assertEquals(ends, [1, 2, 2]);
    assert(activation?.kind === "activation" && counters?.kind === "weights");
    assertAlmostEquals(activation.mean!, rowShare(x, conv.inputs)!, 1e-12);
    const norm = Math.hypot(...sums) * 2 ** -31 / 2;
    assertAlmostEquals(counters.gradientNorm, norm, 1e-12 * norm);
    assertAlmostEquals(counters.gradientMean!, meanShareOf(sums, conv.name)!, 1e-12);
    assert(counters.gradientMean! > 0.5, "the means hold nothing to speak of");
    assertEquals([counters.mean, counters.relativeUpdate], [null, null]);
    probe.close();
  }
});

Deno.test("probe: channels of one value, and gradients of 64 bits", async () => {
  using library = await openLibrary();
  const network = createEoqNetwork({ library, plan: PLAN, batch: BATCH, seed: 2, recipe: { errorQuantizer: "flag" } });
  const plain = createEoqNetwork({ library, plan: PLAN, batch: BATCH, seed: 2 });
  const trace = (of: Network) => of.traceStep!(batchOf(1), { step: 0, rate: FULL_RATE }).tensors;
  const [wide, narrow] = [trace(network), trace(plain)];
  // Branches start at 0, and each change of shape appends as many channels of zeros again.
  const constant = (name: string) => narrow.find((each) => each.name === `${name}.input`) as ValueCounters;
  assertEquals(constant("stem").constant, undefined);
  assertEquals(constant("stage1.block1.conv1").constant, 0);
  assertEquals(constant("stage3.block1.conv1").constant, 1 / 2);
  assert(constant("classifier").constant! >= 3 / 4 && constant("classifier").constant! < 1);
  // The flagged error of the logits has steps 2^7 times finer for what is small: about the same gradient.
  const norm = (all: readonly TensorCounters[]) => {
    const counters = all.find(({ name }) => name === "classifier.weights")!;
    assert(counters.kind === "weights");
    return counters.gradientNorm;
  };
  assert(norm(narrow) > 0);
  assertAlmostEquals(norm(wide), norm(narrow), 0.05 * norm(narrow));
  network.close();
  plain.close();
});
