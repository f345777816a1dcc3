/**
 * Steps of eoq's own in a process of its own: a request a line in, an answer a
 * line out (peers/process.ts). What it is asked for is names and numbers alone,
 * so that another version's process understands it, too.
 *
 * @module
 */

import { z } from "zod";
import { METHODS } from "../exec/methods.ts";
import { openLibrary } from "../native/library.ts";
import { buildPlan } from "../plan/models.ts";
import type { Contestant } from "./contest.ts";
import { openImages, STEP_IMAGES } from "./images.ts";
import { ownStep, STEPS } from "./own_step.ts";

/** Schema of a request. */
const requestSchema = z.discriminatedUnion("command", [
  z.object({
    command: z.literal("prepare"),
    id: z.int(),
    model: z.string(),
    method: z.enum(METHODS),
    batch: z.int(),
    phase: z.enum(STEPS),
    isa: z.string(),
    threads: z.int(),
    /** Folder of CIFAR-10; null for the place where it is kept. */
    data: z.string().nullable(),
    /** What of the recipe differs. */
    recipe: z.record(z.string(), z.unknown()),
  }),
  z.object({ command: z.literal("sample"), id: z.int(), repetitions: z.int() }),
  z.object({ command: z.literal("release"), id: z.int() }),
]);

type Request = z.infer<typeof requestSchema>;

function answer(value: Record<string, unknown>): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

if (import.meta.main) {
  using library = await openLibrary();
  const prepared = new Map<number, Contestant>();
  const serve = async (request: Request): Promise<Record<string, unknown>> => {
    switch (request.command) {
      case "prepare": {
        const { id, model, method, batch, phase, isa, threads, data, recipe } = request;
        const images = await openImages(data ?? undefined), plan = buildPlan(model, STEP_IMAGES);
        prepared.set(id, ownStep(library, { isa, threads }, method, { plan, batch, phase, images, recipe }));
        return {};
      }
      case "sample":
        return { seconds: await prepared.get(request.id)!.run(request.repetitions) };
      case "release":
        await prepared.get(request.id)!.close();
        prepared.delete(request.id);
        return {};
    }
  };
  answer({ ready: true });
  let pending = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (pending + text).split("\n");
    pending = lines.pop()!;
    for (const line of lines) {
      try {
        answer(await serve(requestSchema.parse(JSON.parse(line))));
      } catch (error) {
        answer({ error: String(error) });
      }
    }
  }
}
