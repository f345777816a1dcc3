import { assertEquals, assertStringIncludes } from "@std/assert";
import { Progress } from "../../lib/train/progress.ts";
import { initialState, type TrainingState } from "../../lib/train/state.ts";

function recorder(width = 200) {
  const written: string[] = [];
  let now = 0;
  const terminal = { write: (text: string) => written.push(text), width: () => width, now: () => now };
  return { written, terminal, at: (time: number) => now = time };
}

const run = { method: "eoq", images: 2000, epochImages: 1000 };

function state(images: number, more: Partial<TrainingState> = {}): TrainingState {
  const history = images > 1000 ? [{ epoch: 1, trainLoss: 0.75, trainAccuracy: 0.5 }] : [];
  const inEpoch = images - 1000 * history.length;
  return {
    ...initialState(),
    images,
    seconds: images / 500,
    history,
    epochLossSum: inEpoch / 2,
    epochCorrect: inEpoch / 4,
    ...more,
  };
}

Deno.test("progress: shows method, epoch, bar, loss, accuracy, images/s and ETA", () => {
  const { written, terminal, at } = recorder();
  const progress = new Progress(terminal, run);
  progress.update(state(100));
  at(2000);
  progress.update(state(1100));
  assertEquals(
    written.at(-1),
    "\r\x1b[Keoq epoch 2/2 [###########.........] loss 0.500 accuracy 25.0% 500 images/s ETA 0:02",
  );
});

Deno.test("progress: draws at most ten times a second", () => {
  const { written, terminal, at } = recorder();
  const progress = new Progress(terminal, run);
  for (let time = 0; time < 1000; time++) {
    at(time);
    progress.update(state(time + 1));
  }
  assertEquals(written.length, 10);
});

Deno.test("progress: between epochs it shows the means of the one that ended", () => {
  const { written, terminal, at } = recorder();
  const progress = new Progress(terminal, run);
  progress.update(state(1000));
  at(1000);
  const history = [{ epoch: 1, trainLoss: 0.25, trainAccuracy: 0.75 }];
  progress.update(state(1000, { history }));
  assertStringIncludes(written[0]!, "loss 0.500 accuracy 25.0%");
  assertStringIncludes(written[1]!, "loss 0.250 accuracy 75.0%");
});

Deno.test("progress: the bar gives way on a terminal of 80 columns", () => {
  const { written, terminal } = recorder(80);
  new Progress(terminal, { ...run, method: "fixup-fp32" }).update(state(1500));
  assertEquals(written[0]!.length, "\r\x1b[K".length + 79);
  assertStringIncludes(written[0]!, "images/s ETA -");
});

Deno.test("progress: the end of training is always drawn", () => {
  const { written, terminal } = recorder();
  const progress = new Progress(terminal, run);
  progress.update(state(1999));
  progress.update(state(2000));
  assertEquals(written.length, 2);
  assertStringIncludes(written[1]!, "epoch 2/2 [####################]");
  assertStringIncludes(written[1]!, "ETA 0:00");
});

Deno.test("progress: never wider than the terminal, and gone when cleared", () => {
  const { written, terminal } = recorder(30);
  const progress = new Progress(terminal, run);
  progress.update(state(100));
  assertEquals(written[0]!.length, "\r\x1b[K".length + 29);
  progress.clear();
  assertEquals(written[1], "\r\x1b[K");
});
