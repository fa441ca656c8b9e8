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
        Initializers.Find(options.Init, ModelZoo.Find(options.Architecture.Model));
        if (options.Precision != TrainingOptions.Float32)
            throw new FoveaException($"--precision {options.Precision} is not built yet; expected {TrainingOptions.Float32}.");
        if (options.Name is { } name && (name.Length == 0 || name.Contains('/') || name.Contains('\\') || name is "." or ".." || name.Contains('\0')))
            throw new FoveaException($"--name '{name}': a run's name is one folder's name, without slashes. The folder above it is --output.");
        _ = CacheOptions.ModeOf(options.Cache);
        if (options.Output.Length == 0)
            throw new FoveaException("--output is empty; expected the folder that is to hold the runs.");
        OptimizerSpec optimizer = OptimizerList.Find(options.Opt);
        ScheduleSpec schedule = ScheduleList.Find(options.Sched);
        CheckOptimizer(options, optimizer);
        CheckSchedule(options, schedule);
        return options with
        {
            Lr = options.Lr ?? optimizer.DefaultLr,
            ValBatchSize = options.ValBatchSize ?? options.BatchSize,
            Momentum = optimizer.Options.Contains("momentum") ? options.Momentum ?? 0 : null,
            WeightDecay = optimizer.Options.Contains("weight-decay") ? options.WeightDecay ?? 0 : null,
            Gamma = schedule.Options.Contains("gamma") ? options.Gamma ?? 0.1 : null,
            Name = options.Name ?? DefaultName(options),
        };
    }

    private static void CheckNumbers(TrainingOptions options)
    {
        Range("--epochs", options.Epochs, 1, 100_000);
        Range("--batch-size", options.BatchSize, 1, 65_536);
        Range("--val-batch-size", options.ValBatchSize ?? 1, 1, 65_536);
        Range("--workers", options.Workers, 1, 256);
        Range("--threads", options.Threads, 1, 1024);
        Range("--log-every", options.LogEvery, 1, int.MaxValue);
        Range("--keep", options.Keep, 0, int.MaxValue);
        Range("--limit-train", options.LimitTrain ?? 1, 1, int.MaxValue);
        Range("--limit-val", options.LimitVal ?? 1, 1, int.MaxValue);
        Range("--step-size", options.StepSize ?? 1, 1, int.MaxValue);
        Share("--max-broken", options.MaxBroken, 0 <= options.MaxBroken && options.MaxBroken <= 1, "from 0 to 1");
        Share("--val-split", options.ValSplit, 0 < options.ValSplit && options.ValSplit < 1, "above 0 and below 1");
        Share("--label-smoothing", options.LabelSmoothing, 0 <= options.LabelSmoothing && options.LabelSmoothing < 1, "from 0 to below 1");
        Share("--lr", options.Lr, options.Lr is not { } lr || (lr > 0 && double.IsFinite(lr)), "above 0");
        Share("--momentum", options.Momentum, options.Momentum is not { } momentum || (momentum >= 0 && momentum < 1), "from 0 to below 1");
        Share("--weight-decay", options.WeightDecay, options.WeightDecay is not { } decay || (decay >= 0 && double.IsFinite(decay)), "0 or more");
        Share("--gamma", options.Gamma, options.Gamma is not { } gamma || (gamma > 0 && double.IsFinite(gamma)), "above 0");
        if (options.MaxPixels < 1)
            throw new FoveaException($"--max-pixels {options.MaxPixels}: expected 1 or more.");
    }

    private static void CheckOptimizer(TrainingOptions options, OptimizerSpec optimizer)
    {
        Belongs("--momentum", options.Momentum is not null, optimizer.Options, $"--opt {optimizer.Name}");
        Belongs("--nesterov", options.Nesterov, optimizer.Options, $"--opt {optimizer.Name}");
        Belongs("--weight-decay", options.WeightDecay is not null, optimizer.Options, $"--opt {optimizer.Name}");
        if (options.Nesterov && (options.Momentum ?? 0) == 0)
            throw new FoveaException("--nesterov changes how momentum is applied, but there is none: give --momentum too, such as 0.9.");
    }

    private static void CheckSchedule(TrainingOptions options, ScheduleSpec schedule)
    {
        Belongs("--step-size", options.StepSize is not null, schedule.Options, $"--sched {schedule.Name}");
        Belongs("--gamma", options.Gamma is not null, schedule.Options, $"--sched {schedule.Name}");
        if (schedule.Required.Contains("step-size") && options.StepSize is null)
            throw new FoveaException($"--sched {schedule.Name} needs --step-size, the number of epochs after which the learning rate changes.");
    }

    private static void Belongs(string option, bool given, IReadOnlyList<string> taken, string owner)
    {
        if (given && !taken.Contains(option[2..]))
            throw new FoveaException($"{option} does not go with {owner}, which takes "
                + $"{(taken.Count == 0 ? "no such option" : string.Join(", ", taken.Select(o => $"--{o}")))}. Leave it out.");
    }

    private static void Range(string option, int value, int min, int max)
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
