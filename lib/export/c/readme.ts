/**
 * What an exported network takes, in words: its README.
 *
 * @module
 */

import type { EoqRecipe } from "../../exec/recipe.ts";
import type { Plan } from "../../plan/plan.ts";
import type { RunConfig } from "../../train/config.ts";
import { BOARDS, firmwareBytes, STACK_BYTES } from "./boards.ts";
import { type DeviceProgram, momentumBytes, sizesOf } from "./program.ts";
import type { ArenaPlan } from "./memory.ts";
import { SELF_TEST_STEPS } from "./selftest.ts";
import type { DeviceBytes } from "./source.ts";

/** What a README is about. */
export interface ReadmeFacts {
  readonly about: string;
  readonly config: RunConfig;
  readonly plan: Plan;
  readonly recipe: EoqRecipe;
  /** What was given up for memory. */
  readonly gave: readonly string[];
  /** What is computed again on the way back. */
  readonly again: string | undefined;
  /** What the network may take. */
  readonly ram: number | undefined;
  readonly program: DeviceProgram;
  readonly arena: ArenaPlan;
  readonly bytes: DeviceBytes;
  readonly test: { readonly lastHash: string };
  /** Whether there is a trained.state. */
  readonly resumable: boolean;
}

const count = (value: number) => value.toLocaleString("en-US");

function memoryTable({ bytes, program, plan }: ReadmeFacts): string {
  const { weights, momentum, arena, scalars, ranges } = bytes;
  const total = weights + momentum + arena + scalars + ranges;
  const row = (what: string, value: number) => `| ${what} | ${count(value)} |`;
  return [
    "| RAM | bytes |",
    "| --- | ---: |",
    row("weights", weights),
    row(`momentum, ${momentum > 0 ? `${momentumBytes(program)} bytes a weight` : "none"}`, momentum),
    row("arena: activations, masks, errors, rooms, by their lifetimes", arena),
    row("scalars, their momentum and gradients", scalars),
    row(`ranges, guesses${program.exponents ? ", exponents of the step before" : ""}`, ranges),
    row("all of it, static", total),
    row("stack that is kept", STACK_BYTES),
    row("an image, and what firmware has around it", firmwareBytes(plan)),
  ].join("\n");
}

function workTable({ program, arena }: ReadmeFacts): string {
  const macs = (phase: string) =>
    program.calls.filter((call) => call.phase === phase).reduce((sum, call) => sum + (call.macs ?? 0), 0);
  const rooms = program.calls.flatMap(({ room, phase }, i) => {
    const { bytes } = arena.rooms[i]!;
    return room === undefined || bytes === room.most ? [] : [{ ...room, phase, bytes }];
  });
  const sum = (of: typeof rooms, saves: (room: typeof rooms[number]) => number) =>
    of.reduce((total, room) => total + saves(room), 0);
  const twice = sum(
    rooms.filter(({ phase }) => phase === "update"),
    ({ least, most, saves, bytes, perOutput }) =>
      // The least room is for the gradients of one output, the most for those of all, each with its mean.
      saves - saves / (most / (least + 4)) * Math.floor((bytes - least) / perOutput!),
  );
  const guessed = sum(rooms.filter(({ phase }) => phase !== "update"), ({ saves }) => saves);
  const weights = [...program.layers.values()].filter(({ stream }) => stream !== undefined)
    .reduce((sum, { shape }) => sum + sizesOf(shape).weights, 0);
  return [
    "| a step | multiply-accumulates |",
    "| --- | ---: |",
    `| forward | ${count(macs("forward"))} |`,
    `| errors | ${count(macs("backward"))} |`,
    `| gradients of weights | ${count(macs("update"))} |`,
    `| the same once more at most, to find their largest before they are applied | ${count(twice)} |`,
    `| at most, where guessed exponents were wrong | ${count(guessed)} |`,
    "",
    `Beside them ${count(weights)} weights are updated, each with one draw of random bits.`,
  ].join("\n");
}

/** The text of README.md. */
export function readmeText(facts: ReadmeFacts): string {
  const { about, config, bytes, gave, again, ram, test, resumable } = facts;
  const { momentumShift, errorFeedback } = config.recipe, hadMomentum = momentumShift > 0 || errorFeedback;
  const frozen = [...facts.program.layers.values()].filter(({ stream }) => stream === undefined).map(({ name }) =>
    name
  );
  return `# ${about}

\`eoq_model.c\` and \`eoq_model.h\` are the network: it classifies images and learns from them, one at a time, in
integers alone and without memory of its own making. Its weights after any samples are those of eoq on a server, bit for
bit.

\`\`\`sh
make test      # on this machine: learns, saves, restores, compares hashes
make run-m4    # the same on a board of qemu; others: ${BOARDS.map(({ name }) => name).join(", ")}
make run-m4 RAM_KIB=256
\`\`\`

Boards need arm-none-eabi-gcc or riscv64-unknown-elf-gcc, and qemu-system-arm or qemu-system-riscv. After
${SELF_TEST_STEPS} steps of the self-test the weights have the SHA-256 \`${test.lastHash}\`.

## What it takes

${memoryTable(facts)}
${
    ram === undefined
      ? ""
      : `\nAsked for were ${count(ram)} bytes. Given up for them: ${gave.length === 0 ? "nothing" : gave.join("; ")}.${
        hadMomentum && bytes.momentum === 0 ? " Without momentum, learn at 4 * EOQ_FULL_RATE." : ""
      }\n${again === undefined ? "" : `\nComputed again on the way back instead of being kept: ${again}.\n`}`
  }
${frozen.length > 0 ? `Frozen, and in flash alone: ${frozen.join(", ")}.\n\n` : ""}In flash lie ${
    count(bytes.flash)
  } bytes of weights and scalars beside the code, which \`make\` prints for a board. A
saved state takes ${count(bytes.state)} bytes.

${workTable(facts)}

## Use

Call \`eoq_init()\` once, then \`eoq_predict()\` and \`eoq_learn()\` as often as you like. An image is
${facts.plan.height} rows of ${facts.plan.width} pixels of ${facts.plan.channels} bytes, as ${config.dataset} has them. \`eoq_save()\` gives the
state in parts of any size, for pages of flash; \`eoq_load()\` takes them back in order.
${
    resumable
      ? `
\`eoq_init()\` starts from the trained weights, with no momentum. \`trained.state\` is the whole state of the run at its
end: after \`eoq_load()\` of it the network goes on exactly as the run would have.
`
      : ""
  }
Recipe: ${
    Object.entries(facts.recipe).map(([key, value]) => `${key}=${value}`).join(", ")
  }; seed ${config.seed}, input ${config.input}.
`;
}
