using Fovea.Cli.Tests.Support;
using Fovea.Formats.TensorBoard;
using Fovea.Kernels.Memory;

namespace Fovea.Cli.Tests;

/// <summary>A run that is killed again and again, also while it writes a checkpoint, ends with the bytes of one that nobody touched.</summary>
public sealed class KillTests : IDisposable
{
    private const int Seed = 20260101, Epochs = 4, MostRuns = 10;
    private readonly TempFolder _folder = new();
    private readonly Random _random = new(Seed);
    private string _output = "";
    private int _killed, _whileWriting;

    // 64 pixels give LeNet 0.4 million parameters: checkpoints of 6 MB, whose writing can be met. Six steps an epoch, a checkpoint after each.
    private string[] Training(string output) =>
    [
        "train", "--model", "lenet5", "--activation", "relu", "--pool", "max", "--init", "pytorch", "--img-size", "64", "--data", _folder["data"],
        "--train-transform", "resize(64x64) random-crop(64,padding=6) hflip", "--opt", "adam", "--lr", "0.001", "--sched", "cosine", "--ema", "0.9", "--mixup", "0.2",
        "--batch-size", "8", "--epochs", $"{Epochs}", "--checkpoint-every", "1steps", "--keep", "all", "--log-every", "1", "--cache", "disk",
        "--backend", "managed", "--threads", "1", "--seed", "3", "--output", _folder[output], "--name", "run",
    ];

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Where in a run a kill comes is chance, and on a busy machine some runs are over before it does: then another run is killed, and all of them are compared.
    /// </summary>
    [Fact]
    public void ARunThatIsKilledAtRandomMomentsEndsWithTheSameBytes()
    {
        Pictures.WriteDataSet(_folder["data"], 24, 9);
        using (FoveaProcess whole = FoveaProcess.Start(Training("whole")))
            whole.Finish();
        for (int run = 1; run <= MostRuns && (_killed < 4 || _whileWriting < 1); run++)
        {
            _output = $"killed-{run}";
            KillAndResume();
            AssertSame();
        }
        Assert.True(_killed >= 4, $"only {_killed} kills came before the end of {MostRuns} runs");
        Assert.True(_whileWriting >= 1, "no kill met a checkpoint that was being written");
    }

    private void KillAndResume()
    {
        using (FoveaProcess first = FoveaProcess.Start(Training(_output)))
        {
            // Before the first step there is nothing to go on with.
            if (Until(first, () => File.Exists(Checkpoint(_output, "resume"))))
                Kill(first, 50);
        }
        Func<FoveaProcess, bool>[] moments = [TakesSteps, EndsAnEpoch, TakesSteps, EndsAnEpoch];
        foreach (Func<FoveaProcess, bool> moment in moments)
        {
            using FoveaProcess resumed = FoveaProcess.Start(Resuming);
            if (moment(resumed))
                Kill(resumed, 60);
        }
        for (int i = 0; i < 8 && _whileWriting < 2; i++)
        {
            using FoveaProcess resumed = FoveaProcess.Start(Resuming);
            if (WritesACheckpoint(resumed))
                Kill(resumed, 4);
        }
        using FoveaProcess last = FoveaProcess.Start(Resuming);
        last.Finish();
    }

    private string[] Resuming => ["train", "--resume", "run", "--output", _folder[_output]];

    private string Run(string output) => _folder[output, "run"];

    private string Checkpoint(string output, string name) => Path.Combine(Run(output), "checkpoints", $"{name}.safetensors");

    private string[] Unfinished => Directory.GetFiles(Path.Combine(Run(_output), "checkpoints"), $"*{AtomicFile.TemporaryEnding}");

    private bool WritesACheckpoint(FoveaProcess process)
    {
        foreach (string left in Unfinished)
            File.Delete(left);
        return Until(process, () => Unfinished.Length > 0);
    }

    private bool TakesSteps(FoveaProcess process) => Grows(process, "events.jsonl") && Grows(process, "events.jsonl");

    private bool EndsAnEpoch(FoveaProcess process) => Grows(process, "results.csv");

    // Resuming cuts a file back before it grows.
    private bool Grows(FoveaProcess process, string name)
    {
        FileInfo file = new(Path.Combine(Run(_output), name));
        long before = file.Length;
        return Until(process, () =>
        {
            file.Refresh();
            (bool grown, before) = (file.Length > before, Math.Min(before, file.Length));
            return grown;
        });
    }

    private static bool Until(FoveaProcess process, Func<bool> reached)
    {
        while (!process.HasExited)
        {
            if (reached())
                return true;
            Thread.Sleep(1);
        }
        return false;
    }

    private void Kill(FoveaProcess process, int mostMilliseconds)
    {
        Thread.Sleep(_random.Next(mostMilliseconds));
        if (!process.Kill())
            return;
        _killed++;
        _whileWriting += Unfinished.Length > 0 ? 1 : 0;
    }

    private void AssertSame()
    {
        string[] names = ["best", "last", "resume", .. Enumerable.Range(1, Epochs).Select(epoch => $"epoch-{epoch:000}")];
        foreach (string name in names)
            Assert.True(File.ReadAllBytes(Checkpoint("whole", name)).AsSpan().SequenceEqual(File.ReadAllBytes(Checkpoint(_output, name))), $"{name}.safetensors differs");
        Assert.Empty(Unfinished);
        Assert.Equal(Text("whole", "predictions.csv"), Text(_output, "predictions.csv"));
        Assert.Equal(Results("whole"), Results(_output));
        Assert.Equal(Epochs + 1, Results(_output).Length);
        Assert.Equal(Scalars("whole"), Scalars(_output));
        Assert.Equal(Epochs * 6 * 2 + Epochs * 4, Scalars(_output).Length);
    }

    private string Text(string output, string name) => File.ReadAllText(Path.Combine(Run(output), name));

    /// <summary>results.csv without its two columns of time.</summary>
    private string[] Results(string output) =>
        [.. Text(output, "results.csv").TrimEnd().Split('\n').Select(line => string.Join(',', line.Split(',')[..6]))];

    private (long, string, float)[] Scalars(string output) =>
    [
        .. Directory.GetFiles(Path.Combine(Run(output), "tensorboard")).Order(StringComparer.Ordinal).SelectMany(file => EventFileReader.Read(File.ReadAllBytes(file)))
            .SelectMany(e => e.Record.Values.Select(value => (e.Record.Step, value.Tag, value.Value))),
    ];
}
