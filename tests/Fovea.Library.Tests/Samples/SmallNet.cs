using Fovea.Data;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Library.Tests.Samples;

/// <summary>A network that no zoo has.</summary>
public static class SmallNet
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "small-net",
        Summary = "two convolutions and a linear layer, with leaky rectifiers",
        Input = new TensorShape(1, 28, 28),
        Classes = 2,
        Build = model => model.Image
            .In("features").Conv2d(16, 5, padding: 2).Apply(new LeakyReLU(0.1f)).MaxPool2d(2, 2)     // 16x14x14
            .Conv2d(32, 3, padding: 1).Apply(new LeakyReLU(0.1f)).MaxPool2d(2, 2)                    // 32x7x7
            .Flatten().In("classifier").Linear(model.Classes),
        Preprocess = (channels, h, w) => new Preprocessing
        {
            Mean = [.. Enumerable.Repeat(0.4f, channels)],
            Std = [.. Enumerable.Repeat(0.25f, channels)],
            TrainTransform = $"resize({h}x{w})",
            EvalTransform = $"resize({h}x{w})",
        },
        Initialization = "pytorch",
    };

    public static DataSplits Data { get; } = new("stripes", new Stripes("train", 200, 0), new Stripes("val", 60, 1000), "computed", new DataDefaults(1, [0.4f], [0.25f], (28, 28)));

    public static async Task<EvaluationResult> TrainAndEvaluate(string runs, CancellationToken stop)
    {
        TrainingOptions options = new() { Architecture = Architecture.Of(Spec), Data = "stripes", Output = runs, Epochs = 3, BatchSize = 20, Momentum = 0.9 };
        RunSummary run = await Trainer.RunAsync(options, Data, cancellation: stop);
        if (run.Stopped)
            run = await Trainer.RunAsync(SavedRun.Open(run.Run, networks: [Spec]).Options, Data);
        LoadedModel model = ModelFile.Load(RunPaths.FindModel(run.Run), [Spec]);
        return Evaluator.Evaluate(model, Data.Validation, new EvaluationOptions());
    }

    public static Classifier Load(string path) => Classifier.Load(path, new ClassifierOptions { Networks = [Spec] });
}
