/**
 * Two hosts of one machine: network namespaces, and a link between them that can
 * be cut. It takes root and Open MPI, whose launcher is told how it reaches the
 * second host.
 */

import { assert, assertEquals } from "@std/assert";
import { loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { eoq, type EoqOutput, withFolder } from "../eoq.ts";
import { decode, ENVIRONMENT, eoqWords, MPI } from "./mpi.ts";

/** Names of the hosts, and of the ends of the link. */
const HOSTS = [`eoq-a-${Deno.pid}`, `eoq-b-${Deno.pid}`] as const, ENDS = [`ea${Deno.pid}`, `eb${Deno.pid}`] as const;
const ADDRESSES = ["10.77.0.1", "10.77.0.2"] as const, NETWORK = "10.77.0.0/24";

async function tried(command: string, ...args: readonly string[]): Promise<EoqOutput> {
  try {
    return decode(await new Deno.Command(command, { args: [...args] }).output());
  } catch {
    return { code: 127, stdout: "", stderr: `no ${command}` };
  }
}

async function ip(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await tried("ip", ...args);
  assertEquals(code, 0, stderr);
}

/** Whether this process may make network namespaces, and Open MPI is what starts the ranks. */
async function canNetwork(): Promise<boolean> {
  if (!MPI || !/Open MPI/.test((await tried("mpirun", "--version")).stdout)) return false;
  if ((await tried("ip", "netns", "add", HOSTS[0])).code !== 0) return false;
  const linked =
    (await tried("ip", "link", "add", ENDS[0], "netns", HOSTS[0], "type", "veth", "peer", "name", ENDS[1])).code === 0;
  await ip("netns", "delete", HOSTS[0]);
  return linked;
}

const NETWORKS = await canNetwork();
if (!NETWORKS) {
  console.error("NO HOSTS HERE: ranks are not tested over a link, which takes root, ip netns and Open MPI");
}

/** Processes on a host. */
async function processesOn(host: string): Promise<string[]> {
  return (await tried("ip", "netns", "pids", host)).stdout.split("\n").filter((pid) => pid !== "");
}

/** How many ranks run on a host, beside launchers and daemons. */
async function ranksOn(host: string): Promise<number> {
  const programs = (await processesOn(host)).map((pid) => Deno.readLink(`/proc/${pid}/exe`).catch(() => ""));
  return (await Promise.all(programs)).filter((program) => program === Deno.execPath()).length;
}

async function endAll(host: string): Promise<void> {
  await tried("kill", "-s", "KILL", ...await processesOn(host));
}

/** Waits for something that takes 3 s at most on an idle machine. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const begin = performance.now(); !await holds();) {
    assert(performance.now() - begin < 60_000, `not within a minute: ${what}`);
    await new Promise((go) => setTimeout(go, 20));
  }
}

/** Runs a test on two hosts, with the words that start a rank of a program on each. */
async function withHosts(folder: string, test: (launcher: string[]) => Promise<void>): Promise<void> {
  try {
    for (const host of HOSTS) await ip("netns", "add", host);
    await ip("link", "add", ENDS[0], "netns", HOSTS[0], "type", "veth", "peer", "name", ENDS[1], "netns", HOSTS[1]);
    for (const [i, host] of HOSTS.entries()) {
      await ip("-n", host, "address", "add", `${ADDRESSES[i]}/24`, "dev", ENDS[i]!);
      for (const end of [ENDS[i]!, "lo"]) await ip("-n", host, "link", "set", end, "up");
    }
    // What the launcher leaves on a host that it cannot reach any more ends by itself.
    const agent = `${folder}/agent`;
    await Deno.writeTextFile(
      agent,
      `#!/bin/sh\nshift\nexec timeout -s KILL 40 ip netns exec ${HOSTS[1]} sh -c "exec $*"\n`,
      { mode: 0o755 },
    );
    const parameters = {
      plm_rsh_agent: agent,
      oob_tcp_if_include: NETWORK,
      btl_tcp_if_include: NETWORK,
      btl: "tcp,self",
      // So soon the launcher, too, sees that the link is gone.
      oob_tcp_keepalive_time: "3",
      oob_tcp_keepalive_intvl: "1",
      oob_tcp_keepalive_probes: "2",
    };
    const mca = Object.entries(parameters).flatMap(([name, value]) => ["--mca", name, value]);
    const shared = ["HOME", "PATH", ...Object.keys(ENVIRONMENT)].flatMap((name) => ["-x", name]);
    const hosts = ["-H", ADDRESSES.join(), "-n", "2"];
    await test(["netns", "exec", HOSTS[0], "timeout", "-s", "KILL", "120", "mpirun", ...mca, ...hosts, ...shared]);
  } finally {
    for (const host of HOSTS) {
      await endAll(host);
      await tried("ip", "netns", "delete", host);
    }
  }
}

function words(data: string, out: string, epochs: number): string[] {
  const run = ["--model", "mlp", "--batch", "7", "--epochs", `${epochs}`, "--threads", "1", "--ranks-wait", "3"];
  return ["train", ...run, "--checkpoint-every", "1", "--data", data, "--out", out];
}

async function weightsOf(out: string): Promise<string> {
  return JSON.parse(await Deno.readTextFile(`${out}/results.json`)).results[0].weightsSha256;
}

Deno.test({
  name: "ranks: on two hosts they end in the weights of one, and a link that is cut ends the run with a checkpoint",
  ignore: !NETWORKS,
  fn: () =>
    withFolder(async (folder) => {
      const [data, out] = [`${folder}/data`, `${folder}/out`];
      await writeIdxFolder(data, 60, 20);
      const alone = await eoq(words(data, `${folder}/alone`, 1));
      assertEquals(alone.code, 0, alone.stderr);
      await withHosts(folder, async (launcher) => {
        const start = (epochs: number, to: string) =>
          new Deno.Command("ip", {
            args: [...launcher, ...eoqWords(words(data, to, epochs))],
            ...{ env: { ...ENVIRONMENT }, stdin: "null", stdout: "piped", stderr: "piped" },
          }).spawn();
        const linked = decode(await start(1, `${folder}/linked`).output());
        assertEquals(linked.code, 0, linked.stderr);
        assertEquals(await weightsOf(`${folder}/linked`), await weightsOf(`${folder}/alone`));

        const child = start(5000, out), path = `${out}/eoq.checkpoint`;
        let said = "";
        const heard = (async () => {
          for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) said += text;
        })();
        await until("there is a checkpoint", () => Deno.stat(path).then(() => true, () => false));
        await ip("-n", HOSTS[1], "link", "set", ENDS[1], "down");
        await until("the ranks end", async () => (await Promise.all(HOSTS.map(ranksOn))).every((count) => count === 0));
        await until("one says why", () => said.includes("eoq: lost the other ranks: no message for 3 s\n"));
        // The launcher would wait for the daemon that it cannot reach.
        for (const host of HOSTS) await endAll(host);
        await Promise.all([heard, child.stdout.cancel(), child.status]);
        assert((await loadCheckpoint(path)).state.step > 0);
      });
    }),
});
