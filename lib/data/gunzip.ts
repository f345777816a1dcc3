/**
 * Gzip as gunzip reads it: a file may be of several members, one behind the
 * other, as `cat a.gz b.gz` and parallel packers write them.
 *
 * @module
 */

/** The content of a gzipped file. @throws {Error} where it is damaged or ends early. */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { pipeline, Readable } = await import("node:stream");
  const { createGunzip } = await import("node:zlib");
  const content = createGunzip();
  // What fails on either side comes out of the content.
  pipeline(Readable.from(chunks), content, () => {});
  for await (const chunk of content) yield chunk;
}
