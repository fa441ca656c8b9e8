using Fovea.Data.Catalog;
using Fovea.Data.Tests.Support;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public class CatalogTests
{
    private static string Error(string data, DataOptions? options = null) => Assert.Throws<FoveaException>(() => DatasetCatalog.Open(data, options)).Message;

    [Fact]
    public void The_list_is_complete_and_consistent()
    {
        Assert.Equal(["fashion-mnist", "mnist", "cifar10", "cifar100"], DatasetCatalog.BuiltIn.Select(d => d.Name));
        Assert.Equal([10, 10, 10, 100], DatasetCatalog.BuiltIn.Select(d => d.Classes.Distinct().Count()));
        Assert.All(DatasetCatalog.BuiltIn, d => Assert.Equal(d.Defaults.Channels, d.Defaults.Mean.Count));
        Assert.All(DatasetCatalog.BuiltIn, d => Assert.Equal(d.Defaults.Channels, d.Defaults.Std.Count));
        Assert.Equal(["fashion-mnist"], DatasetDownload.Fetchable);
    }

    [Fact]
    public void An_unknown_name_lists_the_known_and_the_nearest()
    {
        string error = Error("fashon-mnist");
        Assert.Contains("fashion-mnist, mnist, cifar10, cifar100", error);
        Assert.Contains("Did you mean 'fashion-mnist'?", error);
        Assert.DoesNotContain("Did you mean", Error("/nowhere/at/all"));
    }

    [Fact]
    public void Missing_files_say_where_was_looked_and_what_to_do()
    {
        using var empty = new TempFolder();
        string error = Error("cifar10", new DataOptions { DataDir = empty.Path });
        Assert.Contains(empty.Path, error);
        Assert.Contains("cifar-10-binary.tar.gz", error);
        Assert.Contains("does not exist", Error("mnist", new DataOptions { DataDir = empty.At("no") }));
        Assert.Contains("--data-dir", Error(empty.Path, new DataOptions { DataDir = empty.Path }));
    }

    [Fact]
    public void Option_ranges_are_checked()
    {
        foreach (double share in new[] { 0, 1, -1, 1.5, double.NaN })
            Assert.Contains("--val-split", Error("mnist", new DataOptions { ValSplit = share }));
        Assert.Contains("--limit-train 0", Error("mnist", new DataOptions { LimitTrain = 0 }));
        Assert.Contains("--limit-val -3", Error("mnist", new DataOptions { LimitVal = -3 }));
    }

    [Fact]
    public void Limits_take_seeded_subsets_with_the_classes_in_proportion()
    {
        using var folder = new TempFolder();
        Files.WriteIdx(folder, 200, 100, gzip: false);
        DataSplits Open(ulong seed, int? train = 50, int? val = 30) =>
            DatasetCatalog.Open("mnist", new DataOptions { DataDir = folder.Path, LimitTrain = train, LimitVal = val, Seed = seed });
        string Picked(DataSplits splits) => string.Join(' ', Enumerable.Range(0, splits.Train.Count).Select(splits.Train.Describe));

        DataSplits first = Open(1);
        Assert.Equal((50, 30), (first.Train.Count, first.Validation.Count));
        Assert.All(Enumerable.Range(0, 50).GroupBy(first.Train.LabelOf), g => Assert.Equal(5, g.Count()));
        Assert.All(Enumerable.Range(0, 30).GroupBy(first.Validation.LabelOf), g => Assert.Equal(3, g.Count()));
        Assert.Equal(Picked(first), Picked(Open(1)));
        Assert.Equal(first.Fingerprint, Open(1).Fingerprint);
        Assert.NotEqual(Picked(first), Picked(Open(2)));
        Assert.NotEqual(first.Fingerprint, Open(2).Fingerprint);
        Assert.Equal(200, Open(1, train: 1000, val: null).Train.Count);
    }
}
