import { assertThrows } from "@std/assert";
import { RunError } from "../../../lib/errors.ts";
import type { FP32_SYMBOLS } from "../../../lib/native/symbols_fp32.ts";
import type { TensorType } from "../../../lib/native/tensor.ts";
import { type Argument, Fixture } from "./fixture.ts";

/** A valid value of a parameter: elements and type of a tensor, a size with its least value, or a real number. */
type Parameter =
  | { readonly name: string; readonly count: number; readonly type?: TensorType; readonly optional?: true }
  | { readonly name: string; readonly size: number; readonly least: number }
  | { readonly name: string; readonly real: number };

const tensor = (name: string, count: number, type: TensorType = "fp32") => ({ name, count, type });
const size = (name: string, value: number, least = 1) => ({ name, size: value, least });

const channels = (...names: string[]) => names.map((name) => tensor(name, 3));
const geometry = [
  size("n", 2),
  size("h", 5),
  size("w", 4),
  size("c", 3),
  size("k", 6),
  size("kernel", 3),
  size("stride", 2),
  size("pad", 1, 0),
];
const X = 2 * 5 * 4 * 3, Y = 2 * 3 * 2 * 6, WEIGHTS = 6 * 3 * 3 * 3;
const pixelSizes = [size("pixels", 40), size("c", 3)];
const epsilon = { name: "epsilon", real: 1e-5 };

const VALID: Readonly<Record<keyof typeof FP32_SYMBOLS, readonly Parameter[]>> = {
  eoq_fp32_from_uint8: [tensor("images", X, "uint8"), tensor("x", X), size("count", X)],
  eoq_fp32_conv_forward: [tensor("x", X), tensor("weights", WEIGHTS), tensor("y", Y), ...geometry],
  eoq_fp32_conv_backward_data: [tensor("dy", Y), tensor("weights", WEIGHTS), tensor("dx", X), ...geometry],
  eoq_fp32_conv_backward_weights: [tensor("x", X), tensor("dy", Y), tensor("dweights", WEIGHTS), ...geometry],
  eoq_fp32_batchnorm_relu_forward: [
    tensor("x", X),
    { ...tensor("residual", X), optional: true },
    ...channels("gamma", "beta"),
    tensor("y", X),
    ...channels("mean", "inverse_std", "running_mean", "running_variance"),
    ...pixelSizes,
    { name: "momentum", real: 0.1 },
    epsilon,
  ],
  eoq_fp32_batchnorm_relu_inference: [
    tensor("x", X),
    { ...tensor("residual", X), optional: true },
    ...channels("gamma", "beta", "running_mean", "running_variance"),
    tensor("y", X),
    ...pixelSizes,
    epsilon,
  ],
  eoq_fp32_batchnorm_relu_backward: [
    tensor("dy", X),
    { ...tensor("skip", X), optional: true },
    // Given a skip it is needed: a test of its own below.
    { ...tensor("y", X), optional: true },
    tensor("x", X),
    ...channels("gamma", "beta", "mean", "inverse_std", "dgamma", "dbeta"),
    ...pixelSizes,
  ],
  eoq_fp32_shortcut_forward: [
    ...[tensor("x", X), tensor("y", Y), size("n", 2), size("h", 5), size("w", 4), size("c", 3)],
    ...[size("k", 6, 3), size("stride", 2)],
  ],
  eoq_fp32_shortcut_backward: [
    ...[tensor("dy", Y), tensor("dx", X), size("n", 2), size("h", 5), size("w", 4), size("c", 3)],
    ...[size("k", 6, 3), size("stride", 2)],
  ],
  eoq_fp32_pool_forward: [tensor("x", X), tensor("y", 6), size("n", 2), size("pixels", 20), size("c", 3)],
  eoq_fp32_pool_backward: [tensor("dy", 6), tensor("dx", X), size("n", 2), size("pixels", 20), size("c", 3)],
  eoq_fp32_bias_forward: [tensor("y", 6), tensor("bias", 3), size("n", 2), size("c", 3)],
  eoq_fp32_bias_backward: [tensor("dy", 6), tensor("dbias", 3), size("n", 2), size("c", 3)],
  eoq_fp32_softmax_cross_entropy: [
    ...[tensor("logits", 6), tensor("labels", 2, "uint8"), tensor("dlogits", 6), tensor("metrics", 2, "fp64")],
    ...[size("n", 2), size("classes", 3)],
  ],
  eoq_fp32_sgd_step: [
    ...[tensor("weights", X), tensor("velocity", X), tensor("gradient", X), size("count", X)],
    ...["learning_rate", "momentum", "decay"].map((name) => ({ name, real: 0.1 })),
  ],
};

const DEAD = 1_000_000, LARGEST = 2 ** 31 - 1;

for (const [kernel, parameters] of Object.entries(VALID) as [keyof typeof FP32_SYMBOLS, readonly Parameter[]][]) {
  Deno.test(`${kernel} names the argument that is wrong`, async () => {
    using fixture = await Fixture.open();
    const valid = parameters.map((each): Argument =>
      "count" in each ? fixture.zeros(each.count, each.type) : "size" in each ? each.size : each.real
    );
    const refuses = (index: number, wrong: Argument, named: string) => {
      const args = valid.with(index, wrong);
      assertThrows(() => fixture.call(kernel, ...args), RunError, named, `${named} ${JSON.stringify(wrong)}`);
    };
    fixture.call(kernel, ...valid);
    parameters.forEach((each, i) => {
      if ("count" in each) {
        const dead = each.optional ? [-1, DEAD] : [0, -1, DEAD];
        for (const handle of dead) refuses(i, handle, `kernel: ${each.name}: ${handle} is not a live tensor`);
        refuses(i, fixture.zeros(each.count, "int16"), `kernel: ${each.name}: is int16, must be ${each.type}`);
        refuses(i, fixture.zeros(each.count - 1, each.type!), `kernel: ${each.name}: has ${each.count - 1} elements`);
      } else if ("size" in each) {
        refuses(i, each.least - 1, `kernel: ${each.name}: ${each.least - 1} is`);
        refuses(i, -LARGEST - 1, `kernel: ${each.name}: ${-LARGEST - 1} is`);
        // Larger than the tensors: one of them, or the size itself, is named. A large stride only shrinks the output.
        if (each.name !== "stride") refuses(i, LARGEST, "kernel: ");
      }
    });
    fixture.call(kernel, ...valid);
  });
}

Deno.test("batch norm refuses a skip without the tensor whose gradient takes it", async () => {
  using fixture = await Fixture.open();
  const large = () => fixture.zeros(X), small = Array.from({ length: 6 }, () => fixture.zeros(3));
  assertThrows(
    () => fixture.call("eoq_fp32_batchnorm_relu_backward", large(), large(), 0, large(), ...small, 40, 3),
    RunError,
    "skip: needs y",
  );
});

Deno.test("a label outside the classes is named", async () => {
  using fixture = await Fixture.open();
  const args = [fixture.zeros(6), fixture.bytes([2, 3]), fixture.zeros(6), fixture.zeros(2, "fp64"), 2, 3];
  assertThrows(
    () => fixture.call("eoq_fp32_softmax_cross_entropy", ...args),
    RunError,
    "labels: 3 of image 1 is not below 3 classes",
  );
});
