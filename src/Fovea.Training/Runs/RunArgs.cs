using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fovea.Kernels;
using Fovea.Kernels.Memory;

namespace Fovea.Training;

/// <summary>args.json: every option of a run as it was resolved, and what it ran on. <c>--resume</c> reads it back.</summary>
public sealed partial record RunArgs
{
    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>The options; a key is the option's name on the command line.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>How <c>--time-budget</c> came to the number of epochs; null without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Sizing? Sizing { get; init; }

    /// <summary>The class names in the order of the logits.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The data that the run is trained on.</summary>
    public required DatasetArgs Dataset { get; init; }

    /// <summary>The preferred backend's name.</summary>
    public required string Backend { get; init; }

    /// <summary>The precision that was used: "fp32" or "bf16".</summary>
    public required string Precision { get; init; }

    /// <summary>What backends were found, as a sentence.</summary>
    public required string BackendReport { get; init; }

    /// <summary>Which kernel each step of each plan got.</summary>
    public required IReadOnlyList<PlanArgs> Plans { get; init; }

    /// <summary>
    /// Which of several ways of computing each layer the plans took, by rule or by a table of measurements: what a resumed run follows. Null in files of versions that
    /// had the rules alone.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Kernels { get; init; }

    /// <summary>Warnings about the slow ones among them.</summary>
    public IReadOnlyList<string> SlowKernels { get; init; } = [];

    /// <summary>This program's version: "0.1.0".</summary>
    public static string ProgramVersion { get; } =
        (typeof(RunArgs).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    /// <summary>Reads the args.json of a run.</summary>
    /// <param name="run">The run's folder.</param>
    /// <exception cref="FoveaException">It is missing or damaged.</exception>
    public static RunArgs Load(string run)
    {
        string path = Path.Combine(run, RunPaths.Args);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ArgsContext.Default.RunArgs) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"Reading the run '{run}': {path} cannot be read: {IoReason.Of(e, path)}.", e);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new FoveaException($"Reading the run '{run}': {path} is damaged: {e.Message} Put the file back as it was, or start a new run from the "
                + $"best checkpoint with --weights.", e);
        }
    }

    /// <summary>Writes the args.json of a run.</summary>
    public void Save(string run) => AtomicFile.Write(Path.Combine(run, RunPaths.Args), stream =>
    {
        JsonSerializer.Serialize(stream, this, ArgsContext.Default.RunArgs);
        stream.WriteByte((byte)'\n');
    });

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, WriteIndented = true, NewLine = "\n",
        RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
    [JsonSerializable(typeof(RunArgs))]
    private sealed partial class ArgsContext : JsonSerializerContext;
}

/// <summary>A run's data as args.json has it.</summary>
/// <param name="Name">The built-in name, or the folder.</param>
/// <param name="Layout">What was found where.</param>
/// <param name="Train">Training images.</param>
/// <param name="Val">Validation images.</param>
/// <param name="Fingerprint">SHA-256 of both splits.</param>
public sealed record DatasetArgs(string Name, string Layout, int Train, int Val, string Fingerprint);

/// <summary>A plan as args.json has it.</summary>
/// <param name="Plan">What it is for: "train, batch 64".</param>
/// <param name="Steps">Its steps in order.</param>
public sealed record PlanArgs(string Plan, IReadOnlyList<StepArgs> Steps);

/// <summary>A step of a plan as args.json has it.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Work">What it does.</param>
/// <param name="Kernel">Which kernel does it.</param>
/// <param name="Declined">Why the preferred backend left it to another; null where it did not.</param>
public sealed record StepArgs(string Layer, string Work, string Kernel, string? Declined);
