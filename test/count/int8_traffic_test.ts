import { assert, assertEquals } from "@std/assert";
import { countTraffic } from "../../lib/count/count.ts";
import type { Move } from "../../lib/count/formula.ts";
import { trafficOf } from "../../lib/count/parts.ts";
import { outlineOf } from "../../lib/exec/outline.ts";
import { WAGEUBN_RECIPE } from "../../lib/exec/int8/wageubn_network.ts";
import { EOQ_RECIPE, type EoqRecipe } from "../../lib/exec/recipe.ts";
import { callsOf, type StepCall } from "./counting.ts";
import { type Arguments, argumentsOf, sizesOf, trafficLines } from "./moves.ts";
import { BATCHES, METHODS, PLANS } from "./plans_int8.ts";

/** Bytes: tensor, read, written. */
type Passes = [tensor: Move["tensor"], read: number, written: number][];

/** What arguments do not say. */
interface Context {
  readonly recipe: EoqRecipe;
  /** Whether sums stay at hand until they are quantized as activations, and as errors. */
  readonly activations: boolean;
  readonly errors: boolean;
  readonly norm: boolean;
  /** Bytes of an element of a gradient. */
  readonly gradient: number;
}

const bits = (elements: number) => 8 * Math.ceil(elements / 64);
const maskOf = (handle: number, elements: number) => handle === 0 ? 0 : bits(elements);
const reached = (n: number, h: number, w: number, stride: number) => n * Math.ceil(h / stride) * Math.ceil(w / stride);

/** The passes of each kernel over its tensors. */
const PASSES: Readonly<Record<string, (args: Arguments, context: Context) => Passes>> = {
  input: ({ count }) => [["activations", count!, count!]],
  conv_forward: (args) => {
    const { x, y, w } = sizesOf(args);
    return [["weights", w, 0], ["activations", x, 4 * y]];
  },
  conv_forward_activate: (args, { activations }) => {
    const { x, y, w } = sizesOf(args), sums = activations ? 0 : 4 * y;
    return [["weights", w, 0], ["activations", x + sums, sums + y + maskOf(args.mask!, y)]];
  },
  conv_forward_quantize: (args, { activations }) => {
    const { x, y, w } = sizesOf(args), sums = activations ? 0 : 4 * y;
    return [["weights", w, 0], ["activations", x + sums, sums + y]];
  },
  conv_backward_data: (args) => {
    const { x, y, w } = sizesOf(args);
    return [["weights", w, 0], ["errors", y, 4 * x]];
  },
  conv_backward_data_activate: (args, { errors }) => {
    const { x, y, w } = sizesOf(args), sums = errors ? 0 : 4 * x;
    return [["weights", w, 0], ["activations", bits(x), 0], ["errors", y + 2 * sums, sums + x]];
  },
  conv_backward_data_block: (args, { errors }) => {
    const { n, h, w, c, shortcut_stride: stride, shortcut_k: channels } = args, sizes = sizesOf(args);
    const joined = reached(n!, h!, w!, stride!) * c!, everywhere = stride === 1 && channels === c;
    const passes: Passes = [["weights", sizes.w, 0], ["activations", bits(sizes.x), 0], [
      "errors",
      sizes.y + joined,
      sizes.x,
    ]];
    if (errors) return passes;
    // Written by the convolution; joined in place, where that is everywhere with the extremes; quantized.
    const measured = everywhere ? 0 : 4 * sizes.x;
    return [...passes, ["errors", 4 * joined + measured + 4 * sizes.x, 4 * sizes.x + 4 * joined]];
  },
  conv_backward_weights: (args, { gradient }) => {
    const { x, y, w } = sizesOf(args);
    return [["activations", x, 0], ["errors", y, 0], ["gradients", 0, gradient * w]];
  },
  quantize: ({ count }) => [["errors", 4 * count!, count!]],
  add_bias: ({ count }) => [["activations", count!, count!]],
  shortcut: ({ n, h, w, c, stride, k }) => {
    const pixels = reached(n!, h!, w!, stride!);
    return [["activations", pixels * c!, pixels * k!]];
  },
  residual: ({ count, mask }, { activations }) => [
    ["activations", (activations ? 2 : 4) * count!, count! + maskOf(mask!, count!)],
  ],
  residual_backward: ({ count }, { recipe }) => {
    const all = (recipe.errorRounding === "stochastic" ? 2 : 1) * count!;
    return [["errors", all, all], ["activations", all, 0]];
  },
  pool: ({ n, pixels, c }) => [["activations", n! * pixels! * c!, n! * c!]],
  pool_backward: ({ n, pixels, c }) => [
    ["activations", bits(n! * pixels! * c!), 0],
    ["errors", 4 * n! * c!, n! * pixels! * c!],
  ],
  max_pool: (args) => {
    const { x, y } = sizesOf(args), { places } = args;
    return [["activations", x, y], ["activations", places === 0 ? 0 : bits(x), places === 0 ? 0 : y + bits(y)]];
  },
  max_pool_backward: (args) => {
    const { x, y } = sizesOf(args);
    return [["errors", y, 4 * x], ["activations", y, 0]];
  },
  loss: ({ n, classes, dlogits }) => [
    ["activations", 4 * n! * classes!, 0],
    ["errors", 0, dlogits === 0 ? 0 : n! * classes!],
  ],
  batchnorm_forward: ({ residual, mask, pixels, c }) => {
    const x = pixels! * c!;
    return [
      ["activations", 4 * x, 0], // moments
      ["activations", 4 * x + (residual === 0 ? 0 : x), x + (mask === 0 ? 0 : bits(x)) + 2 * x],
      ["activations", 0, 4 * c!],
      ["weights", 2 * c! + 8 * c!, 8 * c!],
    ];
  },
  batchnorm_inference: ({ residual, pixels, c }) => {
    const x = pixels! * c!;
    return [["activations", 4 * x + (residual === 0 ? 0 : x), x], ["weights", 2 * c! + 8 * c!, 0]];
  },
  batchnorm_backward: ({ pixels, c }, { recipe }) => {
    const x = pixels! * c!, rounds = recipe.errorRounding === "stochastic" ? 2 : 1;
    return [
      ["errors", x, 0], // sums
      ["activations", 2 * x, 0],
      ["errors", rounds * x, rounds * x],
      ["activations", rounds * 2 * x, 0],
      ["activations", 4 * c!, 0],
      ["weights", c!, 0],
      ["gradients", 0, 16 * c!],
    ];
  },
  centre_gradients: ({ count }, { gradient }) => [
    ["gradients", gradient * count!, 0], // mean
    ["gradients", gradient * count!, gradient * count!],
  ],
  update: ({ count }, { recipe, norm, gradient }) => {
    const stored = (norm ? 24 : recipe.weightBits) / 8 * count!;
    return [
      ["gradients", gradient * count!, 0], // extremes
      ["gradients", gradient * count!, 0],
      ["weights", stored, stored],
      ["optimizer", 4 * count!, 4 * count!],
    ];
  },
  update_scalars: ({ biases, scales }) => {
    const count = biases! + scales!;
    return [["weights", 2 * count, 2 * count], ["optimizer", 8 * count, 8 * count], ["gradients", 16 * count, 0]];
  },
};

const present = (handle: number | undefined) => handle !== undefined && handle !== 0;

/** What the second part of a flagged error adds where it is read. */
function fineRead(name: string, args: Arguments): Passes {
  const { x, y, w } = sizesOf(args);
  // Its sums are added to those of the coarse part.
  if (name === "conv_backward_weights") return [["activations", x, 0], ["errors", y, 0], ["gradients", 8 * w, 8 * w]];
  // Both parts have sums, which are written and read, and those of the two are written.
  return [["weights", w, 0], ["errors", y + 8 * x, 8 * x]];
}

/** The same where it is written. */
function fineWritten(name: string, args: Arguments): Passes {
  const { count, n, classes } = args;
  if (name === "loss") return [["errors", 0, n! * classes!]];
  // Both parts are rounded from the operands, behind the sums of gradients.
  if (name === "residual_backward") return [["activations", count!, 0], ["errors", count!, 2 * count!]];
  return [["errors", 0, sizesOf(args).x]];
}

function movesOf({ call, phase }: StepCall, recipe: EoqRecipe): Move[] {
  const exact = recipe.exponents === "exact";
  const name = call.kernel.replace("int8_", ""), args = argumentsOf(call);
  const read = present(args.fine), written = present(args["quantizer.fine"]);
  const passes = PASSES[name]!(args, {
    recipe,
    activations: phase === "inference" || exact && recipe.activationRounding === "nearest",
    errors: exact && recipe.errorRounding === "nearest" && !read && !written,
    norm: call.layer.endsWith(".norm"),
    gradient: call.layer.endsWith(".norm") || recipe.errorQuantizer === "flag" ? 8 : 4,
  });
  return [...passes, ...read ? fineRead(name, args) : [], ...written ? fineWritten(name, args) : []]
    .map(([tensor, read, written]) => ({ tensor, read, written }));
}

const RECIPES: readonly Partial<EoqRecipe>[] = [
  {},
  { weightBits: 16, errorRounding: "stochastic" },
  { weightBits: 24, activationRounding: "stochastic" },
  { exponents: "hindsight" },
  { errorQuantizer: "flag" },
];

for (const plan of PLANS) {
  Deno.test(`int8 bytes of ${plan.model} by layer, phase and tensor are those of the kernels that are called`, () => {
    for (const method of METHODS) {
      for (const recipe of method === "eoq" ? RECIPES : [{}]) {
        const all = method === "eoq" ? { ...EOQ_RECIPE, ...recipe } : WAGEUBN_RECIPE;
        for (const batch of BATCHES) {
          const called = callsOf(outlineOf(method, { plan, batch, recipe })).map((each) => ({
            layer: each.call.layer,
            phase: each.phase,
            operations: {},
            moves: movesOf(each, all),
          }));
          assert(called.length > 3 * plan.layers.length);
          const formulas = trafficLines(countTraffic(plan, method, batch, { recipe }));
          assertEquals(formulas, trafficLines(trafficOf(called)), `${method}, batch ${batch}`);
        }
      }
    }
  });
}
