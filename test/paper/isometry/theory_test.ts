import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { randomBatch } from "../../../lib/bench/images.ts";
import { BlockProbe, type ProbeNorm } from "../../../lib/exec/fp32/probe.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { expectedPhis } from "../../../lib/paper/isometry/closed_form.ts";
import { summariseBlocks } from "../../../lib/paper/isometry/experiment.ts";
import { type Probe, probe } from "../../../lib/paper/isometry/hutchinson.ts";
import { buildPlan } from "../../../lib/plan/models.ts";

const PLAN = buildPlan("resnet-8", { height: 32, width: 32, channels: 3, classes: 10 });
const BATCH = 2;

/** Blocks of ResNet-8 over many initializations. */
async function measure(norm: ProbeNorm, seeds: number) {
  using library = await openLibrary();
  const seeded: Probe[][] = [];
  const alive: number[][] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const options = { library, plan: PLAN, batch: BATCH, seed, input: "centered" } as const;
    const chain = new BlockProbe(options, norm, randomBatch(PLAN, BATCH, 0));
    seeded.push([probe(chain, seed)]);
    alive.push(chain.blocks.map(({ outputs }, i) => chain.output(i).filter((value) => value > 0).length / outputs));
    chain.close();
    if (seed === seeds) {
      return { blocks: summariseBlocks(chain.blocks, seeded, expectedPhis(PLAN, norm)), seeded, alive };
    }
  }
  throw new Error("no seeds");
}

Deno.test("isometry of fixup: exactly the share of outputs alive; a gradient passes all blocks like one", async () => {
  const { seeded, alive, blocks } = await measure("fixup", 4);
  seeded.forEach(([one], seed) => {
    assertEquals(one!.phis, alive[seed]);
    assertEquals(one!.gradients, alive[seed]!.map(() => alive[seed]!.at(-1)!));
  });
  for (const { phi, expected, standardError } of blocks) assertAlmostEquals(phi, expected, 4 * standardError!);
});

Deno.test("isometry of He's initialization: the closed form within the standard error", async () => {
  for (const { block, phi, expected, standardError } of (await measure("none", 24)).blocks) {
    assert(standardError! < 0.08 * expected, `${block}: the error ${standardError} says nothing`);
    assertAlmostEquals(phi, expected, 4 * standardError!, block);
  }
});

Deno.test("isometry of He's initialization, centred: its closed form within the standard error, and not the other's", async () => {
  const { blocks } = await measure("centred", 24);
  const plain = expectedPhis(PLAN, "none");
  blocks.forEach(({ block, phi, expected, standardError }, i) => {
    assert(standardError! < 0.01 * expected, `${block}: the error ${standardError} says nothing`);
    assertAlmostEquals(phi, expected, 4 * standardError!, block);
    assert(expected > plain[i]! && phi > plain[i]!, block);
  });
  assert(blocks[0]!.phi - plain[0]! > 4 * blocks[0]!.standardError!);
});

Deno.test("isometry of batch norm: the closed form to a few percent, which is the scatter it leaves out", async () => {
  for (const { block, phi, expected } of (await measure("bn", 12)).blocks) {
    assertAlmostEquals(phi, expected, 0.08 * expected, block);
  }
});
