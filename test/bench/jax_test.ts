import { assert, assertEquals, assertRejects } from "@std/assert";
import { RANDOM_IMAGES } from "../../lib/bench/images.ts";
import { openJax } from "../../lib/bench/peers/jax.ts";
import { isMissing } from "../../lib/bench/peers/peer.ts";
import { openPyTorch } from "../../lib/bench/peers/pytorch.ts";
import { RunError } from "../../lib/errors.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { withFolder } from "../eoq.ts";

/** Does something with these Pythons named. */
async function withPythons(named: string, body: () => Promise<void>): Promise<void> {
  const before = Deno.env.get("EOQ_PYTHON");
  Deno.env.set("EOQ_PYTHON", named);
  try {
    await body();
  } finally {
    if (before === undefined) Deno.env.delete("EOQ_PYTHON");
    else Deno.env.set("EOQ_PYTHON", before);
  }
}

/** A Python that has one package, and answers every request alike. */
async function fakePython(folder: string, name: string, has: "jax" | "torch", answer: string): Promise<string> {
  const path = `${folder}/${name}`;
  const ready = JSON.stringify({ ready: true, version: "9.1", python: "/a/python3", compiles: false });
  const script = `#!/bin/sh
case "$2" in
  *"import ${has}"*) echo '${ready}' ;;
  *) echo '{"ready":false}'; exit ;;
esac
while read request; do echo '${answer}'; done
`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

const plan = buildPlan("resnet-8", { height: 8, width: 8, channels: 1, classes: 2 });
const job = { plan, batch: 3, phase: "train-step", images: RANDOM_IMAGES } as const;

Deno.test("JAX: both layouts take part, and of several Pythons each peer has the first that has it", () =>
  withFolder(async (folder) => {
    const answer = '{"seconds":0.5,"idleBytes":5,"peakBytes":7}';
    const torch = await fakePython(folder, "torch", "torch", answer),
      own = await fakePython(folder, "jax", "jax", answer);
    await withPythons(`${torch}:${own}`, async () => {
      const jax = await openJax(1), pytorch = await openPyTorch(1, () => {});
      assert(!isMissing(jax) && !isMissing(pytorch));
      assertEquals([jax.about.peer, pytorch.about.peer], ["JAX", "PyTorch"]);
      const steps = await jax.step(job);
      assertEquals(steps.map(({ variant, work }) => [variant, work]), [["bn-fp32 NHWC", 3], ["bn-fp32 NCHW", 3]]);
      for (const each of steps) {
        assertEquals(await each.run(2), 0.5);
        await each.close();
      }
      const memory = { subject: "JAX", method: "bn-fp32", batch: 3, idleBytes: 5, peakBytes: 7 } as const;
      assertEquals(await jax.memory(plan, 3), memory);
      for (const each of [jax, pytorch]) await each.close();
    });
  }));

Deno.test("JAX: one that fails fails, and where none is there it is named with what installs it", () =>
  withFolder(async (folder) => {
    await withPythons(await fakePython(folder, "jax", "jax", '{"error":"out of cheese"}'), async () => {
      const jax = await openJax(1);
      assert(!isMissing(jax));
      await assertRejects(() => jax.step(job), RunError, "JAX: out of cheese");
      await jax.close();
    });
    const torch = await fakePython(folder, "torch", "torch", "{}");
    await withPythons(torch, async () => {
      const reason = `is not installed in ${torch} ($EOQ_PYTHON)`;
      assertEquals(await openJax(1), { peer: "JAX", reason, install: "pip install jax" });
    });
  }));
