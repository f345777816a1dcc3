import { assert, assertEquals, assertThrows } from "@std/assert";
import { messageOf, RunError } from "../../lib/errors.ts";
import { ConvShape, type Geometry } from "../../lib/native/conv_shape.ts";
import type { KernelName } from "../../lib/native/declarations.ts";
import type { TensorType } from "../../lib/native/tensor.ts";
import { LAYOUTS } from "../../lib/native/words.ts";
import type { Parameter, ShapeParameter } from "./arguments.ts";
import { VALID_CALLS } from "./calls.ts";
import { type Argument, Fixture } from "./fixture.ts";

const DEAD = 1_000_000, LARGEST = 2 ** 31 - 1;
const OTHER_TYPE: TensorType = "fp64";
const A_SHAPE: Geometry = { height: 3, width: 3, inputs: 1, outputs: 1, kernel: 1, stride: 1, padding: 0 };

function validArguments(fixture: Fixture, parameters: readonly Parameter[]): Argument[] {
  return parameters.map((each) => {
    if ("count" in each) {
      const tensor = fixture.zeros(each.count, each.type);
      tensor.exponent = each.exponent ?? 0;
      return tensor;
    }
    if ("shape" in each) return fixture.shape(each.shape);
    return "size" in each ? each.size : each.free;
  });
}

function call(fixture: Fixture, kernel: KernelName, args: readonly Argument[]): void {
  fixture.library.check(fixture.status(kernel, args));
}

/** Changes of a shape with which its tensors are too small, or it is of no such use. */
function unfit({ use, shape }: ShapeParameter): Partial<Geometry>[] {
  const larger: Partial<Geometry>[] = [{ height: 999 }, { width: 999 }, { inputs: 99, outputs: 99 }];
  const { inputs } = shape;
  if (use === "convolution") return [...larger, { inputs: 99 }, { outputs: 99 }, { kernel: 5, padding: 2 }];
  if (use === "window") {
    return [...larger, { outputs: inputs + 1 }, { outputs: inputs - 1 }, { kernel: 16, padding: 15 }];
  }
  return [...larger, { outputs: inputs - 1 }, { kernel: 3, padding: 1 }];
}

for (const { kernel, title, parameters } of VALID_CALLS) {
  Deno.test(`${title} names the argument that is wrong`, async () => {
    using fixture = await Fixture.open();
    const valid = validArguments(fixture, parameters);
    const refuses = (index: number, wrong: Argument, ...named: string[]) => {
      const what = `${parameters[index]!.name} ${typeof wrong === "number" ? wrong : wrong.handle}`;
      const error = assertThrows(() => call(fixture, kernel, valid.with(index, wrong)), RunError, "kernel: ", what);
      for (const words of named) assert(messageOf(error).includes(words), `${what}: ${messageOf(error)}`);
    };
    const shape = fixture.shape(A_SHAPE), freed = new ConvShape(fixture.library, A_SHAPE);
    freed.close();
    const wrongShapes = (each: ShapeParameter, i: number) => {
      const invented = [2 ** 30 + 2 ** 16 - 1, shape.handle + 2 ** 16, LARGEST, -LARGEST - 1, -1, DEAD, 0];
      for (const handle of [...invented, freed.handle, fixture.zeros(1, "int8").handle]) {
        refuses(i, handle, `kernel: ${each.name}: ${handle} is not a live shape`);
      }
      for (const change of unfit(each)) refuses(i, fixture.shape({ ...each.shape, ...change }));
    };
    const wrongValues = (each: Parameter, i: number) => {
      if ("count" in each) {
        const what = `kernel: ${each.named ?? each.name}: `;
        const dead = [...each.optional ? [-1, DEAD] : [0, -1, DEAD], shape.handle];
        for (const handle of dead) refuses(i, handle, `${what}${handle} is not a live tensor`);
        const other = each.type === OTHER_TYPE ? "int16" : OTHER_TYPE;
        refuses(i, fixture.zeros(each.count, other), `${what}is ${other}, must be ${each.usual ?? each.type}`);
        if (each.count > 1) {
          refuses(i, fixture.zeros(each.count - 1, each.type), `${what}has ${each.count - 1} elements`);
        }
      } else if ("shape" in each) {
        wrongShapes(each, i);
      } else if ("size" in each) {
        for (const value of [each.least - 1, -LARGEST - 1]) {
          refuses(i, value, `kernel: ${each.named ?? each.name}: `, `${value}`);
        }
        // Larger than the tensors: one of them, or the size itself, is named.
        if (each.grows) refuses(i, LARGEST);
      }
    };
    call(fixture, kernel, valid);
    parameters.forEach(wrongValues);
    call(fixture, kernel, valid);
  });
}

Deno.test("the tests have a parameter for each word of a kernel but its guesses", () => {
  for (const { kernel, title, parameters } of VALID_CALLS) {
    const words = LAYOUTS[kernel].filter(({ kind }) => kind !== "guess");
    assertEquals(parameters.map(({ name }) => name), words.map(({ name }) => name), title);
  }
  assertEquals([...new Set(VALID_CALLS.map(({ kernel }) => kernel))].sort(), Object.keys(LAYOUTS).sort());
});

for (const kernel of ["int8_loss", "fp32_softmax_cross_entropy"] as const) {
  Deno.test(`${kernel} names a class, a share or a smoothing that cannot be`, async () => {
    using fixture = await Fixture.open();
    const { parameters } = VALID_CALLS.find((each) => each.kernel === kernel)!;
    const valid = validArguments(fixture, parameters);
    const refuses = (name: string, wrong: Argument, message: string) => {
      const at = parameters.findIndex((each) => each.name === name);
      assertThrows(() => call(fixture, kernel, valid.with(at, wrong)), RunError, message);
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
