import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import { buildLibrary } from "../../lib/native/build.ts";
import { cachedLibrary, OUTPUT } from "../../lib/native/cache.ts";
import { type Compiler, runCompiler } from "../../lib/native/compiler.ts";
import { withFolder } from "../eoq.ts";

/** Calls `body` with a cache folder of its own, which it is told. */
function withCache(body: (folder: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const before = Deno.env.get("EOQ_CACHE");
    Deno.env.set("EOQ_CACHE", `${folder}/cache`);
    try {
      await body(`${folder}/cache`);
    } finally {
      if (before === undefined) Deno.env.delete("EOQ_CACHE");
      else Deno.env.set("EOQ_CACHE", before);
    }
  });
}

/** Compiles a library of one function. */
async function produce(compiler: Compiler, folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/a.c`, "int answer(void) { return 42; }\n");
  await runCompiler(compiler, ["-shared", "-fPIC", "a.c", "-o", OUTPUT], folder, "a.c");
}

function answerOf(path: string): number {
  const library = Deno.dlopen(path, { answer: { parameters: [], result: "i32" } });
  const answer = library.symbols.answer();
  library.close();
  return answer;
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("cache: a library is compiled once, and alone in its folder then", () =>
  withCache(async (folder) => {
    const first = await cachedLibrary("one", 1, produce);
    assertEquals([first.compiled, answerOf(first.path)], [true, 42]);
    assertEquals(names(folder).map((name) => `${folder}/${name}`), [first.path]);
    assertEquals(await cachedLibrary("one", 1, produce), { ...first, compiled: false });
    assert((await cachedLibrary("one", 2, produce)).compiled);
  }));

const DAMAGE: Readonly<Record<string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array>> = {
  "is empty": () => new Uint8Array(),
  "was cut in half": (bytes) => bytes.subarray(0, bytes.length >> 1),
  "is as many zeros": (bytes) => bytes.fill(0),
  "has one flipped bit": (bytes) => bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 1),
  "has a byte more": (bytes) => Uint8Array.of(...bytes, 0),
};

for (const [how, damage] of Object.entries(DAMAGE)) {
  Deno.test(`cache: a library that ${how} is compiled again, whole, in its place`, () =>
    withCache(async (folder) => {
      const { path } = await cachedLibrary("one", 1, produce);
      const whole = await Deno.readFile(path);
      await Deno.writeFile(path, damage(whole.slice()));
      const again = await cachedLibrary("one", 1, produce);
      assertEquals([again.compiled, again.path, answerOf(again.path)], [true, path, 42]);
      assertEquals(await Deno.readFile(path), whole);
      assertEquals(names(folder).length, 1);
    }));
}

Deno.test("cache: what compilation throws leaves nothing; folders of killed ones go after a day", () =>
  withCache(async (folder) => {
    await assertRejects(() => cachedLibrary("one", 1, () => Promise.reject(new RunError("no"))), RunError, "no");
    assertEquals(names(folder), []);
    await Deno.mkdir(`${folder}/build-old/a`, { recursive: true });
    await Deno.mkdir(`${folder}/build-new`);
    const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
    await Deno.utime(`${folder}/build-old`, yesterday, yesterday);
    await cachedLibrary("one", 1, produce);
    assertEquals(names(folder).filter((name) => name.startsWith("build-")), ["build-new"]);
  }));

Deno.test("build: who waits is told how many sources are compiled, from none to all, and nothing when all are there", () =>
  withCache(async () => {
    const told: [number, number][] = [];
    const build = () => buildLibrary("integer-only", (...progress) => void told.push(progress));
    assert((await build()).compiled);
    const total = told[0]![1];
    assert(total > 10);
    assertEquals(told, Array.from({ length: total + 1 }, (_, done) => [done, total]));
    assert(!(await build()).compiled);
    assertEquals(told.length, total + 1);
  }));
