import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { UserError } from "../../lib/errors.ts";
import { parseKept } from "../../lib/paper/kept_cell.ts";

const schema = z.strictObject({ recipe: z.strictObject({ bits: z.int() }) });

Deno.test("a kept result is read, or refused in one line that says why", () => {
  assertEquals(parseKept(schema, '{"recipe":{"bits":8}}', "f"), { recipe: { bits: 8 } });
  for (
    const [text, why] of [
      ["{", "f cannot be read: Expected property name"],
      ['{"recipe":{"bits":8,"more":1}}', 'f cannot be read: another eoq wrote it: recipe: Unrecognized key: "more"'],
      ['{"recipe":{}}', "f cannot be read: another eoq wrote it: recipe.bits: missing"],
    ] as const
  ) {
    const { message } = assertThrows(() => parseKept(schema, text, "f"), UserError, why);
    assertEquals(message.split("\n").length, 1);
  }
});
