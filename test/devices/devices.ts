/**
 * Tests the kernels for processors that this machine is none of:
 * `deno run test/devices/devices.ts`. Each library is cross-compiled from the
 * same sources with the same flags as on the device itself, and runs under an
 * emulator; tests call it as remote.ts says. A path that runs nowhere is named.
 *
 * @module
 */

import { buildLibrary } from "../../lib/native/build.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { PATHS } from "../../lib/native/paths.ts";
import { path, run } from "../native/compile.ts";

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
}

/** Small shapes of every kind against their definitions. */
const KERNEL_TESTS = ["int8/conv_test.ts", "fp32/conv_test.ts", "peak_test.ts"];

const DEVICES: readonly Device[] = [
  {
    arch: "aarch64",
    cpu: ["-cpu", "max"],
    paths: ["scalar", "neon", "neondot"],
    trained: ["scalar", "neon", "neondot"],
    tests: KERNEL_TESTS,
  },
  // It has no dot products, as a Raspberry Pi 4.
  { arch: "aarch64", cpu: ["-cpu", "cortex-a72"], paths: ["scalar", "neon"], trained: ["neon"], tests: [] },
  { arch: "riscv64", cpu: [], paths: ["scalar"], trained: ["scalar"], tests: KERNEL_TESTS },
];

/** What no machine and no emulator here runs or compiles. */
const NEVER = ["aarch64 on macOS: neither compiled nor run"];

async function requireCommands(arch: string): Promise<void> {
  for (const command of [`${arch}-linux-gnu-gcc`, `qemu-${arch}`]) {
    const found = await run(command, ["--version"]).then(({ code }) => code === 0, () => false);
    if (found) continue;
    console.error(`${command}: not found, on Debian: apt-get install gcc-${arch}-linux-gnu qemu-user`);
    Deno.exit(1);
  }
}

/** The command that starts server.c on a device. */
async function serverOf({ arch, cpu }: Device, library: string, folder: string): Promise<string> {
  const server = `${folder}/server-${arch}`, include = `-I${path("../../kernels")}`;
  const args = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", include, path("../devices/server.c"), library, "-lm"];
  const { code, stderr } = await run(`${arch}-linux-gnu-gcc`, [...args, "-o", server]);
  if (code !== 0) throw new Error(stderr);
  return [`qemu-${arch}`, ...cpu, "-L", `/usr/${arch}-linux-gnu`, server].join(" ");
}

async function test(device: Device, folder: string): Promise<boolean> {
  const { arch, cpu, paths, trained } = device, compiler = `${arch}-linux-gnu-gcc`;
  Deno.env.set("CC", compiler);
  const library = (await buildLibrary("normal", arch)).path;
  console.log(`\n${arch} ${cpu.join(" ")}: ${paths.join(", ")}`);
  const tests = [path("../devices/device.ts"), ...device.tests.map((each) => path(`../kernels/${each}`))];
  const env = {
    ...{ CC: compiler, EOQ_LIB: library, EOQ_ISA: "", EOQ_DEVICE: await serverOf(device, library, folder) },
    ...{ EOQ_DEVICE_ARCH: arch, EOQ_DEVICE_PATHS: paths.join(" "), EOQ_DEVICE_TRAINED: trained.join(" ") },
  };
  const args = ["test", "--no-prompt", "--no-check", "-A", "--preload", path("../devices/remote.ts"), ...tests];
  return (await new Deno.Command(Deno.execPath(), { args, env }).spawn().status).success;
}

const here = (await openLibrary().then((library) => {
  using open = library;
  return open.isaPaths();
})).filter(({ built, supported }) => built && supported).map(({ name }) => name);

const folder = await Deno.makeTempDir({ prefix: "eoq-devices-" });
const failed: string[] = [];
try {
  for (const device of DEVICES) {
    await requireCommands(device.arch);
    if (!await test(device, folder)) failed.push([device.arch, ...device.cpu].join(" "));
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
const tested = new Set([...here, ...DEVICES.flatMap(({ paths }) => paths)]);
const missing = Object.keys(PATHS).filter((name) => !tested.has(name)).map((name) => `${name}: this CPU lacks it`);
for (const what of [...missing, ...NEVER]) console.log(`NOT RUN: ${what}`);
console.log(failed.length === 0 ? "devices: all passed" : `devices: FAILED on ${failed.join(", ")}`);
Deno.exit(failed.length === 0 ? 0 : 1);
