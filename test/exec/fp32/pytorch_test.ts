import { assert } from "@std/assert";
import { createBatchNormNetwork } from "../../../lib/exec/fp32/network.ts";
import { updateAt } from "../../../lib/exec/fp32/recipe.ts";
import { type Batch, FULL_RATE } from "../../../lib/exec/network.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import { batchOf, PROJECTED } from "./networks.ts";

/** The first python3 of the path, so that one of a virtual environment counts. */
const PYTHON = "python3";

async function hasTorch(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(PYTHON, { args: ["-c", "import torch"], stderr: "null" }).output();
    return success;
  } catch {
    return false;
  }
}

const TORCH = await hasTorch();
if (!TORCH) console.warn("no python3 with torch here: the test that holds bn-fp32 to PyTorch is ignored");

/** Runs the request in PyTorch. */
async function pytorch(request: unknown): Promise<{ losses: number[]; evaluation: number[] }> {
  const command = new Deno.Command(PYTHON, {
    args: ["test/exec/fp32/pytorch_steps.py"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  await using child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(request)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const bytesOf = ({ images, labels }: Batch) => ({
  images: images.toBase64(),
  labels: new Uint8Array(labels.buffer).toBase64(),
});

const BATCH = 16;
/** A falling rate and a last batch that is smaller, as in a run. */
const RATES = [FULL_RATE, FULL_RATE, FULL_RATE / 2, FULL_RATE / 4];
const RESNET: Plan = buildPlan("resnet-20", { height: 32, width: 32, channels: 3, classes: 10 });

/* Relative errors of the losses. Measured are 3e-7 and, with running statistics, 6e-7; an epsilon of 1.1e-5 or a
 * decay of 4.9e-4 in PyTorch alone makes the latter 9e-4 and 3e-5. */
const STEP_ERROR = 1e-6, EVALUATION_ERROR = 5e-6;

for (const [plan, centred] of [[RESNET, false], [PROJECTED, false], [PROJECTED, true]] as const) {
  Deno.test({
    name: `bn-fp32 takes PyTorch's steps: ${plan.model}, gradients ${centred ? "centred" : "as they are"}`,
    ignore: !TORCH,
    fn: async () => {
      using library = await openLibrary();
      const input = "centered", weightDecay = 5e-4;
      const options = { library, plan, batch: BATCH, seed: 1, input, weightDecay, centredGradients: centred } as const;
      const network = createBatchNormNetwork(options);
      const updates = RATES.map((rate) => updateAt("bn-fp32", BATCH, rate, input, weightDecay));
      const batches = RATES.map((_, i) => batchOf(i < RATES.length - 1 ? BATCH : BATCH - 5, i, plan));
      const state = network.state().filter(({ weights }) => weights)
        .map(({ name, shape, bytes }) => ({ name, shape, bytes: bytes.toBase64() }));
      const expected = await pytorch({
        plan,
        state,
        batches: batches.map(bytesOf),
        rates: updates.map(({ learningRate }) => learningRate),
        momentum: updates[0]!.momentum,
        weightDecay,
        centred,
      });
      const losses = batches.map((batch, step) => {
        const { lossSum, count } = network.trainStep(batch, { step, rate: RATES[step]! });
        return lossSum / count;
      });
      const evaluation = batches.map((batch) => network.evaluate(batch).lossSum / batch.count);
      network.close();
      const within = (what: string, ours: number[], theirs: number[], tolerance: number) =>
        ours.forEach((loss, i) => {
          const error = Math.abs(loss / theirs[i]! - 1);
          assert(error < tolerance, `${what} ${i}: ${loss}, PyTorch's is ${theirs[i]}, off by ${error}`);
        });
      within("loss of step", losses, expected.losses, STEP_ERROR);
      within("loss in evaluation of batch", evaluation, expected.evaluation, EVALUATION_ERROR);
    },
  });
}
