/**
 * The version of eoq.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };

/** The version of eoq, from deno.json. */
export const VERSION: string = manifest.version;
