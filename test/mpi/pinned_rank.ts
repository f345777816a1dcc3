/**
 * What each process of a group runs: the pinned runs, shared with the others.
 * The first prints the hashes as JSON, the others fail where theirs differ.
 *
 * @module
 */

import { openLibrary } from "../../lib/native/library.ts";
import { Group } from "../../lib/native/group.ts";
import { buildTransport } from "../../lib/native/transport.ts";
import { hashIn, nameOf, PINNED_RUNS } from "../pinned/runs.ts";

const [pattern = "", isa] = Deno.args;
const transport = await buildTransport();
using library = await openLibrary({ threads: 1, isa });
const group = new Group(library, transport.path);
const hashes: Record<string, string> = {};
for (const run of PINNED_RUNS) {
  if (!new RegExp(pattern).test(nameOf(run))) continue;
  hashes[nameOf(run)] = await hashIn(library, run, group);
}
if (group.rank === 0) console.log(JSON.stringify(hashes));
group.close();
