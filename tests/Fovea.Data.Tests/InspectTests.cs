using Fovea.Data.Catalog;
using Fovea.Data.Inspection;
using Fovea.Data.Tests.Support;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public sealed class InspectTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] Flat(int width, int height, byte r, byte g, byte b) => Files.Bmp(width, height, (_, _) => (r, g, b));

    [Fact]
    public void Reports_classes_sizes_formats_broken_files_statistics_and_duplicates()
    {
        // The second is four times as large and weighs the same.
        _folder.Write("train/a/1.bmp", Flat(4, 4, 0, 51, 255));
        _folder.Write("train/b/2.bmp", Flat(8, 8, 255, 51, 0));
        _folder.Write("train/b/3.jpg", []);
        _folder.Write("train/b/4.gif", "GIF89a............"u8.ToArray());
        _folder.Write("val/a/1.bmp", Flat(4, 4, 0, 51, 255));
        _folder.Write("val/b/5.bmp", Flat(3, 9, 1, 2, 3)[..60]);
        var grey = new Image();
        grey.Reset(20, 10, 1);
        grey.Pixels.Clear();
        _folder.Write("val/b/6.bmp", ImageEncoder.Png(grey));

        InspectReport report = DatasetInspector.Inspect(DatasetCatalog.Open(_folder.Path));
        Assert.Equal([new ClassCount("a", 1, 1), new ClassCount("b", 3, 2)], report.Classes);
        Assert.Equal((4, 3), (report.TrainImages, report.ValidationImages));
        Assert.Equal(new SizeSummary(4, 4, 20, 4, 4, 10), report.Sizes);
        Assert.Equal([new FormatCount("BMP", 4), new FormatCount("GIF", 1), new FormatCount("PNG", 1), new FormatCount("empty file", 1)], report.Formats);
        Assert.Equal([_folder.At("train/b/3.jpg"), _folder.At("train/b/4.gif"), _folder.At("val/b/5.bmp")], report.Broken.Select(b => b.Source));
        Assert.All(report.Broken, b => Assert.NotEmpty(b.Reason));
        Assert.Equal(2, report.StatisticsImages);
        Assert.Equal([0.5, 0.2, 0.5], report.Mean.Select(m => Math.Round(m, 12)));
        Assert.Equal([0.5, 0, 0.5], report.Std.Select(s => Math.Round(s, 6)));
        Assert.Equal([$"train: {_folder.At("train/a/1.bmp")}", $"val: {_folder.At("val/a/1.bmp")}"], Assert.Single(report.Duplicates));
        Assert.Equal(1, report.DuplicatesAcrossSplits);
    }

    [Fact]
    public void The_number_of_workers_and_a_limit_on_statistics_behave()
    {
        Files.WriteIdx(_folder, 100, 50, gzip: false);
        DataSplits splits = DatasetCatalog.Open("mnist", new DataOptions { DataDir = _folder.Path });
        InspectReport all = DatasetInspector.Inspect(splits, new InspectOptions { Workers = 1, StatisticsImages = 0 });
        InspectReport parallel = DatasetInspector.Inspect(splits, new InspectOptions { Workers = 5, StatisticsImages = 100 });
        // Pixels of picture i are i: mean 49.5, variance (100^2 - 1) / 12.
        Assert.Equal(49.5 / 255, all.Mean[0], 1e-12);
        Assert.Equal(Math.Sqrt(9999 / 12.0) / 255, all.Std[0], 1e-12);
        Assert.Equal(all.Mean, parallel.Mean);
        Assert.Equal(all.Std, parallel.Std);
        Assert.Equal([new FormatCount("uncompressed", 150)], all.Formats);
        Assert.Equal(new SizeSummary(28, 28, 28, 28, 28, 28), all.Sizes);
        Assert.Equal(50, all.DuplicatesAcrossSplits);

        InspectReport some = DatasetInspector.Inspect(splits, new InspectOptions { StatisticsImages = 10, Seed = 4 });
        Assert.Equal(10, some.StatisticsImages);
        Assert.Equal(some.Mean, DatasetInspector.Inspect(splits, new InspectOptions { StatisticsImages = 10, Seed = 4, Workers = 3 }).Mean);
        Assert.NotEqual(some.Mean, DatasetInspector.Inspect(splits, new InspectOptions { StatisticsImages = 10, Seed = 5 }).Mean);
    }

    [Fact]
    public void Can_be_cancelled_and_tells_how_far_it_is()
    {
        Files.WriteIdx(_folder, 100, 50, gzip: false);
        DataSplits splits = DatasetCatalog.Open("mnist", new DataOptions { DataDir = _folder.Path });
        using var cancellation = new CancellationTokenSource();
        int seen = 0;
        var stop = new Tell(p =>
        {
            Assert.Equal(150, p.Total);
            if (Interlocked.Increment(ref seen) == 20)
                cancellation.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => DatasetInspector.Inspect(splits, new InspectOptions { Progress = stop, Workers = 1 }, cancellation.Token));
        Assert.Equal(20, seen);
        Assert.Contains("--workers 0", Assert.Throws<FoveaException>(() => DatasetInspector.Inspect(splits, new InspectOptions { Workers = 0 })).Message);
    }

    private sealed class Tell(Action<(int Done, int Total)> action) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => action(value);
    }
}
