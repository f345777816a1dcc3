/**
 * The plan of the house: which room may use which. A room is a folder of lib or
 * kernels with what lies below it; `lib` and `kernels` alone are the files that
 * lie in no room.
 *
 * @module
 */

/** Rooms of TypeScript, and what each may import; the ground floor is last. */
export const LIB_ROOMS: Readonly<Record<string, readonly string[]>> = {
  "cli.ts": ["lib/commands"],
  "mod.ts": [
    "lib/report",
    "lib/model",
    "lib/train",
    "lib/count",
    "lib/data",
    "lib/exec",
    "lib/native",
    "lib/plan",
    "lib",
  ],
  "lib/commands": [
    ...[
      "lib/cli",
      "lib/paper",
      "lib/metrics",
      "lib/bench",
      "lib/page",
      "lib/ops",
      "lib/golden",
      "lib/export",
      "lib/report",
    ],
    ...[
      "lib/online",
      "lib/model",
      "lib/train",
      "lib/count",
      "lib/exec",
      "lib/data",
      "lib/plan",
      "lib/native",
      "lib/terminal",
      "lib/package",
      "lib",
    ],
  ],
  "lib/cli": [
    ...["lib/metrics", "lib/bench", "lib/report", "lib/train", "lib/count", "lib/exec", "lib/data", "lib/plan"],
    ...["lib/native", "lib/terminal", "lib/package", "lib"],
  ],
  "lib/paper": [
    ...["lib/bench", "lib/ops", "lib/report", "lib/train", "lib/count", "lib/exec", "lib/data", "lib/plan"],
    ...["lib/native", "lib/statistics", "lib/terminal", "lib/package", "lib"],
  ],
  // These three, and metrics beside them, are siblings: none uses another.
  "lib/bench": [
    ...["lib/report", "lib/train", "lib/count", "lib/arrays", "lib/exec", "lib/data", "lib/plan", "lib/native"],
    ...["lib/statistics", "lib/terminal", "lib/package", "lib"],
  ],
  "lib/page": ["lib/report", "lib/train", "lib/count", "lib/exec", "lib/statistics", "lib/terminal"],
  "lib/ops": ["lib/report", "lib/count", "lib/exec", "lib/plan", "lib/terminal", "lib"],
  "lib/golden": ["lib/arrays", "lib/exec", "lib/data", "lib/plan", "lib/native", "lib/package", "lib"],
  "lib/export": [
    ...["lib/arrays", "lib/train", "lib/exec", "lib/plan", "lib/native", "lib/terminal", "lib/package", "lib"],
  ],
  "lib/metrics": ["lib/report", "lib/train", "lib/count", "lib/exec", "lib/statistics", "lib/terminal", "lib"],
  "lib/report": [
    ...["lib/train", "lib/count", "lib/exec", "lib/plan", "lib/native", "lib/statistics", "lib/terminal"],
    ...["lib/package", "lib", "deno.json"],
  ],
  "lib/online": ["lib/model", "lib/train", "lib/data", "lib/plan", "lib/terminal", "lib"],
  "lib/model": ["lib/train", "lib/exec", "lib/data", "lib/native", "lib/plan", "lib"],
  "lib/train": ["lib/data", "lib/exec", "lib/native", "lib/plan", "lib/terminal", "lib/package", "lib"],
  "lib/count": ["lib/exec", "lib/native", "lib/plan", "lib"],
  "lib/exec": ["lib/native", "lib/plan", "lib"],
  "lib/data": ["lib/plan", "lib/package", "lib"],
  "lib/arrays": ["lib/native"],
  "lib/native": ["lib/package", "lib"],
  "lib/statistics": ["lib"],
  "lib/package": ["lib", "deno.json"],
  "lib/plan": [],
  "lib/terminal": [],
  "lib/types": [],
  "lib": [],
  "deno.json": [],
};

/** Rooms of C, and what each may include. */
export const KERNEL_ROOMS: Readonly<Record<string, readonly string[]>> = {
  "kernels/program": ["kernels/int8", "kernels/fp32", "kernels/conv", "kernels/core"],
  "kernels/device": ["kernels/int8"],
  "kernels/int8": ["kernels/conv", "kernels/core"],
  "kernels/fp32": ["kernels/conv", "kernels/core"],
  "kernels/conv": ["kernels/core"],
  // A library of its own, which carries what the kernels send.
  "kernels/mpi": ["kernels/core", "kernels"],
  "kernels/core": ["kernels"],
  "kernels": [],
};

/** Rooms on the longest way down, the first and the last counted. */
export const MOST_STOREYS = { lib: 10, kernels: 5 } as const;
