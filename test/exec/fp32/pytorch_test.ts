import { assert } from "@std/assert";
import { pythons } from "../../../lib/bench/peers/python.ts";
import { createBatchNormNetwork } from "../../../lib/exec/fp32/network.ts";
import { updateAt } from "../../../lib/exec/fp32/recipe.ts";
import { type Batch, FULL_RATE } from "../../../lib/exec/network.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import { batchOf, PROJECTED } from "./networks.ts";

async function hasTorch(python: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(python, { args: ["-c", "import torch"], stderr: "null" }).output();
    return success;
  } catch {
    return false;
  }
}

/** The first Python with PyTorch: one that is named, of a virtual environment, of the path. */
async function findPython(): Promise<string | undefined> {
  for (const { command } of pythons()) if (await hasTorch(command)) return command;
  return undefined;
}

const PYTHON = await findPython();
if (PYTHON === undefined) console.warn("no Python with torch here: the test that holds bn-fp32 to PyTorch is ignored");

/** Runs the request in PyTorch. */
async function pytorch(request: unknown): Promise<{ losses: number[]; evaluation: number[]; squares: number }> {
  const command = new Deno.Command(PYTHON!, {
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

const squaresOf = (values: Float32Array) => values.reduce((sum, each) => sum + each * each, 0);

const BATCH = 16;
/** A falling rate and a last batch that is smaller, as in a run. */
const RATES = [FULL_RATE, FULL_RATE, FULL_RATE / 2, FULL_RATE / 4];
const RESNET: Plan = buildPlan("resnet-20", { height: 32, width: 32, channels: 3, classes: 10 });

/* Relative errors: of the losses, measured 3e-7, of which an epsilon of 1.1e-5 in PyTorch alone makes 2e-6 in the small
 * network; of those with running statistics, 6e-7; of the sum of squared weights, 7e-9, of which a decay of 4.9e-4 makes
 * 3.6e-6. */
const STEP_ERROR = 1e-6, EVALUATION_ERROR = 5e-6, SQUARES_ERROR = 1e-7;

/* Of the 3 million values that the ReLUs of ResNet-20 take in a step, 3 lie within 1e-6 of 0: rounding decides which
 * errors pass them, and PyTorch in single precision is 2e-4 from itself in double after these steps (eoq 9e-6). So it
 * evaluates there what eoq has trained, and the small network alone what it has trained itself. After a first update its
 * losses are 3e-7 off with 512-bit sums product by product, 2e-6 in a quarter of the products, 7e-6 on scalar. */
const UPDATED_RESNET_ERROR = 2e-5;

const RUNS = [
  [RESNET, false, false],
  [PROJECTED, false, false],
  [PROJECTED, true, false],
  [PROJECTED, false, true],
] as const;

for (const [plan, centred, nesterov] of RUNS) {
  const momentum = nesterov ? ", Nesterov's momentum" : "";
  Deno.test({
    name: `bn-fp32 takes PyTorch's steps: ${plan.model}, gradients ${centred ? "centred" : "as they are"}${momentum}`,
    ignore: PYTHON === undefined,
    fn: async () => {
      using library = await openLibrary();
      const input = "centered", weightDecay = 5e-4;
      const own = { weightDecay, centredGradients: centred, nesterov };
      const options = { library, plan, batch: BATCH, seed: 1, input, ...own } as const;
      const network = createBatchNormNetwork(options);
      const updates = RATES.map((rate) => updateAt("bn-fp32", BATCH, rate, input, { weightDecay }));
      const batches = RATES.map((_, i) => batchOf(i < RATES.length - 1 ? BATCH : BATCH - 5, i, plan));
      const stateOf = () =>
        network.state().filter(({ weights }) => weights)
          .map(({ name, shape, bytes }) => ({ name, shape, bytes: bytes.toBase64() }));
      const state = stateOf();
      const losses = batches.map((batch, step) => {
        const { lossSum, count } = network.trainStep(batch, { step, rate: RATES[step]! });
        return lossSum / count;
      });
      const evaluation = batches.map((batch) => network.evaluate(batch).lossSum / batch.count);
      const trained = plan === RESNET ? stateOf() : null;
      const squares = network.state().filter(({ weights, shape }) => weights && shape.length > 1)
        .reduce((sum, { bytes }) => sum + squaresOf(new Float32Array(new Uint8Array(bytes).buffer)), 0);
      network.close();
      const expected = await pytorch({
        plan,
        state,
        batches: batches.map(bytesOf),
        rates: updates.map(({ learningRate }) => learningRate),
        momentum: updates[0]!.momentum,
        nesterov,
        weightDecay,
        centred,
        trained,
      });
      const within = (what: string, ours: number[], theirs: number[], tolerance: number) =>
        ours.forEach((loss, i) => {
          const error = Math.abs(loss / theirs[i]! - 1);
          assert(error < tolerance, `${what} ${i}: ${loss}, PyTorch's is ${theirs[i]}, off by ${error}`);
        });
      const updated = plan === RESNET ? UPDATED_RESNET_ERROR : STEP_ERROR;
      within("loss of the first step", losses.slice(0, 1), expected.losses.slice(0, 1), STEP_ERROR);
      within("loss of later step", losses.slice(1), expected.losses.slice(1), updated);
      within("sum of squared weights", [squares], [expected.squares], SQUARES_ERROR);
      within("loss in evaluation of batch", evaluation, expected.evaluation, EVALUATION_ERROR);
    },
  });
}
