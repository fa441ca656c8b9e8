namespace Fovea.Training;

/// <summary>Runs beside each other: in which options they differ, and whether their accuracies differ by more than chance.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Differences">Options whose values are not all the same.</param>
/// <param name="Tests">McNemar's test between each two runs.</param>
public sealed record RunComparison(IReadOnlyList<RunRecord> Runs, IReadOnlyList<OptionDifference> Differences, IReadOnlyList<PairTest> Tests)
{
    /// <summary>Why runs that a person takes for comparable may not be, and what to do; null where each two of them are.</summary>
    public string? Hint => Tests.Any(t => t.Reason == OtherImages)
        ? "Only answers for the same images can be compared: --val-split and --limit-val draw them by --seed, so that runs of several seeds need a split of their own." : null;

    private const string OtherImages = "they were validated on other images";

    // What a run is called and where it lies is no difference between experiments.
    private static readonly string[] Ignored = ["name", "output"];

    /// <summary>Compares runs.</summary>
    public static RunComparison Of(IReadOnlyList<RunRecord> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Dictionary<string, string>[] options = [.. runs.Select(r => RunOptions.Of(r.Folder).DistinctBy(o => o.Name).ToDictionary(o => o.Name, o => o.Value))];
        OptionDifference[] differences = [.. options.SelectMany(o => o.Keys).Distinct().Except(Ignored)
            .Select(name => new OptionDifference(name, [.. options.Select(o => o.GetValueOrDefault(name))]))
            .Where(d => d.Values.Distinct().Count() > 1)];
        RunPredictions?[] predictions = [.. runs.Select(r => r.ReadPredictions())];
        List<PairTest> tests = [];
        for (int i = 0; i < runs.Count; i++)
        {
            for (int j = i + 1; j < runs.Count; j++)
                tests.Add(Test(runs[i], predictions[i], runs[j], predictions[j]));
        }
        return new RunComparison(runs, differences, tests);
    }

    private static PairTest Test(RunRecord first, RunPredictions? a, RunRecord second, RunPredictions? b)
    {
        PairTest none = new(first.Name, second.Name, 0, 0, 0, null, null);
        if (a is null || b is null)
            return none with { Reason = $"{(a is null ? first : second).Name} has no predictions.csv: no epoch is complete, or an older version trained it" };
        bool sameData = first.Args.Dataset.Fingerprint == second.Args.Dataset.Fingerprint;
        // Other training images, such as with --limit-train, are no hindrance; the validation images must be the same ones.
        if (!sameData && !a.Images.SequenceEqual(b.Images))
            return none with { Reason = OtherImages };
        Dictionary<int, ImageOutcome> others = b.Outcomes.ToDictionary(o => o.Sample);
        int onlyFirst = 0, onlySecond = 0, images = 0;
        foreach (ImageOutcome one in a.Outcomes)
        {
            if (!others.TryGetValue(one.Sample, out ImageOutcome other))
                continue;
            images++;
            onlyFirst += one.IsRight && !other.IsRight ? 1 : 0;
            onlySecond += other.IsRight && !one.IsRight ? 1 : 0;
        }
        return none with { Images = images, OnlyFirst = onlyFirst, OnlySecond = onlySecond, PValue = Statistics.McNemar(onlyFirst, onlySecond) };
    }
}

/// <summary>An option with its value in each run; null where a run does not have it.</summary>
/// <param name="Option">Its name in args.json; parts of a part are apart by dots.</param>
/// <param name="Values">A value for each run.</param>
public sealed record OptionDifference(string Option, IReadOnlyList<string?> Values);

/// <summary>McNemar's exact test of two runs' best networks on the same validation images.</summary>
/// <param name="First">The first run's name.</param>
/// <param name="Second">The second run's name.</param>
/// <param name="OnlyFirst">Images that only the first gets right.</param>
/// <param name="OnlySecond">Images that only the second gets right.</param>
/// <param name="Images">Images that both have.</param>
/// <param name="PValue">See <see cref="Statistics.McNemar"/>; null where the test does not apply.</param>
/// <param name="Reason">Why it does not apply; null where it does.</param>
public sealed record PairTest(string First, string Second, int OnlyFirst, int OnlySecond, int Images, double? PValue, string? Reason);
