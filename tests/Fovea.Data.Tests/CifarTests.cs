using Fovea.Data.Cifar;
using Fovea.Data.Tests.Support;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public sealed class CifarTests : IDisposable
{
    private const int Records = 3;
    private readonly TempFolder _folder = new();
    private readonly BuiltInDataset _ten = Cifar10.For(Cifar10.Format with { TrainRecords = Records, TestRecords = Records });
    private readonly BuiltInDataset _hundred = Cifar100.For(Cifar100.Format with { TrainRecords = Records, TestRecords = Records });

    public void Dispose() => _folder.Dispose();

    // Record r of file f: label (f + r) % 10, red f, green r, blue the pixel's number.
    private static byte[] Batch(int file, int labelBytes) => [.. Enumerable.Range(0, Records).SelectMany(r =>
        Enumerable.Repeat((byte)19, labelBytes - 1).Append((byte)((file + r) % 10)).Concat(Enumerable.Repeat((byte)file, 1024))
            .Concat(Enumerable.Repeat((byte)r, 1024)).Concat(Enumerable.Range(0, 1024).Select(p => (byte)p)))];

    private static (string Name, byte[] Content)[] Ten() =>
        [.. Cifar10.Format.Files.Select((name, i) => (name, Batch(i, 1)))];

    private string Error(BuiltInDataset dataset) => Assert.Throws<FoveaException>(() => dataset.Read(dataset, _folder.Path)).Message;

    private static void Check(DataSplits splits)
    {
        Assert.Equal(5 * Records, splits.Train.Count);
        Assert.Equal(Records, splits.Validation.Count);
        var image = new Image();
        splits.Train.Read(3 * Records + 2, image, default);
        Assert.Equal((32, 32, 3), (image.Width, image.Height, image.Channels));
        for (int p = 0; p < 1024; p++)
            Assert.Equal(new byte[] { 3, 2, (byte)p }, image.Pixels.Slice(3 * p, 3).ToArray());
        Assert.Equal(5, splits.Train.LabelOf(3 * Records + 2));
        splits.Validation.Read(1, image, default);
        Assert.Equal(new byte[] { 5, 1, 0 }, image.Pixels[..3].ToArray());
        splits.Validation.Read(1, image, new ReadOptions { Channels = 1 });
        // 0.299 * 5 + 0.587 * 1 + 0.114 * 255 = 31.15
        Assert.Equal(31, image.Pixels[255]);
    }

    [Fact]
    public void Reads_files()
    {
        foreach ((string name, byte[] content) in Ten())
            _folder.Write(name, content);
        Assert.True(_ten.IsIn(_folder.Path));
        Check(_ten.Read(_ten, _folder.Path));
    }

    [Fact]
    public void Reads_inside_the_archive_in_any_order()
    {
        _folder.Write("cifar-10-binary.tar.gz", Files.TarGz([("cifar-10-batches-bin/readme.html", [1, 2]), .. Ten().Reverse().Select(f => ("cifar-10-batches-bin/" + f.Name, f.Content))]));
        Assert.True(_ten.IsIn(_folder.Path));
        Check(_ten.Read(_ten, _folder.Path));
    }

    [Fact]
    public void Hundred_takes_the_fine_label()
    {
        _folder.Write("train.bin", Batch(4, 2));
        _folder.Write("test.bin", Batch(5, 2));
        DataSplits splits = _hundred.Read(_hundred, _folder.Path);
        Assert.Equal([4, 5, 6], Enumerable.Range(0, Records).Select(splits.Train.LabelOf));
        Assert.Equal(100, splits.Classes.Distinct().Count());
        Assert.Equal(("apple", "maple_tree", "worm"), (splits.Classes[0], splits.Classes[47], splits.Classes[99]));
    }

    [Theory]
    [InlineData(3 * 3073 - 1, "9218 bytes, expected 9219")]
    [InlineData(3073, "cut short")]
    [InlineData(0, "0 bytes")]
    [InlineData(9222, "another kind")]
    public void Files_of_another_length_are_refused(int length, string expected)
    {
        foreach ((string name, byte[] content) in Ten())
            _folder.Write(name, content);
        byte[] other = new byte[length];
        _folder.Write("data_batch_4.bin", other);
        string error = Error(_ten);
        Assert.Contains("data_batch_4.bin", error);
        Assert.Contains(expected, error);
    }

    [Fact]
    public void A_label_out_of_range_is_refused()
    {
        foreach ((string name, byte[] content) in Ten())
            _folder.Write(name, content);
        byte[] bad = Batch(1, 1);
        bad[2 * 3073] = 10;
        _folder.Write("data_batch_2.bin", bad);
        Assert.Contains("label of picture 2 is 10, expected 0 to 9", Error(_ten));
    }

    [Fact]
    public void Missing_files_are_named()
    {
        foreach ((string name, byte[] content) in Ten().Skip(1))
            _folder.Write(name, content);
        Assert.Contains("no data_batch_1.bin", Error(_ten));
        using var other = new TempFolder();
        other.Write("cifar-10-binary.tar.gz", Files.TarGz([.. Ten().Skip(2)]));
        Assert.Contains("does not hold data_batch_1.bin, data_batch_2.bin", Assert.Throws<FoveaException>(() => _ten.Read(_ten, other.Path)).Message);
    }

    [Fact]
    public void A_cut_archive_is_an_error_at_every_length()
    {
        byte[] whole = Files.TarGz(Ten());
        // The end of the archive is two empty blocks and gzip's checksum: without them all files are whole.
        for (int length = 0; length < whole.Length - 64; length += 37)
        {
            _folder.Write("cifar-10-binary.tar.gz", whole[..length]);
            Assert.Contains("cifar-10-binary.tar.gz", Error(_ten));
        }
        _folder.Write("cifar-10-binary.tar.gz", Files.Bmp(9, 9, 3));
        Assert.Contains("cifar-10-binary.tar.gz", Error(_ten));
    }
}
