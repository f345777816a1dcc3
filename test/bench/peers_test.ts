import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ConvJob } from "../../lib/bench/own_convolution.ts";
import { isMissing } from "../../lib/bench/peers/peer.ts";
import { PeerProcess } from "../../lib/bench/peers/process.ts";
import { openSharedLibrary, SHARED_LIBRARIES } from "../../lib/bench/peers/shared_library.ts";
import { CONV_PHASES, KEY_CONVOLUTIONS } from "../../lib/bench/shapes.ts";
import { RunError } from "../../lib/errors.ts";
import { withFolder } from "../eoq.ts";

/** Starts a process that runs this script of a shell. */
function shell(script: string): Promise<PeerProcess | undefined> {
  return PeerProcess.start({ name: "a peer", command: "sh", args: ["-c", script] });
}

Deno.test("peers: a command or a package that is not there is no peer", async () => {
  assertEquals(await PeerProcess.start({ name: "a peer", command: "/no/such/command", args: [] }), undefined);
  assertEquals(await shell(`echo '{"ready":false}'`), undefined);
  assertEquals(await shell("exit 1"), undefined);
});

Deno.test("peers: a process answers line by line, and its errors are its own", async () => {
  const peer = await shell(`
    echo '{"ready":true}'
    read request; echo '{}'
    read request; printf '{"sec'; sleep 0.01; echo 'onds":0.25}'
    read request; echo '{"error":"out of cheese"}'
    read request; echo '{"ms":1}'
  `);
  const prepared = await peer!.prepare({ batch: 1 });
  assertEquals(await prepared.run(3), 0.25);
  await assertRejects(() => prepared.run(3), RunError, "a peer: out of cheese");
  await assertRejects(() => prepared.run(3), RunError, 'an answer lacks "seconds"');
  await assertRejects(() => prepared.run(3), RunError, "a peer ended");
  await peer!.close();
});

Deno.test("peers: a library whose headers are not there is named with its install command", () =>
  withFolder(async (folder) => {
    const compiler = `${folder}/cc`;
    await Deno.writeTextFile(
      compiler,
      `#!/bin/sh
case $1 in
  --version) echo cc 0 ;;
  *) echo "onednn.c:7:10: fatal error: oneapi/dnnl/dnnl.h: No such file or directory" >&2; exit 1 ;;
esac
`,
      { mode: 0o755 },
    );
    const earlier = Deno.env.get("CC");
    Deno.env.set("CC", compiler);
    try {
      assertEquals(await openSharedLibrary(SHARED_LIBRARIES[0]!, 1), {
        peer: "oneDNN",
        reason: "is not installed",
        install: "apt-get install libdnnl-dev",
      });
    } finally {
      if (earlier === undefined) Deno.env.delete("CC");
      else Deno.env.set("CC", earlier);
    }
  }));

for (const source of SHARED_LIBRARIES) {
  Deno.test(`peers: ${source.name}, where it is installed, runs what it says it has`, async () => {
    const peer = await openSharedLibrary(source, 1);
    if (isMissing(peer)) return assertEquals(peer.install, source.install);
    const product = { ...KEY_CONVOLUTIONS[2]!, kernel: 1, padding: 0 };
    let ran = 0;
    for (const conv of [...KEY_CONVOLUTIONS, product]) {
      for (const phase of CONV_PHASES) {
        const job: ConvJob = { conv, batch: 1, phase };
        for (const contestant of await peer.convolution(job)) {
          assert(await contestant.run(2) > 0);
          assert(phase !== "backward-weights" || contestant.arithmetic === "fp32");
          await contestant.close();
          ran++;
        }
      }
    }
    await peer.close();
    assert(ran > 0);
  });
}
