using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Data.Transforms;
using Fovea.Models;

namespace Fovea.Cli.Runs;

/// <summary>The options that decide what a network is fed.</summary>
internal sealed class PreprocessingArguments
{
    /// <summary>Height and width.</summary>
    public Option<int?> ImageSize { get; } = Opt.Int("--img-size", "height and width that images are brought to; default: the network's own", 1,
        65536);

    /// <summary>Geometry and augmentation in training.</summary>
    public Option<string?> TrainTransform { get; } = Transforms("--train-transform",
        "augmentation in training, such as 'random-resized-crop(224) hflip'; default: the network's own");

    /// <summary>Geometry in evaluation.</summary>
    public Option<string?> EvalTransform { get; } = Transforms("--eval-transform",
        "in evaluation and prediction, such as 'resize(256) center-crop(224)'; default: the network's own");

    /// <summary>Means.</summary>
    public Option<float[]?> Mean { get; } = Opt.Numbers("--mean", "mean of each channel, of values from 0 to 1; default: the data's", x =>
        x is >= 0 and <= 1, "from 0 to 1");

    /// <summary>Deviations.</summary>
    public Option<float[]?> Std { get; } = Opt.Numbers("--std", "standard deviation of each channel; default: the data's", x => x is > 0 and <= 1,
        "above 0, at most 1");

    /// <summary>All of them, for the verb.</summary>
    public IEnumerable<Option> All => [ImageSize, TrainTransform, EvalTransform, Mean, Std];

    /// <summary>The network's own preprocessing for its input, with the data's statistics, and what the user decided otherwise.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="input">Its input.</param>
    /// <param name="data">What is known of the data.</param>
    /// <param name="start">What the weights that training starts from were fed, which comes before the data's and the network's own; null for fresh ones.</param>
    /// <param name="parsed">What the user gave.</param>
    public Preprocessing Of(ModelSpec spec, Engine.TensorShape input, Data.DataDefaults data, Preprocessing? start, ParseResult parsed)
    {
        Preprocessing fresh = spec.Preprocess(input.C, input.H, input.W);
        Preprocessing own = start ?? fresh with { Mean = Spread(data.Mean, input.C), Std = Spread(data.Std, input.C) };
        float[]? mean = Channels("--mean", parsed.GetValue(Mean), input.C), std = Channels("--std", parsed.GetValue(Std), input.C);
        if (own.Scale != fresh.Scale && (mean is null) != (std is null))
        {
            throw new UsageException($"{(mean is null ? "--std" : "--mean")} is of values from 0 to 1, but the weights were trained on others (scale "
                + $"{own.Scale.ToString(System.Globalization.CultureInfo.InvariantCulture)}): give --mean and --std together, or neither.");
        }
        return own with
        {
            Mean = mean ?? own.Mean,
            Std = std ?? own.Std,
            Scale = mean is null ? own.Scale : fresh.Scale,
            TrainTransform = parsed.GetValue(TrainTransform) ?? own.TrainTransform,
            EvalTransform = parsed.GetValue(EvalTransform) ?? own.EvalTransform,
        };
    }

    // The parser gives an array without values where the option is not given.
    private static float[]? Channels(string option, float[]? given, int channels)
    {
        if (given is null or [])
            return null;
        if (given.Length == channels)
            return given;
        return given.Length == 1
            ? [.. Enumerable.Repeat(given[0], channels)]
            : throw new UsageException($"{option}: got {given.Length} values for {channels} channel{(channels == 1 ? "" : "s")}; give one for all, "
                + "or one for each.");
    }

    /// <summary>The data's statistics for the network's channels: grey ones for each channel, or the mean of colours for grey.</summary>
    private static float[] Spread(IReadOnlyList<float> values, int channels) =>
        values.Count == channels ? [.. values] : [.. Enumerable.Repeat(MathF.Round(values.Average(), 4), channels)];

    private static Option<string?> Transforms(string name, string help) =>
        Opt.Parsed(name, "T", help, text => TransformPipeline.Parse(text).ToString(), named: true);
}
