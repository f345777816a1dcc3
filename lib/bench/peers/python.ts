/**
 * Which Python a peer that is written in it is looked for in.
 *
 * @module
 */

import { type MissingPeer, NOT_INSTALLED, type PeerName } from "./peer.ts";
import type { PeerProcess } from "./process.ts";

/** A Python that may be there. */
export interface Python {
  readonly command: string;
  /** What leads to it. */
  readonly by: string;
}

/** Debian's package of PyTorch serves the system's Python, which need not be the first on the path. */
const SYSTEM = "/usr/bin/python3";

/** A variable that is read only where Deno allows it: commands that were installed earlier have no permission for it. */
function variable(name: string): string | undefined {
  if (Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") return undefined;
  return Deno.env.get(name) || undefined;
}

/**
 * The Pythons to ask in turn: those of `$EOQ_PYTHON` alone, colons between them, or that of an active virtual
 * environment, the path's, the system's.
 */
export function pythons(): Python[] {
  const named = variable("EOQ_PYTHON"), environment = variable("VIRTUAL_ENV");
  if (named !== undefined) return named.split(":").filter(Boolean).map((command) => ({ command, by: "$EOQ_PYTHON" }));
  return [
    ...environment === undefined ? [] : [{ command: `${environment}/bin/python3`, by: "$VIRTUAL_ENV" }],
    { command: "python3", by: "$PATH" },
    { command: SYSTEM, by: "the system's" },
  ];
}

/** A peer that Pythons may have. */
export interface PythonPeer {
  readonly peer: PeerName;
  readonly install: string;
  /** Starts it; undefined where this Python has none. */
  readonly start: (python: Python) => Promise<PeerProcess | undefined>;
}

/** Why none of the Pythons will do: what was named and Deno may not run matters more than what was not there. */
function missing({ peer, install }: PythonPeer, asked: readonly Python[], refused: readonly Python[]): MissingPeer {
  const [forbidden] = refused, [named] = asked;
  const name = ({ command, by }: Python) => `${command} (${by})`;
  if (forbidden !== undefined) {
    const reason = `is not looked for in ${name(forbidden)}, which Deno may not run`;
    return { peer, reason, install: "put its folder first on $PATH, or run eoq with --allow-run" };
  }
  return { peer, reason: asked.length === 1 ? `${NOT_INSTALLED} in ${name(named!)}` : NOT_INSTALLED, install };
}

/** The first Python that has the peer, and the process of both. */
export async function findInPythons(
  wanted: PythonPeer,
): Promise<{ python: Python; process: PeerProcess } | MissingPeer> {
  const asked = pythons(), refused: Python[] = [];
  for (const python of asked) {
    try {
      const process = await wanted.start(python);
      if (process !== undefined) return { python, process };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
      refused.push(python);
    }
  }
  return missing(wanted, asked, refused);
}
