import { assert, assertEquals } from "@std/assert";
import { forwardMacs } from "../../lib/count/taps.ts";
import { METHODS } from "../../lib/exec/methods.ts";
import { stepBytes } from "../../lib/exec/outline.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import type { ListedProgram } from "../../lib/ops/program.ts";
import { formatSummary, type Summary } from "../../lib/ops/summary.ts";
import { eoq } from "../eoq.ts";

Deno.test("summary: the JSON holds every layer, and the costs that the plan has", async () => {
  const { code, stdout } = await eoq([
    "summary",
    "lenet",
    "--image",
    "14x20x3",
    "--classes",
    "5",
    "--batch",
    "4",
    "--json",
  ]);
  assertEquals(code, 0);
  const summary = JSON.parse(stdout) as Summary;
  const plan = buildPlan("lenet", { height: 14, width: 20, channels: 3, classes: 5 });
  assertEquals(summary.input, { height: 14, width: 20, channels: 3 });
  assertEquals(
    summary.layers.map(({ name, operation, output }) => [name, operation, Object.values(output).join("x")]),
    [
      ["conv1", "conv 5x5", "14x20x6"],
      ["pool1", "max pool 2x2/2", "7x10x6"],
      ["conv2", "conv 5x5", "3x6x16"],
      ["pool2", "max pool 2x2/2", "1x3x16"],
      ["flatten", "flatten", "1x1x48"],
      ["dense1", "conv 1x1", "1x1x120"],
      ["dense2", "conv 1x1", "1x1x84"],
      ["classifier", "conv 1x1", "1x1x5"],
    ],
  );
  assertEquals(summary.macs, forwardMacs(plan));
  assertEquals(summary.weights, 6 * 75 + 16 * 150 + 48 * 120 + 120 * 84 + 84 * 5);
  assertEquals(summary.memory.map(({ method }) => method), [...METHODS]);
  const [eoqMemory] = summary.memory;
  assert(eoqMemory !== undefined && "bytes" in eoqMemory);
  assertEquals(eoqMemory.bytes, stepBytes("eoq", plan, 4));
});

Deno.test("summary: a table of layers and one of methods, and why one does not run", () => {
  const text = formatSummary({
    model: "mlp",
    about: "multilayer perceptron",
    input: { height: 2, width: 3, channels: 1 },
    classes: 4,
    batch: 1,
    layers: [
      { name: "flatten", operation: "flatten", output: { height: 1, width: 1, channels: 6 }, weights: 0, macs: 0 },
      {
        name: "classifier",
        operation: "conv 1x1",
        output: { height: 1, width: 1, channels: 4 },
        weights: 24,
        macs: 24,
      },
    ],
    weights: 24,
    macs: 24,
    memory: [
      {
        method: "eoq",
        bytes: { parameters: 24, activations: 2048, optimizer: 96 },
        peak: {
          layer: "classifier",
          phase: "backward",
          bytes: 1984,
          words: [1536, 256, 128, 64].map((bytes, i) => ({ word: ["y", "sums", "dw", "mask"][i]!, bytes })),
        },
      },
      { method: "bn-fp32", refused: "mlp: no" },
    ],
  }, { width: Infinity, color: false });
  assertEquals(
    text,
    `\
mlp: multilayer perceptron; 4 classes

layer       operation  output  weights  MACs
input                   2x3x1
flatten     flatten     1x1x6
classifier  conv 1x1    1x1x4       24    24
total                               24    24

Memory of a training step of 1 image:

method   parameters  activations  optimizer  together
eoq            24 B        2 kiB       96 B  2.12 kiB
bn-fp32           -            -          -         -

method  activations peak at  most of it
eoq     classifier backward  y 1.5 kiB, sums 256 B

bn-fp32 does not run it: mlp: no`,
  );
});

Deno.test("summary --program: the calls of a step of one method, as a table and as JSON", async () => {
  const args = ["summary", "mlp", "--image", "3x4x1", "--batch", "2", "--program", "--method", "wageubn"];
  const table = await eoq(args), { stdout } = await eoq([...args, "--json"]);
  const { method, batch, calls } = JSON.parse(stdout) as ListedProgram;
  assertEquals([method, batch, calls[0]!.kernel, calls.at(-1)!.layer], ["wageubn", 2, "int8_input", "scalars"]);
  assertEquals(calls[0]!.numbers, { offset: 0, count: 24 });
  assertEquals(calls[0]!.reads, [{ name: "images", tensor: 0, type: "uint8", count: 24 }]);
  assertEquals(calls.at(-1)!.slots.step, "step");
  const lines = table.stdout.split("\n");
  assertEquals(lines[0], `mlp: a training step of wageubn, 2 images, ${calls.length} calls`);
  for (const { index, layer, phase, kernel } of calls) {
    assert(lines.some((line) => line.split(/ +/).slice(0, 4).join() === [index, layer, phase, kernel].join()), kernel);
  }
});

Deno.test("summary: bad input is one line that names it", async () => {
  for (
    const [args, message] of [
      [["lenet", "--image", "9x28x1"], "conv2 has a 5x5 window, 4x14 pixels reach it"],
      [["lenet", "--image", "28x28"], '--image: "28x28" is not HxWxC'],
      [["resnet-9"], 'unknown model "resnet-9"'],
      [["mlp", "--method", "eoq"], "--method: eoq summary without --program has no use for it"],
      [["mlp", "--program", "--method", "eoq,wageubn"], "--method: one value is what this command takes"],
    ] as const
  ) {
    const { code, stderr } = await eoq(["summary", ...args]);
    assertEquals(code, 2);
    assertEquals(stderr.trim().split("\n").length, 1);
    assert(stderr.includes(message), stderr);
  }
});

Deno.test("summary: --train says what is trained, and what memory a step holds then", async () => {
  const run = async (...more: string[]) => {
    const { code, stdout, stderr } = await eoq(["summary", "resnet-8", "--batch", "4", ...more]);
    assertEquals([code, stderr], [0, ""]);
    return stdout;
  };
  const summary = JSON.parse(await run("--train", "last:2", "--json")) as Summary;
  assertEquals(summary.trained, {
    train: "last:2",
    layers: ["stage3.block1", "classifier"],
    weights: 55_936,
    of: summary.weights,
  });
  const plan = buildPlan("resnet-8", { height: 32, width: 32, channels: 3, classes: 10 });
  for (const [i, method] of METHODS.entries()) {
    const row = summary.memory[i]!;
    assert("bytes" in row);
    assertEquals(row.bytes, stepBytes(method, plan, 4, "last:2"));
  }
  assert(
    (await run("--train", "last:2")).includes("Trained, last:2: stage3.block1 to classifier, 55,936 of 74,800 weights"),
  );
  assertEquals(await run("--train", "all"), await run());
  const program = await run("--train", "classifier", "--program");
  assertEquals(program.match(/\bbackward\b/g)?.length, 1);
});
