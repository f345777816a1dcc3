/**
 * A trained network as an ONNX model: the calls of its inference, one image
 * each, as standard operators. Bytes of images go in, logits come out.
 *
 * @module
 */

import { modelBytes } from "../../arrays/onnx.ts";
import { UserError } from "../../errors.ts";
import type { Network } from "../../exec/network.ts";
import type { Call } from "../../native/program.ts";
import type { Plan } from "../../plan/plan.ts";
import { aboutOf } from "../parameters.ts";
import type { ExportedFile, Trained } from "../format.ts";
import { Fp32Calls } from "./fp32.ts";
import { Graph, type Name } from "./graph.ts";
import { Int8Calls } from "./int8.ts";
import { normalize } from "./norm.ts";

/** Names of the model's input and output, and of the direction that is the caller's to choose. */
const IMAGES = "images", LOGITS = "logits", BATCH = "batch";

/** What the calls of a network become. */
interface Writers {
  readonly graph: Graph;
  readonly int8: Int8Calls;
  readonly fp32: Fp32Calls;
  readonly plan: Plan;
}

/** Adds a call. @returns the logits where they are what it reads */
function add(call: Call, { graph, int8, fp32, plan }: Writers): Name | void {
  graph.start(call.layer);
  switch (call.kernel) {
    case "int8_input":
      return int8.input(IMAGES, plan, call.words);
    case "int8_conv_forward":
      return int8.convForward(call.words);
    case "int8_conv_forward_activate":
      return int8.convActivate(call.words);
    case "int8_conv_forward_quantize":
      return int8.convQuantize(call.words);
    case "int8_add_bias":
      return int8.addBias(call.words);
    case "int8_shortcut":
      return int8.shortcut(call.words);
    case "int8_residual":
      return int8.residual(call.words);
    case "int8_pool":
      return int8.pool(call.words);
    case "int8_max_pool":
      return int8.maxPool(call.words);
    case "int8_batchnorm_inference":
      return normalize(int8, call.words);
    case "int8_loss":
      return int8.logits(call.words.logits);
    case "fp32_from_uint8":
      return fp32.input(IMAGES, plan, call.words);
    case "fp32_conv_forward":
      return fp32.convolve(call.words);
    case "fp32_batchnorm_relu_inference":
      return fp32.normalize(call.words);
    case "fp32_fixup_relu_forward":
      return fp32.fixupRelu(call.words);
    case "fp32_shortcut_forward":
      return fp32.shortcut(call.words);
    case "fp32_max_pool_forward":
      return fp32.maxPool(call.words);
    case "fp32_pool_forward":
      return fp32.pool(call.words);
    case "fp32_bias_forward":
      return fp32.addBias(call.words);
    case "fp32_softmax_cross_entropy":
      return fp32.logits(call.words.logits);
    default:
      throw new UserError(`${call.layer}: ONNX has no operators here for ${call.kernel}`);
  }
}

/** The graph of a network's inference. */
export function graphOf(network: Network): Graph {
  const { plan } = network, { height, width, channels, classes } = plan;
  const graph = new Graph();
  graph.input(IMAGES, "uint8", [BATCH, height, width, channels]);
  const writers = { graph, plan, int8: new Int8Calls(graph), fp32: new Fp32Calls(graph) };
  let logits: Name | undefined;
  for (const { program } of network.programs(1).inference) {
    for (const call of program.calls) logits = add(call, writers) ?? logits;
  }
  if (logits === undefined) throw new TypeError("inference has no loss");
  const type = network.method.endsWith("fp32") ? "float" : "double";
  graph.output(LOGITS, logits, type, [BATCH, classes]);
  return graph;
}

/** Writes one file. */
export function writeOnnx(trained: Trained): Promise<readonly ExportedFile[]> {
  const { network, version } = trained, { producer: _producer, ...metadata } = aboutOf(trained);
  const model = graphOf(network).model(network.plan.model, { producer: ["eoq", version], metadata });
  return Promise.resolve([{ name: "", bytes: modelBytes(model) }]);
}
