/**
 * Which Python PyTorch is looked for in.
 *
 * @module
 */

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

/** The Pythons to ask in turn: `$EOQ_PYTHON` alone, or that of an active virtual environment, the path's, the system's. */
export function pythons(): Python[] {
  const named = variable("EOQ_PYTHON"), environment = variable("VIRTUAL_ENV");
  if (named !== undefined) return [{ command: named, by: "$EOQ_PYTHON" }];
  return [
    ...environment === undefined ? [] : [{ command: `${environment}/bin/python3`, by: "$VIRTUAL_ENV" }],
    { command: "python3", by: "$PATH" },
    { command: SYSTEM, by: "the system's" },
  ];
}
