import { sha256 } from "../../lib/package/sha256.ts";

/** A checkpoint's file with another header or other tensors, and a checksum that is right. */
export async function resigned(
  good: Uint8Array<ArrayBuffer>,
  edit: { readonly header?: (text: string) => string; readonly tensors?: (bytes: Uint8Array) => void },
): Promise<Uint8Array<ArrayBuffer>> {
  const prefix = good.slice(0, 20), view = new DataView(prefix.buffer);
  const end = 20 + view.getUint32(8, true);
  const text = new TextDecoder().decode(good.subarray(20, end)), tensors = good.slice(end, -32);
  const header = new TextEncoder().encode(edit.header?.(text) ?? text);
  edit.tensors?.(tensors);
  view.setUint32(8, header.byteLength, true);
  const body = await new Blob([prefix, header, tensors]).bytes();
  return await new Blob([body, await sha256(body)]).bytes();
}
