import { assert, assertEquals } from "@std/assert";
import { uniformSource } from "../../lib/exec/fp32/random.ts";
import { SYMBOLS } from "../../lib/native/symbols.ts";
import { Tensor } from "../../lib/native/tensor.ts";
import type { Parameter } from "./arguments.ts";
import { fill } from "./contents.ts";
import { Fixture, type Kernel } from "./fixture.ts";
import { FP32_ARGUMENTS } from "./fp32/arguments.ts";
import { INT8_ARGUMENTS } from "./int8/arguments.ts";

const SIZES = ["shape", "n", "pixels", "h", "w", "c", "k", "classes", "channels", "length", "count", "scales"];
const KEYS = ["seed", "step", "tensor"];
/** Calls that say how a tensor is quantized from here on: their numbers are no sizes. */
const SETTINGS = /quantizer|round_randomly|hindsight|update_policy/;

interface Run {
  /** Bytes of the tensors before and after the call, nothing for other arguments. */
  readonly before: readonly Uint8Array[];
  readonly after: readonly Uint8Array[];
}

/** A valid call with random contents, those of the argument `other` drawn from another seed. */
function run(fixture: Fixture, kernel: Kernel, parameters: readonly Parameter[], other: number): Run {
  const args = parameters.map((each, i) => {
    if ("shape" in each) return fixture.shape(each.shape);
    if (!("count" in each)) return "size" in each ? each.size : each.free;
    const tensor = fixture.zeros(each.count, each.type);
    fill(tensor, each, uniformSource(i === other ? 6 : 5, i));
    tensor.exponent = -3;
    return tensor;
  });
  const bytes = () =>
    args.map((each) => each instanceof Tensor ? each.read(new Uint8Array(each.byteLength)) : new Uint8Array());
  const before = bytes();
  fixture.call(kernel, ...args);
  const result = { before, after: bytes() };
  fixture.clear();
  return result;
}

/** Whether what one argument held before the call changes what the call does. */
function isRead(one: Run, two: Run, argument: number): boolean {
  return one.after.some((bytes, i) =>
    bytes.some((byte, at) => {
      const overwritten = byte === two.after[i]![at];
      const untouched = byte === one.before[i]![at] && two.after[i]![at] === two.before[i]![at];
      return !overwritten && !(i === argument && untouched);
    })
  );
}

for (const [name, parameters] of Object.entries({ ...INT8_ARGUMENTS, ...FP32_ARGUMENTS })) {
  const kernel = name as Kernel;
  Deno.test(`${kernel} takes what it reads before what it only writes, then sizes, then keys`, async () => {
    using fixture = await Fixture.open();
    const one = run(fixture, kernel, parameters, -1);
    const tensors = parameters.flatMap((each, i) => "count" in each ? [i] : []);
    const written = tensors.filter((i) => one.after[i]!.some((byte, at) => byte !== one.before[i]![at]));
    const onlyWritten = written.filter((i) => !isRead(one, run(fixture, kernel, parameters, i), i));
    const read = tensors.filter((i) => !onlyWritten.includes(i) && parameters[i]!.name !== "sums");
    for (const i of onlyWritten) {
      assert(read.every((each) => each < i), `${parameters[i]!.name} is only written`);
    }
    if (SETTINGS.test(kernel)) return;
    const { names } = SYMBOLS[kernel];
    assertEquals(names, parameters.map(({ name }) => name), "the arguments of the tests");
    const kinds = parameters.map((each) => KEYS.includes(each.name) ? 2 : isSize(each) ? 1 : 0);
    assertEquals(kinds, kinds.toSorted((a, b) => a - b), `${names}`);
  });
}

function isSize(parameter: Parameter): boolean {
  return "shape" in parameter || ("size" in parameter && SIZES.includes(parameter.name));
}

Deno.test("the bias before a ReLU comes before the one behind it, and an index behind its tensor", () => {
  let pairs = 0;
  for (const [name, { names }] of Object.entries(SYMBOLS)) {
    for (const [before, behind] of [["bias_before", "bias_behind"], ["before", "behind"]] as const) {
      if (!names.includes(behind)) continue;
      pairs++;
      assert(names.indexOf(before) < names.indexOf(behind), name);
      const tensors = ["scalars", "gradients"].filter((each) => names.includes(each));
      assert(tensors.length > 0 && tensors.every((each) => names.indexOf(each) < names.indexOf(before)), name);
    }
  }
  assertEquals(pairs, 8);
});
