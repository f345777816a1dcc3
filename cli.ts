/**
 * The command line of eoq. `deno task eoq --help` explains it.
 *
 * @module
 */

import { main } from "./lib/commands/main.ts";

if (import.meta.main) Deno.exitCode = await main(Deno.args);
