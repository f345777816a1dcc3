/**
 * A trained network as an ONNX model: the calls of its inference, one image
 * each, as standard operators. Bytes of images go in, logits come out.
 *
 * @module
 */

import { modelBytes } from "../../arrays/onnx.ts";
import { UserError } from "../../errors.ts";
import { type Method, TRAITS } from "../../exec/methods.ts";
import type { Network } from "../../exec/network.ts";
import type { Call } from "../../native/program.ts";
import type { Plan } from "../../plan/plan.ts";
import { aboutOf } from "../parameters.ts";
import type { ExportedFile, ExportSettings, Trained } from "../format.ts";
import { type Exponents, exponentsOf } from "./calibrate.ts";
import { Fp32Calls } from "./fp32.ts";
import { Graph, type Name } from "./graph.ts";
import { Int8Calls } from "./int8.ts";
import { normalize } from "./norm.ts";
import { StaticCalls } from "./static.ts";

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

/** Adds a call of a network whose exponents are fixed. @returns the logits where they are what it reads */
function addStatic(call: Call, calls: StaticCalls, plan: Plan): Name | void {
  calls.graph.start(call.layer);
  switch (call.kernel) {
    case "int8_input":
      return calls.input(IMAGES, plan, call.words);
    case "int8_conv_forward":
      return calls.classify(call.words);
    case "int8_conv_forward_activate":
      return calls.convActivate(call.words);
    case "int8_conv_forward_quantize":
      return calls.convQuantize(call.words);
    case "int8_add_bias":
      return calls.addBias(call.words);
    case "int8_shortcut":
      return calls.shortcut(call.words);
    case "int8_residual":
      return calls.residual(call.words);
    case "int8_pool":
      return calls.pool(call.words);
    case "int8_max_pool":
      return calls.maxPool(call.words);
    case "int8_loss":
      return calls.logits;
    default:
      throw new UserError(`--calibrate: ${call.layer}: ${call.kernel} has no form with fixed exponents`);
  }
}

type AddCall = (call: Call) => Name | void;

function graphBy(network: Network, type: "float" | "double", adding: (graph: Graph) => AddCall): Graph {
  const { plan } = network, { height, width, channels, classes } = plan;
  const graph = new Graph();
  graph.input(IMAGES, "uint8", [BATCH, height, width, channels]);
  const addCall = adding(graph);
  let logits: Name | undefined;
  for (const { program } of network.programs(1).inference) {
    for (const call of program.calls) logits = addCall(call) ?? logits;
  }
  if (logits === undefined) throw new TypeError("inference has no loss");
  graph.output(LOGITS, logits, type, [BATCH, classes]);
  return graph;
}

/** The graph of a network's inference, each image with exponents of its own. */
export function graphOf(network: Network): Graph {
  const type = TRAITS[network.method as Method].arithmetic === "int8" ? "double" : "float";
  return graphBy(network, type, (graph) => {
    const writers = { graph, plan: network.plan, int8: new Int8Calls(graph), fp32: new Fp32Calls(graph) };
    return (call) => add(call, writers);
  });
}

/** The graph with exponents that are the same for all images. @throws {UserError} naming a layer that has no such form */
export function staticGraphOf(network: Network, exponents: Exponents): Graph {
  return graphBy(network, "float", (graph) => {
    const calls = new StaticCalls(graph, exponents);
    return (call) => addStatic(call, calls, network.plan);
  });
}

/** Writes one file. */
export function writeOnnx(trained: Trained, { calibration }: ExportSettings): Promise<readonly ExportedFile[]> {
  const { library, network, version } = trained, { producer: _producer, ...about } = aboutOf(trained);
  const graph = calibration === undefined
    ? graphOf(network)
    : staticGraphOf(network, exponentsOf(library, network, calibration));
  const metadata = { ...about, ...calibration && { calibration_images: String(calibration.length) } };
  const model = graph.model(network.plan.model, { producer: ["eoq", version], metadata });
  return Promise.resolve([{ name: "", bytes: modelBytes(model) }]);
}
