import { assert, assertEquals } from "@std/assert";
import { PAPER_RECIPE } from "../../lib/exec/recipe.ts";
import { StepDump } from "../../lib/golden/dump.ts";
import { INT8_KERNELS } from "../../lib/native/declarations.ts";
import { Executable, Recorder } from "../../lib/native/program.ts";
import { ConvShape } from "../../lib/native/conv_shape.ts";
import { Tensor } from "../../lib/native/tensor.ts";
import { NEAREST } from "../../lib/native/words.ts";
import { RandomStream } from "../../lib/random.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { withFolder } from "../eoq.ts";
import { SMALL_PLANS } from "../exec/plans.ts";
import { dump, type DumpRun, trained } from "./dumps.ts";
import { type Call, readDump } from "./reader/dump.ts";
import { checkDump, KERNELS, problemsOf } from "./reader/reader.ts";

const [IMAGENET, RESNET, LENET, MLP] = SMALL_PLANS as [Plan, Plan, Plan, Plan];

const STOCHASTIC = {
  activationRounding: "stochastic",
  errorRounding: "stochastic",
  logitErrorRounding: "stochastic",
} as const;

const RUNS: readonly DumpRun[] = [
  ...SMALL_PLANS.flatMap((plan) => [{ plan }, { plan, method: "wageubn" } as const]),
  ...[IMAGENET, RESNET].map((plan) => ({ plan, batch: 1, recipe: PAPER_RECIPE })),
  { plan: LENET, recipe: STOCHASTIC, mixed: true },
  { plan: RESNET, recipe: { ...STOCHASTIC, exponents: "hindsight", fixupZeros: false } },
  { plan: IMAGENET, recipe: { errorQuantizer: "flag", errorRounding: "stochastic", fixupZeros: false } },
  { plan: RESNET, recipe: { errorQuantizer: "flag", exponents: "hindsight", fixupZeros: false }, mixed: true },
  { plan: LENET, recipe: { errorQuantizer: "flag", logitErrorRounding: "stochastic" }, mixed: true },
  { plan: RESNET, recipe: { weightBits: 16, weightDecayShift: 10 } },
  { plan: LENET, recipe: { weightBits: 24, weightDecayShift: 12 } },
  { plan: LENET, recipe: { momentumBits: 16 } },
  { plan: RESNET, nesterov: true, recipe: { weightDecayShift: 10 } },
  { plan: MLP, nesterov: true, recipe: { ...PAPER_RECIPE, weightBits: 16 } },
  { plan: RESNET, nesterov: true, method: "wageubn" },
  { plan: MLP, recipe: { momentumBits: 16, errorFeedback: false, weightBits: 16 } },
  { plan: MLP, recipe: { weightDecayShift: 9, gradientRounding: "nearest", updateRounding: "nearest" } },
  { plan: MLP, recipe: { gradientQuantizer: "constant", errorFeedback: false, momentumShift: 2 } },
  { plan: LENET, recipe: { computeBits: 6, activationBits: 6, errorBits: 5, gradientBits: 5, updateBits: 6 } },
  { plan: RESNET, recipe: { fixupScaling: false, fixupBiases: false, fixupScales: false, fixupZeros: false } },
];

/** Kernels that a training step calls as the end of another one alone. */
const FUSED = ["int8_activate", "int8_activate_backward", "int8_block_backward"];
/** Kernels that no training step calls. */
const NOT_OF_STEPS = ["int8_batchnorm_inference", "int8_count_values", "int8_count_updates", "int8_peak"];

Deno.test("golden: a reader that knows the dump alone computes every call of every step again", () =>
  withFolder(async (folder) => {
    using library = await openLibrary();
    const seen = new Set<string>();
    for (const [i, run] of RUNS.entries()) {
      const own = `${folder}/${i}`;
      await Deno.mkdir(own);
      await dump(library, run, own);
      const { kernels, problems } = await checkDump(own);
      assertEquals(problems, [], `${run.plan.model}, ${JSON.stringify({ ...run, plan: undefined })}`);
      for (const kernel of kernels) seen.add(kernel);
    }
    const uncalled = Object.keys(INT8_KERNELS).filter((kernel) => !seen.has(kernel));
    assertEquals(uncalled.sort(), [...FUSED, ...NOT_OF_STEPS].sort());
    assertEquals(Object.keys(KERNELS).sort(), [...seen, ...FUSED].sort());
  }));

Deno.test("golden: calls that a step has as the end of others alone are computed again, too", () =>
  withFolder(async (folder) => {
    using library = await openLibrary();
    const recorder = new Recorder(library), place = { layer: "block", phase: "backward" } as const;
    const [n, geometry] = [2, { height: 5, width: 4, inputs: 3, outputs: 5, kernel: 1, stride: 2, padding: 0 }];
    const shape = new ConvShape(library, geometry), count = n * 5 * 4 * 3, random = new RandomStream(3, 1);
    const filled = (type: "int8" | "int32", count: number, exponent: number) => {
      const tensor = new Tensor(library, type, count), most = type === "int8" ? 127 : 2 ** 26;
      const values = Array.from({ length: count }, () => random.below(2 * most + 1) - most);
      tensor.write(type === "int8" ? Int8Array.from(values) : Int32Array.from(values));
      tensor.exponent = exponent;
      return tensor;
    };
    const scalars = new Tensor(library, "int16", 3), gradients = new Tensor(library, "int64", 6);
    scalars.write(Int16Array.of(500, -3000, 8000));
    const x = filled("int32", count, -20), mask = new Tensor(library, "bits", count);
    const [y, dx] = [new Tensor(library, "int8", count), new Tensor(library, "int8", count)];
    const sinks = { gradients, bias_before: 1, bias_behind: 0, dx, quantizer: { ...NEAREST, bits: 7 } };
    const program = recorder.record(() => {
      recorder.call("int8_activate", { x, scalars, bias: 0, y, quantizer: NEAREST, mask, count }, place);
      recorder.call("int8_activate_backward", { ...sinks, dy: x, mask, count }, place);
      // Errors of a shortcut in steps of the sums, finer than those, and so coarse that sums lose bits.
      for (const exponent of [-14, -25, 9]) {
        for (const shortcut_behind of [0, 1]) {
          const [du, dr] = [filled("int32", count, -20), filled("int8", n * 3 * 2 * 5, exponent)];
          recorder.call("int8_block_backward", { ...sinks, du, dr, mask, shortcut_behind, shape, n }, place);
        }
      }
    });
    const executable = new Executable(library, program);
    const { calls } = await new StepDump(folder).write(executable, {});
    executable.close();
    assertEquals(new Set(calls.map(({ kernel }) => kernel)), new Set(FUSED));
    for (const call of calls) assertEquals(problemsOf(folder, call), [], `call ${call.index}`);
  }));

Deno.test("golden: one byte that is changed in any file is found", () =>
  withFolder(async (folder) => {
    using library = await openLibrary();
    await dump(
      library,
      { plan: MLP, batch: 2, recipe: { ...STOCHASTIC, errorQuantizer: "flag", weightBits: 16 } },
      folder,
    );
    const { calls } = await readDump(folder);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".npy")).sort();
    assert(files.length > 30);
    for (const [i, name] of files.entries()) {
      const touching = calls.filter(({ operands }) =>
        Object.values(operands).some(({ before, after }) => before?.file === name || after?.file === name)
      );
      const problems = () => touching.flatMap((call) => problemsOf(folder, call));
      assertEquals([touching.length > 0, problems()], [true, []], name);
      const bytes = await Deno.readFile(`${folder}/${name}`), start = 10 + bytes[8]! + 256 * bytes[9]!;
      // The loss overwrites the gradients of the classifier's biases unread; the first is another one's.
      const partly = touching.some(({ operands: { gradients, logits } }) => logits && gradients?.before?.file === name);
      const at = partly ? start : start + (7919 * (i + 1)) % (bytes.length - start);
      bytes[at]! ^= 0x80;
      await Deno.writeFile(`${folder}/${name}`, bytes);
      assert(problems().length > 0, `${name}, byte ${at}`);
      bytes[at]! ^= 0x80;
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
  }));

Deno.test("golden: an exponent, a range, a shift or a stream that is not the one is found", () =>
  withFolder(async (folder) => {
    using library = await openLibrary();
    await dump(library, { plan: MLP, batch: 2, recipe: STOCHASTIC }, folder);
    const { calls } = await readDump(folder);
    type Draft = { -readonly [K in keyof Call]: Call[K] };
    /** Changes one call after the other, and returns how many there were. */
    const eachChanged = (change: (call: Draft) => boolean) => {
      const changed = calls.map((call) => ({ ...call })).filter(change);
      for (const call of changed) {
        assert(problemsOf(folder, call).length > 0, `${call.index}, ${call.kernel}: ${change}`);
      }
      return changed.length;
    };
    /** Puts something else in the place of what a call says of the first int8 or int32 tensor that it writes. */
    const rewrite = (state: (old: { exponent: number; range: number[] }) => object) => (call: Draft) => {
      const found = Object.entries(call.operands).find(([, { type, after }]) =>
        after !== undefined && (type === "int8" || type === "int32")
      );
      if (found === undefined) return false;
      const [word, operand] = found, { exponent, range = [] } = operand.after!;
      const after = { ...operand.after!, ...state({ exponent, range: [...range] }) };
      call.operands = { ...call.operands, [word]: { ...operand, after } };
      return true;
    };
    assert(eachChanged(rewrite(({ exponent }) => ({ exponent: exponent + 1 }))) > 10);
    assert(eachChanged(rewrite(({ range: [low, high] }) => ({ range: [low! - 1, high] }))) > 10);
    const shifted = eachChanged((call) => {
      if (call.quantizer?.shift === undefined) return false;
      call.quantizer = { ...call.quantizer, shift: call.quantizer.shift + 1 };
      return true;
    });
    const streamed = eachChanged((call) => {
      if (call.quantizer?.random === undefined) return false;
      const { random } = call.quantizer;
      call.quantizer = { ...call.quantizer, random: { ...random, stream: random.stream + 1 } };
      return true;
    });
    assert(shifted > 3 && streamed > 3);
  }));

Deno.test("golden: the files are the same on any path and number of threads", () =>
  withFolder(async (folder) => {
    // Large enough for sums that are quantized before they leave the cache, where a path can do that.
    const shape = { height: 32, width: 32, channels: 3, classes: 4 };
    const run: DumpRun = { plan: buildPlan("resnet-8", shape), batch: 8 };
    const contents = async (name: string) => {
      const files = [...Deno.readDirSync(`${folder}/${name}`)].map((each) => each.name).sort();
      const all = await Promise.all(files.map((each) => Deno.readFile(`${folder}/${name}/${each}`)));
      const digests = await Promise.all(all.map((bytes) => crypto.subtle.digest("SHA-256", bytes)));
      return files.map((each, i) => `${each} ${new Uint8Array(digests[i]!).toHex()}`);
    };
    const written: string[][] = [];
    using library = await openLibrary();
    for (const [isa, threads] of [["scalar", 1], [library.isa, 3]] as const) {
      library.selectIsa(isa);
      library.setThreads(threads);
      await Deno.mkdir(`${folder}/${threads}`);
      await dump(library, run, `${folder}/${threads}`);
      assertEquals(library.isa, isa);
      written.push(await contents(`${threads}`));
    }
    assertEquals(written[0], written[1]);
  }));

Deno.test("golden: a step that is written is the step that is trained", () =>
  withFolder(async (folder) => {
    using library = await openLibrary();
    const run: DumpRun = { plan: LENET, recipe: { exponents: "hindsight" } };
    const plain = trained(library, run), expected = await weightsSha256(plain.state());
    plain.close();
    await dump(library, run, folder, async (network) => {
      assertEquals(await weightsSha256(network.state()), expected);
    });
  }));

Deno.test("golden: the reader imports nothing but itself", async () => {
  const files = [...Deno.readDirSync(new URL("reader/", import.meta.url))].map(({ name }) => name);
  assert(files.length > 6);
  for (const name of files) {
    const text = await Deno.readTextFile(new URL(`reader/${name}`, import.meta.url));
    for (const [, from] of text.matchAll(/from "([^"]+)"/g)) {
      assert(from!.startsWith("./") && files.includes(from!.slice(2)), `${name}: ${from}`);
    }
    assert(!text.includes("import("), name);
  }
});
