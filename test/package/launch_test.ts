import { assertEquals } from "@std/assert";
import { LAUNCH_VARIABLES } from "../../lib/package/launch.ts";

const LAUNCH = new URL("../../lib/package/launch.ts", import.meta.url).href;

/** What a process with these variables says of its launch. */
async function launchWith(env: Record<string, string>, permissions = [`--allow-env=${LAUNCH_VARIABLES}`]) {
  const code = `import { launchOf } from "${LAUNCH}"; console.log(JSON.stringify(launchOf() ?? null));`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, code);
    const args = ["run", "--quiet", "--no-prompt", ...permissions, file];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, env }).output();
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("launch: rank and size are those that Open MPI or MPICH set, whole and below each other", async () => {
  const open = { OMPI_COMM_WORLD_RANK: "2", OMPI_COMM_WORLD_SIZE: "4" };
  assertEquals(await launchWith(open), { rank: 2, size: 4 });
  assertEquals(await launchWith({ PMI_RANK: "0", PMI_SIZE: "1" }), { rank: 0, size: 1 });
  assertEquals(await launchWith({}), null);
  assertEquals(await launchWith({ PMI_SIZE: "4" }), null);
  assertEquals(await launchWith({ PMI_RANK: "4", PMI_SIZE: "4" }), null);
  assertEquals(await launchWith({ PMI_RANK: "-1", PMI_SIZE: "x" }), null);
  // Where Deno may not say, nobody is asked.
  assertEquals(await launchWith(open, []), null);
});
