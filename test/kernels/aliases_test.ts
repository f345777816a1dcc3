import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { uniformSource } from "../../lib/exec/fp32/random.ts";
import { Tensor } from "../../lib/native/tensor.ts";
import type { Parameter, TensorParameter } from "./arguments.ts";
import { VALID_CALLS } from "./calls.ts";
import { contents, fill } from "./contents.ts";
import { type Argument, Fixture } from "./fixture.ts";

/** Every tensor of a call is this large, so that each can stand for each. */
const LARGE_ENOUGH = 300;

/** With stride 2 outputs are small and fall behind the inputs that are still to be read; with 1 they do not. */
const STRIDES = [1, 2];

/** Pairs of parameters that one tensor could serve. */
function pairs(parameters: readonly Parameter[]): [number, number][] {
  const typeOf = (each: Parameter | undefined) => (each as TensorParameter | undefined)?.type;
  return parameters.flatMap((each, i) =>
    parameters.flatMap((other, j): [number, number][] =>
      j > i && typeOf(each) !== undefined && typeOf(each) === typeOf(other) ? [[i, j]] : []
    )
  );
}

/** Arguments with random contents; tensor `second` holds what tensor `first` holds. */
function argumentsOf(
  fixture: Fixture,
  parameters: readonly Parameter[],
  stride: number,
  [first, second]: [number, number],
): Argument[] {
  return parameters.map((each, i): Argument => {
    if ("shape" in each) return fixture.shape(each.name === "shape" ? { ...each.shape, stride } : each.shape);
    if (!("count" in each)) return "size" in each ? each.size : each.free;
    const tensor = fixture.zeros(LARGE_ENOUGH, each.type);
    const { exponent } = parameters[i === second ? first : i] as TensorParameter;
    fill(tensor, each, uniformSource(18, i === second ? first : i));
    if (parameters.some((each) => "exponent" in each)) tensor.exponent = exponent ?? 0;
    return tensor;
  });
}

const contentsOf = (args: readonly Argument[]) => args.map((each) => each instanceof Tensor ? contents(each) : "");

for (const { kernel, title, parameters } of VALID_CALLS) {
  const list = pairs(parameters);
  if (list.length === 0) continue;
  Deno.test(`${title} refuses one tensor for two arguments, or gives what two tensors give`, async () => {
    using fixture = await Fixture.open();
    const check = (path: string, stride: number, [i, j]: [number, number]) => {
      const what = `${parameters[i]!.name} is ${parameters[j]!.name}, ${path}`;
      fixture.library.selectIsa(path);
      const apart = argumentsOf(fixture, parameters, stride, [i, j]);
      const before = contentsOf(apart);
      const apartStatus = fixture.status(kernel, apart), after = contentsOf(apart);
      // An error and its fine part never hold the same.
      if ("exponent" in parameters[j]!) assert(apartStatus < 0 || after.join() !== before.join(), what);
      else {
        fixture.library.check(apartStatus);
        assertNotEquals(after, before, `${kernel} writes nothing`);
      }

      const args = argumentsOf(fixture, parameters, stride, [i, j]);
      args[j] = args[i]!;
      const status = fixture.status(kernel, args);
      if (apartStatus < 0) assert(status < 0, `${what}: two tensors are refused, and one is not`);
      if (status >= 0) {
        const both = after[i] === before[i] ? after[j]! : after[i]!;
        assertEquals(contentsOf(args), after.with(i, both).with(j, both), what);
        assert(after[i] === before[i] || after[j] === before[j], `${what}: both are written, neither is refused`);
      }
      fixture.clear();
    };
    for (const path of fixture.paths) {
      for (const stride of STRIDES) for (const pair of list) check(path, stride, pair);
    }
  });
}
