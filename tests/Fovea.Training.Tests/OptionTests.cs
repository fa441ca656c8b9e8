using Fovea.Kernels;

namespace Fovea.Training.Tests;

public class OptionTests
{
    public static TheoryData<string, Func<TrainingOptions, TrainingOptions>> Wrong => new()
    {
        { "--epochs 0: expected 1 to 100000", o => o with { Epochs = 0 } },
        { "--batch-size 0", o => o with { BatchSize = 0 } },
        { "--val-batch-size -1", o => o with { ValBatchSize = -1 } },
        { "--threads 0: expected 1", o => o with { Threads = 0 } },
        { "--workers 0", o => o with { Workers = 0 } },
        { "--log-every 0", o => o with { LogEvery = 0 } },
        { "--keep -1", o => o with { Keep = -1 } },
        { "--lr 0: expected a number above 0", o => o with { Lr = 0 } },
        { "--lr NaN", o => o with { Lr = double.NaN } },
        { "--momentum 1: expected a number from 0 to below 1", o => o with { Momentum = 1 } },
        { "--weight-decay -0.1", o => o with { WeightDecay = -0.1 } },
        { "--label-smoothing 1", o => o with { LabelSmoothing = 1 } },
        { "--max-broken 2", o => o with { MaxBroken = 2 } },
        { "--limit-train 0", o => o with { LimitTrain = 0 } },
        { "Did you mean 'sgd'?", o => o with { Opt = "sgdd" } },
        { "--momentum does not go with --opt adam", o => o with { Opt = "adam" } },
        { "give --momentum too", o => o with { Nesterov = true, Momentum = null } },
        { "Did you mean 'step'?", o => o with { Sched = "stepp" } },
        { "--sched step needs --step-size", o => o with { Sched = "step" } },
        { "--gamma does not go with --sched constant", o => o with { Gamma = 0.5 } },
        { "--gamma 0: expected", o => o with { Sched = "step", StepSize = 1, Gamma = 0 } },
        { "--opt adamm is not known. Did you mean 'adam'?", o => o with { Opt = "adamm" } },
        { "--nesterov does not go with --opt rmsprop", o => o with { Opt = "rmsprop", Nesterov = true } },
        { "--decay-on weight is not known. Did you mean 'weights'?", o => o with { DecayOn = "weight" } },
        { "give --weight-decay too", o => o with { DecayOn = "weights", WeightDecay = 0 } },
        { "--sched multistep needs --milestones", o => o with { Sched = "multistep" } },
        { "--milestones 3,2: expected rising", o => o with { Sched = "multistep", Milestones = [3, 2] } },
        { "--milestones 0: expected rising", o => o with { Sched = "multistep", Milestones = [0] } },
        { "--milestones does not go with --sched step", o => o with { Sched = "step", StepSize = 1, Milestones = [1] } },
        { "--step-size does not go with --sched cosine, which takes no such option", o => o with { Sched = "cosine", StepSize = 1 } },
        { "--patience does not go with --sched constant", o => o with { Patience = 3 } },
        { "--monitor lost is not known. Did you mean 'loss'?", o => o with { Sched = "plateau", Monitor = "lost" } },
        { "--gamma 1: expected a number below 1", o => o with { Sched = "plateau", Gamma = 1 } },
        { "--patience -1", o => o with { Sched = "plateau", Patience = -1 } },
        { "--warmup-epochs 2: expected fewer than the run's 2 epochs", o => o with { WarmupEpochs = 2 } },
        { "--mixup -1", o => o with { Mixup = -1 } },
        { "--cutmix NaN", o => o with { Cutmix = double.NaN } },
        { "--ema 1: expected a number above 0 and below 1", o => o with { Ema = 1 } },
        { "--lookahead and --ema both", o => o with { Lookahead = 5, Ema = 0.9 } },
        { "--lookahead 0: expected 1", o => o with { Lookahead = 0 } },
        { "--norm-bias-lr 0: expected a number above 0", o => o with { NormBiasLr = 0 } },
        { "--norm-bias-lr does not go with --opt adam", o => o with { Opt = "adam", Momentum = null, NormBiasLr = 2 } },
        { "give --freeze too", o => o with { FreezeAfter = 1 } },
        { "--freeze featurs: no parameter's key begins so. Did you mean 'features'?", o => o with { Freeze = "featurs", FreezeAfter = 1 } },
        { "--clip-grad 0: expected a number above 0", o => o with { ClipGrad = 0 } },
        { "--accumulate 0: expected 1", o => o with { Accumulate = 0 } },
        { "--early-stop 0: expected 1 or more", o => o with { EarlyStop = 0 } },
        { "--init xavvier is not known. Did you mean 'xavier'?", o => o with { Init = "xavvier" } },
        { "--name 'a/b'", o => o with { Name = "a/b" } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void AWrongValueSaysWhatIsAllowed(string message, Func<TrainingOptions, TrainingOptions> change)
    {
        using TempFolder folder = new();
        Assert.Contains(message, Assert.Throws<FoveaException>(() => Train.Run(change(Train.Options(folder)))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["runs"]), "nothing may be written before the options are checked");
    }

    [Fact]
    public void DefaultsAreThoseOfTheOptimizer()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Lr = null, Momentum = null, WeightDecay = null };
        Assert.Equal(0.01, options.Resolved().Lr);
        Assert.Equal(0, options.Resolved().Momentum);
        Assert.Equal(1e-3, (options with { Opt = "adam" }).Resolved().Lr);
        Assert.Null((options with { Opt = "adam" }).Resolved().Momentum);
        Assert.Equal(0.01, (options with { Opt = "adamw" }).Resolved().WeightDecay);
        Assert.Equal(0.01, (options with { Opt = "rmsprop" }).Resolved().Lr);
        Assert.Equal((10, "loss", 0.1), ((options with { Sched = "plateau" }).Resolved().Patience!.Value, (options with { Sched = "plateau" }).Resolved().Monitor,
            (options with { Sched = "plateau" }).Resolved().Gamma!.Value));
        Assert.Equal("lenet5-synthetic", options.Resolved().Name);
        Assert.Equal("lenet5-photos", (options with { Data = "/some/where/photos/" }).Resolved().Name);
        // What was resolved stays as it is: args.json is read back through here.
        Assert.Equal((options with { Opt = "adam" }).Resolved(), (options with { Opt = "adam" }).Resolved().Resolved());
    }

    [Theory]
    [InlineData("500steps", 500, null)]
    [InlineData("90s", null, 90)]
    [InlineData("10m", null, 600)]
    [InlineData("2h", null, 7200)]
    public void CheckpointIntervals(string text, int? steps, int? seconds)
    {
        CheckpointInterval interval = CheckpointInterval.Parse(text);
        Assert.Equal(steps, interval.Steps);
        Assert.Equal(seconds, interval.Time?.TotalSeconds);
        Assert.Equal(interval, CheckpointInterval.Parse(interval.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("0steps")]
    [InlineData("-5m")]
    [InlineData("1.5h")]
    [InlineData("9999999s")]
    public void WrongCheckpointIntervals(string text) =>
        Assert.Contains("500steps, 90s, 10m or 2h", Assert.Throws<FoveaException>(() => CheckpointInterval.Parse(text)).Message);
}
