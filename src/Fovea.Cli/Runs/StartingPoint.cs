using System.Globalization;
using Fovea.Engine;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Runs;

/// <summary>
/// What <c>--weights</c> says of the network besides its weights. Weights are of use only with what they were trained to be fed, and with the network's own
/// options: a run that starts from them goes on with both, but for what its options decide otherwise.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Model">The network that it describes; null where it holds weights alone, as PyTorch's files do.</param>
internal sealed record StartingPoint(string Path, Architecture? Model)
{
    /// <summary>Reads it; null without <c>--weights</c>.</summary>
    /// <exception cref="Kernels.FoveaException">There is no such file or run, or it cannot be read.</exception>
    public static StartingPoint? Of(string? weights, string output)
    {
        if (weights is null)
            return null;
        string path = RunPaths.FindModel(weights, output);
        return new StartingPoint(path, ModelFile.Describe(path));
    }

    /// <summary>The file's network, where it is the one that is to be trained.</summary>
    public Architecture? For(ModelSpec spec) => Model?.Model == spec.Name ? Model : null;

    /// <summary>The network's own options: the file's, and before them the user's.</summary>
    public static Dictionary<string, string> Options(Architecture? file, Dictionary<string, string> given)
    {
        Dictionary<string, string> options = new(file?.Options ?? new Dictionary<string, string>());
        foreach ((string name, string value) in given)
            options[name] = value;
        return options;
    }

    /// <summary>What a network is fed by default: the file's preprocessing, as far as it goes with the input; null where the file says nothing.</summary>
    public static Preprocessing? Preprocess(Architecture? file, ModelSpec spec, TensorShape input)
    {
        if (file is null || file.Input.C != input.C)
            return null;
        if (file.Input == input)
            return file.Preprocessing;
        // Geometry is for one size; what is subtracted and divided by is not.
        Preprocessing own = spec.Preprocess(input.C, input.H, input.W);
        return file.Preprocessing with { EvalTransform = own.EvalTransform, TrainTransform = own.TrainTransform };
    }

    /// <summary>In words, what the run is fed; null where the file says nothing.</summary>
    public string? Note(Architecture chosen)
    {
        if (For(chosen.Spec) is not { } file)
            return null;
        Preprocessing now = chosen.Preprocessing;
        Preprocessing was = file.Preprocessing;
        List<string> other = [];
        if (file.Input != chosen.Input)
            other.Add($"the input {chosen.Input} instead of {file.Input}");
        if (!now.Mean.SequenceEqual(was.Mean) || !now.Std.SequenceEqual(was.Std) || now.Scale != was.Scale)
            other.Add("mean and std");
        if (now.EvalTransform != was.EvalTransform)
            other.Add("the transforms of evaluation");
        if (now.TrainTransform != was.TrainTransform)
            other.Add("the transforms of training");
        foreach ((string name, string value) in chosen.Options.Where(o => file.Options[o.Key] != o.Value))
            other.Add($"--{name} {value} instead of {file.Options[name]}");
        string differing = other.Count == 0 ? "" : $" Otherwise than there, by this run's options: {string.Join(", ", other)}.";
        string pixels = $"{(now.ReverseChannels ? "blue, green, red; " : "")}mean {Numbers(now.Mean)}, std {Numbers(now.Std)}";
        return $"{Path} says what its network is fed, and this run keeps to it: {now.EvalTransform}; {pixels}; in training {now.TrainTransform}.{differing}";
    }

    private static string Numbers(IEnumerable<float> values) => string.Join(",", values.Select(v => v.ToString("0.####", CultureInfo.InvariantCulture)));
}
