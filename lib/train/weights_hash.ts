/**
 * One number for trained weights: equal hashes mean equal bits.
 *
 * @module
 */

import type { StateEntry } from "../exec/network.ts";
import { sha256 } from "../package/sha256.ts";

/**
 * SHA-256 in hex over the entries that are weights, in the order given: of
 * each a line of JSON (name, type, exponent, shape, bytes), then its bytes.
 */
export async function weightsSha256(entries: readonly StateEntry[]): Promise<string> {
  const parts = entries.filter((entry) => entry.weights).flatMap(({ name, type, exponent, shape, bytes }) => [
    new TextEncoder().encode(JSON.stringify([name, type, exponent, shape, bytes.byteLength]) + "\n"),
    new Uint8Array(bytes),
  ]);
  return (await sha256(await new Blob(parts).bytes())).toHex();
}
