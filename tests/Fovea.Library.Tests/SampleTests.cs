using Fovea.Cli.Tests.Support;
using Fovea.Data;
using Fovea.Data.Catalog;
using Fovea.Imaging;
using Fovea.Kernels;
using Fovea.Library.Tests.Samples;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Library.Tests;

/// <summary>The samples do what the page says.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-library-").FullName;

    private string Data => Path.Combine(_folder, "photographs");

    private string Runs => Path.Combine(_folder, "runs");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task TenLinesTrainAndAnswer()
    {
        Pictures.WriteDataSet(Data, 24, 8);
        string pictures = Directory.CreateDirectory(Path.Combine(_folder, "new")).FullName;
        File.WriteAllBytes(Path.Combine(pictures, "a.bmp"), Pictures.Bmp(left: true, 5000));
        File.WriteAllBytes(Path.Combine(pictures, "b.bmp"), [1, 2, 3]);
        string[] answers = await TenLines.Run(Data, pictures, Runs, CancellationToken.None);
        Assert.Equal(2, answers.Length);
        Assert.Matches("^a.bmp: (left|right)$", answers[0]);
        Assert.StartsWith("b.bmp: ", answers[1], StringComparison.Ordinal);
        Assert.DoesNotMatch("^b.bmp: (left|right)$", answers[1]);
    }

    [Fact]
    public async Task AStoppedRunGoesOnToTheSameBytes()
    {
        Pictures.WriteDataSet(Data, 24, 8);
        DataSplits data = DatasetCatalog.Open(Data);
        TrainingOptions options = new() { Architecture = Architecture.Of(ModelZoo.Find("lenet5"), 2), Data = Data, Output = Runs, Opt = "adam", Epochs = 3, BatchSize = 8, LogEvery = 1 };
        RunSummary whole = await Trainer.RunAsync(options with { Name = "whole" }, data);
        using CancellationTokenSource stop = new();
        int seen = 0;
        RunSummary parts = await Stopping.StopAndGoOn(options with { Name = "parts" }, data, new Now(e =>
        {
            if (e is StepDone { TotalSteps: 8 })
                stop.Cancel();
            seen += e is RunStopped ? 1 : 0;
        }), stop);
        Assert.Equal(1, seen);
        Assert.False(parts.Stopped);
        Assert.Equal(File.ReadAllBytes(RunPaths.FindModel(whole.Run)), File.ReadAllBytes(RunPaths.FindModel(parts.Run)));
    }

    [Fact]
    public async Task ARunThatIsCancelledBeforeItBeginsIsStoppedAndSaved()
    {
        TrainingOptions options = new() { Architecture = Architecture.Of(SmallNet.Spec), Data = "stripes", Output = Runs };
        RunSummary run = await Trainer.RunAsync(options, SmallNet.Data, cancellation: new CancellationToken(canceled: true));
        Assert.True(run.Stopped);
        Assert.Equal(0, SavedRun.Open(run.Run, networks: [SmallNet.Spec]).State.Position.Epochs);
    }

    [Fact]
    public async Task WhatIsWrongComesOutOfTheTask()
    {
        TrainingOptions options = new() { Architecture = Architecture.Of(SmallNet.Spec), Data = "stripes", Output = Runs, Epochs = 0 };
        FoveaException error = await Assert.ThrowsAsync<FoveaException>(() => Trainer.RunAsync(options, SmallNet.Data));
        Assert.Contains("--epochs 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANetworkFromOutsideTrainsOnDataFromOutside()
    {
        EvaluationResult result = await SmallNet.TrainAndEvaluate(Runs, CancellationToken.None);
        Assert.True(result.Top1 > 0.95, $"{result.Top1}");
        string run = Path.Combine(Runs, "small-net-stripes");
        // Its op ran in C#, whatever the others did, and the run says why where another backend was there.
        RunArgs args = RunArgs.Load(run);
        StepArgs[] leaky = [.. args.Plans.SelectMany(p => p.Steps).Where(s => s is { Layer: "features.1" or "features.4", Work: "forward" or "backward" })];
        Assert.Contains(leaky, step => step.Work == "backward");
        Assert.All(leaky, step => Assert.Equal("managed", step.Kernel));
        if (args.Backend == "onednn")
            Assert.All(leaky.Where(step => step.Work == "forward"), step => Assert.Equal("onednn: LeakyReLU is written in C# alone", step.Declined));

        string model = RunPaths.FindModel(run);
        using Classifier classifier = SmallNet.Load(model);
        Assert.Equal("small-net", classifier.Model.Architecture.Model);
        string unknown = Assert.Throws<FoveaException>(() => Classifier.Load(model)).Message;
        Assert.Contains("no network called small-net", unknown, StringComparison.Ordinal);
        Assert.Contains("docs/library.md", unknown, StringComparison.Ordinal);
        Assert.Contains("no network called small-net", Assert.Throws<FoveaException>(() => SavedRun.Open(run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AStoppedRunOfANetworkFromOutsideGoesOn()
    {
        using CancellationTokenSource stop = new();
        stop.Cancel();
        EvaluationResult stopped = await SmallNet.TrainAndEvaluate(Path.Combine(Runs, "a"), stop.Token);
        EvaluationResult whole = await SmallNet.TrainAndEvaluate(Path.Combine(Runs, "b"), CancellationToken.None);
        Assert.Equal(whole.Loss, stopped.Loss);
    }

    [Fact]
    public async Task ANetworkFromOutsideMustNotBeCalledLikeOneOfTheZoo()
    {
        TrainingOptions options = new() { Architecture = Architecture.Of(SmallNet.Spec with { Name = "alexnet" }), Data = "stripes", Output = Runs };
        FoveaException error = await Assert.ThrowsAsync<FoveaException>(() => Trainer.RunAsync(options, SmallNet.Data));
        Assert.Contains("Give it another name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheOpsGradientIsItsDerivative()
    {
        LeakyReLU op = new(0.1f);
        float[] x = [-2, -0.5f, 0.5f, 3], y = new float[4], shifted = new float[4], gradient = new float[4];
        op.Forward(x, y);
        Assert.Equal([-0.2f, -0.05f, 0.5f, 3f], y);
        op.Backward(y, [1, 1, 1, 1], gradient);
        // A power of two, and pieces that are linear: the difference quotient is exact but for the rounding of the slope's products.
        const float Step = 1f / 64;
        op.Forward([.. x.Select(v => v + Step)], shifted);
        for (int i = 0; i < x.Length; i++)
            Assert.Equal((shifted[i] - y[i]) / Step, gradient[i], 1e-5f);
    }

    [Fact]
    public async Task ThreadsGetTheAnswersThatTheyWouldGetAlone()
    {
        TrainingOptions options = new() { Architecture = Architecture.Of(SmallNet.Spec), Data = "stripes", Output = Runs, Epochs = 1, BatchSize = 20 };
        RunSummary run = await Trainer.RunAsync(options, SmallNet.Data);
        using Classifier classifier = SmallNet.Load(RunPaths.FindModel(run.Run));
        (string Name, byte[] Bytes)[] uploads = [.. Enumerable.Range(0, 24).Select(i => ($"{i}", Png(i)))];
        PredictOptions logits = new() { Logits = true };
        Prediction One(int i) => classifier.Predict(new Picture(uploads[i].Name, uploads[i].Bytes), logits);
        Prediction[] Several(int i) => [.. classifier.Predict(Enumerable.Range(i, 5).Select(j => new Picture(uploads[j].Name, uploads[j].Bytes)), logits)];
        float[][] alone = [.. Enumerable.Range(0, 24).Select(i => One(i).Logits!)];
        float[][][] batches = [.. Enumerable.Range(0, 20).Select(i => Several(i).Select(p => p.Logits!).ToArray())];

        Exception?[] failures = new Exception?[8];
        Thread[] threads = [.. Enumerable.Range(0, failures.Length).Select(t => new Thread(() =>
        {
            try
            {
                for (int k = 0; k < 20; k++)
                {
                    int i = ((t * 7) + k) % 20;
                    // Single pictures and batches at once: both plans are in use, in turn.
                    if ((t + k) % 2 == 0)
                        Assert.Equal(alone[i], One(i).Logits);
                    else
                        Assert.Equal(batches[i], Several(i).Select(p => p.Logits!));
                }
            }
            catch (Exception e)
            {
                failures[t] = e;
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.All(failures, Assert.Null);
        IReadOnlyDictionary<string, string> answers = ManyThreads.Answer(classifier, [.. uploads, ("broken", [0])]);
        Assert.Equal(25, answers.Count);
        Assert.All(uploads, upload => Assert.Matches("^(across|along) ", answers[upload.Name]));
    }

    private static byte[] Png(int index)
    {
        Image image = new();
        SmallNet.Data.Validation.Read(index, image, new ReadOptions { Channels = 1 });
        return ImageEncoder.Png(image);
    }

    private sealed class Now(Action<TrainingEvent> on) : IProgress<TrainingEvent>
    {
        public void Report(TrainingEvent value) => on(value);
    }
}
