using Fovea.Kernels;

namespace Fovea.Data.Inspection;

/// <summary>Reads every sample of a data set and says what is in it.</summary>
public static class DatasetInspector
{
    /// <summary>Inspects both splits of <paramref name="splits"/> on several threads. The report depends on data and options alone.</summary>
    /// <exception cref="FoveaException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static InspectReport Inspect(DataSplits splits, InspectOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(splits);
        options ??= new InspectOptions();
        if (options.Workers is < 1 or > 256)
            throw new FoveaException($"--workers {options.Workers}: must be from 1 to 256.");
        IImageDataset all = splits.All;
        bool[] counted = StatisticsSample(splits.Train.Count, all.Count, options);
        var findings = new Finding[all.Count];
        int done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancellation };
        Parallel.For(0, all.Count, parallel, () => new SampleProbe(splits, options.MaxPixels), (i, _, probe) =>
        {
            findings[i] = probe.Look(i, counted[i]);
            options.Progress?.Report((Interlocked.Increment(ref done), findings.Length));
            return probe;
        }, _ => { });
        return Report(splits, findings);
    }

    private static InspectReport Report(DataSplits splits, Finding[] findings)
    {
        int train = splits.Train.Count;
        string Source(int i) => i < train ? splits.Train.Describe(i) : splits.Validation.Describe(i - train);
        (double[] mean, double[] std, int images) = ChannelStatistics.Combine(findings.Select(f => f.Statistics));
        int[][] duplicates = [.. findings.Index().GroupBy(f => f.Item.Content).Where(g => g.Key != default && g.Count() > 1)
            .Select(g => g.Select(f => f.Index).ToArray())];
        return new InspectReport
        {
            Name = splits.Name,
            Layout = splits.Layout,
            Classes = Counts(splits),
            TrainImages = train,
            ValidationImages = splits.Validation.Count,
            Sizes = Sizes([.. findings.Where(f => f.Problem is null)]),
            Formats = [.. findings.GroupBy(f => f.Format).Select(g => new FormatCount(g.Key, g.Count()))
                .OrderByDescending(f => f.Images).ThenBy(f => f.Format, StringComparer.Ordinal)],
            Mean = mean,
            Std = std,
            StatisticsImages = images,
            Broken = [.. findings.Index().Where(f => f.Item.Problem is not null).Select(f => new BrokenFile(Source(f.Index), f.Item.Problem!))],
            Duplicates = [.. duplicates.Select(g => (IReadOnlyList<string>)[.. g.Select(i => (i < train ? "train: " : "val: ") + Source(i))])],
            DuplicatesAcrossSplits = duplicates.Count(g => g[0] < train && g[^1] >= train),
        };
    }

    /// <summary>Marks the training samples whose pixels are averaged.</summary>
    private static bool[] StatisticsSample(int train, int all, InspectOptions options)
    {
        bool[] counted = new bool[all];
        int[] order = [.. Enumerable.Range(0, train)];
        if (options.StatisticsImages > 0 && options.StatisticsImages < train)
            Permutation.Shuffle(order, new PhiloxKey(options.Seed, RandomStream.Split, 0, InspectionDraw));
        foreach (int i in order.AsSpan(0, options.StatisticsImages > 0 ? Math.Min(options.StatisticsImages, train) : train))
            counted[i] = true;
        return counted;
    }

    // Apart from the draws of splits and limits.
    private const uint InspectionDraw = 3;

    private static ClassCount[] Counts(DataSplits splits)
    {
        int[] Count(IImageDataset data)
        {
            int[] counts = new int[data.Classes.Count];
            for (int i = 0; i < data.Count; i++)
                counts[data.LabelOf(i)]++;
            return counts;
        }
        int[] train = Count(splits.Train), validation = Count(splits.Validation);
        return [.. splits.Classes.Select((name, c) => new ClassCount(name, train[c], validation[c]))];
    }

    private static SizeSummary? Sizes(Finding[] good)
    {
        if (good.Length == 0)
            return null;
        int[] widths = [.. good.Select(f => f.Width).Order()], heights = [.. good.Select(f => f.Height).Order()];
        int middle = (good.Length - 1) / 2;
        return new SizeSummary(widths[0], widths[middle], widths[^1], heights[0], heights[middle], heights[^1]);
    }
}
