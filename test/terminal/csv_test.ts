import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { formatCsv } from "../../lib/terminal/csv.ts";
import { parse } from "./csv_reader.ts";

Deno.test("csv: any text of a cell comes back, what a spreadsheet would run behind an apostrophe", () => {
  const inert = (cell: string) => ["=", "+", "-", "@", "\t", "\r"].includes(cell.charAt(0)) ? `'${cell}` : cell;
  fc.assert(fc.property(fc.array(fc.array(fc.string(), { minLength: 1 })), (rows) => {
    assertEquals(parse(formatCsv(rows)), rows.map((row) => row.map(inert)));
  }));
});

Deno.test("csv: a formula is text, a number stays a number", () => {
  assertEquals(formatCsv([["=cmd|' /C calc'!A0", -1.5, "-1.5", "a=b"]]), "'=cmd|' /C calc'!A0,-1.5,'-1.5,a=b\n");
});

Deno.test("csv: numbers are exact, null is empty", () => {
  assertEquals(formatCsv([["a", 0.1 + 0.2, null, 2 ** 52 + 1]]), "a,0.30000000000000004,,4503599627370497\n");
});
