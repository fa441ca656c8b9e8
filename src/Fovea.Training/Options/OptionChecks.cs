using System.Globalization;
using Fovea.Data.Caching;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>The one place that says which values the options of a run may have.</summary>
internal static class OptionChecks
{
    public static TrainingOptions Resolve(TrainingOptions options)
    {
        CheckNumbers(options);
        CheckNetwork(options.Architecture.Spec);
        Initializers.Find(options.Init, options.Architecture.Spec);
        if (options.Name is { } name && (name.Length == 0 || name.Contains('/') || name.Contains('\\') || name is "." or ".." || name.Contains('\0')))
            throw new FoveaException($"--name '{name}': a run's name is one folder's name, without slashes. The folder above it is --output.");
        _ = CacheOptions.ModeOf(options.Cache);
        if (options.Output.Length == 0)
            throw new FoveaException("--output is empty; expected the folder that is to hold the runs.");
        return OptimisationChecks.Resolve(options) with
        {
            ValBatchSize = options.ValBatchSize ?? options.BatchSize,
            Name = options.Name ?? options.Recipe ?? DefaultName(options),
        };
    }

    /// <summary>A network from outside must not be taken for one of the zoo when its checkpoint is read.</summary>
    private static void CheckNetwork(ModelSpec spec)
    {
        if (ModelZoo.All.Any(entry => entry.Name == spec.Name && !ReferenceEquals(entry, spec)))
            throw new FoveaException($"The network {spec.Name} is called like one of the zoo and is another: its checkpoints would be read as the zoo's. Give it another name.");
    }

    private static void CheckNumbers(TrainingOptions options)
    {
        Range("--batch-size", options.BatchSize, 1, 65_536);
        Range("--val-batch-size", options.ValBatchSize ?? 1, 1, 65_536);
        Range("--workers", options.Workers, 1, 256);
        Range("--threads", options.Threads, 1, 1024);
        Range("--log-every", options.LogEvery, 1, int.MaxValue);
        Range("--keep", options.Keep, 0, int.MaxValue);
        Range("--limit-train", options.LimitTrain ?? 1, 1, int.MaxValue);
        Range("--limit-val", options.LimitVal ?? 1, 1, int.MaxValue);
        Share("--max-broken", options.MaxBroken, 0 <= options.MaxBroken && options.MaxBroken <= 1, "from 0 to 1");
        Share("--val-split", options.ValSplit, 0 < options.ValSplit && options.ValSplit < 1, "above 0 and below 1");
        if (options.MaxPixels < 1)
            throw new FoveaException($"--max-pixels {options.MaxPixels}: expected 1 or more.");
    }

    public static void Range(string option, int value, int min, int max)
    {
        if (value < min || value > max)
            throw new FoveaException(max == int.MaxValue ? $"{option} {value}: expected {min} or more." : $"{option} {value}: expected {min} to "
                + $"{max}.");
    }

    private static void Share(string option, double? value, bool good, string allowed)
    {
        if (!good)
            throw new FoveaException($"{option} {value?.ToString("R", CultureInfo.InvariantCulture)}: expected a number {allowed}.");
    }

    private static string DefaultName(TrainingOptions options)
    {
        string data = Path.GetFileName(Path.TrimEndingDirectorySeparator(options.Data));
        char[] safe = [.. data.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')];
        return data.Trim('.').Length == 0 ? options.Architecture.Model : $"{options.Architecture.Model}-{new string(safe)}";
    }
}
