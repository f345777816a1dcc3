import { assert, assertEquals, assertRejects } from "@std/assert";
import { inOrder, type Outcome } from "../../lib/model/stream.ts";

async function* from(paths: Iterable<string>): AsyncGenerator<string> {
  yield* paths;
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("stream: outcomes come in the order of their paths, whatever takes how long", async () => {
  const paths = Array.from({ length: 50 }, (_, i) => String(i)), found: string[] = [];
  let working = 0, most = 0;
  const work = async (path: string) => {
    most = Math.max(most, ++working);
    await wait(Number(path) * 7 % 11);
    working--;
    return `made of ${path}`;
  };
  for await (const outcomes of inOrder(from(paths), work, { ahead: 8, together: 3 })) {
    assert(outcomes.length >= 1 && outcomes.length <= 3);
    for (const outcome of outcomes) {
      assert("value" in outcome && outcome.value === `made of ${outcome.path}`);
      found.push(outcome.path);
    }
  }
  assertEquals(found, paths);
  assert(most > 1 && most <= 8, `${most} at once`);
});

Deno.test("stream: an error is an outcome like others, and an end without paths is one", async () => {
  const all: Outcome<string>[] = [];
  const work = (path: string) => path === "bad" ? Promise.reject(new Error("broken")) : Promise.resolve(path);
  const options = { ahead: 2, together: 2 };
  for await (const outcomes of inOrder(from(["a", "bad", "b"]), work, options)) all.push(...outcomes);
  assertEquals(all.map((each) => "error" in each ? (each.error as Error).message : each.value), ["a", "broken", "b"]);
  for await (const _ of inOrder(from([]), work, options)) assert(false);
});

Deno.test("stream: what one path comes to is told before the next one is there", async () => {
  let send: (path: string) => void = () => {};
  async function* slow() {
    for (let i = 0; i < 3; i++) yield await new Promise<string>((resolve) => send = resolve);
  }
  const outcomes = inOrder(slow(), (path) => Promise.resolve(path), { ahead: 8, together: 8 });
  for (const path of ["a", "b", "c"]) {
    const next = outcomes.next();
    await wait(1);
    send(path);
    assertEquals((await next).value, [{ path, value: path }]);
  }
  assertEquals((await outcomes.next()).done, true);
});

Deno.test("stream: paths are asked for no further than so many ahead, and an error of theirs is thrown", async () => {
  let asked = 0, taken = 0;
  async function* endless() {
    for (;;) yield String(asked++);
  }
  for await (const outcomes of inOrder(endless(), (path) => Promise.resolve(path), { ahead: 4, together: 1 })) {
    taken += outcomes.length;
    await wait(1);
    assert(asked - taken <= 4, `${asked} were asked for, ${taken} taken`);
    if (taken >= 20) break;
  }
  const before = asked;
  await wait(5);
  assertEquals(asked, before);
  // Nor does it wait for a path that never comes.
  async function* stuck() {
    yield "a";
    await new Promise(() => {});
  }
  for await (const _ of inOrder(stuck(), (path) => Promise.resolve(path), { ahead: 4, together: 1 })) break;
  async function* failing() {
    yield "a";
    throw new Error("no more");
  }
  await assertRejects(
    async () => {
      for await (const _ of inOrder(failing(), (path) => Promise.resolve(path), { ahead: 1, together: 1 }));
    },
    Error,
    "no more",
  );
});
