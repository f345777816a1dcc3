/**
 * SHA-256, which tells whether two files or two sets of weights are the same.
 *
 * @module
 */

import type { Hash } from "node:crypto";

/** SHA-256 of bytes: 32 bytes. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** SHA-256 of what comes in pieces. It is loaded when it is asked for: it takes 8 MiB. */
export async function sha256OfPieces(): Promise<Hash> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256");
}

/** SHA-256 of a text in UTF-8, in hex. */
export async function sha256Text(text: string): Promise<string> {
  return (await sha256(new TextEncoder().encode(text))).toHex();
}

/** Digits of a digest that people compare. */
const SHOWN_DIGITS = 8;

/** A digest in hex as people read it. */
export function shortDigest(digest: string): string {
  return digest.slice(0, SHOWN_DIGITS);
}
