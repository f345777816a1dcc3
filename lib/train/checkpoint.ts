/**
 * Checkpoints: a run's configuration, where it stands, and every tensor that
 * training goes on from, in one file.
 *
 * Layout: 8 bytes of magic; header and payload length as little-endian u32 and
 * u64; the header as JSON; the tensors' bytes in the header's order, those of sums last; SHA-256
 * of all that. A file that was cut, changed or made by something else is never
 * read as a checkpoint.
 *
 * @module
 */

import { z } from "zod";
import { type DataIdentity, dataIdentitySchema } from "../data/identity.ts";
import { UserError } from "../errors.ts";
import type { StateEntry } from "../exec/network.ts";
import { checkJson, issueText, parseJson } from "../json.ts";
import { TYPE_BYTES } from "../native/tensor.ts";
import { sha256 } from "../package/sha256.ts";
import type { SavedSums } from "./average.ts";
import { type RunConfig, runConfigSchema } from "./config.ts";
import { type OnlineState, onlineStateSchema } from "./online_state.ts";
import { stateDefect } from "./possible_state.ts";
import { type TrainingState, trainingStateSchema } from "./state.ts";

const MAGIC = new TextEncoder().encode("EOQ-CKPT");
/** Version of the header; a file of another one is refused. */
const VERSION = 3;
/** Magic and the two lengths. */
const PREFIX_BYTES = 20;
const DIGEST_BYTES = 32;

/** Exponents of tensors lie within as many on both sides of 0. */
const MOST_EXPONENT = 64;

const entrySchema = z.strictObject({
  name: z.string(),
  type: z.enum(["int8", "uint8", "int16", "int32", "int64", "fp32", "fp64"]),
  shape: z.array(z.int().nonnegative()),
  exponent: z.int().min(-MOST_EXPONENT).max(MOST_EXPONENT),
  weights: z.boolean(),
});

const headerSchema = z.strictObject({
  version: z.literal(VERSION),
  config: runConfigSchema,
  state: trainingStateSchema,
  entries: z.array(entrySchema),
  sums: z.strictObject({ samples: z.int().positive(), entries: z.array(entrySchema) }).optional(),
  // Checkpoints of earlier versions have no such key.
  data: dataIdentitySchema.optional(),
  learnt: z.strictObject({ steps: z.int().positive(), images: z.int().positive() }).optional(),
  online: onlineStateSchema.optional(),
});

type Header = z.infer<typeof headerSchema>;

/** What a checkpoint holds. */
export interface Checkpoint {
  /** What fixes the result of the run. */
  readonly config: RunConfig;
  /** Where it stands. */
  readonly state: TrainingState;
  /** Every tensor that training goes on from. */
  readonly entries: readonly StateEntry[];
  /** Sums of the weights that are averaged; absent where none were sampled. */
  readonly sums?: SavedSums | undefined;
  /** What its data was; absent in what earlier versions wrote. */
  readonly data?: DataIdentity | undefined;
  /** What was learnt behind the run, step by step; absent where nothing was. Steps count on from those of its state. */
  readonly learnt?: { readonly steps: number; readonly images: number } | undefined;
  /**
   * Where it stands in the stream of `eoq learn` that it learnt from last; absent where that was no such.
   *
   * @internal
   */
  readonly online?: OnlineState | undefined;
}

/** What the header says of tensors. */
function indexOf(entries: readonly StateEntry[]) {
  return entries.map(({ name, type, shape, exponent, weights }) => ({
    name,
    type,
    shape: [...shape],
    exponent,
    weights,
  }));
}

/** The file's bytes for a checkpoint. */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array<ArrayBuffer>> {
  const { config, state, entries, sums, data, learnt, online } = checkpoint;
  const index: Header = { version: VERSION, config, state, entries: indexOf(entries) };
  if (sums !== undefined) index.sums = { samples: sums.samples, entries: indexOf(sums.entries) };
  if (data !== undefined) index.data = { ...data, classes: data.classes && [...data.classes] };
  if (learnt !== undefined) index.learnt = { ...learnt };
  const header = new TextEncoder().encode(JSON.stringify({ ...index, online }));
  const all = [...entries, ...sums?.entries ?? []];
  const payloadBytes = all.reduce((sum, entry) => sum + entry.bytes.byteLength, 0);
  const file = new Uint8Array(PREFIX_BYTES + header.byteLength + payloadBytes + DIGEST_BYTES);
  const view = new DataView(file.buffer);
  file.set(MAGIC);
  view.setUint32(8, header.byteLength, true);
  view.setBigUint64(12, BigInt(payloadBytes), true);
  file.set(header, PREFIX_BYTES);
  let offset = PREFIX_BYTES + header.byteLength;
  for (const { bytes } of all) {
    file.set(bytes, offset);
    offset += bytes.byteLength;
  }
  file.set(await sha256(file.subarray(0, offset)), offset);
  return file;
}

/** Bytes at the beginning of a file that say whether it is a checkpoint. */
export const MAGIC_BYTES = MAGIC.byteLength;

/** Whether a file that begins so is a checkpoint. */
export function isCheckpoint(beginning: Uint8Array): boolean {
  return beginning.byteLength >= MAGIC_BYTES && MAGIC.every((byte, i) => beginning[i] === byte);
}

/**
 * Reads the bytes of a checkpoint.
 *
 * @param name What errors call the file.
 * @throws {UserError} when they are no checkpoint, cut short, changed, or of another version.
 */
export async function decodeCheckpoint(file: Uint8Array<ArrayBuffer>, name: string): Promise<Checkpoint> {
  if (!isCheckpoint(file)) throw new UserError(`${name}: not an eoq checkpoint`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const short = file.byteLength < PREFIX_BYTES + DIGEST_BYTES;
  const headerEnd = short ? 0 : PREFIX_BYTES + view.getUint32(8, true);
  const bodyEnd = short ? 0 : headerEnd + Number(view.getBigUint64(12, true));
  if (short || file.byteLength < bodyEnd + DIGEST_BYTES) {
    throw new UserError(`${name}: the checkpoint is truncated or corrupted: it ends after ${file.byteLength} bytes`);
  }
  const digest = await sha256(file.subarray(0, bodyEnd));
  if (file.byteLength > bodyEnd + DIGEST_BYTES || digest.some((byte, i) => file[bodyEnd + i] !== byte)) {
    throw new UserError(`${name}: the checkpoint is corrupted: its SHA-256 does not match`);
  }
  const header = parseHeader(file.subarray(PREFIX_BYTES, headerEnd), name);
  const { config, state, entries, sums, data, learnt, online } = header;
  const all = [...entries, ...sums?.entries ?? []];
  const sizes = all.map(({ type, shape }) => shape.reduce((product, size) => product * size, TYPE_BYTES[type]));
  if (sizes.reduce((sum, size) => sum + size, 0) !== bodyEnd - headerEnd) {
    throw new UserError(`${name}: the checkpoint's tensors do not fill it`);
  }
  let offset = headerEnd;
  const withBytes = all.map((entry, i) => {
    const bytes = file.subarray(offset, offset + sizes[i]!);
    offset += sizes[i]!;
    return { ...entry, bytes };
  });
  const own = {
    config,
    state,
    entries: withBytes.slice(0, entries.length),
    ...(data && { data }),
    ...(learnt && { learnt }),
    ...(online && { online }),
  };
  if (sums === undefined) return own;
  return { ...own, sums: { samples: sums.samples, entries: withBytes.slice(entries.length) } };
}

function parseHeader(bytes: Uint8Array, name: string): Header {
  const text = new TextDecoder().decode(bytes);
  const json = parseJson(text, (why) => new UserError(`${name}: the checkpoint's header is not JSON: ${why}`));
  const version = z.looseObject({ version: z.int() }).safeParse(json).data?.version;
  if (version !== undefined && version !== VERSION) {
    throw new UserError(
      `${name}: another eoq wrote this checkpoint: it has version ${version}, this eoq reads ${VERSION}`,
    );
  }
  const refuse = (what: string) => new UserError(`${name}: this eoq cannot read the checkpoint: ${what}`);
  const header = checkJson(headerSchema, json, (issue) => refuse(issueText(issue)));
  const defect = stateDefect(header.config, header.state);
  if (defect !== undefined) throw refuse(defect);
  return header;
}
