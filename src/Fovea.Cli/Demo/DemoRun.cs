using Fovea.Data;
using Fovea.Engine;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Demo;

/// <summary>The run of the demo: settings that learn fast, and a look at what came of it.</summary>
internal static class DemoRun
{
    /// <summary>Enough for nine of ten images, and short enough to watch on two cores with either backend.</summary>
    public const int DefaultEpochs = 5;

    private const string Model = "lenet5";

    /// <summary>LeNet-5 as one would build it today, with momentum and a learning rate that falls once.</summary>
    public static TrainingOptions Options(DataSplits data, int epochs)
    {
        ModelSpec spec = ModelZoo.Find(Model);
        Dictionary<string, string> own = new() { ["activation"] = "relu", ["pool"] = "max" };
        Preprocessing preprocessing = spec.Preprocess(spec.Input.C, spec.Input.H, spec.Input.W) with
        {
            Mean = data.Defaults.Mean,
            Std = data.Defaults.Std,
        };
        return new TrainingOptions
        {
            Architecture = Architecture.Of(spec, data.Classes.Count, spec.Input, own, preprocessing: preprocessing),
            Init = "pytorch",
            Data = data.Name,
            Epochs = epochs,
            BatchSize = 64,
            ValBatchSize = 250,
            Lr = 0.03,
            Momentum = 0.9,
            Sched = "step",
            StepSize = Math.Max(1, (epochs * 3 + 3) / 5),
            Gamma = 0.2,
            Name = "demo",
            LogEvery = 200,
        };
    }

    /// <summary>Evaluates the best network and asks it about some test images.</summary>
    public static (EvaluationResult Evaluation, DemoSample[] Samples) Look(TrainingOptions options, DataSplits data, RunSummary run, CancellationToken stop)
    {
        string file = RunPaths.FindModel(run.Run);
        RuntimeOptions runtime = new() { Backend = options.Backend, Threads = options.Threads };
        using Classifier classifier = Classifier.Load(file, new ClassifierOptions { Runtime = runtime, BatchSize = 128 });
        EvaluationResult evaluation = Evaluator.Evaluate(classifier.Model, data.Validation,
            new EvaluationOptions { Runtime = runtime, BatchSize = 250 }, stop);
        return (evaluation, DemoSamples.Choose(classifier, data.Validation, right: 5, wrong: 3));
    }
}
