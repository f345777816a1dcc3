import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { alignColumns, alignWithin } from "../../lib/terminal/columns.ts";

const rows = fc.integer({ min: 1, max: 6 }).chain((columns) =>
  fc.array(fc.array(fc.stringMatching(/^[a-z0-9]{1,9}$/), { minLength: columns, maxLength: columns }), { minLength: 1 })
);

Deno.test("columns: what fits stays as it is", () => {
  fc.assert(fc.property(rows, (table) => {
    const lines = alignColumns(table, 1);
    const width = Math.max(...lines.map((line) => line.length));
    assertEquals(alignWithin(table, 1, width), lines);
    assertEquals(alignWithin(table, 1, Infinity), lines);
  }));
});

Deno.test("columns: no line is wider than the room for two columns, and every cell is there", () => {
  fc.assert(fc.property(rows, fc.integer({ min: 20, max: 60 }), (table, width) => {
    const lines = alignWithin(table, 1, width);
    for (const line of lines) assert(line.length <= width, line);
    const blocks = Math.round((lines.length + 1) / (table.length + 1));
    const words = lines.flatMap((line) => line.split(/ +/)).filter((word) => word !== "").sort();
    const repeated = table.flatMap(([first]) => Array(blocks - 1).fill(first));
    assertEquals(words, [...table.flat(), ...repeated].sort());
  }));
});
