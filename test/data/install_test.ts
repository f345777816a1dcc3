import { assert, assertEquals, assertRejects } from "@std/assert";
import { install, type InstallOptions } from "../../lib/data/install.ts";
import type { DatasetSource } from "../../lib/data/sources.ts";
import { RunError, UserError } from "../../lib/errors.ts";
import { withFolder } from "../eoq.ts";
import { cutOff, fileBytes, type FileServer, serveRange, startServer } from "./file_server.ts";
import { gzip, tarBytes } from "./tar_files.ts";

const OPTIONS: InstallOptions = { patience: { stall: 5000, attempts: 3, pause: 1 } };

const ONE = fileBytes(60_000), TWO = fileBytes(3000, 2);
const FILES = [{ name: "one.bin", bytes: ONE.length }, { name: "two.bin", bytes: TWO.length }];

/** An archive as a publisher packs it: with files that nobody asked for. */
const packed = (second = TWO) =>
  gzip(tarBytes([
    { name: "pack/", bytes: new Uint8Array(), type: "5" },
    { name: "pack/one.bin", bytes: ONE },
    { name: "pack/../../../outside", bytes: TWO },
    { name: "/outside", bytes: TWO },
    { name: "pack/readme.html", bytes: TWO },
    { name: "pack/two.bin", bytes: second },
  ]));

function sourceOf(server: FileServer, archive: Uint8Array): DatasetSource {
  return { name: "small", archives: [{ ...server.describe(archive), packed: { tar: "pack" } }], files: FILES };
}

/** Everything below a folder, by path. */
function contents(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? contents(`${folder}/${name}`, `${prefix}${name}/`) : [`${prefix}${name}`]
  ).sort();
}

/** Runs with a store folder in a folder of its own. */
const withStore = (test: (store: string) => Promise<void>) => withFolder((folder) => test(`${folder}/deep/store`));

Deno.test("install: the files that were asked for and nothing else, once", () =>
  withStore(async (store) => {
    const archive = await packed();
    await using server = startServer((request) => serveRange(request, archive));
    const source = sourceOf(server, archive);
    assertEquals(await install(source, store, OPTIONS), `${store}/small`);
    assertEquals(contents(`${store}/../..`), ["deep/store/small/one.bin", "deep/store/small/two.bin"]);
    assertEquals(await Deno.readFile(`${store}/small/one.bin`), ONE);
    assertEquals(await Deno.readFile(`${store}/small/two.bin`), TWO);
    await install(source, store, OPTIONS);
    assertEquals(server.asked, [0]);
  }));

Deno.test("install: several gzipped files, with progress over all of them", () =>
  withStore(async (store) => {
    const archives = await Promise.all([gzip(ONE), gzip(TWO)]);
    const [one, two] = archives as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
    await using first = startServer((request) => serveRange(request, one));
    await using second = startServer((request) => serveRange(request, two));
    const source: DatasetSource = {
      name: "small",
      archives: [
        { ...first.describe(one), url: `${first.url}/one.gz`, packed: { gzip: "one.bin" } },
        { ...second.describe(two), url: `${second.url}/two.gz`, packed: { gzip: "two.bin" } },
      ],
      files: FILES,
    };
    const seen: string[] = [];
    await install(source, store, { ...OPTIONS, onProgress: (done, total) => seen.push(`${done} of ${total}`) });
    assertEquals(contents(store), ["small/one.bin", "small/two.bin"]);
    assertEquals(await Deno.readFile(`${store}/small/two.bin`), TWO);
    const total = one.length + two.length;
    assertEquals(seen.at(-1), `${total} of ${total}`);
  }));

Deno.test("install: a download that fails leaves no dataset, and the next one goes on", () =>
  withStore(async (store) => {
    const archive = await packed();
    const whole = (request: Request) => serveRange(request, archive);
    const gone = () => new Response(null, { status: 404 });
    await using server = startServer((request) => cutOff(whole(request), 20_000, "breaks"), gone, whole);
    const source = sourceOf(server, archive);
    await assertRejects(() => install(source, store, OPTIONS), RunError, "404 Not Found");
    assertEquals(contents(store), [".small.download/file.tar.gz", ".small.download/lock"]);
    await install(source, store, OPTIONS);
    const [first, second, third] = server.asked;
    assert(first === 0 && second! > 0 && second! <= 20_000 && second === third, server.asked.join());
    assertEquals(contents(store), ["small/one.bin", "small/two.bin"]);
  }));

Deno.test("install: an archive that holds something else leaves no dataset", () =>
  withStore(async (store) => {
    const short = await packed(TWO.slice(1));
    const truncated = await gzip(tarBytes([{ name: "pack/one.bin", bytes: ONE }]).slice(0, 2000));
    const cases: [Uint8Array<ArrayBuffer>, string][] = [
      [short, "two.bin has 2999 bytes, not 3000"],
      [truncated, "ends in the middle"],
      [await gzip(tarBytes([{ name: "pack/one.bin", bytes: ONE }])), "two.bin is missing"],
    ];
    for (const [archive, words] of cases) {
      await using server = startServer((request) => serveRange(request, archive));
      const { message } = await assertRejects(() => install(sourceOf(server, archive), store, OPTIONS), Error, words);
      assert(!message.includes("\n"), message);
      assert(contents(store).every((path) => path.startsWith(".small.download/")), contents(store).join());
    }
  }));

Deno.test("install: a damaged dataset is named, not overwritten", () =>
  withStore(async (store) => {
    const archive = await packed();
    await using server = startServer((request) => serveRange(request, archive));
    const source = sourceOf(server, archive);
    const folder = await install(source, store, OPTIONS);
    await Deno.truncate(`${folder}/one.bin`, 5);
    await assertRejects(() => install(source, store, OPTIONS), UserError, `one.bin has 5 bytes, not 60000: remove`);
    await Deno.remove(`${folder}/two.bin`);
    await Deno.writeFile(`${folder}/one.bin`, ONE);
    await assertRejects(() => install(source, store, OPTIONS), UserError, `${folder}/two.bin is missing`);
    assertEquals(server.asked, [0]);
  }));

Deno.test("install: of two at once, one does it and the other says so", () =>
  withStore(async (store) => {
    const archive = await packed();
    await using server = startServer((request) => serveRange(request, archive));
    const source = sourceOf(server, archive);
    const results = await Promise.allSettled([install(source, store, OPTIONS), install(source, store, OPTIONS)]);
    const [failed] = results.filter((each) => each.status === "rejected");
    assertEquals(results.filter((each) => each.status === "fulfilled").length, 1);
    assert(String(failed!.reason.message).includes("another eoq is getting it"), failed!.reason);
    assertEquals(contents(store), ["small/one.bin", "small/two.bin"]);
  }));

Deno.test("install: a store that cannot be written is named", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await using server = startServer(() => new Response(null));
    const run = () => install(sourceOf(server, ONE), `${folder}/file/store`, OPTIONS);
    await assertRejects(run, UserError, `cannot write ${folder}/file/store`);
  }));

Deno.test("install: killed at any moment, it leaves a whole dataset or none, and goes on", () =>
  withStore(async (store) => {
    const archive = await packed();
    const slowly = (request: Request) => {
      const response = serveRange(request, archive);
      const body = response.body!.pipeThrough(
        new TransformStream({
          async transform(chunk, controller) {
            for (let at = 0; at < chunk.length; at += 1000) {
              controller.enqueue(chunk.subarray(at, at + 1000));
              await new Promise((resolve) => setTimeout(resolve, 4));
            }
          },
        }),
      );
      return new Response(body, { status: response.status, headers: response.headers });
    };
    await using server = startServer(slowly);
    const source = sourceOf(server, archive);
    const script = decodeURIComponent(new URL("install_child.ts", import.meta.url).pathname);
    const start = () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", script, store, JSON.stringify(source)],
        stdout: "null",
      }).spawn();
    for (const part of [0.2, 0.5, 0.8]) {
      const child = start();
      const path = `${store}/.small.download/file.tar.gz`;
      const size = () => Deno.stat(path).then(({ size }) => size, () => 0);
      let ended = false;
      child.status.then(() => ended = true);
      while (!ended && await size() < part * archive.length) await new Promise((resolve) => setTimeout(resolve, 2));
      assert(!ended, "the child ended by itself");
      child.kill("SIGKILL");
      await child.status;
      assert(contents(store).every((path) => path.startsWith(".small.download/")));
    }
    assertEquals((await start().status).code, 0);
    assertEquals(contents(store), ["small/one.bin", "small/two.bin"]);
    assertEquals(await Deno.readFile(`${store}/small/one.bin`), ONE);
    assertEquals(server.asked.length, 4);
    assert(server.asked.slice(1).every((from, i) => from > server.asked[i]!), server.asked.join());
  }));
