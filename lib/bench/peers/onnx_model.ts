/**
 * An ONNX model of one quantized convolution, as bytes.
 *
 * @module
 */

import { modelBytes, tensor, valueInfo } from "../../arrays/onnx.ts";
import type { Bytes } from "../../arrays/protobuf.ts";
import { type ConvPlan, outputSize } from "../../plan/plan.ts";

/** Type of a convolution's activations; its weights are int8. */
export type ActivationType = "int8" | "uint8";

/** The version of the format, and of the contributed operators of which QLinearConv takes channels last. */
const IR_VERSION = 7, OPSET = 13, CONTRIBUTED = { domain: "com.microsoft", version: 1 };

/**
 * The model of `y = QLinearConv(x, weights)`, channels last: x (batch, h, w, c)
 * of the given type, weights (k, c, kernel, kernel) int8, y (batch, oh, ow, k)
 * of x's type. All scales are powers of two and zero points 0 (128 for uint8's output).
 */
export function quantizedConvolution(conv: ConvPlan, batch: number, type: ActivationType, weights: Int8Array): Bytes {
  const { height, width, inputs, outputs, kernel, stride, padding } = conv;
  const output = outputSize(conv);
  const scale = (name: string, exponent: number) => tensor(name, "float", [], Float32Array.of(2 ** exponent));
  const zero = (name: string, kind: ActivationType, value: number) => tensor(name, kind, [], Uint8Array.of(value));
  return modelBytes({
    irVersion: IR_VERSION,
    opsets: { "": OPSET, [CONTRIBUTED.domain]: CONTRIBUTED.version },
    name: "convolution",
    nodes: [{
      operator: "QLinearConv",
      domain: CONTRIBUTED.domain,
      inputs: ["x", "x_scale", "x_zero", "weights", "w_scale", "w_zero", "y_scale", "y_zero"],
      outputs: ["y"],
      attributes: {
        kernel_shape: [kernel, kernel],
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
        channels_last: 1,
      },
    }],
    initializers: [
      scale("x_scale", -6),
      zero("x_zero", type, 0),
      tensor("weights", "int8", [outputs, inputs, kernel, kernel], new Int8Array(weights)),
      scale("w_scale", -7),
      zero("w_zero", "int8", 0),
      scale("y_scale", -2),
      zero("y_zero", type, type === "int8" ? 0 : 128),
    ],
    inputs: [valueInfo("x", type, [batch, height, width, inputs])],
    outputs: [valueInfo("y", type, [batch, output.height, output.width, outputs])],
  });
}
