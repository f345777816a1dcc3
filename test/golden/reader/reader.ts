/**
 * Computes the calls of a dump again, from what each read, and finds what
 * differs from what it wrote. It knows manifest.json and the .npy files alone.
 *
 * @module
 */

import { ACTIVATIONS } from "./activation.ts";
import { CallReader, type Computed, type Results } from "./call.ts";
import { CONVOLUTIONS } from "./convolution.ts";
import { type Call, type Dump, type Operand, readDump, readTensor, type State } from "./dump.ts";
import { loss } from "./loss.ts";
import { normBackward, normForward } from "./norm.ts";
import { UPDATES } from "./update.ts";

/** What each kernel of a training step computes. */
export const KERNELS: Readonly<Record<string, (call: CallReader) => Results>> = {
  ...CONVOLUTIONS,
  ...ACTIVATIONS,
  ...UPDATES,
  int8_loss: loss,
  int8_batchnorm_forward: normForward,
  int8_batchnorm_backward: normBackward,
};

/** How an operand differs from what it should be. */
function difference(
  folder: string,
  operand: Operand,
  state: State,
  computed: Computed | undefined,
): string | undefined {
  if (computed === undefined) return "is written, and no definition says how";
  const stored = readTensor(folder, operand, state), { values, exponent, range } = computed;
  if (values.length !== stored.length) return `has ${stored.length} elements, ${values.length} are computed`;
  const at = stored.findIndex((each, i) => BigInt(each) !== BigInt(values[i]!));
  if (at >= 0) return `has ${stored[at]} at ${at}, computed is ${values[at]}`;
  // What the definition does not say is as before, where that is known.
  const asBefore = operand.before;
  if (state.exponent !== (exponent ?? asBefore?.exponent ?? state.exponent)) {
    return `has exponent ${state.exponent}, computed is ${exponent ?? asBefore?.exponent}`;
  }
  const expected = operand.type === "int8" || operand.type === "int32" ? range ?? asBefore?.range : undefined;
  if (String(state.range) !== String(expected)) return `has range ${state.range}, computed is ${expected}`;
}

/** How a call says that it shifted, beside what it did. */
function wrongShift({ call }: CallReader, results: Results): string | undefined {
  const { shift } = call.quantizer ?? {};
  if (shift === undefined) return undefined;
  const into = ["y", "dx", "dz"].find((word) => results[word] !== undefined)!;
  const power = { int8_pool_backward: -22, int8_residual_backward: -13 }[call.kernel] ?? 0;
  const source = (call.operands.x ?? call.operands.dy)?.before?.exponent;
  const sums = (results.sums ?? results.du)?.exponent ?? source! + power;
  return results[into]!.exponent! - sums === shift ? undefined : `says shift ${shift}`;
}

/** What is wrong with a call. */
export function problemsOf(folder: string, call: Call): string[] {
  const reader = new CallReader(folder, call), compute = KERNELS[call.kernel];
  if (compute === undefined) return ["has no definition"];
  let results: Results;
  try {
    results = compute(reader);
  } catch (error) {
    return [`cannot be computed: ${error}`];
  }
  const written = Object.entries(call.operands).flatMap(([word, operand]) => {
    const problem = operand.after && difference(folder, operand, operand.after, results[word]);
    return problem === undefined ? [] : [`${word} ${problem}`];
  });
  const shift = wrongShift(reader, results);
  return shift === undefined ? written : [...written, shift];
}

/** That what a call reads is what was last written, so the calls are one step. */
function brokenChains({ calls }: Dump): string[] {
  const last = new Map<number, string>();
  return calls.flatMap(({ index, operands }) => {
    const own = Object.entries(operands);
    const broken = own.filter(([, { tensor, before }]) => before && (last.get(tensor) ?? before.file) !== before.file);
    for (const [, { tensor, before, after }] of own) {
      const file = after?.file ?? (last.has(tensor) ? undefined : before?.file);
      if (file !== undefined) last.set(tensor, file);
    }
    return broken.map(([word]) => `call ${index}: ${word} is not what was last written`);
  });
}

/** What the reader found. */
export interface Findings {
  /** Kernels of which a call wrote more than zeros. */
  readonly kernels: ReadonlySet<string>;
  readonly problems: readonly string[];
}

const hasContents = (folder: string, { operands }: Call) =>
  Object.values(operands).some((operand) =>
    operand.after !== undefined && readTensor(folder, operand, operand.after).some((each) => Number(each) !== 0)
  );

/** Computes all calls of a dump again. */
export async function checkDump(folder: string): Promise<Findings> {
  const dump = await readDump(folder);
  const kernels = new Set(dump.calls.filter((call) => hasContents(folder, call)).map(({ kernel }) => kernel));
  const problems = dump.calls.flatMap((call) => {
    return problemsOf(folder, call).map((problem) => `call ${call.index}, ${call.layer}, ${call.kernel}: ${problem}`);
  });
  return { kernels, problems: [...problems, ...brokenChains(dump)] };
}
