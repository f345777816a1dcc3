import { assertEquals, assertMatch } from "@std/assert";
import { budgetWarning } from "../../lib/train/budget_warning.ts";
import { stepsOf } from "../../lib/train/config.ts";
import { sampleConfig } from "./config.ts";

const CIFAR = { ...sampleConfig, trainImages: 50_000, testImages: 10_000, batch: 128, epochs: 2 };

Deno.test("budget: steps are those that the loop takes", () => {
  assertEquals(stepsOf(CIFAR), 782);
  assertEquals(stepsOf({ ...CIFAR, epochs: null, images: 50_001 }), 392);
  assertEquals(stepsOf({ ...CIFAR, epochs: null, images: 127 }), 1);
  assertEquals(stepsOf({ ...CIFAR, batch: 1, epochs: null, images: 25_000 }), 25_000);
  assertEquals(stepsOf(sampleConfig), 6);
});

Deno.test("budget: a warning up to the steps where seeds were found to differ, none beyond", () => {
  assertMatch(budgetWarning(CIFAR)!, /^the budget is too small .* \(782 steps: after 782, .* 1\.8 points\)$/);
  assertEquals(budgetWarning({ ...CIFAR, epochs: null, images: 100_001 }), undefined);
  assertEquals(budgetWarning({ ...CIFAR, batch: 32 }), undefined);
});

Deno.test("budget: a warning where few images are measured, held out or not", () => {
  const long = { ...CIFAR, epochs: 30 };
  assertEquals(budgetWarning({ ...long, testImages: 1000 }), undefined);
  assertMatch(
    budgetWarning({ ...long, testImages: 999 })!,
    /\(999 images measured: a standard error of up to 1\.6 points\)$/,
  );
  assertMatch(budgetWarning({ ...long, testImages: 0, validationImages: 100 })!, /100 images measured: .* 5\.0 points/);
  assertEquals(budgetWarning({ ...long, testImages: 0, validationImages: 5000 }), undefined);
  assertMatch(budgetWarning({ ...CIFAR, testImages: 30 })!, /^[^\n]*782 steps[^\n]*; 30 images[^\n]*9\.1 points\)$/);
});
