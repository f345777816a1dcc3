/**
 * The boards that an exported network is built for, as its Makefile knows them:
 * those of qemu, which stand for what firmware runs on.
 *
 * @module
 */

import type { ImageShape } from "../../plan/plan.ts";

/** Bytes that are kept for the stack: the error of a convolution takes most, 1.3 to 1.6 KiB (docs/devices.md). */
export const STACK_BYTES = 2048;

/** Bytes that firmware needs beside the network: the image that it learns from, and what little its loop keeps. */
export function firmwareBytes({ height, width, channels }: ImageShape): number {
  return Math.ceil(height * width * channels / 8) * 8 + 128;
}

/** A board. */
export interface Board {
  readonly name: string;
  /** What runs on it, for people. */
  readonly about: string;
  readonly compiler: string;
  readonly flags: string;
  readonly emulator: string;
  readonly start: "cortex_m" | "riscv";
  readonly flash: { readonly origin: number; readonly kib: number };
  readonly ram: { readonly origin: number; readonly kib: number };
  /** Nanoseconds of a cycle of its timer, times 4; 0 where it counts instructions. */
  readonly clock: number;
}

const ARM = "arm-none-eabi-gcc", RISCV = "riscv64-unknown-elf-gcc";
const MPS2 = { flash: { origin: 0, kib: 4096 }, ram: { origin: 0x2000_0000, kib: 4096 } } as const;
const VIRT = { flash: { origin: 0x8000_0000, kib: 8192 }, ram: { origin: 0x8080_0000, kib: 8192 } } as const;

function cortexM(name: string, about: string, cpu: string, machine: string, others: Partial<Board> = {}): Board {
  return {
    ...{ name, about, compiler: ARM, flags: `-mcpu=${cpu} -mthumb`, start: "cortex_m", clock: 160, ...MPS2 },
    emulator: `qemu-system-arm -M ${machine}`,
    ...others,
  };
}

function riscv(bits: number, march: string, mabi: string): Board {
  return {
    ...{ name: `rv${bits}`, about: `RISC-V of ${bits} bits (${march})`, compiler: RISCV },
    ...{ flags: `-march=${march} -mabi=${mabi} -mcmodel=medany`, start: "riscv", clock: 0, ...VIRT },
    emulator: `qemu-system-riscv${bits} -M virt -bios none`,
  };
}

/** All boards. */
export const BOARDS: readonly Board[] = [
  cortexM("m0plus", "code of a Cortex-M0+ on a board with a Cortex-M3", "cortex-m0plus", "mps2-an385"),
  cortexM("m4", "Cortex-M4", "cortex-m4 -mfloat-abi=soft", "mps2-an386"),
  cortexM("m7", "Cortex-M7", "cortex-m7 -mfloat-abi=soft", "mps2-an500"),
  cortexM("m33", "Cortex-M33 in its secure state", "cortex-m33 -mfloat-abi=soft", "mps2-an505", {
    flash: { origin: 0x1000_0000, kib: 4096 },
    ram: { origin: 0x3800_0000, kib: 4096 },
    clock: 200,
  }),
  cortexM("m55", "Cortex-M55 with Helium", "cortex-m55 -mfloat-abi=hard", "mps3-an547", {
    flash: { origin: 0, kib: 512 },
    ram: { origin: 0x2000_0000, kib: 512 },
    clock: 125,
  }),
  riscv(32, "rv32imc", "ilp32"),
  riscv(64, "rv64imac", "lp64"),
];

const hex = (value: number) => `0x${value.toString(16)}`;

/** A linker script: code and constants in flash, the rest in as much RAM as the link is told, the stack at its end. */
export function linkerScript({ flash, ram, start }: Board): string {
  return `/* RAM_KIB and STACK_BYTES come from the command line. */
MEMORY {
  FLASH (rx) : ORIGIN = ${hex(flash.origin)}, LENGTH = ${flash.kib}K
  RAM (rwx) : ORIGIN = ${hex(ram.origin)}, LENGTH = RAM_KIB * 1024
}
SECTIONS {
  .text : { KEEP(*(.${
    start === "riscv" ? "start" : "vectors"
  })) *(.text*) *(.rodata*) *(.srodata*) . = ALIGN(8); } > FLASH
  .data : { eoq_data = .; *(.data*) *(.sdata*) . = ALIGN(8); eoq_data_end = .; } > RAM AT > FLASH
  eoq_data_load = LOADADDR(.data);
  .bss (NOLOAD) : { eoq_bss = .; *(.bss*) *(.sbss*) *(COMMON) . = ALIGN(8); eoq_bss_end = .; } > RAM
  eoq_stack = ORIGIN(RAM) + LENGTH(RAM);
  ASSERT(eoq_stack - eoq_bss_end >= STACK_BYTES, "no room for the stack")
  /DISCARD/ : { *(.ARM.exidx*) *(.ARM.attributes) *(.riscv.attributes) *(.comment) *(.eh_frame*) }
}
`;
}

/** The Makefile. @param stack bytes that are kept for it */
export function makefileText(stack: number, ramKib: (board: Board) => number): string {
  const rule = (board: Board) => {
    const { name, compiler, flags, emulator, start, clock } = board;
    const defines = `-DEOQ_BOARD${clock > 0 ? ` -DEOQ_CLOCK_NS_X4=${clock}` : ""}`;
    const link = `-T boards/${name}.ld -nostdlib -Wl,--defsym=RAM_KIB=$(RAM_KIB) -Wl,--defsym=STACK_BYTES=${stack}`;
    return `# ${board.about}
${name}.elf: RAM_KIB ?= ${ramKib(board)}
${name}.elf: $(SOURCES) boards/start_${start}.c boards/${name}.ld
	${compiler} ${flags} $(CFLAGS) -ffreestanding ${defines} ${link} eoq_model.c selftest.c boards/start_${start}.c -lgcc -o $@
	${compiler.replace(/gcc$/, "size")} $@
run-${name}: ${name}.elf
	${emulator} -nographic -semihosting -icount shift=0 -kernel $<
`;
  };
  return `# The host build is \`make test\`; a board's \`make run-NAME\`, in qemu. RAM_KIB=256 links for so much RAM.
CFLAGS = -std=c99 -O2 -Wall -Wextra -Wconversion -pedantic
SOURCES = eoq_model.c eoq_model.h selftest.c selftest.h
.PHONY: test clean ${BOARDS.map(({ name }) => `run-${name}`).join(" ")}

test: selftest
	./selftest
selftest: $(SOURCES)
	$(CC) $(CFLAGS) eoq_model.c selftest.c -o $@
${BOARDS.map(rule).join("\n")}
clean:
	rm -f selftest *.elf
`;
}
