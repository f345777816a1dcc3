import { assert, assertEquals } from "@std/assert";
import {
  circleIn,
  importsOf,
  includesOf,
  kernelUses,
  longestWay,
  moduleUses,
  roomOf,
  roomUses,
  type Uses,
} from "./imports.ts";
import { KERNEL_ROOMS, LIB_ROOMS, MOST_STOREYS } from "./rooms.ts";

const HOUSES = [
  { name: "lib", uses: moduleUses, rooms: LIB_ROOMS, storeys: MOST_STOREYS.lib },
  { name: "kernels", uses: kernelUses, rooms: KERNEL_ROOMS, storeys: MOST_STOREYS.kernels },
];

/** Uses of a file that no room of the plan allows. */
function trespasses(uses: Uses, rooms: Readonly<Record<string, readonly string[]>>): string[] {
  return [...uses].flatMap(([path, targets]) => {
    const room = roomOf(path);
    const allowed = rooms[room];
    if (allowed === undefined) return [`${path}: its room ${room} is not in the plan`];
    return targets.filter((to) => roomOf(to) !== room && !allowed.includes(roomOf(to))).map((to) =>
      `${path} uses ${to}: ${room} may not use ${roomOf(to)}`
    );
  });
}

for (const { name, uses, rooms, storeys } of HOUSES) {
  Deno.test(`rooms of ${name}: every file uses what the plan allows its room, and the plan allows no more than is used`, async () => {
    const all = await uses();
    assertEquals(trespasses(all, rooms), []);
    const used = roomUses(all);
    const idle = Object.entries(rooms).flatMap(([room, allowed]) =>
      allowed.filter((each) => !used.get(room)?.includes(each)).map((each) => `${room} has no use for ${each}`)
    );
    assertEquals(idle, []);
  });

  Deno.test(`rooms of ${name}: no circle between files or rooms, and at most ${storeys} storeys`, async () => {
    const all = await uses();
    assertEquals(circleIn(all), undefined);
    assertEquals(circleIn(roomUses(all)), undefined);
    const way = longestWay(roomUses(all));
    assert(way.length <= storeys, way.join(" > "));
  });
}

Deno.test("rooms: what breaks the plan is found", () => {
  const uses = new Map([["lib/plan/a.ts", ["lib/exec/b.ts"]], ["lib/exec/b.ts", []], ["lib/attic/c.ts", []]]);
  assertEquals(trespasses(uses, LIB_ROOMS), [
    "lib/plan/a.ts uses lib/exec/b.ts: lib/plan may not use lib/exec",
    "lib/attic/c.ts: its room lib/attic is not in the plan",
  ]);
  assertEquals(circleIn(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]])), ["b", "c", "b"]);
  assertEquals(longestWay(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]])), ["a", "b", "c"]);
});

Deno.test("rooms: all ways to import and include are read", () => {
  const text = `import { a } from "../x.ts";
import type {
  B,
} from "./deep/y.ts";
export * from "../z.ts";
import "./effect.ts";
import { c } from "@std/assert";
const late = () => import("../late.ts");
`;
  assertEquals(importsOf("lib/here/file.ts", text), [
    "lib/x.ts",
    "lib/here/deep/y.ts",
    "lib/z.ts",
    "lib/here/effect.ts",
    "lib/late.ts",
  ]);
  assertEquals(includesOf("kernels/int8/a.c", '#include <x.h>\n#include "../core/b.h"\n#include "c.inc"\n'), [
    "kernels/core/b.h",
    "kernels/int8/c.inc",
  ]);
});
