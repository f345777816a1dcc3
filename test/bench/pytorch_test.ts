import { assert, assertEquals, assertRejects } from "@std/assert";
import { RANDOM_IMAGES } from "../../lib/bench/images.ts";
import { isMissing } from "../../lib/bench/peers/peer.ts";
import { pythons } from "../../lib/bench/peers/python.ts";
import { openPyTorch } from "../../lib/bench/peers/pytorch.ts";
import { RunError } from "../../lib/errors.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { type MissingMode, peerVersionSchema } from "../../lib/report/bench.ts";
import { eoq, withFolder } from "../eoq.ts";

/** Does something with other variables of the environment, and puts the earlier ones back. */
async function withVariables(
  values: Readonly<Record<"EOQ_PYTHON" | "VIRTUAL_ENV", string>>,
  body: () => void | Promise<void>,
): Promise<void> {
  const before = Object.keys(values).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(values)) Deno.env.set(name, value);
  try {
    await body();
  } finally {
    for (const [name, value] of before) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  }
}

/** A Python that says what it is asked to: its PyTorch, and what it answers to a request to compile and to any other. */
async function fakePython(folder: string, ready: unknown, compiled: string, other = "{}"): Promise<string> {
  const path = `${folder}/python3`;
  const script = `#!/bin/sh
echo '${JSON.stringify(ready)}'
while read request; do
  case $request in
    *'"compiler":"compile"'*) echo '${compiled}' ;;
    *) echo '${other}' ;;
  esac
done
`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

const NEW = { ready: true, version: "9.1 with oneDNN 8.2", python: "/a/python3", compiles: true };
const plan = buildPlan("resnet-8", { height: 8, width: 8, channels: 1, classes: 2 });
const job = (phase: "train-step" | "inference") => ({ plan, batch: 3, phase, images: RANDOM_IMAGES });

Deno.test("PyTorch: the Python that is named, of the environment, of the path, of the system", async () => {
  const ways = () => pythons().map(({ command, by }) => `${command} by ${by}`);
  const last = ["python3 by $PATH", "/usr/bin/python3 by the system's"];
  await withVariables({ EOQ_PYTHON: "", VIRTUAL_ENV: "" }, () => assertEquals(ways(), last));
  await withVariables(
    { EOQ_PYTHON: "", VIRTUAL_ENV: "/venv" },
    () => assertEquals(ways(), ["/venv/bin/python3 by $VIRTUAL_ENV", ...last]),
  );
  await withVariables(
    { EOQ_PYTHON: "/own", VIRTUAL_ENV: "/venv" },
    () => assertEquals(ways(), ["/own by $EOQ_PYTHON"]),
  );
  await withVariables(
    { EOQ_PYTHON: "/own:python3", VIRTUAL_ENV: "/venv" },
    () => assertEquals(ways(), ["/own by $EOQ_PYTHON", "python3 by $EOQ_PYTHON"]),
  );
});

Deno.test("PyTorch: every mode that it has takes part, and one that fails is named with its reason", () =>
  withFolder(async (folder) => {
    const EOQ_PYTHON = await fakePython(folder, NEW, '{"error":"takes longer than 300 s to compile"}');
    await withVariables({ EOQ_PYTHON, VIRTUAL_ENV: "" }, async () => {
      const missing: MissingMode[] = [];
      const peer = await openPyTorch(1, (mode) => missing.push(mode));
      assert(!isMissing(peer));
      assertEquals(peerVersionSchema.parse(peer.about), {
        peer: "PyTorch",
        version: NEW.version,
        from: "/a/python3 ($EOQ_PYTHON)",
      });
      const names = async (phase: "train-step" | "inference") =>
        (await peer.step(job(phase))).map(({ variant }) => variant);
      assertEquals(await names("train-step"), ["bn-fp32", "bn-fp32 channels-last"]);
      const about = { peer: "PyTorch", batch: 3, reason: "PyTorch: takes longer than 300 s to compile" } as const;
      const compiled = ["bn-fp32 compile", "bn-fp32 compile channels-last"];
      const train = compiled.map((variant): MissingMode => ({ ...about, phase: "train-step", variant }));
      assertEquals(missing, train);
      assertEquals(await names("inference"), [
        ...["bn-fp32", "bn-fp32 channels-last", "bn-fp32 jit", "bn-fp32 jit channels-last"],
      ]);
      const inference = compiled.map((variant): MissingMode => ({ ...about, phase: "inference", variant }));
      assertEquals(missing, [...train, ...inference]);
      await peer.close();
    });
  }));

Deno.test("PyTorch: one without torch.compile lacks its modes; one that fails without a compiler fails", () =>
  withFolder(async (folder) => {
    const old = { ...NEW, compiles: false };
    await withVariables({ EOQ_PYTHON: await fakePython(folder, old, "{}"), VIRTUAL_ENV: "" }, async () => {
      const peer = await openPyTorch(1, () => assert(false));
      assert(!isMissing(peer));
      assertEquals((await peer.step(job("train-step"))).map(({ variant }) => variant), [
        "bn-fp32",
        "bn-fp32 channels-last",
      ]);
      await peer.close();
    });
    const EOQ_PYTHON = await fakePython(folder, NEW, "{}", '{"error":"out of cheese"}');
    await withVariables({ EOQ_PYTHON, VIRTUAL_ENV: "" }, async () => {
      const peer = await openPyTorch(1, () => assert(false));
      assert(!isMissing(peer));
      await assertRejects(() => peer.step(job("train-step")), RunError, "PyTorch: out of cheese");
      await peer.close();
    });
  }));

Deno.test("PyTorch: a named Python without it, and one that Deno may not run, are no peers", () =>
  withFolder(async (folder) => {
    const EOQ_PYTHON = await fakePython(folder, { ready: false }, "{}");
    await withVariables({ EOQ_PYTHON, VIRTUAL_ENV: "" }, async () => {
      assertEquals(await openPyTorch(1, () => {}), {
        peer: "PyTorch",
        reason: `is not installed in ${EOQ_PYTHON} ($EOQ_PYTHON)`,
        install: "pip install torch, or apt-get install python3-torch",
      });
    });
    const args = [
      "bench",
      "step",
      "--model",
      "resnet-8",
      "--batch",
      "1",
      "--seconds",
      "0",
      "--method",
      "eoq",
      "--peers",
    ];
    const { code, stdout, stderr } = await eoq(args, { env: { EOQ_PYTHON, VIRTUAL_ENV: "" } });
    assertEquals([code, stderr], [0, ""]);
    assert(
      stdout.includes(`PyTorch is not looked for in ${EOQ_PYTHON} ($EOQ_PYTHON), which Deno may not run;`),
      stdout,
    );
  }));
