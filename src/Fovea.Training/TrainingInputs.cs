using Fovea.Data;
using Fovea.Data.Loading;
using Fovea.Data.Transforms;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>
/// What a run works on: the network's description, loaders, and later the plans. Making it finds what is wrong before anything is written.
/// </summary>
internal sealed class TrainingInputs : IDisposable
{
    private readonly TrainingCaches _caches;
    private readonly Dictionary<int, Plan> _plans = [];

    /// <summary>Checks the data against the network.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="data">Its data.</param>
    /// <param name="output">The folder that holds the run's folder.</param>
    /// <exception cref="FoveaException">Class counts, sizes or transforms do not fit.</exception>
    public TrainingInputs(TrainingOptions options, DataSplits data, string output)
    {
        _caches = new TrainingCaches(options, output);
        Architecture architecture = options.Architecture;
        if (data.Classes.Count != architecture.Classes)
            throw new FoveaException($"Training {architecture.Model} with {architecture.Classes} classes on {data.Name}, which has "
                + $"{data.Classes.Count}: make --classes {data.Classes.Count}, or leave it out.");
        try
        {
            Graph = ModelZoo.Build(architecture);
            TransformPipeline transforms = TransformPipeline.Parse(architecture.Preprocessing.TrainTransform);
            Loader = new Loader(data.Train, transforms, new LoaderOptions
            {
                BatchSize = options.BatchSize,
                Channels = architecture.Input.C,
                Height = architecture.Input.H,
                Width = architecture.Input.W,
                Workers = options.Workers,
                Shuffle = true,
                Seed = options.Seed,
                MaxPixels = options.MaxPixels,
                BrokenLimit = options.MaxBroken,
                AllowBroken = options.AllowBroken,
                ScaledDecode = true,
                Cache = _caches.Open("train", data.Train, transforms, scaled: true),
            });
            EvaluationPass.Settings settings = new(
                options.ValBatchSize ?? options.BatchSize, options.Workers, options.MaxPixels, options.AllowBroken ? null : options.MaxBroken,
                (split, transforms) => _caches.Open(ReferenceEquals(split, data.Train) ? "train" : "val", split, transforms, scaled: false));
            Evaluations.Add(("val", new EvaluationPass(architecture, data.Validation, settings)));
            if (options.EvalTrain)
                Evaluations.Add(("train", new EvaluationPass(architecture, data.Train, settings)));
        }
        catch
        {
            _caches.Dispose();
            throw;
        }
    }

    /// <summary>The network.</summary>
    public Graph Graph { get; }

    /// <summary>The training split.</summary>
    public Loader Loader { get; }

    /// <summary>What is evaluated after each epoch; the validation split comes first.</summary>
    public List<(string Split, EvaluationPass Pass)> Evaluations { get; } = [];

    /// <summary>Makes every plan that the run will need, so that what cannot work fails before the first step.</summary>
    public void Compile(Runtime runtime, ParameterSet parameters, TrainingOptions options, UpdateRule rule)
    {
        CompileTraining(runtime, parameters, options, rule);
        foreach ((_, EvaluationPass pass) in Evaluations)
            pass.Compile(runtime, Graph, parameters);
    }

    /// <summary>Makes the plans of training alone.</summary>
    public void CompileTraining(Runtime runtime, ParameterSet parameters, TrainingOptions options, UpdateRule rule)
    {
        foreach (int batch in BatchSizes.Of(Loader))
            _plans[batch] = runtime.Compile(Graph, parameters, options.ToPlanOptions(batch, rule));
    }

    /// <summary>The first images of the training split as evaluation sees them, u8 and NHWC, one after the other; those that cannot be read are left out.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="data">Its data.</param>
    /// <param name="count">At most so many.</param>
    public static byte[] FirstImages(TrainingOptions options, DataSplits data, int count)
    {
        Architecture architecture = options.Architecture;
        Loader loader = new(data.Train, TransformPipeline.Parse(architecture.Preprocessing.EvalTransform), new LoaderOptions
        {
            BatchSize = Math.Min(count, 256),
            Channels = architecture.Input.C,
            Height = architecture.Input.H,
            Width = architecture.Input.W,
            Workers = options.Workers,
            MaxPixels = options.MaxPixels,
            AllowBroken = true,
        });
        using MemoryStream images = new();
        using EpochReader reader = loader.Epoch(0);
        for (int seen = 0; seen < count && reader.Next() is { } batch;)
        {
            for (int i = 0; i < batch.Count && seen < count; i++, seen++)
            {
                if (batch.Labels[i].Weight > 0)
                    images.Write(batch.Pixels.Slice(i * loader.ImageBytes, loader.ImageBytes));
            }
        }
        return images.ToArray();
    }

    /// <summary>What the caches have to tell since the last call.</summary>
    public IEnumerable<CacheNote> TakeNotes() => _caches.TakeNotes();

    /// <summary>Closes the caches.</summary>
    public void Dispose() => _caches.Dispose();

    /// <summary>The training plan for a batch of this size.</summary>
    public Plan PlanFor(int batch) => _plans[batch];

    /// <summary>Which kernel each step of each plan got.</summary>
    public List<PlanArgs> Describe() =>
    [
        .. _plans.Values.Select(plan => Describe("train", plan)),
        .. Evaluations.SelectMany(evaluation => evaluation.Pass.Plans.Select(plan => Describe($"evaluate {evaluation.Split}", plan))),
    ];

    /// <summary>What the plans chose where there were several ways.</summary>
    public IEnumerable<KernelChoice> Choices =>
        _plans.Values.Concat(Evaluations.SelectMany(evaluation => evaluation.Pass.Plans)).SelectMany(plan => plan.Choices);

    private static PlanArgs Describe(string what, Plan plan) => new(
        $"{what}, batch {plan.Options.Batch}",
        [.. plan.RefreshSteps.Concat(plan.Steps).Concat(plan.UpdateSteps).Select(step => new StepArgs(step.Layer, step.Work, step.Kernel, step.Declined))]);
}
