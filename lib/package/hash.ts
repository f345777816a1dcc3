/**
 * SHA-256, in the two forms that files and names need.
 *
 * @module
 */

/** SHA-256 of bytes: 32 bytes. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** SHA-256 in hex of bytes or of the UTF-8 of a text. */
export async function sha256Hex(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  return (await sha256(typeof data === "string" ? new TextEncoder().encode(data) : data)).toHex();
}
