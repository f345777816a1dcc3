import { assertEquals, assertStringIncludes } from "@std/assert";
import { writeIdxFolder } from "../data/idx_files.ts";
import { eoq, withFolder } from "../eoq.ts";

/** Variables of the dynamic loader, as machines with GPUs, profilers and clusters set them. */
const LOADER = { LD_LIBRARY_PATH: "/usr/local/cuda/lib64", LD_PRELOAD: "libc.so.6", LD_OF_TOMORROW: "1" };

Deno.test("child: variables of the dynamic loader stop nothing, and children have them empty", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 20, 10);
    const run = ["--model", "mlp", "--batch", "10", "--epochs", "1", "--data", `${folder}/data`];
    const trained = await eoq(["train", ...run, "--out", `${folder}/out`, "--json"], { env: LOADER });
    assertEquals(trained.code, 0, trained.stderr);
    const { environment } = JSON.parse(trained.stdout);
    assertStringIncludes(`${environment.compiler} ${environment.gitCommit}`, " ");
    const doctor = await eoq(["doctor", "--data", `${folder}/data`], { env: LOADER });
    assertEquals(doctor.code, 0, doctor.stdout);
    const paper = ["paper", "accuracy", "--dataset", "mnist", "--model", "resnet-8", "--images", "20", "--seeds", "1"];
    const cells = await eoq([...paper, "--method", "eoq", "--data", `${folder}/data`, "--out", `${folder}/paper`], {
      env: LOADER,
    });
    assertEquals(cells.code, 0, cells.stderr);
  }));

Deno.test("child: the loader's variables are empty in a child, all others are there, under scoped permissions", () =>
  withFolder(async (folder) => {
    const script = `${folder}/script.ts`;
    const module = new URL("../../lib/package/child.ts", import.meta.url).href;
    await Deno.writeTextFile(
      script,
      `import { runChild } from "${module}";
       const { stdout } = await runChild("env", { env: { OWN: "here" } });
       await Deno.stdout.write(stdout);
       await runChild("none-such").catch((error) => console.log(error.name));
       await runChild("cat").catch((error) => console.log(error.name));`,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--no-config", "--allow-read", "--allow-run=env", script],
      env: { ...LOADER, OTHER: "there" },
    }).output();
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    const of = (name: string) => lines.find((line) => line.startsWith(`${name}=`));
    assertEquals(["OWN", "OTHER", ...Object.keys(LOADER)].map(of), [
      ...["OWN=here", "OTHER=there"],
      ...Object.keys(LOADER).map((name) => `${name}=`),
    ]);
    assertEquals(lines.slice(-2), ["NotFound", "NotCapable"]);
  }));
