import { assert, assertEquals, assertThrows } from "@std/assert";
import { randomBatch } from "../../../lib/bench/images.ts";
import { BlockProbe, PROBE_NORMS, type ProbeNorm } from "../../../lib/exec/fp32/probe.ts";
import { normal, uniformSource } from "../../../lib/exec/fp32/random.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import { dot } from "../../kernels/fp32/differences.ts";
import { batchOf, CREATE, PLAN as TINY, PROJECTED, stateMap } from "./networks.ts";
import { pixelsOf, referenceBatchNorm, referenceLayers } from "./reference_network.ts";

const PLAN = buildPlan("resnet-8", { height: 8, width: 8, channels: 3, classes: 10 });
const BATCH = 4;

async function withProbe(norm: ProbeNorm, test: (probe: BlockProbe) => void): Promise<void> {
  using library = await openLibrary();
  const images = randomBatch(PLAN, BATCH, 0);
  const probe = new BlockProbe({ library, plan: PLAN, batch: BATCH, seed: 1 }, norm, images);
  test(probe);
  assertThrows(() => probe.vectorJacobian(0, new Float32Array(3)), RangeError, "v has 3 elements, not 4096");
  probe.close();
}

for (const norm of PROBE_NORMS) {
  Deno.test(`probe of ${norm}: linear in v, and the same whenever it is asked`, () =>
    withProbe(norm, (probe) => {
      probe.blocks.forEach(({ inputs, outputs }, block) => {
        const [a, b] = [1, 2].map((seed) => normal(uniformSource(seed, block), outputs, 1)) as [
          Float32Array<ArrayBuffer>,
          Float32Array<ArrayBuffer>,
        ];
        const [ga, gb, sum] = [a, b, a.map((value, i) => value + b[i]!)].map((v) => probe.vectorJacobian(block, v));
        assertEquals(ga!.length, inputs);
        sum!.forEach((value, i) => assert(Math.abs(value - ga![i]! - gb![i]!) < 1e-4, `element ${i}`));
        assertEquals(probe.vectorJacobian(block, a), ga);
      });
    }));
}

Deno.test("probe of fixup: a block of the same shape is the mask of its output", () =>
  withProbe("fixup", (probe) => {
    const { outputs } = probe.blocks[0]!;
    const v = normal(uniformSource(1, 0), outputs, 1);
    const y = probe.output(0);
    assertEquals(probe.vectorJacobian(0, v), v.map((value, i) => y[i]! > 0 ? value : 0));
  }));

Deno.test("probe of fixup: a block that doubles the channels passes on every second pixel of the first half", () =>
  withProbe("fixup", (probe) => {
    const { inputs, outputs } = probe.blocks[1]!;
    const v = normal(uniformSource(2, 0), outputs, 1);
    const y = probe.output(1);
    const expected = new Float32Array(inputs);
    for (let n = 0; n < BATCH; n++) {
      for (let row = 0; row < 4; row++) {
        for (let column = 0; column < 4; column++) {
          for (let c = 0; c < 16; c++) {
            const from = ((n * 4 + row) * 4 + column) * 32 + c;
            const to = ((n * 8 + 2 * row) * 8 + 2 * column) * 16 + c;
            if (y[from]! > 0) expected[to] = v[from]!;
          }
        }
      }
    }
    assertEquals(probe.vectorJacobian(1, v), expected);
  }));

Deno.test("probe of bn: the Jacobian of double precision, with projections and without", async () => {
  using library = await openLibrary();
  const batch = 3, seed = 3;
  for (const plan of [TINY, PROJECTED]) {
    const images = batchOf(batch, 1, plan);
    const probe = new BlockProbe({ library, plan, batch, seed }, "bn", images);
    // The network of the same seed has the same weights.
    const network = CREATE["bn-fp32"]({ library, plan, batch, seed });
    const weights = stateMap(network);
    const { run } = referenceLayers(weights, referenceBatchNorm(weights, "batch"), batch);
    let x = pixelsOf(images.images), block = 0;
    for (const layer of plan.layers) {
      if (layer.kind === "block") {
        const { inputs, outputs, name } = probe.blocks[block]!;
        assertEquals([name, inputs], [layer.block.name, x.length]);
        const v = normal(uniformSource(2, block), outputs, 1), direction = normal(uniformSource(3, block), inputs, 1);
        const h = 1e-6;
        const at = (step: number) => dot(run(x.map((value, i) => value + step * direction[i]!), layer), v);
        const expected = (at(h) - at(-h)) / (2 * h);
        const actual = dot(Float64Array.from(probe.vectorJacobian(block, v)), direction);
        // Two sums of some hundred products near 1 that fp32 rounds.
        assert(Math.abs(actual - expected) < 1e-4 * Math.sqrt(inputs), `${name}: ${actual}, not ${expected}`);
        block++;
      }
      x = run(x, layer);
    }
    assertEquals(probe.blocks.length, block);
    network.close();
    probe.close();
  }
});
