using Fovea.Kernels;

namespace Fovea.Training.Tests;

/// <summary>Training with <c>--cache</c>: the same bits as without, wherever the pictures come from.</summary>
public class CacheTests
{
    [Theory]
    [InlineData("ram", 1)]
    [InlineData("disk", 3)]
    public void A_cached_run_ends_in_the_same_bits(string cache, int workers)
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { EvalTrain = true };
        string plain = Train.Run(options, SyntheticDataset.Splits(broken: [5])).Run;
        List<CacheNote> notes = [];
        List<double> waits = [];
        string cached = Train.Run(options with { Cache = cache, Workers = workers }, SyntheticDataset.Splits(broken: [5]), e =>
        {
            if (e is CacheNote note)
                notes.Add(note);
            if (e is EpochDone done)
                waits.Add(done.WaitShare);
        }).Run;
        foreach (string name in new[] { "last", "best" })
            Assert.Equal(Train.Checkpoint(plain, name), Train.Checkpoint(cached, name));
        Assert.Equal(Train.Results(plain), Train.Results(cached));
        Assert.Contains(notes, n => n.Split == "train" && n.Text.Contains("120 images", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.Split == "val" && n.Text.Contains("50 images", StringComparison.Ordinal));
        Assert.Equal(2, waits.Count);
        Assert.All(waits, w => Assert.InRange(w, 0, 1));
        Assert.Equal(cache == "disk", Directory.Exists(Path.Combine(options.Output, ".cache")));
        Assert.Contains("\"cache\": ", File.ReadAllText(Path.Combine(cached, "args.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_stopped_in_its_first_epoch_goes_on_to_the_same_bits()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Cache = "disk", LogEvery = 1 };
        string plain = Train.Run(options with { Cache = "none" }).Run;
        using CancellationTokenSource stop = new();
        RunSummary stopped = Train.Run(options, null, e =>
        {
            if (e is StepDone { Epoch: 1, Step: 3 })
                stop.Cancel();
        }, stop.Token);
        Assert.True(stopped.Stopped);
        // The training cache was not whole, so nothing of it is left.
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(options.Output, ".cache")), f => f.EndsWith(".partial", StringComparison.Ordinal));
        RunSummary done = Train.Run(options with { Resume = stopped.Run });
        Assert.False(done.Stopped);
        Assert.Equal(Train.Checkpoint(plain, "last"), Train.Checkpoint(stopped.Run, "last"));
        List<string> notes = [];
        string again = Train.Run(options with { Seed = options.Seed, Name = "again" }, null, e =>
        {
            if (e is CacheNote note)
                notes.Add(note.Text);
        }).Run;
        Assert.All(notes, n => Assert.StartsWith("reading ", n, StringComparison.Ordinal));
        Assert.Equal(2, notes.Count);
        Assert.Equal(Train.Checkpoint(plain, "last"), Train.Checkpoint(again, "last"));
    }

    [Fact]
    public void An_unknown_cache_is_refused()
    {
        using TempFolder folder = new();
        string error = Assert.Throws<FoveaException>(() => Train.Run(Train.Options(folder) with { Cache = "dsik" })).Message;
        Assert.Contains("none, ram, disk", error, StringComparison.Ordinal);
        Assert.Contains("'disk'", error, StringComparison.Ordinal);
    }
}
