using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Training;

namespace Fovea.Cli.Runs;

/// <summary>The options that decide how a network learns: length, batches, optimizer, schedule, regularisation.</summary>
internal sealed class OptimisationArguments
{
    private const int MostEpochs = 100_000;
    private readonly Option<int?> _epochs = Opt.Int("--epochs", "passes over the training images; default 10; with --time-budget the most",
        1, MostEpochs);
    private readonly MemoryArguments _size = new();
    private readonly Option<int?> _valBatch = Opt.Int("--val-batch-size", "images in a batch of evaluation; default: as in training", 1, 65_536);
    private readonly Option<string?> _opt = Opt.Choice("--opt", "optimizer; default sgd", [.. OptimizerList.Names]);
    private readonly Option<double?> _lr = Opt.Number("--lr",
        $"learning rate; default {string.Join(", ", OptimizerList.All.Select(o => $"{o.Name} {o.DefaultLr}"))}", x => x > 0, "above 0");
    private readonly Option<double?> _momentum = Opt.Number("--momentum", "of sgd and rmsprop; default 0", x => x is >= 0 and < 1, "from 0 to below 1");
    private readonly Option<bool> _nesterov = Opt.Flag("--nesterov", "momentum in Nesterov's form");
    private readonly Option<double?> _decay = Opt.Number("--weight-decay",
        "L2 penalty, of adamw the decoupled decay; default 0, of adamw 0.01", x => x >= 0, "of 0 or more");
    private readonly Option<string?> _decayOn = Opt.Choice("--decay-on", "all parameters, or the weights of convolutions and linear layers alone, "
        + "without biases and normalisations; default all", [TrainingOptions.DecayOnAll, TrainingOptions.DecayOnWeights]);
    private readonly Option<double?> _normBias = Opt.Number("--norm-bias-lr",
        "of sgd: factor of the learning rate of the summands of normalisations; their weight decay is divided by it; default 1", x => x > 0, "above 0");
    private readonly Option<string?> _sched = Opt.Choice("--sched", "how the learning rate goes on; default constant", [.. ScheduleList.Names]);
    private readonly Option<int?> _stepSize = Opt.Int("--step-size", "epochs between the changes of --sched step");
    private readonly Option<double?> _gamma = Opt.Number("--gamma", "factor of each change of --sched step, multistep and plateau; default 0.1", x =>
        x > 0, "above 0");
    private readonly Option<int[]?> _milestones = Opt.WholeNumbers("--milestones", "epochs after which --sched multistep changes, such as 30,60", 1);
    private readonly Option<int?> _patience = Opt.Int("--patience", "epochs without improvement that --sched plateau lets pass; default 10", 0);
    private readonly Option<string?> _monitor = Opt.Choice("--monitor", "what --sched plateau watches on the validation images; default loss",
        ["loss", "accuracy"]);
    private readonly Option<int?> _warmUp = Opt.Int("--warmup-epochs", "epochs in which the learning rate rises linearly; default 0", 0, MostEpochs);
    private readonly Option<double?> _smoothing = Opt.Number("--label-smoothing", "share of the target spread over all classes; default 0", x =>
        x is >= 0 and < 1, "from 0 to below 1");
    private readonly Option<double?> _mixup = Opt.Number("--mixup", "mix each image with another, by a share of Beta(X, X); default 0: no", x => x >= 0,
        "of 0 or more");
    private readonly Option<double?> _cutmix = Opt.Number("--cutmix", "paste a piece of another image, of a share of Beta(X, X); default 0: no; with "
        + "--mixup each batch gets one of both", x => x >= 0, "of 0 or more");
    private readonly Option<double?> _ema = Opt.Number("--ema", "evaluate and save a moving average of the weights with this decay, such as 0.999", x =>
        x is > 0 and < 1, "above 0 and below 1");
    private readonly Option<int?> _lookahead = Opt.Int("--lookahead", "evaluate and save slow weights, which the weights meet after every N-th update, such as 5", 1, 65_536);
    private readonly Option<double?> _clip = Opt.Number("--clip-grad", "scale the gradients down to this norm, taken over all of them", x => x > 0, "above 0");
    private readonly Option<int?> _accumulate = Opt.Int("--accumulate", "batches whose gradients make one update; default 1", 1, 65_536);
    private readonly Option<TimeBudget?> _budget = BudgetOption();
    private readonly Option<int?> _earlyStop = Opt.Int("--early-stop", "end after N epochs without a better validation accuracy");

    /// <summary>All of them, for the verb.</summary>
    public IEnumerable<Option> All =>
    [
        _epochs, _budget, _earlyStop, .. _size.All, _valBatch, _accumulate, _opt, _lr, _momentum, _nesterov, _decay, _decayOn, _normBias, _clip,
        _sched, _stepSize, _milestones, _gamma, _patience, _monitor, _warmUp, _smoothing, _mixup, _cutmix, _ema, _lookahead,
    ];

    /// <summary>Those that decide what a single step does.</summary>
    public IEnumerable<Option> OfAStep =>
        [.. _size.All, _accumulate, _opt, _momentum, _nesterov, _decay, _decayOn, _normBias, _clip, _smoothing, _mixup, _cutmix];

    /// <summary>Batch size and memory.</summary>
    public MemoryArguments Size => _size;

    /// <summary>The options with what the user gave.</summary>
    public TrainingOptions With(TrainingOptions options, ParseResult parsed) => options with
    {
        Epochs = parsed.GetValue(_epochs) ?? (parsed.GetValue(_budget) is null ? options.Epochs : MostEpochs),
        TimeBudget = parsed.GetValue(_budget),
        EarlyStop = parsed.GetValue(_earlyStop),
        Accumulate = parsed.GetValue(_accumulate) ?? options.Accumulate,
        BatchSize = _size.Given(parsed) ?? options.BatchSize,
        Memory = _size.Memory(parsed),
        ValBatchSize = parsed.GetValue(_valBatch),
        Opt = parsed.GetValue(_opt) ?? options.Opt,
        Lr = parsed.GetValue(_lr),
        Momentum = parsed.GetValue(_momentum),
        Nesterov = parsed.GetValue(_nesterov),
        WeightDecay = parsed.GetValue(_decay),
        DecayOn = parsed.GetValue(_decayOn) ?? options.DecayOn,
        NormBiasLr = parsed.GetValue(_normBias),
        ClipGrad = parsed.GetValue(_clip),
        Sched = parsed.GetValue(_sched) ?? options.Sched,
        StepSize = parsed.GetValue(_stepSize),
        Gamma = parsed.GetValue(_gamma),
        Milestones = parsed.GetValue(_milestones) is { Length: > 0 } milestones ? milestones : null,
        Patience = parsed.GetValue(_patience),
        Monitor = parsed.GetValue(_monitor),
        WarmupEpochs = parsed.GetValue(_warmUp) ?? options.WarmupEpochs,
        LabelSmoothing = parsed.GetValue(_smoothing) ?? options.LabelSmoothing,
        Mixup = parsed.GetValue(_mixup) ?? options.Mixup,
        Cutmix = parsed.GetValue(_cutmix) ?? options.Cutmix,
        Ema = parsed.GetValue(_ema),
        Lookahead = parsed.GetValue(_lookahead),
    };

    private static Option<TimeBudget?> BudgetOption() =>
        Opt.Parsed("--time-budget", "T", "make as many epochs as fit into this time, by a measurement before the first step: 90s, 20m, 2h", TimeBudget.Parse);
}
