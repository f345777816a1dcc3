/** Writes tar archives for the tests that read them. */

export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** "0" a file, "5" a folder, "2" a link. */
  readonly type?: string;
  readonly prefix?: string;
}

function header({ name, bytes, type = "0", prefix = "" }: TarFile): Uint8Array {
  const block = new Uint8Array(512);
  const put = (text: string, at: number) => block.set(new TextEncoder().encode(text), at);
  put(name, 0);
  put("0000644\0", 100);
  put(bytes.length.toString(8).padStart(11, "0") + "\0", 124);
  put("        ", 148);
  put(type, 156);
  put("ustar\0" + "00", 257);
  put(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  return block;
}

/** An archive of these files. */
export function tarBytes(files: readonly TarFile[]): Uint8Array<ArrayBuffer> {
  const blocks = files.flatMap((file) => {
    const padding = new Uint8Array((512 - file.bytes.length % 512) % 512);
    return [header(file), file.bytes, padding];
  });
  const parts = [...blocks, new Uint8Array(1024)];
  const archive = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))).bytes();
}
