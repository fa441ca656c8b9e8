using System.Xml.Linq;

namespace Fovea.Training.Tests;

public sealed class ComparisonTests
{
    [Fact]
    public void RunsAreComparedImageByImage()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Epochs = 1 };
        RunRecord good = RunRecord.Load(Train.Run(options with { Name = "good" }).Run);
        RunRecord poor = RunRecord.Load(Train.Run(options with { Name = "poor", Lr = 0.001, Momentum = 0 }).Run);
        RunRecord same = RunRecord.Load(Train.Run(options with { Name = "same" }).Run);
        RunRecord other = RunRecord.Load(Train.Run(options with { Name = "other" }, SyntheticDataset.Splits(120, 40)).Run);
        RunComparison comparison = RunComparison.Of([good, poor, same, other]);
        Assert.Equal(["lr", "momentum"], comparison.Differences.Select(d => d.Option));
        Assert.Equal(["0.05", "0.001", "0.05", "0.05"], comparison.Differences[0].Values);
        Assert.Equal(6, comparison.Tests.Count);
        PairTest test = comparison.Tests[0];
        bool[] a = [.. good.ReadPredictions()!.Outcomes.Select(o => o.IsRight)], b = [.. poor.ReadPredictions()!.Outcomes.Select(o => o.IsRight)];
        Assert.Equal(("good", "poor", 50), (test.First, test.Second, test.Images));
        Assert.Equal((a.Zip(b).Count(p => p.First && !p.Second), a.Zip(b).Count(p => p.Second && !p.First)), (test.OnlyFirst, test.OnlySecond));
        Assert.True(test.PValue < 0.05 && test.OnlyFirst > test.OnlySecond, $"{test}");
        Assert.Equal("good is better", ComparisonReport.Verdict(test));
        Assert.Equal((0, 0, 1.0), (comparison.Tests[1].OnlyFirst, comparison.Tests[1].OnlySecond, comparison.Tests[1].PValue));
        Assert.Null(comparison.Tests[2].PValue);
        Assert.Contains("other images", comparison.Tests[2].Reason);
        File.Delete(Path.Combine(same.Folder, "predictions.csv"));
        Assert.Contains("same has no predictions.csv", RunComparison.Of([good, same]).Tests[0].Reason);
        ComparisonReport.Write(folder["c.html"], comparison);
        ComparisonReport.Write(folder["c.svg"], comparison);
        Assert.Contains("split of their own", comparison.Hint);
        Assert.Null(RunComparison.Of([good, poor]).Hint);
        Assert.Equal(("-", "50"), (ComparisonReport.Counted(comparison.Tests[2], 0), ComparisonReport.Counted(test, 50)));
        Assert.Contains("good is better", File.ReadAllText(folder["c.html"]));
        Assert.DoesNotContain("http", File.ReadAllText(folder["c.html"]));
        Assert.Equal(4, XElement.Parse(File.ReadAllText(folder["c.svg"])).Elements().Count(e => e.Name.LocalName == "svg"));
    }

    [Fact]
    public void ADamagedPredictionsFileIsNone()
    {
        using TempFolder folder = new();
        RunRecord run = RunRecord.Load(Train.Run(Train.Options(folder) with { Epochs = 1 }).Run);
        string path = Path.Combine(run.Folder, "predictions.csv"), sound = File.ReadAllText(path);
        Assert.NotNull(run.ReadPredictions());
        foreach (string damaged in (string[])["", "epoch\n", sound[..(sound.Length * 2 / 3)], sound.Replace("top left", "elsewhere", StringComparison.Ordinal), sound + "1,2\n"])
        {
            File.WriteAllText(path, damaged);
            // A file cut at a line's end cannot be told from a whole one; cut inside a line it can.
            Assert.True(run.ReadPredictions() is null || damaged.EndsWith('\n'), damaged);
        }
    }

    [Fact]
    public void NamesOfAnyKindSurviveTheTable()
    {
        string[] cells = ["plain", "a,b", "say \"so\"", "two\nlines", "", "ünï"];
        Assert.Equal([["x"], [.. cells], ["torn"]], Csv.Rows("x\n" + string.Join(',', cells.Select(Csv.Cell)) + "\ntorn"));
    }

    /// <summary>Names that begin alike are no use when they are cut.</summary>
    [Fact]
    public void EveryRunIsNamedInFullBesideItsColour()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Epochs = 1 };
        string[] names = [.. Enumerable.Range(1, 3).Select(i => $"a-name-as-long-as-those-that-say-what-was-tried-in-the-run-seed-{i}")];
        RunComparison comparison = RunComparison.Of([.. names.Select(n => RunRecord.Load(Train.Run(options with { Name = n }).Run))]);
        foreach (string file in (string[])["c.html", "c.svg"])
        {
            ComparisonReport.Write(folder[file], comparison);
            string text = File.ReadAllText(folder[file]);
            Assert.All(names.Index(), n => Assert.Matches($"class=\"line s{n.Index}\"[^>]*>(<[^>]*>)*{n.Item}", text));
        }
    }
}
