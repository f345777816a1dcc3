import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { formatCsv } from "../../lib/terminal/csv.ts";
import { parse } from "./csv_reader.ts";

Deno.test("csv: any text of a cell comes back", () => {
  fc.assert(fc.property(fc.array(fc.array(fc.string(), { minLength: 1 })), (rows) => {
    assertEquals(parse(formatCsv(rows)), rows);
  }));
});

Deno.test("csv: numbers are exact, null is empty", () => {
  assertEquals(formatCsv([["a", 0.1 + 0.2, null, 2 ** 52 + 1]]), "a,0.30000000000000004,,4503599627370497\n");
});
