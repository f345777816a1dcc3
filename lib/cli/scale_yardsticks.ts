/**
 * What `eoq plan scale` works with: the networks behind `--network`, those that
 * come with eoq and the user's own files, and the steps behind `--compute`.
 *
 * @module
 */

import { computeOfReport, measureCompute } from "../bench/compute.ts";
import { type Interconnect, INTERCONNECTS, interconnectSchema } from "../count/interconnect.ts";
import type { ComputePoint } from "../count/scaling.ts";
import { UserError } from "../errors.ts";
import type { Method } from "../exec/methods.ts";
import { checkJson, describeIssue, issueText, readFlagJson } from "../json.ts";
import type { Plan } from "../plan/plan.ts";
import { benchReportSchema } from "../report/bench.ts";
import { describeEnvironment } from "../report/environment.ts";
import type { Environment } from "../report/run.ts";
import { unknownWord } from "../words.ts";
import { openShown } from "./open_library.ts";
import { only, type Values } from "./options.ts";
import { LIST } from "./yardsticks.ts";

const NETWORK_FLAG = "--network", COMPUTE_FLAG = "--compute";

const NETWORK_KEYS = {
  "": Object.keys(interconnectSchema.shape),
  latency: Object.keys(interconnectSchema.shape.latency.shape),
  bandwidth: Object.keys(interconnectSchema.shape.bandwidth.shape),
};

async function readInterconnect(path: string): Promise<Interconnect> {
  return checkJson(interconnectSchema, await readFlagJson(NETWORK_FLAG, path), (issue) => {
    const what = describeIssue(issue, NETWORK_KEYS, "see eoq plan scale --network list --json");
    return new UserError(`${NETWORK_FLAG}: ${path}: ${what}`);
  });
}

/**
 * The networks of the given names and files.
 *
 * @throws {UserError} naming the one that is unknown or the key of a file that is at fault.
 */
export async function loadInterconnects(words: readonly string[]): Promise<Interconnect[]> {
  const networks: Interconnect[] = [];
  for (const word of words) {
    const isPath = /[\\/]|\.json$/.test(word);
    const network = INTERCONNECTS.get(word) ?? (isPath ? await readInterconnect(word) : undefined);
    if (network === undefined) throw unknownWord("network", word, [...INTERCONNECTS.keys(), LIST]);
    if (networks.some(({ name }) => name === network.name)) {
      throw new UserError(`${NETWORK_FLAG}: ${word}: another network is named ${network.name} too`);
    }
    networks.push(network);
  }
  return networks;
}

/** Measured steps of each method, and the machine that they are of. */
export interface Compute {
  readonly compute: ReadonlyMap<Method, readonly ComputePoint[]>;
  /** Null where a rate was given. */
  readonly environment: Environment | null;
}

/** Batches that are measured: between them a step's time is close to a line. */
const BATCHES = [1, 8];

async function measureThis(plan: Plan, methods: readonly Method[], batch: number, values: Values): Promise<Compute> {
  using library = await openShown({ isa: values.isa, threads: values.threads && only("--threads", values.threads) });
  const batches = [...BATCHES.filter((each) => each < batch), batch], seconds = values.seconds ?? 1;
  const compute = new Map<Method, ComputePoint[]>();
  for (const method of methods) {
    compute.set(method, await measureCompute(library, plan, method, { batches, seconds }));
  }
  return { compute, environment: await describeEnvironment(library) };
}

async function readCompute(path: string, model: string, methods: readonly Method[]): Promise<Compute> {
  const refuse = (why: string) => new UserError(`${COMPUTE_FLAG}: ${path}: ${why}`);
  const report = checkJson(
    benchReportSchema,
    await readFlagJson(COMPUTE_FLAG, path),
    (issue) => refuse(`is not what eoq bench writes: ${issueText(issue)}`),
  );
  const compute = new Map(methods.map((method) => [method, computeOfReport(report, model, method)]));
  const missing = methods.find((method) => compute.get(method)!.length === 0);
  if (missing !== undefined) throw refuse(`has no training step of ${missing} on ${model}`);
  return { compute, environment: report.environment };
}

/** Images/s that a step is asked for with, at least and at most. */
const LEAST_RATE = 1e-6, MOST_RATE = 1e12;

/** Steps of methods as `--compute` says. @throws {UserError} where it names none of them. */
export async function loadCompute(
  plan: Plan,
  methods: readonly Method[],
  batch: number,
  values: Values,
): Promise<Compute> {
  const word = values.compute;
  if (word === "measured") return await measureThis(plan, methods, batch, values);
  if (!/^\d+(\.\d+)?$/.test(word)) return await readCompute(word, plan.model, methods);
  const rate = Number(word);
  if (!(rate > 0)) throw new UserError(`${COMPUTE_FLAG}: "${word}" is no rate above 0`);
  if (rate < LEAST_RATE || rate > MOST_RATE) {
    throw new UserError(`${COMPUTE_FLAG}: ${rate} images/s are not from ${LEAST_RATE} to ${MOST_RATE}`);
  }
  if (methods.length > 1) {
    throw new UserError(`${COMPUTE_FLAG}: ${word} images/s is one method's: name it with --method`);
  }
  return { compute: new Map([[methods[0]!, [{ batch, seconds: batch / rate }]]]), environment: null };
}
