/**
 * The state of a device: what kernels/device/state.h reads and writes.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import type { StateEntry } from "../../exec/network.ts";
import { type DeviceProgram, momentumBytes } from "./program.ts";

const MAGIC = 0x31514f45;

/** A momentum of 24 bits in three bytes, one of 16 as it is. */
function packed({ type, bytes }: StateEntry): Uint8Array<ArrayBuffer> {
  if (type === "int16") return bytes.slice();
  return Uint8Array.from({ length: bytes.length / 4 * 3 }, (_, i) => bytes[Math.floor(i / 3) * 4 + i % 3]!);
}

/**
 * The bytes of a state with what a network has learnt.
 *
 * @param entries the state of the network as the host has it
 * @param identity tells states of this network from others
 * @param step steps that were done before
 */
export function deviceState(
  entries: readonly StateEntry[],
  program: DeviceProgram,
  identity: number,
  step: number,
): Uint8Array<ArrayBuffer> {
  const entryOf = (name: string) => entries.find((entry) => entry.name === name)!;
  const bytesOf = (name: string) => entryOf(name).bytes;
  const learnt = [...program.layers.values()].filter(({ stream }) => stream !== undefined);
  const parts = [
    new Uint8Array(Uint32Array.of(MAGIC, identity, step).buffer),
    ...learnt.map(({ name }) => bytesOf(`${name}.weights`)),
    ...momentumBytes(program) > 0 ? learnt.map(({ name }) => packed(entryOf(`${name}.momentum`))) : [],
    bytesOf("scalars"),
    bytesOf("scalars.momentum"),
    ...program.exponents === undefined ? [] : [bytesOf("exponents")],
  ];
  const body = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((offset, part) => (body.set(part, offset), offset + part.length), 0);
  const state = new Uint8Array(body.length + 4);
  state.set(body);
  new DataView(state.buffer).setUint32(body.length, crc32(body), true);
  return state;
}
