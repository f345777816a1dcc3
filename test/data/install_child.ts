/** Installs a dataset in a process of its own, to be killed: STORE and the source as JSON are the arguments. */

import { install } from "../../lib/data/install.ts";

const [store, source] = Deno.args;
await install(JSON.parse(source!), store!);
