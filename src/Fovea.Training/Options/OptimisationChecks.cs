using System.Globalization;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>The values that options of optimizer, schedule and regularisation may have, and their defaults.</summary>
internal static class OptimisationChecks
{
    /// <summary>What <c>--monitor</c> takes.</summary>
    public const string Loss = "loss", Accuracy = "accuracy";

    public static TrainingOptions Resolve(TrainingOptions options)
    {
        CheckNumbers(options);
        CheckChoices(options);
        OptimizerSpec optimizer = OptimizerList.Find(options.Opt);
        ScheduleSpec schedule = ScheduleList.Find(options.Sched);
        CheckOptimizer(options, optimizer);
        CheckSchedule(options, schedule);
        return options with
        {
            Lr = options.Lr ?? optimizer.DefaultLr,
            Momentum = optimizer.Options.Contains("momentum") ? options.Momentum ?? 0 : null,
            WeightDecay = optimizer.Options.Contains("weight-decay") ? options.WeightDecay ?? optimizer.DefaultWeightDecay : null,
            NormBiasLr = optimizer.Options.Contains("norm-bias-lr") ? options.NormBiasLr ?? 1 : null,
            Gamma = schedule.Options.Contains("gamma") ? options.Gamma ?? 0.1 : null,
            Patience = schedule.Options.Contains("patience") ? options.Patience ?? 10 : null,
            Monitor = schedule.Options.Contains("monitor") ? options.Monitor ?? Loss : null,
        };
    }

    private static void CheckNumbers(TrainingOptions options)
    {
        OptionChecks.Range("--epochs", options.Epochs, 1, 100_000);
        OptionChecks.Range("--step-size", options.StepSize ?? 1, 1, int.MaxValue);
        OptionChecks.Range("--patience", options.Patience ?? 0, 0, int.MaxValue);
        OptionChecks.Range("--warmup-epochs", options.WarmupEpochs, 0, 100_000);
        OptionChecks.Range("--accumulate", options.Accumulate, 1, 65_536);
        OptionChecks.Range("--lookahead", options.Lookahead ?? 1, 1, 65_536);
        OptionChecks.Range("--freeze-after", options.FreezeAfter, 0, 100_000);
        OptionChecks.Range("--early-stop", options.EarlyStop ?? 1, 1, int.MaxValue);
        Number("--label-smoothing", options.LabelSmoothing, x => x is >= 0 and < 1, "from 0 to below 1");
        Number("--lr", options.Lr, x => x > 0, "above 0");
        Number("--momentum", options.Momentum, x => x is >= 0 and < 1, "from 0 to below 1");
        Number("--weight-decay", options.WeightDecay, x => x >= 0, "0 or more");
        Number("--norm-bias-lr", options.NormBiasLr, x => x > 0, "above 0");
        Number("--gamma", options.Gamma, x => x > 0, "above 0");
        Number("--mixup", options.Mixup, x => x >= 0, "0 or more");
        Number("--cutmix", options.Cutmix, x => x >= 0, "0 or more");
        Number("--ema", options.Ema, x => x is > 0 and < 1, "above 0 and below 1");
        Number("--clip-grad", options.ClipGrad, x => x > 0, "above 0");
        for (int i = 0; i < (options.Milestones?.Count ?? 0); i++)
        {
            if (options.Milestones![i] <= (i == 0 ? 0 : options.Milestones[i - 1]))
                throw new FoveaException($"--milestones {string.Join(',', options.Milestones)}: expected rising numbers of epochs, from 1 on, such as 30,60.");
        }
        if (options.Lookahead is not null && options.Ema is not null)
            throw new FoveaException("--lookahead and --ema both make the model that is evaluated and saved: leave one out.");
        if (options.FreezeAfter > 0 && options.Freeze is null)
            throw new FoveaException($"--freeze-after {options.FreezeAfter} says when something is frozen: give --freeze too, the beginning of its parameters' keys.");
        if (options.WarmupEpochs >= options.Epochs)
            throw new FoveaException($"--warmup-epochs {options.WarmupEpochs}: expected fewer than the run's {options.Epochs} epochs.");
    }

    private static void CheckChoices(TrainingOptions options)
    {
        Choice("--decay-on", options.DecayOn, TrainingOptions.DecayOnAll, TrainingOptions.DecayOnWeights);
        Choice("--monitor", options.Monitor ?? Loss, Loss, Accuracy);
    }

    private static void CheckOptimizer(TrainingOptions options, OptimizerSpec optimizer)
    {
        string owner = $"--opt {optimizer.Name}";
        Belongs("--momentum", options.Momentum is not null, optimizer.Options, owner);
        Belongs("--nesterov", options.Nesterov, optimizer.Options, owner);
        Belongs("--weight-decay", options.WeightDecay is not null, optimizer.Options, owner);
        Belongs("--norm-bias-lr", options.NormBiasLr is not null, optimizer.Options, owner);
        Belongs("--decay-on", options.DecayOn != TrainingOptions.DecayOnAll, optimizer.Options, owner);
        if (options.Nesterov && (options.Momentum ?? 0) == 0)
            throw new FoveaException("--nesterov changes how momentum is applied, but there is none: give --momentum too, such as 0.9.");
        if (options.DecayOn != TrainingOptions.DecayOnAll && (options.WeightDecay ?? optimizer.DefaultWeightDecay) == 0)
            throw new FoveaException($"--decay-on {options.DecayOn} says what the weight decay acts on, but there is none: give --weight-decay too.");
    }

    private static void CheckSchedule(TrainingOptions options, ScheduleSpec schedule)
    {
        string owner = $"--sched {schedule.Name}";
        Belongs("--step-size", options.StepSize is not null, schedule.Options, owner);
        Belongs("--gamma", options.Gamma is not null, schedule.Options, owner);
        Belongs("--milestones", options.Milestones is not null, schedule.Options, owner);
        Belongs("--patience", options.Patience is not null, schedule.Options, owner);
        Belongs("--monitor", options.Monitor is not null, schedule.Options, owner);
        if (schedule.Required.Contains("step-size") && options.StepSize is null)
            throw new FoveaException($"--sched {schedule.Name} needs --step-size, the number of epochs after which the learning rate changes.");
        if (schedule.Required.Contains("milestones") && options.Milestones is null or [])
            throw new FoveaException($"--sched {schedule.Name} needs --milestones, the epochs after which the learning rate changes, such as 30,60.");
        if (schedule.Options.Contains("patience") && options.Gamma is >= 1)
            throw new FoveaException(Text("--gamma", options.Gamma, $"expected a number below 1: --sched {schedule.Name} lowers the learning rate."));
    }

    private static void Belongs(string option, bool given, IReadOnlyList<string> taken, string owner)
    {
        if (given && !taken.Contains(option[2..]))
            throw new FoveaException($"{option} does not go with {owner}, which takes "
                + $"{(taken.Count == 0 ? "no such option" : string.Join(", ", taken.Select(o => $"--{o}")))}. Leave it out.");
    }

    private static void Number(string option, double? value, Predicate<double> good, string allowed)
    {
        if (value is { } number && !(double.IsFinite(number) && good(number)))
            throw new FoveaException(Text(option, number, $"expected a number {allowed}."));
    }

    private static void Choice(string option, string value, params string[] allowed)
    {
        if (!allowed.Contains(value))
            throw new FoveaException($"{option} {value} is not known.{NearestName.Hint(value, allowed)} Expected {string.Join(" or ", allowed)}.");
    }

    private static string Text(string option, double? value, string problem) => $"{option} {value?.ToString("R", CultureInfo.InvariantCulture)}: {problem}";
}
