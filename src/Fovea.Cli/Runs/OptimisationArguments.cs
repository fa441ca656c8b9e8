using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Training;

namespace Fovea.Cli.Runs;

/// <summary>The options that decide how a network learns: length, batches, optimizer, schedule, regularisation.</summary>
internal sealed class OptimisationArguments
{
    private readonly Option<int?> _epochs = Opt.Int("--epochs", "passes over the training images; default 10", 1, 100_000);
    private readonly Option<int?> _batch = Opt.Int("--batch-size", "images in a batch; default 64", 1, 65_536);
    private readonly Option<int?> _valBatch = Opt.Int("--val-batch-size", "images in a batch of evaluation; default: as in training", 1, 65_536);
    private readonly Option<string?> _opt = Opt.Choice("--opt", "optimizer; default sgd", [.. OptimizerList.Names], "adamw", "rmsprop");
    private readonly Option<double?> _lr = Opt.Number("--lr",
        $"learning rate; default {string.Join(", ", OptimizerList.All.Select(o => $"{o.Name} {o.DefaultLr}"))}", x => x > 0, "above 0");
    private readonly Option<double?> _momentum = Opt.Number("--momentum", "of sgd; default 0", x => x is >= 0 and < 1, "from 0 to below 1");
    private readonly Option<bool> _nesterov = Opt.Flag("--nesterov", "momentum in Nesterov's form");
    private readonly Option<double?> _decay = Opt.Number("--weight-decay", "L2 penalty; default 0", x => x >= 0, "of 0 or more");
    private readonly Option<string?> _sched = Opt.Choice("--sched", "how the learning rate goes on; default constant", [.. ScheduleList.Names],
        "multistep", "cosine", "onecycle", "plateau");
    private readonly Option<int?> _stepSize = Opt.Int("--step-size", "epochs between the changes of --sched step");
    private readonly Option<double?> _gamma = Opt.Number("--gamma", "factor of each change of --sched step; default 0.1", x => x > 0, "above 0");
    private readonly Option<double?> _smoothing = Opt.Number("--label-smoothing", "share of the target spread over all classes; default 0", x =>
        x is >= 0 and < 1, "from 0 to below 1");

    /// <summary>All of them, for the verb.</summary>
    public IEnumerable<Option> All => [_epochs, _batch, _valBatch, _opt, _lr, _momentum, _nesterov, _decay, _sched, _stepSize, _gamma, _smoothing];

    /// <summary>The options with what the user gave.</summary>
    public TrainingOptions With(TrainingOptions options, ParseResult parsed) => options with
    {
        Epochs = parsed.GetValue(_epochs) ?? options.Epochs,
        BatchSize = parsed.GetValue(_batch) ?? options.BatchSize,
        ValBatchSize = parsed.GetValue(_valBatch),
        Opt = parsed.GetValue(_opt) ?? options.Opt,
        Lr = parsed.GetValue(_lr),
        Momentum = parsed.GetValue(_momentum),
        Nesterov = parsed.GetValue(_nesterov),
        WeightDecay = parsed.GetValue(_decay),
        Sched = parsed.GetValue(_sched) ?? options.Sched,
        StepSize = parsed.GetValue(_stepSize),
        Gamma = parsed.GetValue(_gamma),
        LabelSmoothing = parsed.GetValue(_smoothing) ?? options.LabelSmoothing,
    };
}
