using Fovea.Data;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>How an <see cref="Evaluator"/> works.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Backend and threads.</summary>
    public RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Images in a batch, 1 to 65536. Default 64.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Threads that load images, 1 to 256. Default 2.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Largest width times height of an image, in pixels; a larger one counts as broken.</summary>
    public long MaxPixels { get; init; } = ReadOptions.DefaultMaxPixels;

    /// <summary>Looks at each image, whose probabilities are averaged. Default: one.</summary>
    public TestTimeAugmentation Augmentation { get; init; }

    /// <summary>Told the images done and all images after each batch, on the evaluating thread.</summary>
    public Action<int, int>? Progress { get; init; }

    /// <summary>Told each image that cannot be read, and why.</summary>
    public Action<string, string>? Broken { get; init; }
}

/// <summary>Runs a model over a split in inference mode.</summary>
public static class Evaluator
{
    /// <summary>Evaluates a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="split">The images; their classes are the model's, in the same order; only the count where the model's are numbers.</param>
    /// <param name="options">Backend, batch size, workers.</param>
    /// <param name="cancellation">Ends the evaluation with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="FoveaException">The classes are not the model's, or the images do not fit its input.</exception>
    public static EvaluationResult Evaluate(
        LoadedModel model, IImageDataset split, EvaluationOptions options, CancellationToken cancellation = default)
    {
        // Imported weights know how many classes there are and not what they are called: "0", "1", ...; the data's order is then taken as the model's.
        bool nameless = model.Classes.Count == split.Classes.Count && model.Classes.Select((name, i) => name == i.ToString()).All(same => same);
        if (!nameless && !model.Classes.SequenceEqual(split.Classes))
        {
            throw new FoveaException($"Evaluating '{model.Path}' on {split.Name}: the model knows {Names(model.Classes)}, the data has "
                + $"{Names(split.Classes)}. "
                + "Names and order must be the same; evaluate on data of the model's classes. (An imported model gets its names with import --class-names FILE.)");
        }
        EvaluationPass.Settings settings = new(options.BatchSize, options.Workers, options.MaxPixels, BrokenLimit: null)
        {
            Augmentation = options.Augmentation,
            KeepLogits = true,
        };
        EvaluationPass pass = new(model.Architecture, split, settings);
        return EngineThread.Run(() =>
        {
            using Runtime runtime = new(options.Runtime);
            using ParameterSet parameters = model.CreateParameters();
            pass.Compile(runtime, model.Graph, parameters);
            pass.Run(options.Progress, broken => options.Broken?.Invoke(broken.Source, broken.Reason), cancellation);
            return pass.Result();
        });
    }

    private static string Names(IReadOnlyList<string> classes) =>
        $"{classes.Count} classes ({string.Join(", ", classes.Take(6))}{(classes.Count > 6 ? ", ..." : "")})";
}
