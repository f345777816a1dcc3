import { assertEquals } from "@std/assert";
import { parseCommandLine } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { bits } from "../../lib/paper/bits.ts";

Deno.test("bits: eoq train takes every variant, and no two are the same", () => {
  const train = COMMANDS.find(({ name }) => name === "train")!;
  const { places } = bits("resnet-8");
  for (const { extra } of places) parseCommandLine(train, extra);
  assertEquals(new Set(places.map(({ extra }) => extra.join(" "))).size, places.length);
  assertEquals(new Set(places.map(({ row }) => row)).size, places.length);
});
