/** A server on loopback that gives a file, or plays tricks, request by request. */

import { createHash } from "node:crypto";
import type { RemoteFile } from "../../lib/data/sources.ts";

/** Bytes that differ all along. */
export function fileBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  let state = seed;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24);
}

export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** First byte that a request asks for. */
export function rangeStart(request: Request): number {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
}

/** What a well-behaved server answers. */
export function serveRange(request: Request, bytes: Uint8Array<ArrayBuffer>): Response {
  const from = rangeStart(request);
  if (from === 0) return new Response(bytes);
  if (from >= bytes.length) return new Response(null, { status: 416 });
  const headers = { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  return new Response(bytes.subarray(from), { status: 206, headers });
}

/** The answer, of which `count` bytes come; then the connection breaks, or nothing more comes. */
export function cutOff(response: Response, count: number, then: "breaks" | "stalls"): Response {
  const reader = response.body!.getReader();
  let left = count;
  const body = new ReadableStream({
    async pull(controller) {
      const { value } = left > 0 ? await reader.read() : {};
      if (value !== undefined) {
        const part = value.subarray(0, left);
        left -= part.length;
        return controller.enqueue(part);
      }
      if (then === "breaks") controller.error(new Error("broken off"));
      else await new Promise(() => {});
    },
    cancel: () => reader.cancel(),
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

/** What each request is answered with; the last one serves for all that follow. */
export type Tricks = readonly [...((request: Request) => Response)[], (request: Request) => Response];

/** A running server. */
export interface FileServer extends AsyncDisposable {
  readonly url: string;
  /** First byte that each request asked for. */
  readonly asked: readonly number[];
  /** The file as its publisher describes it. */
  describe(bytes: Uint8Array): RemoteFile;
}

/** Starts a server. */
export function startServer(...tricks: Tricks): FileServer {
  const asked: number[] = [];
  const aborter = new AbortController();
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      onError: () => new Response(null, { status: 500 }),
      signal: aborter.signal,
    },
    (request) => {
      const trick = tricks[Math.min(asked.push(rangeStart(request)), tricks.length) - 1]!;
      return trick(request);
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/file.tar.gz`;
  return {
    url,
    asked,
    describe: (bytes) => ({ url, bytes: bytes.length, md5: md5(bytes) }),
    [Symbol.asyncDispose]: async () => {
      // Connections that stall would keep a graceful end waiting.
      aborter.abort();
      await server.finished;
    },
  };
}
