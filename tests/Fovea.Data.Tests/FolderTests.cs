using Fovea.Data.Catalog;
using Fovea.Data.Tests.Support;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public sealed class FolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Put(string under, int count, byte shade = 10)
    {
        for (int i = 0; i < count; i++)
            _folder.Write($"{under}/{i:000}.bmp", Files.Bmp(8 + i, 6, (byte)(shade + i)));
    }

    private DataSplits Open(DataOptions? options = null) => DatasetCatalog.Open(_folder.Path, options);

    private string Error() => Assert.Throws<FoveaException>(() => Open()).Message;

    private static string[] Described(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Describe)];

    [Theory]
    [InlineData("train/", "val/")]
    [InlineData("train/", "test/")]
    [InlineData("train/", "validation/")]
    [InlineData("train_", "test_")]
    [InlineData("train_", "val_")]
    public void Finds_layouts_with_both_splits(string train, string validation)
    {
        foreach (string name in new[] { "dog", "Zebra", "cat" })
        {
            Put(train + name, 3);
            Put(validation + name, 2);
        }
        DataSplits splits = Open();
        Assert.Equal(["Zebra", "cat", "dog"], splits.Classes);
        Assert.Equal(["Zebra", "cat", "dog"], splits.Validation.Classes);
        Assert.Equal((9, 6), (splits.Train.Count, splits.Validation.Count));
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2], Enumerable.Range(0, 9).Select(splits.Train.LabelOf));
        Assert.Equal(_folder.At($"{train}cat/001.bmp"), splits.Train.Describe(4));
        Assert.Null(splits.Train.FixedSize);
        Assert.Equal(3, splits.Defaults.Channels);
        Assert.Contains($"{train}<class>/*", splits.Layout);
        var image = new Image();
        splits.Train.Read(4, image, default);
        Assert.Equal((9, 6, 3), (image.Width, image.Height, image.Channels));
        Assert.Equal(new byte[] { 11, 11, 11, 11, 12, 11 }, image.Pixels[..6].ToArray());
    }

    [Fact]
    public void Divides_classes_alone_by_the_share_and_the_seed()
    {
        Put("a", 10);
        Put("b", 5);
        Put("c", 1);
        DataSplits splits = Open(new DataOptions { ValSplit = 0.2, Seed = 5 });
        Assert.Equal((13, 3), (splits.Train.Count, splits.Validation.Count));
        Assert.Equal([0, 0, 1], Enumerable.Range(0, 3).Select(splits.Validation.LabelOf));
        Assert.Equal(16, Described(splits.All).Distinct().Count());
        Assert.Equal(Described(splits.Validation), Described(Open(new DataOptions { Seed = 5 }).Validation));
        Assert.NotEqual(Described(splits.Validation), Described(Open(new DataOptions { Seed = 6 }).Validation));
    }

    [Fact]
    public void Divides_train_without_a_validation_folder()
    {
        Put("train/a", 5);
        Put("train/b", 5);
        DataSplits splits = Open();
        Assert.Equal((8, 2), (splits.Train.Count, splits.Validation.Count));
        Assert.StartsWith("train/<class>/*, 0.2 of each class", splits.Layout);
    }

    [Fact]
    public void Takes_what_ends_or_begins_as_a_picture_at_any_depth_and_nothing_else()
    {
        Put("train/a", 1);
        Put("train/b", 1);
        Put("val/a", 1);
        Put("val/b", 1);
        _folder.Write("train/a/deep/er/x.JPEG", []);
        _folder.Write("train/a/no-ending", Files.Bmp(3, 3, 1));
        _folder.Write("train/a/notes.txt", "hello"u8.ToArray());
        _folder.Write("train/a/.hidden.bmp", Files.Bmp(3, 3, 1));
        _folder.Write("train/a/.cache/y.bmp", Files.Bmp(3, 3, 1));
        _folder.Write(".git/x/y.bmp", Files.Bmp(3, 3, 1));
        Directory.CreateSymbolicLink(_folder.At("train/a/circle"), _folder.At("train"));
        File.CreateSymbolicLink(_folder.At("train/a/link.bmp"), _folder.At("val/a/000.bmp"));
        DataSplits splits = Open();
        Assert.Equal(["a/000.bmp", "a/deep/er/x.JPEG", "a/link.bmp", "a/no-ending", "b/000.bmp"], Described(splits.Train).Select(p => Path.GetRelativePath(_folder.At("train"), p)));
        var image = new Image();
        splits.Train.Read(2, image, default);
        Assert.Equal(8, image.Width);
    }

    [Fact]
    public void Fingerprint_follows_names_and_sizes_and_not_the_place()
    {
        Put("a", 3);
        Put("b", 3);
        string before = Open().Fingerprint;
        using var copy = new TempFolder();
        foreach (string file in Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories))
            copy.Write(Path.GetRelativePath(_folder.Path, file), File.ReadAllBytes(file));
        Assert.Equal(before, DatasetCatalog.Open(copy.Path).Fingerprint);
        _folder.Write("a/000.bmp", Files.Bmp(20, 20, 1));
        Assert.NotEqual(before, Open().Fingerprint);
    }

    [Fact]
    public void Bad_folders_say_what_is_wrong()
    {
        Assert.Contains("the folder is empty", Error());
        _folder.Write("x.png", [1]);
        Assert.Contains("pictures lie in it directly", Error());
        File.Delete(_folder.At("x.png"));
        _folder.Write("train-images-idx3-ubyte.gz", [1]);
        Assert.Contains("--data fashion-mnist", Error());
        File.Delete(_folder.At("train-images-idx3-ubyte.gz"));
        Put("cat", 3);
        Assert.Contains("one class only, 'cat'", Error());
        Directory.CreateDirectory(_folder.At("dog"));
        Assert.Contains("the class 'dog' has no picture", Error());
        string file = _folder.Write("dog/readme.txt", [1]);
        Assert.Contains("the class 'dog' has no picture", Error());
        Assert.Contains("this is a file", Assert.Throws<FoveaException>(() => DatasetCatalog.Open(file)).Message);
    }

    [Fact]
    public void Classes_that_differ_between_the_splits_are_listed()
    {
        Put("train/cat", 2);
        Put("train/dog", 2);
        Put("val/cat", 2);
        Put("val/cow", 2);
        string error = Error();
        Assert.Contains("Only in training: dog.", error);
        Assert.Contains("Only in validation: cow.", error);
    }

    [Fact]
    public void One_class_in_both_splits_is_one_class()
    {
        Put("train/cat", 2);
        Put("val/cat", 2);
        Assert.Contains("one class only, 'cat'", Error());
    }

    [Fact]
    public void Broken_samples_throw_what_the_loader_counts()
    {
        Put("a", 3);
        Put("b", 3);
        _folder.Write("a/000.bmp", []);
        DataSplits splits = Open();
        int empty = Array.FindIndex(Described(splits.All), p => p.EndsWith("a/000.bmp", StringComparison.Ordinal));
        int gone = Array.FindIndex(Described(splits.All), p => p.EndsWith("b/001.bmp", StringComparison.Ordinal));
        File.Delete(_folder.At("b/001.bmp"));
        var image = new Image();
        Assert.Throws<ImageException>(() => splits.All.Read(empty, image, default));
        Assert.Throws<SampleException>(() => splits.All.Read(gone, image, default));
        Assert.Throws<ImageException>(() => splits.All.Read(empty == 1 ? 2 : 1, image, new ReadOptions { MaxPixels = 10 }));
    }

    [Fact]
    public void A_png_called_jpg_is_read()
    {
        Put("a", 2);
        Put("b", 2);
        var grey = new Image();
        grey.Reset(5, 4, 1);
        grey.Pixels.Fill(77);
        _folder.Write("a/000.bmp", ImageEncoder.Png(grey));
        File.Move(_folder.At("a/000.bmp"), _folder.At("a/000.jpg"));
        IImageDataset all = Open().All;
        var image = new Image();
        all.Read(Array.FindIndex(Described(all), p => p.EndsWith(".jpg", StringComparison.Ordinal)), image, new ReadOptions { Channels = 1 });
        Assert.Equal((5, 4, 1), (image.Width, image.Height, image.Channels));
        Assert.Equal(-1, image.Pixels.IndexOfAnyExcept((byte)77));
    }
}
