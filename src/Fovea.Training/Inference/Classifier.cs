using System.Numerics;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>
/// A model ready to say what pictures show. Any number of threads may call it; the network runs on a thread of its own, one batch at a time.
/// </summary>
public sealed class Classifier : IDisposable
{
    private readonly EngineQueue _engine = new();
    private readonly PictureReader _reader;
    private readonly ClassifierOptions _options;
    private readonly SortedDictionary<int, Plan> _plans = [];
    private Runtime? _runtime;
    private ParameterSet? _parameters;
    private int _disposed;

    private Classifier(LoadedModel model, ClassifierOptions options)
    {
        (Model, _options, _reader) = (model, options, new PictureReader(model.Architecture, options.MaxPixels));
        try
        {
            BackendReport = _engine.Run(() =>
            {
                _runtime = new Runtime(options.Runtime);
                _parameters = model.CreateParameters();
                return _runtime.BackendReport;
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The model.</summary>
    public LoadedModel Model { get; }

    /// <summary>What backends were found, as a sentence.</summary>
    public string BackendReport { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">The model file; see <see cref="RunPaths.FindModel"/> for runs.</param>
    /// <param name="options">Backend, threads, batch size; defaults where null.</param>
    /// <exception cref="FoveaException">The file or an option is wrong; says what to change.</exception>
    public static Classifier Load(string path, ClassifierOptions? options = null)
    {
        options ??= new ClassifierOptions();
        if (options.BatchSize is < 1 or > 4096)
            throw new FoveaException($"--batch-size {options.BatchSize}: expected 1 to 4096.");
        return new Classifier(ModelFile.Load(path, options.Networks), options);
    }

    /// <summary>
    /// Classifies picture files, in their order. See <see cref="Predict(IEnumerable{Picture}, PredictOptions, CancellationToken)"/>.
    /// </summary>
    public IEnumerable<Prediction> Predict(IEnumerable<string> files, PredictOptions? options = null, CancellationToken cancellation = default) =>
        Predict(files.Select(file => new Picture(file)), options, cancellation);

    /// <summary>
    /// Classifies pictures, in their order, while the result is read: a batch is decoded on all processors while the one before is computed. A
    /// picture that cannot be
    /// read gets an error in its place.
    /// </summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="options">How many classes to name, and whether logits are wanted.</param>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    public IEnumerable<Prediction> Predict(IEnumerable<Picture> pictures, PredictOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new PredictOptions();
        if (options.TopK < 1)
            throw new FoveaException($"--top-k {options.TopK}: expected 1 or more.");
        return PredictBatches(pictures, options, cancellation);
    }

    /// <summary>Classifies one picture.</summary>
    public Prediction Predict(Picture picture, PredictOptions? options = null) => Predict([picture], options).Single();

    /// <summary>Ends the engine's thread and frees its memory.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _engine.Run(() =>
        {
            _runtime?.Dispose();
            _parameters?.Dispose();
            return true;
        });
        _engine.Dispose();
        _reader.Dispose();
    }

    private IEnumerable<Prediction> PredictBatches(IEnumerable<Picture> pictures, PredictOptions options, CancellationToken cancellation)
    {
        Task<Batch>? ahead = null;
        foreach (Picture[] chunk in pictures.Chunk(_options.BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            Task<Batch> decoding = Task.Run(() => Decode(chunk), CancellationToken.None);
            foreach (Prediction prediction in ahead is null ? [] : Compute(ahead, options))
                yield return prediction;
            ahead = decoding;
        }
        foreach (Prediction prediction in ahead is null ? [] : Compute(ahead, options))
            yield return prediction;
    }

    private Batch Decode(Picture[] pictures)
    {
        int size = _reader.ImageBytes;
        Batch batch = new(pictures, new byte[checked(BucketOf(pictures.Length) * size)], new string?[pictures.Length]);
        Parallel.For(0, pictures.Length, i => batch.Errors[i] = _reader.TryRead(pictures[i], batch.Pixels.AsSpan(i * size, size)));
        return batch;
    }

    private Prediction[] Compute(Task<Batch> decoding, PredictOptions options)
    {
        Batch batch = decoding.GetAwaiter().GetResult();
        int classes = Model.Classes.Count;
        float[] logits = batch.Errors.All(error => error is not null) ? [] : _engine.Run(() =>
        {
            Plan plan = PlanFor(batch.Pixels.Length / _reader.ImageBytes);
            batch.Pixels.CopyTo(plan.Pixels);
            plan.Run();
            return plan.Logits[..(batch.Pictures.Length * classes)].ToArray();
        });
        return [.. batch.Pictures.Select((picture, i) => batch.Errors[i] is { } error
            ? new Prediction(picture.Name, [], null, error)
            : Answer(picture.Name, logits.AsSpan(i * classes, classes), options))];
    }

    private Prediction Answer(string name, ReadOnlySpan<float> logits, PredictOptions options)
    {
        foreach (float logit in logits)
        {
            if (!float.IsFinite(logit))
                return new Prediction(name, [], null, "The network's output is not finite: the model's weights are damaged.");
        }
        double[] probabilities = Ranking.Softmax(logits);
        int[] top = Ranking.Top(logits, options.TopK);
        ClassProbability[] named = [.. top.Select(c => new ClassProbability(Model.Classes[c], c, probabilities[c]))];
        return new Prediction(name, named, options.Logits ? logits.ToArray() : null, null);
    }

    // Few sizes, so that few plans: powers of two, filled up with black pictures.
    private int BucketOf(int pictures) =>
        Math.Min((int)BitOperations.RoundUpToPowerOf2((uint)pictures), Math.Max(_options.BatchSize, pictures));

    private Plan PlanFor(int batch)
    {
        if (!_plans.TryGetValue(batch, out Plan? plan))
            _plans[batch] = plan = _runtime!.Compile(Model.Graph, _parameters!, new PlanOptions { Batch = batch });
        return plan;
    }

    private sealed record Batch(Picture[] Pictures, byte[] Pixels, string?[] Errors);
}
