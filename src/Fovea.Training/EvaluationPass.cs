using System.Diagnostics;
using Fovea.Data;
using Fovea.Data.Caching;
using Fovea.Data.Loading;
using Fovea.Data.Transforms;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>One split and the plans that evaluate it; run as often as wanted, parameters may change in between.</summary>
internal sealed class EvaluationPass
{
    private readonly Loader _loader;
    private readonly TestTimeViews _views;
    private readonly ConfusionMatrix _confusion;
    private readonly AnswerTally _tally;
    private readonly Dictionary<int, Plan> _plans = [];
    private readonly int _width, _channels;

    /// <param name="BatchSize">Images in a batch.</param>
    /// <param name="Workers">Loading threads.</param>
    /// <param name="MaxPixels">Largest picture.</param>
    /// <param name="BrokenLimit">Share of images that may be broken; null for any.</param>
    /// <param name="OpenCache">Opens a cache for the split and its transforms; null for none.</param>
    public sealed record Settings(
        int BatchSize, int Workers, long MaxPixels, double? BrokenLimit, Func<IImageDataset, TransformPipeline, SampleCache?>? OpenCache = null)
    {
        /// <summary>Looks at each image.</summary>
        public TestTimeAugmentation Augmentation { get; init; }

        /// <summary>Keeps every image's logits, for the temperature: 4 bytes for each class of each image.</summary>
        public bool KeepLogits { get; init; }
    }

    /// <summary>Checks everything that can be checked before a plan is made.</summary>
    public EvaluationPass(Architecture architecture, IImageDataset split, Settings settings)
    {
        _views = TestTimeViews.Of(architecture, split, settings.Augmentation);
        _loader = new Loader(split, _views.Transforms, new LoaderOptions
        {
            BatchSize = settings.BatchSize,
            Channels = architecture.Input.C,
            Height = _views.Height,
            Width = _views.Width,
            Workers = settings.Workers,
            MaxPixels = settings.MaxPixels,
            BrokenLimit = settings.BrokenLimit ?? 1,
            AllowBroken = settings.BrokenLimit is null,
            Cache = settings.OpenCache?.Invoke(split, _views.Transforms),
        });
        _confusion = new ConfusionMatrix(split.Classes.Count);
        _tally = new AnswerTally(split.Classes.Count, _views.Weight, settings.KeepLogits ? split.Count : 0);
        (_width, _channels) = (architecture.Input.W, architecture.Input.C);
    }

    /// <summary>Sums of the last run.</summary>
    public LossSums Sums { get; private set; }

    /// <summary>Images that counted in the last run.</summary>
    public int Images { get; private set; }

    /// <summary>Broken images of the last run.</summary>
    public int Skipped { get; private set; }

    /// <summary>Mean loss of the last run.</summary>
    public double Loss => Sums.Loss / Sums.Weight;

    /// <summary>Accuracy of the last run.</summary>
    public double Top1 => Images == 0 ? 0 : (double)Sums.Correct / Images;

    /// <summary>Share of images whose class was among the five likeliest.</summary>
    public double Top5 => Images == 0 ? 0 : (double)Sums.Correct5 / Images;

    /// <summary>What the network said of each image in the last run, in the split's order; overwritten by the next.</summary>
    public IReadOnlyList<ImageOutcome> Outcomes => _tally.Outcomes;

    /// <summary>The plans, for reports.</summary>
    public IEnumerable<Plan> Plans => _plans.Values;

    /// <summary>Makes the plans: one for full batches, one for what is left over at the end.</summary>
    public void Compile(Runtime runtime, Graph graph, ParameterSet parameters)
    {
        foreach (int batch in BatchSizes.Of(_loader))
            _plans[batch] = runtime.Compile(graph, parameters, new PlanOptions { Batch = batch, Loss = new SoftmaxCrossEntropy() });
    }

    /// <summary>Runs the network over the split.</summary>
    /// <param name="progress">Told the images done and all images after each batch.</param>
    /// <param name="broken">Told each image that cannot be read, once over all runs.</param>
    /// <param name="cancellation">Ends the run.</param>
    public void Run(Action<int, int>? progress, Action<BrokenSample> broken, CancellationToken cancellation)
    {
        (Sums, Images, Skipped) = (default, 0, 0);
        _confusion.Clear();
        _tally.Clear();
        using EpochReader reader = _loader.Epoch(0, cancellation);
        while (reader.Next() is { } batch)
        {
            foreach (BrokenSample sample in batch.Broken)
                broken(sample);
            Plan plan = _plans[batch.Count];
            batch.Labels.CopyTo(plan.Labels);
            foreach (View view in _views.Views)
            {
                Look(view, batch, plan.Pixels);
                plan.Run();
                _tally.Add(batch.Labels, plan.Logits, view.Weight);
            }
            _tally.Finish(batch.Labels, batch.Samples, _confusion);
            // One look has the loss that the plan computed itself; that of several is the loss of their average.
            Sums += _views.Views.Count == 1 ? plan.State.Loss : _tally.AverageSums;
            Skipped += batch.BrokenCount;
            Images += batch.Count - batch.BrokenCount;
            progress?.Invoke(Images + Skipped, _loader.Dataset.Count);
        }
    }

    /// <summary>Seconds that a run will take, by those that its first batches take.</summary>
    /// <param name="batches">Batches that are timed; one more goes before them.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public double Estimate(int batches, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp(), images = 0;
        double seconds = 0;
        using EpochReader reader = _loader.Epoch(0, cancellation);
        for (int i = 0; i <= batches && reader.Next() is { } batch; i++)
        {
            Plan plan = _plans[batch.Count];
            batch.Pixels.CopyTo(plan.Pixels);
            batch.Labels.CopyTo(plan.Labels);
            plan.Run();
            // The first batch refreshes what the plan keeps of the parameters, and where there is only one it has to do.
            if (i == 0 && _loader.BatchesPerEpoch > 1)
                start = Stopwatch.GetTimestamp();
            else
                (images, seconds) = (images + batch.Count, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        _loader.ReportAnew();
        return _loader.Dataset.Count * seconds / images;
    }

    /// <summary>Everything about the last run.</summary>
    public EvaluationResult Result() => EvaluationSummary.Of(this, _loader.Dataset, _confusion, _tally);

    private void Look(View view, LoaderBatch batch, Span<byte> pixels)
    {
        int from = _loader.ImageBytes, to = pixels.Length / batch.Count;
        for (int i = 0; i < batch.Count; i++)
            _views.Cut(view, batch.Pixels.Slice(i * from, from), pixels.Slice(i * to, to), _width, _channels);
    }
}

/// <summary>The batch sizes that an epoch of a loader has.</summary>
internal static class BatchSizes
{
    /// <summary>The full size where there is a full batch, and that of a partial last one.</summary>
    public static IEnumerable<int> Of(Loader loader)
    {
        int size = loader.Options.BatchSize, left = loader.Dataset.Count % size;
        if (loader.Dataset.Count >= size)
            yield return size;
        if (left > 0)
            yield return left;
    }
}
