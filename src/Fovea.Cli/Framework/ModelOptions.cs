using System.CommandLine;
using Fovea.Engine;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Framework;

/// <summary>The options that networks declare for themselves, such as LeNet's activation: every verb that builds a network takes all of
/// them.</summary>
internal sealed class ModelOptions
{
    private readonly Dictionary<string, Option<string?>> _options = [];

    /// <summary>Makes an option for each name that a network of the zoo declares.</summary>
    public ModelOptions()
    {
        foreach (IGrouping<string, (ModelSpec Model, ModelOption Option)> group in ModelZoo.All.SelectMany(m =>
            m.Options.Select(o => (Model: m, Option: o))).GroupBy(o => o.Option.Name))
        {
            string[] values = [.. group.SelectMany(o => o.Option.Values).Distinct()];
            string help = $"{string.Join(", ", group.Select(o => o.Model.Name))}: {group.First().Option.Help}; default "
                + $"{group.First().Option.Values[0]}";
            _options.Add(group.Key, Opt.Choice($"--{group.Key}", help, values));
        }
    }

    /// <summary>The options, for the verb.</summary>
    public IEnumerable<Option> All => _options.Values;

    /// <summary>The values that were given, by name without dashes.</summary>
    public Dictionary<string, string> Given(ParseResult parsed)
    {
        Dictionary<string, string> given = [];
        foreach ((string name, Option<string?> option) in _options)
        {
            if (parsed.GetValue(option) is { } value)
                given.Add(name, value);
        }
        return given;
    }
}

/// <summary>Options that several verbs have, made alike everywhere.</summary>
internal static class Common
{
    /// <summary>A shape, channels first.</summary>
    public static Option<TensorShape?> Input() => Opt.Make<TensorShape?>("--input", "CxHxW", "channels, height and width of one image; default: the network's own", text =>
        TensorShape.TryParse(text, out TensorShape shape) ? (shape, null) : (null, "expected channels x height x width, each 1 or more, such as 3x224x224"));

    /// <summary>Which kernels.</summary>
    public static Option<string?> Backend() =>
        Opt.Choice("--backend", "which kernels; default auto: oneDNN where it is found, managed otherwise", [.. OptionNames.Backend.All]);

    /// <summary>What computes: there is no choice yet, and scripts can say so already.</summary>
    public static Option<string?> Device() => Opt.Choice("--device", "what computes: the processor", ["cpu"], "cuda");

    /// <summary>How many threads.</summary>
    public static Option<int?> Threads() =>
        Opt.Int("--threads", $"threads for arithmetic; default: all processors ({Environment.ProcessorCount} here)", 1, 1024);

    /// <summary>Which arithmetic.</summary>
    public static Option<string?> Precision() => Opt.Choice(
        "--precision", "activations and their gradients: fp32 (default), bf16 (needs oneDNN and AVX512-BF16 or AMX), auto: bf16 where it is fast", [.. OptionNames.Precision.All]);

    /// <summary>Results as JSON.</summary>
    public static Option<bool> Json() => Opt.Flag("--json", "print the result as JSON, alone on standard output");

    /// <summary>Where a built-in data set's files lie.</summary>
    public static Option<string?> DataDir() =>
        Opt.Text("--data-dir", "DIR", "folder in which a built-in data set's files lie; default: the usual places ('fovea data list')");

    /// <summary>The largest picture that is decoded; 3 bytes of each pixel must fit into one array.</summary>
    public static Option<int?> MaxPixels() =>
        Opt.Int("--max-pixels", "refuse images of more pixels (width times height); default 178956970, as Pillow", 1, 700_000_000);

    /// <summary>The backend by its name on the command line; null is auto.</summary>
    public static BackendChoice BackendOf(string? name) => name is null ? BackendChoice.Auto : OptionNames.Backend.Parse(name);

    /// <summary>The precision by its name on the command line; null is float32.</summary>
    public static PrecisionChoice PrecisionOf(string? name) => name is null ? PrecisionChoice.Float32 : OptionNames.Precision.Parse(name);

    /// <summary>How a trained network is run: what was given, and as the rules say where nothing was.</summary>
    public static RuntimeOptions Runtime(CliConsole console, string? backend, string? precision, int? threads) => new()
    {
        Backend = BackendOf(backend),
        Kernels = KernelChoices.Of(console),
        Precision = PrecisionOf(precision),
        Threads = threads ?? Environment.ProcessorCount,
        Slow = slow => console.Warn(slow.ToString()),
    };

    /// <summary>The network of this name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static ModelSpec Model(string name)
    {
        return UsageException.Check(() => ModelZoo.Find(name));
    }
}
