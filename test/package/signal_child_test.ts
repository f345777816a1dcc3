import { assertEquals, assertThrows } from "@std/assert";
import { signalChild } from "../../lib/package/child.ts";

const spawn = (script: string) => new Deno.Command(Deno.execPath(), { args: ["eval", script], stderr: "null" }).spawn();

Deno.test("signal: a process that has ended needs none, where Deno throws", async () => {
  const child = spawn("");
  await child.status;
  assertThrows(() => child.kill("SIGINT"), TypeError);
  signalChild(child, "SIGINT");
});

Deno.test("signal: one that runs gets it", async () => {
  const child = spawn("await new Promise((done) => setTimeout(done, 60_000))");
  signalChild(child, "SIGKILL");
  assertEquals((await child.status).signal, "SIGKILL");
});
