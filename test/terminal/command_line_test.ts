import { assertEquals } from "@std/assert";
import { commandLine } from "../../lib/terminal/command_line.ts";
import fc from "fast-check";

Deno.test("command line: a printed command line is what a shell reads back", async () => {
  const words = fc.array(fc.string({ minLength: 1 }).filter((word) => !word.includes("\0")), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(words, async (words) => {
      const script = `for word in ${commandLine(words)}; do printf '%s\\0' "$word"; done`;
      const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
      assertEquals(new TextDecoder().decode(stdout), words.map((word) => `${word}\0`).join(""));
    }),
    { numRuns: 30 },
  );
});
