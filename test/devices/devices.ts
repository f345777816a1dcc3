/**
 * Tests the kernels for processors that this machine is none of:
 * `deno run test/devices/devices.ts`. Each library is cross-compiled from the
 * same sources with the same flags as on the device itself, and runs under an
 * emulator; tests call it as remote.ts says. A path that runs nowhere is named.
 *
 * @module
 */

import { compileLibrary, OUTPUT } from "../../lib/native/build.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { PATHS } from "../../lib/native/paths.ts";
import { path, run } from "../native/compile.ts";
import { BOARD_COMMANDS, testBoards } from "./boards.ts";
import { linux, testLibrary } from "./integers.ts";
import { testMacs } from "./macos.ts";

interface Device {
  readonly arch: string;
  /** Arguments of the emulator beside its system's libraries. */
  readonly cpu: readonly string[];
  /** The paths that it has, worst first. */
  readonly paths: readonly string[];
  /** Of these the ones that networks are trained on. */
  readonly trained: readonly string[];
  /** Tests of kernels that run there beside device.ts. */
  readonly tests: readonly string[];
  /** Whether its own Deno is tested, too. */
  readonly deno?: true;
}

/** Small shapes of every kind against their definitions. */
const KERNEL_TESTS = ["int8/conv_test.ts", "fp32/conv_test.ts", "peak_test.ts"];

const DEVICES: readonly Device[] = [
  {
    arch: "aarch64",
    cpu: ["-cpu", "max"],
    paths: ["scalar", "neon", "neondot", "neoni8mm"],
    trained: ["scalar", "neon", "neondot", "neoni8mm"],
    tests: KERNEL_TESTS,
    deno: true,
  },
  // It has no dot products, as a Raspberry Pi 4.
  { arch: "aarch64", cpu: ["-cpu", "cortex-a72"], paths: ["scalar", "neon"], trained: ["neon"], tests: [] },
  { arch: "riscv64", cpu: [], paths: ["scalar"], trained: ["scalar"], tests: KERNEL_TESTS },
];

/** What no machine and no emulator here runs. */
const NEVER = ["exported C on a real microcontroller: boards are those of qemu"];

/** Ends the process where a command is not there. */
async function requireCommand(command: string, packages: string): Promise<void> {
  const found = await run(command, ["--version"]).then(({ code }) => code === 0, () => false);
  if (found) return;
  console.error(`${command}: not found, on Debian: apt-get install ${packages}`);
  Deno.exit(1);
}

async function requireCommands(arch: string): Promise<void> {
  for (const command of [`${arch}-linux-gnu-gcc`, `qemu-${arch}`]) {
    await requireCommand(command, `gcc-${arch}-linux-gnu qemu-user`);
  }
}

const emulator = ({ arch, cpu }: Device) => [`qemu-${arch}`, ...cpu, "-L", `/usr/${arch}-linux-gnu`];

/** The command that starts server.c on a device. */
async function serverOf(device: Device, library: string, folder: string): Promise<string> {
  const server = `${folder}/server-${device.arch}`, include = `-I${path("../../kernels")}`;
  const args = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", include, path("../devices/server.c"), library, "-lm"];
  const { code, stderr } = await run(`${device.arch}-linux-gnu-gcc`, [...args, "-o", server]);
  if (code !== 0) throw new Error(stderr);
  return [...emulator(device), server].join(" ");
}

/** A library of each processor, compiled once, and what of its code failed. */
class Libraries {
  readonly #built = new Map<string, string>();
  readonly failed: string[] = [];

  constructor(readonly folder: string) {}

  async of(arch: string): Promise<string> {
    const built = this.#built.get(arch);
    if (built !== undefined) return built;
    const target = linux(arch), folder = `${this.folder}/${arch}`;
    await Deno.mkdir(folder);
    const sources = await compileLibrary({ command: target.compiler, version: "" }, arch, folder);
    this.failed.push(...await testLibrary(target, folder, sources));
    this.#built.set(arch, `${folder}/${OUTPUT}`);
    return `${folder}/${OUTPUT}`;
  }
}

/** What the tests of a device know of it. */
function environmentOf({ arch, paths, trained }: Device, library: string): Record<string, string> {
  return {
    ...{ CC: `${arch}-linux-gnu-gcc`, EOQ_LIB: library, EOQ_ISA: "" },
    ...{ EOQ_DEVICE_ARCH: arch, EOQ_DEVICE_PATHS: paths.join(" "), EOQ_DEVICE_TRAINED: trained.join(" ") },
  };
}

const TEST = ["test", "--no-prompt", "--no-check", "-A"];

/** Runs a command whose output is this one's, and says whether it succeeded. */
async function passes([command, ...args]: readonly string[], env: Record<string, string>): Promise<boolean> {
  return (await new Deno.Command(command!, { args, env }).spawn().status).success;
}

/** Runs the tests of a device in this Deno. */
async function test(device: Device, env: Record<string, string>, folder: string): Promise<boolean> {
  const server = await serverOf(device, env["EOQ_LIB"]!, folder);
  const tests = [path("../devices/device.ts"), ...device.tests.map((each) => path(`../kernels/${each}`))];
  const command = [Deno.execPath(), ...TEST, "--preload", path("../devices/remote.ts"), ...tests];
  return await passes(command, { ...env, EOQ_DEVICE: server });
}

/** Runs device.ts in the Deno of the device, which loads the library as eoq does. */
async function testInItsDeno(device: Device, env: Record<string, string>, folder: string): Promise<boolean> {
  const name = `@deno/linux-arm64-glibc@${Deno.version.deno}`;
  const script = `npm pack --silent ${name} >/dev/null && tar xzf ./*.tgz`;
  const { success, stderr } = await new Deno.Command("sh", { args: ["-c", script], cwd: folder }).output();
  if (!success) throw new Error(`${name}: ${new TextDecoder().decode(stderr)}`);
  const command = [...emulator(device), `${folder}/package/deno`, ...TEST, path("../devices/device.ts")];
  return await passes(command, { ...env, EOQ_DEVICE_TRAINED: "neoni8mm", EOQ_DEVICE_RUNS: "eoq, lenet" });
}

const here = (await openLibrary().then((library) => {
  using open = library;
  return open.isaPaths();
})).filter(({ built, supported }) => built && supported).map(({ name }) => name);

const folder = await Deno.makeTempDir({ prefix: "eoq-devices-" });
const libraries = new Libraries(folder), failed: string[] = [], notRun: string[] = [];
try {
  // This machine's own paths are tested by the other tests, but for the code that they were compiled to.
  await libraries.of(Deno.build.arch);
  for (const device of DEVICES) {
    await requireCommands(device.arch);
    const title = [device.arch, ...device.cpu].join(" ");
    console.log(`\n${title}: ${device.paths.join(", ")}`);
    const env = environmentOf(device, await libraries.of(device.arch));
    if (!await test(device, env, folder)) failed.push(title);
    if (!device.deno) continue;
    console.log(`\n${title}, in its own Deno`);
    if (!await testInItsDeno(device, env, folder)) failed.push(`${title}, in its own Deno`);
  }
  console.log("\nexported C on boards");
  for (const [command, packages] of BOARD_COMMANDS) await requireCommand(command, packages);
  failed.push(...await testBoards());
  console.log("\nmacOS");
  const macs = await testMacs();
  failed.push(...libraries.failed, ...macs.failed);
  notRun.push(...macs.notRun);
} finally {
  await Deno.remove(folder, { recursive: true });
}
const tested = new Set([...here, ...DEVICES.flatMap(({ paths }) => paths)]);
const missing = Object.keys(PATHS).filter((name) => !tested.has(name)).map((name) => `${name}: this CPU lacks it`);
for (const what of [...missing, ...notRun, ...NEVER]) console.log(`NOT RUN: ${what}`);
console.log(failed.length === 0 ? "devices: all passed" : `devices: FAILED on ${failed.join(", ")}`);
Deno.exit(failed.length === 0 ? 0 : 1);
