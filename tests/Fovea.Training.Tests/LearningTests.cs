using Fovea.Engine;
using Fovea.Formats.Safetensors;

namespace Fovea.Training.Tests;

/// <summary>Accumulation, averaged weights, early stop: what a whole run makes of them.</summary>
public sealed class LearningTests
{
    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void AccumulatedBatchesLearnWhatOneLargeBatchLearns(BackendChoice backend)
    {
        Backends.Require(backend);
        using TempFolder folder = new();
        // 120 images: the last group of an epoch has three batches of 8, and the last large batch 24 images.
        TrainingOptions options = Train.Options(folder) with { Backend = backend, Epochs = 2, Lr = 0.02 };
        RunSummary large = Train.Run(options with { BatchSize = 32, Name = "large" });
        RunSummary small = Train.Run(options with { BatchSize = 8, Accumulate = 4, Name = "small" });
        using SafetensorsFile a = Open(large.Run, "last"), b = Open(small.Run, "last");
        foreach (TensorEntry tensor in a.Tensors)
        {
            (float[] x, float[] y) = (Values(a, tensor.Name), Values(b, tensor.Name));
            double norm = Math.Sqrt(x.Sum(v => (double)v * v)), distance = Math.Sqrt(x.Zip(y).Sum(p => Math.Pow(p.First - p.Second, 2)));
            // Eight updates; each gradient adds up over up to 25088 positions with about 2^-24 * sqrt(25088) of itself in rounding.
            Assert.True(distance <= 8 * 1e-5 * norm, $"{tensor.Name}: distance {distance}, norm {norm}");
        }
        Assert.Equal(large.Epochs[^1].TrainLoss, small.Epochs[^1].TrainLoss, 1e-4);
    }

    [Fact]
    public void TheSavedModelIsTheAverageAndTheRunGoesOnWithTheWeights()
    {
        using TempFolder folder = new();
        // An epoch of 8 updates whose average has far from caught up.
        RunSummary run = Train.Run(Train.Options(folder) with { Epochs = 1, Ema = 0.9 });
        using SafetensorsFile last = Open(run.Run, "last"), resume = Open(run.Run, "resume");
        foreach (TensorEntry tensor in last.Tensors)
        {
            Assert.Equal(Values(resume, $"optimizer/ema/{tensor.Name}"), Values(last, tensor.Name));
            Assert.NotEqual(Values(resume, tensor.Name), Values(last, tensor.Name));
        }
        // The weights themselves are those of a run without an average.
        RunSummary plain = Train.Run(Train.Options(folder) with { Epochs = 1, Name = "plain" });
        using SafetensorsFile weights = Open(plain.Run, "last");
        foreach (TensorEntry tensor in weights.Tensors)
            Assert.Equal(Values(weights, tensor.Name), Values(resume, tensor.Name));
        Assert.NotEqual(plain.Epochs[0].ValLoss, run.Epochs[0].ValLoss);
    }

    [Fact]
    public void ARunWithoutImprovementEndsEarlyAndResumingItHasNothingToDo()
    {
        using TempFolder folder = new();
        List<TrainingEvent> events = [];
        // With such a rate nothing improves after the first epoch.
        RunSummary run = Train.Run(Train.Options(folder) with { Epochs = 9, Lr = 1e-12, EarlyStop = 3 }, SyntheticDataset.Splits(32, 8), events.Add);
        Assert.False(run.Stopped);
        Assert.Equal(4, run.Epochs.Count);
        Assert.Contains("--early-stop", events.OfType<RunFinished>().Single().Reason);
        SavedRun saved = SavedRun.Open(run.Run);
        Assert.True(saved.IsFinished);
        Assert.Equal(4, Train.Run(saved.Options, SyntheticDataset.Splits(32, 8)).Epochs.Count);
    }

    [Fact]
    public void DecayOnWeightsSparesBiases()
    {
        using TempFolder folder = new();
        float[] Bias(string on, double decay)
        {
            TrainingOptions options = Train.Options(folder) with { Epochs = 1, WeightDecay = decay, DecayOn = on };
            using SafetensorsFile file = Open(Train.Run(options, SyntheticDataset.Splits(16, 8)).Run, "last");
            return Values(file, "features.0.bias");
        }
        // One step: what the decay does to other parameters shows only in the next one.
        Assert.Equal(Bias("all", 0), Bias("weights", 0.5));
        Assert.NotEqual(Bias("all", 0), Bias("all", 0.5));
    }

    [Fact]
    public void ABatchWithoutSoundImagesMakesNoUpdateOfItsOwnAndDoesNotHoldBackItsGroup()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Epochs = 1, BatchSize = 1, Accumulate = 2, AllowBroken = true, Opt = "adam", Momentum = null };
        // Twelve images, each a batch, most of them broken: groups of two, one and no sound image.
        RunSummary run = Train.Run(options, SyntheticDataset.Splits(12, 8, broken: [0, 1, 2, 3, 5, 7, 8, 9]));
        ResumeState state = ResumeFile.Peek(Path.Combine(run.Run, "checkpoints", "resume.safetensors"));
        Assert.Equal(12, state.TotalSteps);
        Assert.InRange(state.Updates, 2, 4);
        Assert.True(double.IsFinite(run.Epochs[0].TrainLoss));
    }

    internal static SafetensorsFile Open(string run, string checkpoint) => SafetensorsFile.Open(Path.Combine(run, "checkpoints", $"{checkpoint}.safetensors"));

    internal static float[] Values(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Find(name)!.Shape.Aggregate(1L, (a, b) => a * b)];
        file.ReadFloat32(name, values);
        return values;
    }
}
