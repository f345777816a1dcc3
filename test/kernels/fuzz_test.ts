import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { messageOf } from "../../lib/errors.ts";
import { uniformSource } from "../../lib/exec/fp32/random.ts";
import type { Geometry } from "../../lib/native/conv_shape.ts";
import type { KernelName } from "../../lib/native/declarations.ts";
import { Tensor } from "../../lib/native/tensor.ts";
import type { Parameter } from "./arguments.ts";
import { VALID_CALLS } from "./calls.ts";
import { contents, fill } from "./contents.ts";
import { type Argument, Fixture } from "./fixture.ts";

/** Elements of the tensors of a call: enough for most small sizes, not for all. */
const ELEMENTS = 1024;
const RUNS = 150;

const numbers = fc.oneof(
  fc.integer({ min: -2, max: 9 }),
  fc.constantFrom(16, 64, 1000, 2 ** 16, 2 ** 20, 2 ** 31 - 1, -(2 ** 31)),
  fc.integer(),
);

/**
 * Replaces one argument of a valid call by a number, a tensor by another one of
 * the call, or a shape by one with another size or by one that is dead.
 */
const mutations = fc.record({
  at: fc.nat(),
  by: fc.constantFrom("number", "another"),
  value: numbers,
  size: fc.constantFrom("height", "width", "inputs", "outputs", "kernel", "stride", "padding", "none"),
});

const calls = fc.record({
  mutations: fc.array(mutations, { maxLength: 4 }),
  seed: fc.nat(),
  path: fc.nat(),
  threads: fc.integer({ min: 1, max: 3 }),
  guess: fc.oneof(fc.integer({ min: 0, max: 40 }), numbers),
});

type Call = typeof calls extends fc.Arbitrary<infer T> ? T : never;

/** A shape, one that is dead, or what the library says where there is none of these sizes. */
function shapeOrStatus(fixture: Fixture, geometry: Geometry, dead: boolean): Argument {
  const { height, width, inputs, outputs, kernel, stride, padding } = geometry;
  const { symbols } = fixture.library;
  const status = symbols.eoq_conv_shape_create(height, width, inputs, outputs, kernel, stride, padding);
  if (status > 0) symbols.eoq_conv_shape_destroy(status);
  return status < 0 || dead ? status : fixture.shape(geometry);
}

/** Arguments of the call, with contents that its seed decides. */
function argumentsOf(fixture: Fixture, parameters: readonly Parameter[], { mutations, seed }: Call): Argument[] {
  const source = uniformSource(seed, 0);
  const args = parameters.map((each): Argument => {
    if ("shape" in each) return fixture.shape(each.shape);
    if (!("count" in each)) return "size" in each ? each.size : each.free;
    const tensor = fixture.zeros(ELEMENTS, each.type);
    fill(tensor, each, source, true);
    if (parameters.some((each) => "exponent" in each)) tensor.exponent = each.exponent ?? 0;
    return tensor;
  });
  const tensors = args.filter((each) => each instanceof Tensor);
  const shapes = parameters.map((each) => "shape" in each ? each.shape : undefined);
  for (const { at, by, value, size } of mutations) {
    const i = at % args.length;
    const parameter = parameters[i]!;
    if ("count" in parameter && by === "another") args[i] = tensors[Math.abs(value) % tensors.length]!;
    else if ("shape" in parameter && by === "another") {
      shapes[i] = { ...shapes[i]!, ...size !== "none" && { [size]: value } };
      args[i] = shapeOrStatus(fixture, shapes[i]!, size === "none");
    } else args[i] = "free" in parameter ? Math.abs(value) : value;
  }
  return args;
}

/** Status of the call, and what its tensors hold behind it. */
function run(fixture: Fixture, kernel: KernelName, parameters: readonly Parameter[], call: Call): [number, string[]] {
  const args = argumentsOf(fixture, parameters, call);
  const status = fixture.status(kernel, args, call.guess);
  if (status < 0) {
    try {
      fixture.library.check(status);
    } catch (error) {
      assert(/^kernel: .+$/.test(messageOf(error)), messageOf(error));
    }
  }
  const after = args.map((each) => each instanceof Tensor ? contents(each) : "");
  fixture.clear();
  return [status, after];
}

for (const { kernel, title, parameters } of VALID_CALLS) {
  Deno.test(`${title} survives any arguments, and int8 is the same on every path`, async () => {
    using fixture = await Fixture.open();
    const { paths, library } = fixture;
    fc.assert(
      fc.property(calls, (call) => {
        library.selectIsa(paths[call.path % paths.length]!);
        library.setThreads(call.threads);
        const result = run(fixture, kernel, parameters, call);
        if (!kernel.startsWith("int8_")) return;
        library.selectIsa("scalar");
        library.setThreads(1);
        assertEquals(result, run(fixture, kernel, parameters, { ...call, guess: 0 }));
      }),
      { numRuns: RUNS },
    );
  });
}
