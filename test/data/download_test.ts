import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { download, type Patience } from "../../lib/data/download.ts";
import { RunError, UserError } from "../../lib/errors.ts";
import { withFolder } from "../eoq.ts";
import { cutOff, fileBytes, type FileServer, md5, serveRange, startServer, type Tricks } from "./file_server.ts";

const QUICK: Patience = { stall: 400, attempts: 3, pause: 1 };
const FILE = fileBytes(200_000);

const whole = (request: Request) => serveRange(request, FILE);
const breaks = (count: number) => (request: Request) => cutOff(whole(request), count, "breaks");
const stalls = (count: number) => (request: Request) => cutOff(whole(request), count, "stalls");

/** Runs with a server and the path that its file is downloaded to. */
function withServer(
  tricks: Tricks,
  test: (server: FileServer, path: string) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    await using server = startServer(...tricks);
    await test(server, `${folder}/file`);
  });
}

/**
 * Asserts which bytes a server was asked for. What was on its way when a
 * connection broke can be lost, so a request may begin somewhat earlier.
 */
function assertAsked({ asked }: FileServer, expected: readonly number[]): void {
  const allowed = asked.length === expected.length &&
    asked.every((from, i) => expected[i] === 0 ? from === 0 : from > 0 && from <= expected[i]!);
  assert(allowed, `asked for ${asked}, not ${expected}`);
}

/** Asserts that a download ends with the file, and which bytes it asked for. */
function assertDownloads(asked: readonly number[], ...tricks: Tricks): Promise<void> {
  return withServer(tricks, async (server, path) => {
    await download(server.describe(FILE), path, { patience: QUICK });
    assertEquals(await Deno.readFile(path), FILE);
    assertAsked(server, asked);
  });
}

/** Asserts that a download fails with one line, and whether bytes are kept that came. */
function assertFails(words: string, kept: boolean, ...tricks: Tricks): Promise<void> {
  return withServer(tricks, async (server, path) => {
    const run = () => download(server.describe(FILE), path, { patience: QUICK });
    const { message } = await assertRejects(run, RunError, words);
    assert(!message.includes("\n"), message);
    assertEquals(await Deno.stat(path).then(({ size }) => size > 0, () => false), kept);
  });
}

Deno.test("download: the whole file, with progress up to its end", () =>
  withServer([whole], async (server, path) => {
    const seen: number[] = [];
    const onProgress = (done: number, total: number) => {
      assertEquals(total, FILE.length);
      seen.push(done);
    };
    await download(server.describe(FILE), path, { patience: QUICK, onProgress });
    assertEquals(await Deno.readFile(path), FILE);
    assertEquals(seen, seen.toSorted((a, b) => a - b));
    assertEquals(seen.at(-1), FILE.length);
    await download(server.describe(FILE), path, { patience: QUICK });
    assertEquals(server.asked, [0]);
  }));

Deno.test("download: broken off and stalled, it goes on where it stopped", async () => {
  await assertDownloads([0, 70_000, 120_000], breaks(70_000), breaks(50_000), whole);
  await assertDownloads([0, 70_000, 120_000], stalls(70_000), stalls(50_000), whole);
  // A server that never begins to answer.
  await assertDownloads([0, 0], () => cutOff(new Response(FILE), 0, "stalls"), whole);
});

Deno.test("download: wherever the server breaks off, it goes on where it stopped", async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, (cuts) =>
      withServer([...cuts.map(breaks), whole], async (server, path) => {
        await download(server.describe(FILE), path, { patience: { ...QUICK, attempts: 8 } });
        assertEquals(await Deno.readFile(path), FILE);
        // Each request begins behind what the one before it can have brought.
        server.asked.slice(1).forEach((from, i) => {
          const before = server.asked[i]!;
          assert(from >= before && from <= before + cuts[i]!, `${server.asked} for ${cuts}`);
        });
      })),
    { numRuns: 20 },
  );
});

Deno.test("download: a server that ignores the range sends all of it again", () =>
  assertDownloads([0, 70_000], breaks(70_000), () => new Response(FILE)));

Deno.test("download: another part than the one asked for, and a range that is refused, start it over", async () => {
  const headers = { "content-range": `bytes 5-${FILE.length - 1}/${FILE.length}` };
  const wrong = () => new Response(FILE.subarray(5), { status: 206, headers });
  await assertDownloads([0, 70_000, 0], breaks(70_000), wrong, whole);
  await assertDownloads([0, 70_000, 0], breaks(70_000), () => new Response(null, { status: 416 }), whole);
});

Deno.test("download: a file that changed between two attempts is downloaded again in one piece", async () => {
  const other = fileBytes(FILE.length, 2);
  await assertDownloads(
    [0, 70_000, 0],
    (request) => cutOff(serveRange(request, other), 70_000, "breaks"),
    whole,
    whole,
  );
  await assertFails(
    `its MD5 is ${md5(other)}, the published one ${md5(FILE)}`,
    false,
    breaks(70_000),
    (request) => serveRange(request, other),
  );
});

Deno.test("download: wrong bytes are not kept", () =>
  assertFails("the published one", false, () => new Response(fileBytes(FILE.length, 3))));

Deno.test("download: a file of another length is refused at once", async () => {
  await assertFails("has 199999 bytes, the published file 200000", false, () => new Response(FILE.subarray(1)));
  const headers = { "content-range": "bytes 70000-300000/300001" };
  const longer = () => new Response(FILE, { status: 206, headers });
  await assertFails("has 300001 bytes, the published file 200000", true, breaks(70_000), longer);
});

Deno.test("download: a length that is a lie: less comes than said, or more than there is", async () => {
  const headers = { "content-length": String(FILE.length) };
  const less = () => new Response(ReadableStream.from([FILE.slice(0, 150_000)]), { headers });
  await assertFails("are kept, the same command goes on", true, less);
  await assertDownloads([0, 150_000], less, whole);
  const endless = () =>
    new Response(ReadableStream.from((function* () {
      for (;;) yield FILE.slice(0, 50_001);
    })()));
  await assertFails("sends more than the 200000 bytes published", false, endless);
});

Deno.test("download: a refusal is final, a server that is busy is asked again", async () => {
  await assertFails("404 Not Found", false, () => new Response("gone", { status: 404 }));
  await assertDownloads([0, 0], () => new Response("busy", { status: 503 }), whole);
  await assertFails("503 Service Unavailable", false, () => new Response("busy", { status: 503 }));
});

Deno.test("download: a redirection keeps the range", () =>
  withServer([whole], async (target, path) => {
    await using server = startServer(breaks(70_000), () => Response.redirect(target.url));
    await download(server.describe(FILE), path, { patience: QUICK });
    assertEquals(await Deno.readFile(path), FILE);
    assertAsked(target, [70_000]);
    assertEquals(target.asked[0], server.asked[1]);
  }));

Deno.test("download: given up, it keeps what came, and the next call goes on from there", () =>
  withServer([breaks(70_000), breaks(0), breaks(0), breaks(0), whole], async (server, path) => {
    const remote = server.describe(FILE);
    const kept = /kiB of 195 kiB are kept, the same command goes on from there$/;
    const { message } = await assertRejects(() => download(remote, path, { patience: QUICK }), RunError);
    assert(kept.test(message), message);
    const { size } = await Deno.stat(path);
    assertEquals(server.asked, [0, size, size, size]);
    await download(remote, path, { patience: QUICK });
    assertEquals(await Deno.readFile(path), FILE);
    assertEquals(server.asked, [0, size, size, size, size]);
  }));

Deno.test("download: what another program left there does not count", () =>
  withServer([whole], async (server, path) => {
    for (const left of [new Uint8Array(FILE.length + 1), new Uint8Array(FILE.length), new Uint8Array(5)]) {
      await Deno.writeFile(path, left);
      await download(server.describe(FILE), path, { patience: QUICK });
      assertEquals(await Deno.readFile(path), FILE);
    }
  }));

Deno.test("download: interrupted at once, with what came kept", () =>
  withServer([stalls(70_000), whole], async (server, path) => {
    const interrupt = new AbortController();
    const patience = { ...QUICK, stall: 60_000 };
    const onProgress = (done: number) => done === 70_000 && interrupt.abort();
    const run = () => download(server.describe(FILE), path, { patience, signal: interrupt.signal, onProgress });
    await assertRejects(run, RunError, "interrupted; 68.4 kiB of 195 kiB are kept");
    assertEquals(server.asked, [0]);
    await download(server.describe(FILE), path, { patience });
    assertEquals(server.asked, [0, 70_000]);
  }));

Deno.test("download: no server, and a path that cannot be written, are one line", () =>
  withFolder(async (folder) => {
    const server = startServer(whole);
    const remote = server.describe(FILE);
    const path = `${folder}/none/file`;
    await assertRejects(() => download(remote, path, { patience: QUICK }), UserError, `cannot write ${path}`);
    await server[Symbol.asyncDispose]();
    const { message } = await assertRejects(() => download(remote, `${folder}/file`, { patience: QUICK }), RunError);
    assert(message.startsWith(remote.url) && !message.includes("\n"), message);
  }));
