using Fovea.Data.Loading;
using Fovea.Data.Tests.Support;
using Fovea.Data.Transforms;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public class PreviewTests
{
    [Theory]
    [InlineData(100, 3)]
    [InlineData(100, 1)]
    [InlineData(12, 3)]
    public void Tiles_are_the_loaders_pixels(int side, int channels)
    {
        var data = new FakeDataset(20, side + 10, side);
        TransformPipeline transforms = TransformPipeline.Parse($"random-crop({side},padding=4) hflip color-jitter(0.4,0.4,0.4,0.1) rand-augment");
        var options = new LoaderOptions { BatchSize = 4, Height = side, Width = side, Channels = channels, Shuffle = true, Seed = 9, ScaledDecode = true };
        PreviewSheet sheet = PreviewSheet.Make(data, transforms, options, 4, 3, epoch: 2);
        Assert.Equal(side < 96 ? 8 : 1, sheet.Scale);
        var loader = new Loader(data, transforms, options);
        int[] first = [];
        for (int draw = 0; draw < 3; draw++)
        {
            using EpochReader reader = loader.Epoch(2 + draw);
            while (reader.Next() is { } batch)
            {
                if (draw == 0 && batch.Index == 0)
                    first = batch.Samples.ToArray();
                for (int i = 0; i < batch.Count; i++)
                {
                    if (Array.IndexOf(first, batch.Samples[i]) is >= 0 and var row)
                        Assert.True(Tile(sheet, row, 1 + draw, side, channels).SequenceEqual(batch.Pixels.Slice(i * loader.ImageBytes, loader.ImageBytes)));
                }
            }
        }
        Assert.Equal(first, sheet.Rows.Select(r => r.Sample));
        Assert.Equal(first.Select(i => data.Classes[i % 3]), sheet.Rows.Select(r => r.Class));
    }

    [Fact]
    public void Originals_fit_their_tiles_and_broken_samples_are_named()
    {
        var data = new FakeDataset(3, 300, 150) { Break = i => i == 1 ? new ImageException("it is broken") : null };
        var options = new LoaderOptions { BatchSize = 1, Height = 100, Width = 100, Channels = 3 };
        PreviewSheet sheet = PreviewSheet.Make(data, TransformPipeline.Parse("resize(100x100)"), options, 10, 1, 0);
        Assert.Equal([null, "it is broken", null], sheet.Rows.Select(r => r.Problem));
        ReadOnlySpan<byte> original = Tile(sheet, 0, 0, 100, 3);
        Assert.True(original[..(100 * 3 * 25)].IndexOfAnyExcept((byte)255) < 0);
        Assert.True(original.Slice(100 * 3 * 25, 100 * 3 * 50).IndexOfAnyExcept((byte)255) >= 0);
        Assert.True(Tile(sheet, 1, 0, 100, 3).AsSpan().IndexOfAnyExcept((byte)255) < 0);
    }

    [Fact]
    public void What_cannot_be_drawn_is_refused()
    {
        var options = new LoaderOptions { BatchSize = 1, Height = 4000, Width = 4000, Channels = 3 };
        Assert.Contains("--count", Assert.Throws<FoveaException>(() => PreviewSheet.Make(new FakeDataset(30), TransformPipeline.Parse("resize(4000)  center-crop(4000)"), options, 10, 4, 0)).Message);
        Assert.Contains("but the network takes", Assert.Throws<FoveaException>(() => PreviewSheet.Make(new FakeDataset(30), TransformPipeline.Parse("hflip"), options, 1, 1, 0)).Message);
    }

    private static byte[] Tile(PreviewSheet sheet, int row, int draw, int side, int channels)
    {
        (int left, int top) = sheet.Place(row, draw);
        byte[] pixels = new byte[side * side * channels];
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                sheet.Picture.Row(top + y * sheet.Scale).Slice((left + x * sheet.Scale) * channels, channels).CopyTo(pixels.AsSpan((y * side + x) * channels));
        return pixels;
    }
}
