/**
 * The C file of an exported network: its tables, and the calls of its step.
 *
 * @module
 */

import type { StateEntry } from "../../exec/network.ts";
import type { ConvShape } from "../../native/conv_shape.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Quantizer } from "../../native/words.ts";
import { type DeviceCall, type DeviceProgram, momentumBytes, type Names, sizesOf } from "./program.ts";
import { headersFor, type Replaced } from "./headers.ts";
import type { ArenaPlan, Life } from "./memory.ts";

/** What a network is exported from. */
export interface SourceOptions {
  /** What the network is, in a line. */
  readonly about: string;
  readonly program: DeviceProgram;
  readonly arena: ArenaPlan;
  /** The state that the network starts from. */
  readonly state: readonly StateEntry[];
  readonly seed: number;
  /** Exponent of the first learning rate, and the rate of scalars beside it. */
  readonly rateExponent: number;
  readonly scalarRate: number;
  /** Tells states of this network from others. */
  readonly identity: number;
  /** Headers for a processor of its own. */
  readonly replaced?: Replaced | undefined;
}

/** Bytes of RAM by purpose, and of constants in flash. */
export interface DeviceBytes {
  readonly weights: number;
  readonly momentum: number;
  readonly arena: number;
  readonly scalars: number;
  readonly ranges: number;
  readonly flash: number;
  readonly state: number;
}

/** Bytes of a state before its pieces, and behind them. */
const STATE_FRAME = 8 + 4;

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

/** What a network takes on a device. */
export function deviceBytes(program: DeviceProgram, arena: ArenaPlan, state: readonly StateEntry[]): DeviceBytes {
  const layers = [...program.layers.values()], scalars = entryOf(state, "scalars").bytes.byteLength / 2;
  const weights = sum(layers.filter(({ stream }) => stream !== undefined).map((each) => each.weights.count));
  const momentum = weights * momentumBytes(program), exponents = 4 * (program.exponents?.count ?? 0);
  const values = new Set(program.calls.flatMap(({ reads, writes }) => [...reads, ...writes]));
  const int8 = [...values].filter(({ type }) => type === "int8").length;
  return {
    ...{ weights, momentum, arena: arena.bytes, scalars: 20 * scalars },
    // Weights, momentum and the arena can be read a little beyond their ends.
    ranges: 4 * int8 + program.quantizations + exponents + 8 + 1 + 4,
    flash: sum(layers.map((each) => each.weights.count)) + 2 * scalars,
    state: STATE_FRAME + 4 + weights + momentum + 10 * scalars + exponents,
  };
}

const entryOf = (state: readonly StateEntry[], name: string) => state.find((entry) => entry.name === name)!;

/** A number of C, which may stand behind a sign. */
const cNumber = (value: unknown) => Number(value) < 0 ? `(${value})` : `${value}`;

/** Numbers with line breaks, as an initializer. */
function list(values: Iterable<number>): string {
  return [...values].join(",").replace(/(.{1,116},)(?=.)/g, "$1\n");
}

/** A string of C. */
const quoted = (text: string) => JSON.stringify(text);

/** Numbers what it sees, in the order in which it does. */
class Numbering<T> {
  readonly seen = new Map<T, number>();
  of(value: T): number {
    const number = this.seen.get(value) ?? this.seen.size;
    this.seen.set(value, number);
    return number;
  }
}

/** Tables of what calls name. */
class Tables {
  readonly ranges = new Numbering<Tensor>();
  readonly values = new Numbering<Life>();
  readonly shapes = new Numbering<ConvShape>();
  readonly quantizers = new Numbering<Quantizer>();
  readonly #program: DeviceProgram;
  readonly #arena: ArenaPlan;
  readonly #layers: readonly Tensor[];
  readonly #lives: readonly Life[];

  constructor(program: DeviceProgram, arena: ArenaPlan) {
    this.#program = program;
    this.#arena = arena;
    this.#layers = [...program.layers.keys()];
    this.#lives = [...arena.offsets.keys()];
  }

  #life(tensor: Tensor, index: number): Life {
    return this.#lives.find((life) => life.tensor === tensor && life.first <= index && index <= life.last)!;
  }

  /** The names of a call. */
  names(index: number): Names {
    const { room, patch, bytes } = this.#arena.rooms[index]!, { program } = { program: this.#program };
    return {
      values: (tensor) => {
        this.ranges.of(tensor);
        return `V[${this.values.of(this.#life(tensor, index))}]`;
      },
      bytes: (tensor) => tensor === undefined ? "NULL" : `EOQ_BYTES(${this.offsetOf(this.#life(tensor, index))})`,
      words: (tensor) => `EOQ_WORDS(${this.offsetOf(this.#life(tensor, index))})`,
      layer: (weights) => `&L[${this.#layers.indexOf(weights)}]`,
      learnt: (weights) =>
        `&W[${
          [...program.layers.values()].filter(({ stream }) => stream !== undefined).findIndex((each) =>
            each.weights === weights
          )
        }]`,
      shape: (shape) => `&S[${this.shapes.of(shape)}]`,
      quantizer: (quantizer) => `&Q[${this.quantizers.of(quantizer)}]`,
      room: room === undefined ? "NULL" : `EOQ_WORDS(${room})`,
      patch: patch === undefined ? "NULL" : `EOQ_ELEMENTS(${patch})`,
      roomWords: bytes / 4,
    };
  }

  offsetOf(life: Life): number {
    return this.#arena.offsets.get(life)!;
  }
}

function shapeText(shape: ConvShape): string {
  const { height, width, inputs, outputs, kernel, stride, padding } = shape.geometry;
  const { outHeight, outWidth } = sizesOf(shape);
  return `{ ${[height, width, inputs, kernel, stride, padding, outHeight, outWidth, outputs].join(", ")} }`;
}

/** The calls of a phase, each with the layer that it is of. */
function body(calls: readonly (readonly [DeviceCall, string])[]): string {
  let layer = "";
  return calls.map(([call, code]) => {
    const comment = call.layer === layer ? "" : `  /* ${call.layer} */\n`;
    layer = call.layer;
    return `${comment}  ${code}`;
  }).join("\n");
}

/** Writes the C file. */
export async function sourceOf(options: SourceOptions): Promise<string> {
  const { about, program, arena, state, seed, rateExponent, scalarRate, identity, replaced } = options;
  const tables = new Tables(program, arena);
  const lines = program.calls.map((call, i) => [call, call.code(tables.names(i))] as const);
  const split = lines.findIndex(([{ layer }]) => layer === "loss");
  const forward = lines.slice(0, split), backward = lines.slice(split);
  const imageAgain = backward.some(([{ readsImage }]) => readsImage === true);

  const layers = [...program.layers.values()], perWeight = momentumBytes(program);
  const learnt = layers.filter(({ stream }) => stream !== undefined);
  const countOf = ({ weights }: { weights: Tensor }) => weights.count;
  const first = (index: number, all: readonly { weights: Tensor }[]) => sum(all.slice(0, index).map(countOf));
  const learntCount = sum(learnt.map(countOf)), frozen = layers.filter(({ stream }) => stream === undefined);
  const weightsOf = (layer: { name: string }) => entryOf(state, `${layer.name}.weights`);
  const scalars = entryOf(state, "scalars"), scalarCount = scalars.bytes.byteLength / 2;
  const scalarValues = new Int16Array(new Uint8Array(scalars.bytes).buffer);
  const int8 = (entry: StateEntry) => new Int8Array(new Uint8Array(entry.bytes).buffer);
  const exponents = program.exponents?.count ?? 0;

  const pieces = [
    ["&eoq_at.step", 4],
    ...learntCount > 0 ? [["eoq_weights", learntCount]] : [],
    ...learntCount * perWeight > 0 ? [["eoq_momentum", learntCount * perWeight]] : [],
    ["eoq_scalars", 2 * scalarCount],
    ["eoq_scalar_momentum", 8 * scalarCount],
    ...exponents > 0 ? [["eoq_exponents", 4 * exponents]] : [],
  ] as const;
  const where = (layer: { weights: Tensor; stream?: number }) =>
    layer.stream === undefined
      ? `eoq_frozen_weights + ${first(frozen.findIndex((each) => each.weights === layer.weights), frozen)}`
      : `eoq_weights + ${first(learnt.findIndex((each) => each.weights === layer.weights), learnt)}`;
  const hashLines = state.filter(({ weights }) => weights).map(({ name, type, exponent, shape, bytes }) => {
    const head = quoted(JSON.stringify([name, type, exponent, shape, bytes.byteLength]) + "\n");
    const length = JSON.stringify([name, type, exponent, shape, bytes.byteLength]).length + 1;
    const layer = layers.find((each) => `${each.name}.weights` === name);
    const from = layer === undefined ? "eoq_scalars" : where(layer);
    return `  eoq_sha_bytes(&sha, ${head}, ${length});\n  eoq_sha_bytes(&sha, ${from}, ${bytes.byteLength});`;
  });

  const own = `
/* ---- memory ------------------------------------------------------------- */

static int32_t eoq_arena[${Math.ceil(arena.bytes / 4) + 1}];
${learntCount > 0 ? `static int8_t eoq_weights[${learntCount} + EOQ_CHANNELS];\n` : ""}${
    perWeight > 0 ? `static uint8_t eoq_momentum[${learntCount * perWeight} + 1];\n` : ""
  }static int16_t eoq_scalars[${scalarCount}];
static int64_t eoq_scalar_momentum[${scalarCount}];
static int64_t eoq_sums_of_scalars[${scalarCount}];
static int16_t eoq_exponents_of_scalars[${scalarCount}];
static eoq_range R[${tables.ranges.seen.size}];
static int8_t G[${tables.quantizers.seen.size}];
${exponents > 0 ? `static int32_t eoq_exponents[${exponents}];\n` : ""}static eoq_step eoq_at = { ${seed}u, 0, 0, ${
    exponents > 0 ? "eoq_exponents" : "NULL"
  } };
static eoq_loading eoq_load_state;

#define EOQ_ELEMENTS(offset) ((int8_t *)eoq_arena + (offset))
#define EOQ_BYTES(offset) ((uint8_t *)eoq_arena + (offset))
#define EOQ_WORDS(offset) (eoq_arena + (offset) / 4)

/* ---- constants ---------------------------------------------------------- */

${
    learntCount > 0
      ? `static const int8_t eoq_first_weights[${learntCount}] = {\n${
        list(learnt.flatMap((layer) => [...int8(weightsOf(layer))]))
      }\n};\n`
      : ""
  }${
    frozen.length > 0
      ? `static const int8_t eoq_frozen_weights[${sum(frozen.map(countOf))} + EOQ_CHANNELS] = {\n${
        list(frozen.flatMap((layer) => [...int8(weightsOf(layer))]))
      }\n};\n`
      : ""
  }static const int16_t eoq_first_scalars[${scalarCount}] = {\n${list(scalarValues)}\n};

/* Convolutions: their shapes, weights and exponents. */
static const eoq_layer L[] = {
${
    layers.map((layer) =>
      `  { ${shapeText(layer.shape)}, ${where(layer)}, ${weightsOf(layer).exponent} }, /* ${layer.name} */`
    )
      .join("\n")
  }
};
${
    learnt.length > 0
      ? `/* What of them is learnt. */
static const eoq_learnt W[] = {
${
        learnt.map((layer, i) =>
          `  { ${where(layer)}, ${
            perWeight > 0 ? `eoq_momentum + ${perWeight * first(i, learnt)}` : "NULL"
          }, ${layer.stream}u },`
        ).join("\n")
      }
};
`
      : ""
  }${
    tables.shapes.seen.size > 0
      ? `/* Shapes of pools and shortcuts. */
static const eoq_shape S[] = {
${[...tables.shapes.seen.keys()].map((shape) => `  ${shapeText(shape)},`).join("\n")}
};
`
      : ""
  }/* int8 tensors: elements and range. */
static const eoq_values V[] = {
${
    [...tables.values.seen.keys()].map((life) =>
      `  { EOQ_ELEMENTS(${tables.offsetOf(life)}), &R[${tables.ranges.of(life.tensor)}] }, /* ${life.tensor.count} */`
    ).join("\n")
  }
};
/* Quantizations. */
static const eoq_quantizer Q[] = {
${
    [...tables.quantizers.seen].map(([{ stream, bits, stochastic, exponents, exponent }, i]) =>
      `  { ${stream}u, ${bits}, ${stochastic}, ${exponents === undefined ? -1 : exponent}, &G[${i}] },`
    ).join("\n")
  }
};
static const eoq_gradients eoq_gradients_of_scalars = { eoq_sums_of_scalars, eoq_exponents_of_scalars };
static const eoq_piece eoq_pieces[] = {
${pieces.map(([name, bytes]) => `  { (uint8_t *)${name}, ${bytes}u },`).join("\n")}
};

enum {
  EOQ_RATE_EXPONENT = ${rateExponent},
  EOQ_RATE_FRACTION = 16,
  EOQ_SCALAR_RATE = ${scalarRate},
};
#define EOQ_MOST_RATE (1u << 24)
#define EOQ_NETWORK ${identity}u

/* ---- the step ----------------------------------------------------------- */

/* Logits, and their exponent. */
typedef struct {
  int32_t *logits, exponent;
} eoq_outcome;

static eoq_outcome eoq_forward(const uint8_t *image) {
  const eoq_step *const at = &eoq_at;
${body(forward)}
}

/* From the exponentials of the logits, and their sum. */
static void eoq_backward(${imageAgain ? "const uint8_t *image, " : ""}int32_t label, uint32_t sum, eoq_rate rate) {
  const eoq_step *const at = &eoq_at;
${body(backward)}
}

/* ---- what firmware calls ------------------------------------------------ */

void eoq_init(void) {
${learntCount > 0 ? "  memcpy(eoq_weights, eoq_first_weights, sizeof eoq_first_weights);\n" : ""}${
    perWeight > 0 ? "  memset(eoq_momentum, 0, sizeof eoq_momentum);\n" : ""
  }  memcpy(eoq_scalars, eoq_first_scalars, sizeof eoq_scalars);
  memset(eoq_scalar_momentum, 0, sizeof eoq_scalar_momentum);
${
    exponents > 0
      ? `  for (int32_t i = 0; i < ${exponents}; i++) eoq_exponents[i] = EOQ_UNMEASURED;\n`
      : ""
  }  eoq_at.step = 0;
}

int32_t eoq_predict(const uint8_t *image, uint16_t *probabilities) {
  eoq_at.training = 0;
  const eoq_outcome o = eoq_forward(image);
  const int32_t best = eoq_best(o.logits, EOQ_CLASSES);
  if (probabilities == NULL) return best;
  const uint32_t sum = eoq_softmax(o.logits, EOQ_CLASSES, o.exponent);
  for (int32_t k = 0; k < EOQ_CLASSES; k++) {
    probabilities[k] = (uint16_t)((((uint64_t)(uint32_t)o.logits[k] << 15) + sum / 2) / sum);
  }
  return best;
}

int32_t eoq_learn(const uint8_t *image, int32_t label, uint32_t rate) {
  if (label < 0 || label >= EOQ_CLASSES || rate < 1 || rate > EOQ_MOST_RATE) return -1;
  eoq_at.training = 1;
  const eoq_outcome o = eoq_forward(image);
  const int32_t best = eoq_best(o.logits, EOQ_CLASSES);
  const uint32_t sum = eoq_softmax(o.logits, EOQ_CLASSES, o.exponent);
  eoq_backward(${imageAgain ? "image, " : ""}label, sum, eoq_rounded_rate(rate, EOQ_RATE_EXPONENT - EOQ_RATE_FRACTION));
  eoq_at.step++;
  return best;
}

uint32_t eoq_save(uint32_t from, uint8_t *to, uint32_t count) {
  return eoq_state_save(eoq_pieces, EOQ_NETWORK, EOQ_STATE_BYTES, from, to, count);
}

int32_t eoq_load(uint32_t from, const uint8_t *bytes, uint32_t count) {
  switch (eoq_state_load(&eoq_load_state, eoq_pieces, EOQ_NETWORK, EOQ_STATE_BYTES, from, bytes, count)) {
    case EOQ_LOADED: return 0;
    case EOQ_LOAD_MORE: return 1;
    case EOQ_LOAD_BROKEN: eoq_init(); return -1;
    case EOQ_LOAD_REFUSED: return -1;
    default: return -1;
  }
}

void eoq_hash(char hex[65]) {
  eoq_sha sha;
  eoq_sha_start(&sha);
${hashLines.join("\n")}
  eoq_sha_end(&sha, hex);
}
`;
  const defines = `#define EOQ_MOMENTUM_BYTES ${perWeight}
#define EOQ_CENTRED ${Number(program.centred)}
#define EOQ_HINDSIGHT ${Number(exponents > 0)}
#define EOQ_RANDOM_ROUNDING ${Number(program.stochastic)}
#define EOQ_INPUT_OFFSET ${program.inputOffset}
${
    Object.entries(program.policy ?? {}).map(([word, value]) => `#define EOQ_${word.toUpperCase()} ${cNumber(value)}`)
      .join("\n")
  }
`;
  return `/* eoq_model.c: ${about}. */
#include "eoq_model.h"

#include <stddef.h>

${defines}
${await headersFor(own + defines, replaced)}${own}`;
}
