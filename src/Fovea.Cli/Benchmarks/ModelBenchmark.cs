using Fovea.Cli.Json;
using Fovea.Engine;
using Fovea.Engine.Measuring;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Benchmarks;

/// <summary>Times the engine alone, on synthetic images.</summary>
internal static class ModelBenchmark
{
    private const int LeastSteps = 3, WarmUp = 2;

    /// <summary>Measures the machine's roofline.</summary>
    public static MachineSpeed Machine(RuntimeOptions options) => EngineThread.Run(() =>
    {
        using Fovea.Kernels.Threading.WorkerTeam team = new(options.Threads);
        return MachineSpeed.Measure(team);
    });

    /// <summary>Times one network.</summary>
    /// <param name="architecture">The network.</param>
    /// <param name="options">How.</param>
    /// <param name="machine">The machine's roofline.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="stop">Ends the measurement.</param>
    public static BenchJson Run(Architecture architecture, BenchmarkOptions options, MachineSpeed machine, Action<string> progress, CancellationToken stop) =>
        EngineThread.Run(() =>
        {
            (BenchJson result, StepReport steps, FloorReport? floor) = Time(architecture, options, machine, progress, stop);
            if (floor is not null)
            {
                // Only now: the plan's memory is free again.
                floor.Measure(progress, stop);
                // A processor's clock moves from one minute to the next: the plan is timed on both sides of its floor, and the quieter time counts.
                (BenchJson again, StepReport stepsAgain, _) = Time(architecture, options, machine, progress, stop);
                if (again.MsPerStep < result.MsPerStep)
                    (result, steps) = (again with { PeakBytes = result.PeakBytes }, stepsAgain);
            }
            return result with { Layers = options.Layers ? steps.Layers() : null, Floor = floor?.Against(steps, result.MsPerStep) };
        });

    /// <summary>What the plan of a benchmark is compiled for.</summary>
    public static PlanOptions PlanOptions(bool training, int batch, UpdateRule? rule) => new()
    {
        Batch = batch,
        Training = training,
        Loss = training ? new SoftmaxCrossEntropy() : null,
        Update = training ? rule : null,
    };

    /// <summary>The optimizer of a benchmark: SGD with momentum and weight decay, as the peers have it.</summary>
    public static UpdateRule Optimizer() => new Sgd(new OptimizerSettings { Momentum = 0.9, WeightDecay = 5e-4 });

    private static (BenchJson Result, StepReport Steps, FloorReport? Floor) Time(
        Architecture architecture, BenchmarkOptions options, MachineSpeed machine, Action<string> progress, CancellationToken stop)
    {
        ProcFiles.ResetPeak();
        Graph graph = ModelZoo.Build(architecture, options.Auxiliaries);
        using ParameterSet parameters = ParameterSet.For(graph);
        ModelSpec spec = architecture.Spec;
        using Runtime runtime = new(options.Runtime);
        Initializers.Find("default", spec).Apply(parameters, spec, 0, runtime.Team);
        using Plan plan = runtime.Compile(graph, parameters, PlanOptions(options.Training, options.Batch, Optimizer()));
        StepTimes times = new(plan);
        double median = Measure(plan, times, architecture.Classes, options, progress, stop) * 1000;
        StepReport steps = new(plan, times, machine);
        BenchJson result = new(
            architecture.Model, options.Training ? "train" : "infer", options.Batch, runtime.Precision.Name(), runtime.Backend, runtime.Threads,
            options.Batch / median * 1000, median, ProcFiles.PeakResidentBytes)
        {
            GflopsPerSecond = steps.Flops / median * 1e-6,
            GigabytesPerSecond = steps.Bytes / median * 1e-6,
            Roofline = steps.RooflineSeconds / median * 1000,
            ArenaBytes = plan.ArenaBytes,
            SlowKernels = SlowKernelJson.Of(runtime.SlowKernels),
            Machine = new MachineJson(machine.FlopsPerSecond * 1e-9, machine.BytesPerSecond * 1e-9),
        };
        return (result, steps, options.Floor ? new FloorReport(plan, steps, machine, options.Runtime) : null);
    }

    private static double Measure(Plan plan, StepTimes times, int classes, BenchmarkOptions options, Action<string> progress, CancellationToken stop)
    {
        List<double> seconds = [];
        double measured = 0;
        for (int step = 0; measured < options.Seconds || seconds.Count < LeastSteps; step++)
        {
            stop.ThrowIfCancellationRequested();
            SyntheticBatch.Fill(plan, classes, step);
            // The first steps touch memory for the first time; they say nothing about the rest.
            if (step < WarmUp)
            {
                plan.Run();
                continue;
            }
            double took = times.Run();
            seconds.Add(took);
            measured += took;
            progress(FormattableString.Invariant($"{measured:0.0} of {options.Seconds:0.#} s measured"));
        }
        return Median(seconds);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        int middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
