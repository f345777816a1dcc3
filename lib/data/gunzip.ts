/**
 * Gzip as gunzip reads it: a file may be of several members, one behind the
 * other, as `cat a.gz b.gz` and parallel packers write them.
 *
 * @module
 */

import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** The content of a gzipped file. @throws {Error} where it is damaged or ends early. */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const content = createGunzip();
  // What fails on either side comes out of the content.
  pipeline(Readable.from(chunks), content, () => {});
  for await (const chunk of content) yield chunk;
}
