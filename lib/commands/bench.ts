/**
 * `eoq bench`: how fast the kernels and the steps are, against the machine's
 * peak and against the libraries that people would use instead.
 *
 * @module
 */

import { baselinePath, ensureBaseline, refuseWithoutBaseline, toleranceOf } from "../cli/baseline.ts";
import type { Command } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { MACHINE } from "../cli/option_groups.ts";
import { refuseUnused } from "../cli/options.ts";
import { RECIPES } from "../exec/recipe.ts";
import type { Library } from "../native/library.ts";
import { writeAtomically } from "../package/atomic_files.ts";
import { type Benchmark, BENCHMARKS } from "../report/benchmarks.ts";
import { commandLine } from "../terminal/command_line.ts";
import { outputWidth, stderrTerminal } from "../terminal/terminal.ts";
import { oneOf } from "../words.ts";

/** Options of a benchmark that is held against another. */
const GATE = ["save", "overwrite", "against", "beside", "max-regression", "force", "strict"] as const;

/** Seconds to sample each subject for, where the user gives none. */
const SECONDS: Readonly<Record<Benchmark, number>> = { peak: 1, kernels: 0.2, step: 2 };

/** Steps that processes share, which has a report of its own. */
const SCALE = "scale";

/** Options that a benchmark has no use for. */
const UNUSED: Readonly<Record<Benchmark | typeof SCALE, readonly string[]>> = {
  peak: ["--ranks", "--batch", "--model", "--method", "--peers", "--wide", "--data", "--recipe", "--set", "--beside"],
  kernels: ["--ranks", "--method", "--data", "--recipe", "--set", "--beside"],
  step: ["--ranks"],
  [SCALE]: ["--precision", "--peers", "--wide", "--beside"],
};

const ALL_PATHS = "all";

/** The paths to run, worst first: those named, or all that can run here. */
function choosePaths(library: Library, isa: string | undefined): string[] {
  if (isa === undefined) return [library.isa];
  const paths = library.isaPaths();
  if (isa === ALL_PATHS) return paths.filter((each) => each.built && each.supported).map(({ name }) => name);
  const named = isa.split(",");
  for (const name of named) library.selectIsa(name);
  return paths.map(({ name }) => name).filter((name) => named.includes(name));
}

const SUBJECTS = [...BENCHMARKS, SCALE] as const;

/** The command. */
export const BENCH: Command = {
  name: "bench",
  summary: "time the kernels and the training step against the machine's peak and other libraries",
  operands: [{ placeholder: SUBJECTS.join("|"), values: SUBJECTS }],
  options: [
    "model",
    "method",
    "batch",
    "recipe",
    "set",
    "data",
    ...MACHINE,
    "ranks",
    "seconds",
    "precision",
    "peers",
    "wide",
    ...GATE,
    "format",
    "json",
    "help",
  ],
  fallbacks: { model: "resnet-20", method: "eoq,bn-fp32", batch: "1,128", threads: "1" },
  placeholders: { ranks: "N,N" },
  helps: {
    ranks: "numbers of processes that share the steps of scale, with commas (default: 1,2)",
    method: "the methods whose steps are timed, with commas",
    data: "folder with CIFAR-10's own files (default: that of eoq data get, else random images)",
    batch: "images per call or step, of scale those of all ranks, there 128 by default; several with commas",
    threads: "threads a kernel uses; several with commas; peers get the first",
    isa: "instruction-set path; several with commas, or all (default: $EOQ_ISA, else the best; see eoq doctor)",
  },
  description:
    "peak: multiply-adds per second between registers alone, int8 and fp32. kernels: the three passes over each " +
    "convolution of the network, with requantised int8 output, and its matrix products. step: training and " +
    "inference on 32x32 images, others in each step, where the time of a training step goes, and its memory. scale: training steps that processes " +
    "share, started by mpirun, on 1 and 2 of them, with what they send. Subjects take turns, " +
    "with the peak among them; ratios are medians over neighbouring samples, intervals hold the true value with 95 % confidence. Multiply-adds are nominal: padding " +
    "counts, so a kernel that skips it can pass 100 %. Peers keep their weights in the layout they like best; PyTorch and JAX are those of $EOQ_PYTHON (several with colons), of an active virtual " +
    "environment, of the path's python3 or of the system's, PyTorch with and without channels-last, TorchScript and torch.compile, " +
    "and the fastest mode is held against eoq. " +
    "--save and --against begin with an A/A run, which measures the same code five times: a change that is smaller than " +
    "what two of them differ by has the verdict cannot tell. --beside takes turns with the steps of another checkout, each in " +
    "a process of its own. It and --against end with the exit codes of eoq diff.",
  examples: [
    "eoq bench peak --isa all",
    "eoq bench kernels --peers --wide",
    "eoq bench step --batch 1,8,128 --peers --save step.json",
    "eoq bench step --method eoq --set activationBits=4 --batch 128",
    "eoq bench step --beside ../base",
    "eoq bench scale --ranks 1,2,4 --save scale",
    "eoq bench kernels --save before",
    "eoq bench kernels --against before --max-regression 10%",
  ],

  async run(invocation) {
    const { runBenchmark } = await import("../bench/benchmark.ts");
    const { openBeside } = await import("../bench/beside.ts");
    const { peaksOf } = await import("../bench/contest.ts");
    const { openImages } = await import("../bench/images.ts");
    const { makeBenchReport, nothingMeasured } = await import("../bench/report.ts");
    const { formatBenchReport } = await import("../bench/tables.ts");
    const { formatOf, printDocument, verdictTable } = await import("../cli/document.ts");
    const { benchMetrics } = await import("../metrics/bench.ts");
    const { diffBeside } = await import("../metrics/beside.ts");
    const { diff, outcomeOf } = await import("../metrics/diff.ts");
    const { measurementOf } = await import("../metrics/metric.ts");
    const { readMeasurement } = await import("../metrics/report_file.ts");
    const { openShown } = await import("../cli/open_library.ts");
    const { describeEnvironment } = await import("../report/environment.ts");
    const { settingsOf } = await import("../report/setting.ts");
    const { ProgressLine } = await import("../terminal/progress.ts");
    const { values, argument, args } = invocation;
    const benchmark = oneOf("benchmark", argument, SUBJECTS);
    refuseUnused(`eoq bench ${benchmark}`, UNUSED[benchmark], args);
    refuseWithoutBaseline(values, args);
    if (benchmark === SCALE) {
      const { benchScale } = await import("./benching/bench_scale.ts");
      return await benchScale(invocation);
    }
    const format = formatOf(invocation);
    const baseline = values.against === undefined ? undefined : await readMeasurement(baselinePath(values.against));
    const first = values.isa === ALL_PATHS ? undefined : values.isa?.split(",")[0];
    const threads = values.threads ?? [1];
    using library = await openShown({ isa: first, threads: threads[0] });
    const settings = settingsOf(choosePaths(library, values.isa), threads);
    const peaks = peaksOf(library, settings);
    const measured = nothingMeasured(peaks);
    const command = commandLine(["eoq", "bench", ...args]);
    const images = benchmark === "step" ? await openImages(values.data) : undefined;
    const context = {
      ...{ benchmark, command, peaks, images: images?.source ?? null },
      environment: await describeEnvironment(library),
    };
    const json = () => JSON.stringify(makeBenchReport(context, measured), null, 2);
    const save = values.save === undefined ? undefined : baselinePath(values.save);
    if (save !== undefined) await ensureBaseline(save, values);
    const terminal = stderrTerminal();
    const line = terminal && new ProgressLine(terminal);
    const onMeasured = async (what: string) => {
      line?.draw(what);
      if (save !== undefined) await writeAtomically(save, new TextEncoder().encode(json() + "\n"));
    };
    await using beside = values.beside === undefined ? undefined : await openBeside(values.beside);
    await onMeasured("starting");
    await runBenchmark(benchmark, {
      ...{ library, settings, peaks, context, measured, onMeasured },
      ...{ model: values.model, methods: values.method, batches: values.batch, withPeers: values.peers },
      findsNoise: save !== undefined || baseline !== undefined || beside !== undefined,
      ...{ beside, data: values.data },
      ...{ images, recipe: { ...RECIPES[values.recipe], ...values.set } },
      ...{ seconds: values.seconds ?? SECONDS[benchmark], precision: values.precision },
    });
    line?.clear();
    const report = makeBenchReport(context, measured);
    const measurement = measurementOf(report, benchMetrics);
    const tolerance = toleranceOf(values);
    const found = beside ? diffBeside(report, tolerance) : baseline && diff(baseline, measurement, tolerance);
    await printDocument(format, { measurement, ...(found && { diff: found }) }, {
      saysVerdicts: ["table"],
      json,
      table: () => {
        const tables = formatBenchReport(report, measured.outcomes, settings, {
          width: outputWidth(),
          wide: values.wide,
        });
        return [tables, ...(found ? [verdictTable(found)] : [])].join("\n\n");
      },
    });
    return EXIT[found === undefined ? "done" : outcomeOf(found, tolerance)];
  },
};
