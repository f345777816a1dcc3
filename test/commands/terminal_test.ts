import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { loadNewest } from "../../lib/train/checkpoint_files.ts";
import { benchReport } from "../page/samples.ts";
import { CLI, PERMISSIONS, withFolder } from "../eoq.ts";

/** Makes a terminal for a program (util-linux; other systems have another program of that name). */
const SCRIPT = "/usr/bin/script";
const HAS_SCRIPT = Deno.build.os === "linux" && await Deno.stat(SCRIPT).then(() => true, () => false);

if (!HAS_SCRIPT) console.warn("no script(1) here: the test of output on a terminal is ignored");

/** What `eoq` writes to a terminal of 80 columns. */
async function onTerminal(args: readonly string[], env: Record<string, string>): Promise<string> {
  const words = [Deno.execPath(), "run", "--quiet", "-A", CLI, ...args].map((word) => `'${word}'`).join(" ");
  const { code, stdout } = await new Deno.Command(SCRIPT, {
    args: ["-qec", `stty cols 80; ${words}`, "/dev/null"],
    env: { TERM: "xterm", ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
  assertEquals(code, 0, text);
  return text;
}

/** Lines as they stand when all drawing is over. */
function settled(text: string): string[] {
  return text.split("\n").map((line) => line.split("\r").at(-1)!.replaceAll("\x1b[K", ""));
}

Deno.test({
  name: "terminal: tables within 80 columns, bars of how runs went, colour but where NO_COLOR is set",
  ignore: !HAS_SCRIPT,
  fn: () =>
    withFolder(async (folder) => {
      await writeIdxFolder(`${folder}/data`, 60, 30);
      const run = ["compare", "--batch", "16", "--epochs", "3", "--data", `${folder}/data`, "--out", `${folder}/out`];
      const plain = settled(await onTerminal(run, { NO_COLOR: "1" }));
      assert(plain.every((line) => !line.includes("\x1b")), plain.join("\n"));
      const table = plain.slice(plain.findIndex((line) => line.startsWith("method")));
      for (const line of table) assert(line.length <= 80 || line.includes(folder), line);
      assert(table.some((line) => /^training loss +eoq +[\d.]+ +[▁-█]{3} +[\d.]+$/.test(line)), table.join("\n"));
      assert((await onTerminal(["summary", "lenet"], {})).includes("\x1b[1m"));
    }),
});

Deno.test({
  name: "terminal: nothing that any command prints is wider than 80 columns",
  ignore: !HAS_SCRIPT,
  fn: () =>
    withFolder(async (folder) => {
      await writeIdxFolder(`${folder}/data`, 60, 30);
      const report = `${folder}/bench.json`;
      await Deno.writeTextFile(report, JSON.stringify(benchReport));
      const run = ["train", "--model", "mlp", "--batch", "16", "--data", `${folder}/data`, "--out", `${folder}/out`];
      const commands = [
        [],
        ["--help"],
        ...COMMANDS.map(({ name }) => [name, "--help"]),
        ["ops", "resnet-20"],
        ["ops", "resnet-20", "--wide"],
        ["ops", "resnet-20", "--by", "layer"],
        ["ops", "--cost", "list"],
        ["summary", "resnet-110"],
        ["data", "list"],
        ["doctor", "--data", `${folder}/data`],
        ["diff", report, report],
        ["bench", "peak", "--seconds", "0"],
        run,
        ["eval", `${folder}/out/eoq.checkpoint`, "--noise", "1,2,4,8,16"],
      ];
      for (const args of commands) {
        // A path is one word, which nothing can break; a line of progress is drawn over.
        const lines = settled(await onTerminal(args, { NO_COLOR: "1" })).filter((line) => !line.includes(folder));
        for (const line of lines) assert(line.length <= 80, `${args.join(" ")}: ${line}`);
      }
    }),
});

/** Whether a condition comes to hold within some seconds. */
async function within(seconds: number, holds: () => Promise<boolean>): Promise<boolean> {
  for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

for (const [what, before, survives] of [["saves", "", false], ["started by nohup goes on", "nohup ", true]] as const) {
  Deno.test({
    name: `terminal: a run whose terminal closes ${what}`,
    ignore: !HAS_SCRIPT,
    fn: () =>
      withFolder(async (folder) => {
        await writeIdxFolder(`${folder}/data`, 60, 30);
        const out = `${folder}/out`, path = `${out}/eoq.checkpoint`;
        // An epoch is 15 steps, of which a checkpoint is left: another step only where a signal was heard.
        const run = ["train", "--batch", "4", "--epochs", "10000", "--checkpoint-every", "1h", "--data"];
        const words = [Deno.execPath(), "run", "--quiet", ...PERMISSIONS, CLI, ...run, `${folder}/data`, "--out", out];
        const shell = `cd ${folder}; echo $$ > pid; exec ${before}${words.map((word) => `'${word}'`).join(" ")}`;
        const terminal = new Deno.Command(SCRIPT, {
          args: ["-qec", shell, "/dev/null"],
          env: { TERM: "xterm", SHELL: "/bin/sh" },
          stdin: "null",
          stdout: "null",
        }).spawn();
        const exists = (file: string) => Deno.stat(file).then(() => true, () => false);
        assert(await within(60, () => exists(path)), "no checkpoint");
        const pid = Number(await Deno.readTextFile(`${folder}/pid`));
        const lives = () => exists(`/proc/${pid}`);
        terminal.kill("SIGKILL");
        await terminal.status;
        const stepOf = async () => (await loadNewest(path))!.checkpoint.state.step;
        if (survives) {
          // The run may rename the file that is about to be read.
          const stepNow = () => stepOf().catch(() => 0);
          let step = 0;
          assert(await within(60, async () => (step = await stepNow()) > 0), "no checkpoint can be read");
          assert(await within(60, async () => await stepNow() > step + 60), "no step after the hangup");
          Deno.kill(pid, "SIGTERM");
        }
        assert(await within(60, async () => !await lives()), "still running");
        // Killed, it would have left the lock and the checkpoint of an epoch's end.
        assert(!await exists(`${out}/.eoq.lock`), "ended without saving");
        assert(await stepOf() > 0);
      }),
  });
}
