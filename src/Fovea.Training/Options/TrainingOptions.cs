using System.Text.Json.Serialization;
using Fovea.Data;
using Fovea.Engine;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>
/// Everything that decides a training run: what <c>train</c> takes and what args.json holds, in one order. A property's name in kebab case is the
/// option's name.
/// Properties that are null are decided by <see cref="Resolved"/>.
/// </summary>
public sealed record TrainingOptions
{
    /// <summary>Value of <see cref="Keep"/> for all epochs: <c>--keep all</c>.</summary>
    public const int KeepAll = int.MaxValue;

    /// <summary>Value of <see cref="DecayOn"/> for all parameters.</summary>
    public const string DecayOnAll = "all";

    /// <summary>Value of <see cref="DecayOn"/> that spares biases and normalisations.</summary>
    public const string DecayOnWeights = "weights";

    /// <summary>The name of the recipe that the options come from, for the reader of args.json; null (default) where they come from none.</summary>
    public string? Recipe { get; init; }

    /// <summary>The network with its options, input, dropout and preprocessing; the transforms of training and evaluation are in there.</summary>
    [JsonConverter(typeof(ArchitectureConverter))]
    public required Architecture Architecture { get; init; }

    /// <summary>Initialisation of fresh parameters; see <see cref="Initializers"/>. Default "default": the network's own.</summary>
    public string Init { get; init; } = "default";

    /// <summary>
    /// Weights to start from instead of fresh parameters: a model file, a run's folder or name, safetensors, or a file of PyTorch's. Default null.
    /// </summary>
    public string? Weights { get; init; }

    /// <summary>
    /// True makes a new head where that of <see cref="Weights"/> is for another number of classes. Default false: such weights are refused.
    /// </summary>
    public bool NewHead { get; init; }

    /// <summary>Parameters whose key begins so are not trained, such as "features". Default null: all are.</summary>
    public string? Freeze { get; init; }

    /// <summary>Epochs in which what <see cref="Freeze"/> names is trained all the same, 0 or more. Default 0.</summary>
    public int FreezeAfter { get; init; }

    /// <summary>A built-in data set's name, or a folder.</summary>
    public required string Data { get; init; }

    /// <summary>Where a built-in data set's files lie; null looks in the usual places.</summary>
    public string? DataDir { get; init; }

    /// <summary>Share of each class that becomes the validation split where a folder has none, above 0, below 1. Default 0.2.</summary>
    public double ValSplit { get; init; } = 0.2;

    /// <summary>At most this many training images; null takes all.</summary>
    public int? LimitTrain { get; init; }

    /// <summary>At most this many validation images; null takes all.</summary>
    public int? LimitVal { get; init; }

    /// <summary>Threads that load images, 1 to 256. Default 2. Their number changes no bit of the result.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Share of an epoch's images that may be broken, 0 to 1. Default 0.01.</summary>
    public double MaxBroken { get; init; } = 0.01;

    /// <summary>Goes on however many images are broken. Default false.</summary>
    public bool AllowBroken { get; init; }

    /// <summary>Largest width times height of an image in pixels; a larger one counts as broken.</summary>
    public long MaxPixels { get; init; } = ReadOptions.DefaultMaxPixels;

    /// <summary>
    /// Where the pictures are kept between epochs, as the leading deterministic transforms leave them: "none", "ram" or "disk" (a file under
    /// <see cref="Output"/>, for later runs too). Changes no bit of the result. Default "none".
    /// </summary>
    public string Cache { get; init; } = "none";

    /// <summary>Passes over the training split, 1 to 100000; with <see cref="TimeBudget"/> the most. Default 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Images in a training batch, 1 to 65536. Default 64.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>
    /// The most memory that the run may take, in bytes: what <c>--batch-size auto</c> had to fit into, or the limit that a given batch size was checked against before
    /// the run began. Default null: none was given.
    /// </summary>
    public long? Memory { get; init; }

    /// <summary>Images in an evaluation batch, 1 to 65536; null takes the training batch's size.</summary>
    public int? ValBatchSize { get; init; }

    /// <summary>The optimizer; see <see cref="OptimizerList"/>. Default "sgd".</summary>
    public string Opt { get; init; } = "sgd";

    /// <summary>The learning rate to start with, above 0; null takes the optimizer's default (sgd and rmsprop 0.01, adam and adamw 0.001).</summary>
    public double? Lr { get; init; }

    /// <summary>Momentum of sgd and rmsprop, 0 to below 1; null takes 0, as PyTorch does.</summary>
    public double? Momentum { get; init; }

    /// <summary>Nesterov's momentum; wants a momentum above 0. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Factor of the L2 penalty, 0 or more; null takes 0. Of adamw the decoupled decay; null takes 0.01.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>What the weight decay acts on: "all" parameters (default, as in PyTorch) or "weights" of convolutions and linear layers alone.</summary>
    public string DecayOn { get; init; } = DecayOnAll;

    /// <summary>What sgd multiplies the learning rate of the summands of normalisations with, and divides their weight decay by, above 0; null takes 1.</summary>
    public double? NormBiasLr { get; init; }

    /// <summary>The learning rate's schedule; see <see cref="ScheduleList"/>. Default "constant".</summary>
    public string Sched { get; init; } = "constant";

    /// <summary>Epochs between two changes of the step schedule, at least 1; it wants one.</summary>
    public int? StepSize { get; init; }

    /// <summary>Factor of the changes of the step, multistep and plateau schedules, above 0 (of plateau below 1); null takes 0.1.</summary>
    public double? Gamma { get; init; }

    /// <summary>Epochs after which the multistep schedule changes, rising, each at least 1; it wants some.</summary>
    public IReadOnlyList<int>? Milestones { get; init; }

    /// <summary>Epochs without improvement that the plateau schedule lets pass, 0 or more; null takes 10.</summary>
    public int? Patience { get; init; }

    /// <summary>What the plateau schedule watches on the validation split: "loss" or "accuracy"; null takes the loss.</summary>
    public string? Monitor { get; init; }

    /// <summary>Epochs over which the learning rate rises linearly, 0 or more, fewer than <see cref="Epochs"/>. Default 0.</summary>
    public int WarmupEpochs { get; init; }

    /// <summary>Share of the target that is spread over all classes, 0 to below 1. Default 0.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Alpha of mixup's Beta distribution, 0 or more; 0 (default) does without. With <see cref="Cutmix"/> each batch gets one of both.</summary>
    public double Mixup { get; init; }

    /// <summary>Alpha of CutMix' Beta distribution, 0 or more; 0 (default) does without.</summary>
    public double Cutmix { get; init; }

    /// <summary>Decay of the moving average of the weights that is evaluated and saved, above 0, below 1; null (default) takes the weights.</summary>
    public double? Ema { get; init; }

    /// <summary>
    /// Updates between two meetings with the slow weights that are evaluated and saved, at least 1; null (default) does without. Not with <see cref="Ema"/>.
    /// </summary>
    public int? Lookahead { get; init; }

    /// <summary>Largest norm of all gradients together, above 0; null (default) leaves them as they are.</summary>
    public double? ClipGrad { get; init; }

    /// <summary>Batches whose gradients make one update together, 1 to 65536. Default 1.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Ends the run after this many epochs without a better validation accuracy, at least 1; null (default) never does.</summary>
    public int? EarlyStop { get; init; }

    /// <summary>
    /// Time that the run is to take: the epochs are then as many as fit, by a measurement before the first step, and args.json has their number. Null
    /// (default): <see cref="Epochs"/> alone decide.
    /// </summary>
    [JsonConverter(typeof(BudgetConverter))]
    public TimeBudget? TimeBudget { get; init; }

    /// <summary>Seed of everything random. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>The type of activations and their gradients. Default float32.</summary>
    [JsonConverter(typeof(PrecisionConverter))]
    public PrecisionChoice Precision { get; init; }

    /// <summary>Which kernels.</summary>
    [JsonConverter(typeof(BackendConverter))]
    public BackendChoice Backend { get; init; } = BackendChoice.Auto;

    /// <summary>Threads of the engine, 1 to 1024; all processors by default.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The run's name; null takes the recipe's, or makes one of the network and the data.</summary>
    public string? Name { get; init; }

    /// <summary>The folder that holds the runs. Default "runs".</summary>
    public string Output { get; init; } = "runs";

    /// <summary>Checkpoints of single epochs that are kept, the latest; 0 (default) keeps none, <see cref="KeepAll"/> all.</summary>
    [JsonConverter(typeof(KeepConverter))]
    public int Keep { get; init; }

    /// <summary>
    /// How often the run can be resumed from inside an epoch; null (default): from its beginning only, and from where it was interrupted.
    /// </summary>
    [JsonConverter(typeof(IntervalConverter))]
    public CheckpointInterval? CheckpointEvery { get; init; }

    /// <summary>Steps between two <see cref="StepDone"/> events, at least 1. Default 50.</summary>
    public int LogEvery { get; init; } = 50;

    /// <summary>True evaluates the training split too after each epoch. Default false.</summary>
    public bool EvalTrain { get; init; }

    /// <summary>
    /// A run to go on with: its folder or its name. Everything but threads, precision, backend (refused where different) and workers is then taken
    /// from its args.json.
    /// </summary>
    [JsonIgnore]
    public string? Resume { get; init; }

    /// <summary>
    /// Where measured choices of kernels come from, such as <see cref="TuningTable.Source"/>. Default null: the rules choose. A resumed run follows what its args.json has.
    /// </summary>
    [JsonIgnore]
    public Func<Engine.Planning.KernelHost, Engine.Planning.IKernelChoices?>? Kernels { get; init; }

    /// <summary>How the data set of this run is opened.</summary>
    public DataOptions ToDataOptions() => new() { DataDir = DataDir, ValSplit = ValSplit, Seed = Seed, LimitTrain = LimitTrain, LimitVal = LimitVal };

    /// <summary>What the engine is made with.</summary>
    public RuntimeOptions ToRuntimeOptions() => new() { Backend = Backend, Precision = Precision, Threads = Threads, Kernels = Kernels };

    /// <summary>What a plan of training is compiled for.</summary>
    /// <param name="batch">Images in a batch: <see cref="BatchSize"/>, or what is left over at an epoch's end.</param>
    /// <param name="rule">The optimizer, as <see cref="CreateOptimizer"/> makes it.</param>
    public Engine.Planning.PlanOptions ToPlanOptions(int batch, Engine.Planning.UpdateRule rule) => new()
    {
        Batch = batch,
        Training = true,
        Loss = new Engine.Ops.SoftmaxCrossEntropy((float)LabelSmoothing),
        Update = rule,
        ClipNorm = ClipGrad,
        Accumulate = Accumulate > 1,
    };

    /// <summary>The same with every default decided, checked.</summary>
    /// <exception cref="FoveaException">An option is out of its range or does not go with another: names the option, what was given, what is
    /// allowed.</exception>
    public TrainingOptions Resolved() => OptionChecks.Resolve(this);

    /// <summary>The optimizer's rule, with the average of the weights where it is wanted. Call it on resolved options.</summary>
    public Engine.Planning.UpdateRule CreateOptimizer()
    {
        Engine.Planning.UpdateRule rule = OptimizerList.Find(Opt).Create(new OptimizerSettings
        {
            Momentum = Momentum ?? 0,
            Nesterov = Nesterov,
            WeightDecay = WeightDecay ?? 0,
            DecayWeightsOnly = DecayOn == DecayOnWeights,
            NormBiasRate = NormBiasLr ?? 1,
        });
        if (Lookahead is { } every)
            return new Lookahead(rule, every);
        return Ema is { } decay ? new WeightAverage(rule, decay) : rule;
    }

    /// <summary>The learning rate's schedule, with its warm-up. Call it on resolved options.</summary>
    public LearningRateSchedule CreateSchedule()
    {
        ScheduleSettings defaults = new() { Lr = Lr ?? OptimizerList.Find(Opt).DefaultLr, Epochs = Epochs };
        LearningRateSchedule schedule = ScheduleList.Find(Sched).Create(defaults with
        {
            StepSize = StepSize ?? defaults.StepSize,
            Gamma = Gamma ?? defaults.Gamma,
            Milestones = Milestones ?? defaults.Milestones,
            Patience = Patience ?? defaults.Patience,
            Monitor = Monitor == OptimisationChecks.Accuracy ? Monitored.Accuracy : Monitored.Loss,
        });
        return WarmupEpochs > 0 ? new WarmUp(schedule, WarmupEpochs) : schedule;
    }
}
