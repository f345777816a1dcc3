import { assert, assertThrows } from "@std/assert";
import { messageOf, RunError } from "../../lib/errors.ts";
import type { TensorType } from "../../lib/native/tensor.ts";
import type { Parameter } from "./arguments.ts";
import { type Argument, Fixture, type Kernel } from "./fixture.ts";
import { FP32_ARGUMENTS } from "./fp32/arguments.ts";
import { INT8_ARGUMENTS } from "./int8/arguments.ts";

const DEAD = 1_000_000, LARGEST = 2 ** 31 - 1;
const OTHER_TYPE: TensorType = "fp64";

function validArguments(fixture: Fixture, parameters: readonly Parameter[]): Argument[] {
  return parameters.map((each) =>
    "count" in each ? fixture.zeros(each.count, each.type) : "size" in each ? each.size : each.free
  );
}

for (const [name, parameters] of Object.entries({ ...INT8_ARGUMENTS, ...FP32_ARGUMENTS })) {
  const kernel = name as Kernel;
  Deno.test(`${kernel} names the argument that is wrong`, async () => {
    using fixture = await Fixture.open();
    const valid = validArguments(fixture, parameters);
    const refuses = (index: number, wrong: Argument, ...named: string[]) => {
      const what = `${parameters[index]!.name} ${JSON.stringify(wrong)}`;
      const error = assertThrows(() => fixture.call(kernel, ...valid.with(index, wrong)), RunError, "kernel: ", what);
      for (const words of named) assert(messageOf(error).includes(words), `${what}: ${messageOf(error)}`);
    };
    const wrongValues = (each: Parameter, i: number) => {
      if ("count" in each) {
        const dead = each.optional ? [-1, DEAD] : [0, -1, DEAD];
        for (const handle of dead) refuses(i, handle, `kernel: ${each.name}: ${handle} is not a live tensor`);
        const other = each.type === OTHER_TYPE ? "int16" : OTHER_TYPE;
        refuses(i, fixture.zeros(each.count, other), `kernel: ${each.name}: is ${other}, must be ${each.type}`);
        if (each.count > 1) {
          refuses(i, fixture.zeros(each.count - 1, each.type), `kernel: ${each.name}: has ${each.count - 1} elements`);
        }
      } else if ("size" in each) {
        for (const value of [each.least - 1, -LARGEST - 1]) {
          refuses(i, value, `kernel: ${each.named ?? each.name}: `, `${value}`);
        }
        // Larger than the tensors: one of them, or the size itself, is named.
        if (each.grows) refuses(i, LARGEST);
      }
    };
    fixture.call(kernel, ...valid);
    parameters.forEach(wrongValues);
    fixture.call(kernel, ...valid);
  });
}

for (const kernel of ["eoq_int8_loss", "eoq_fp32_softmax_cross_entropy"] as const) {
  Deno.test(`${kernel} names a class, a share or a smoothing that cannot be`, async () => {
    using fixture = await Fixture.open();
    const parameters = { ...INT8_ARGUMENTS, ...FP32_ARGUMENTS }[kernel];
    const valid = validArguments(fixture, parameters);
    const refuses = (name: string, wrong: Argument, message: string) => {
      const at = parameters.findIndex((each) => each.name === name);
      assertThrows(() => fixture.call(kernel, ...valid.with(at, wrong)), RunError, message);
    };
    for (const name of ["labels", "partners"]) {
      for (const label of [3, -1, 32767, -32768]) {
        refuses(name, fixture.int16([2, label]), `${name}: ${label} of image 1 is not in 0..2`);
      }
    }
    for (const name of ["share", "smoothing"]) {
      for (const share of [-1, 257, LARGEST]) refuses(name, share, `${name}: ${share} is not in 0..256`);
    }
  });
}
