using Fovea.Data.Transforms;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public class TransformTests
{
    private static PhiloxKey Key(uint epoch, uint sample) => new(42, RandomStream.Augmentation, epoch, sample);

    // The pixel at (x, y) is (x + 1, y + 1, 200): never black, and tells where it came from.
    private static Image Chart(int width, int height)
    {
        var image = new Image();
        image.Reset(width, height, 3);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                (image.Row(y)[3 * x], image.Row(y)[3 * x + 1], image.Row(y)[3 * x + 2]) = ((byte)(x + 1), (byte)(y + 1), 200);
        return image;
    }

    private static Image Apply(string transforms, Image source, PhiloxKey key = default) => TransformPipeline.Parse(transforms).Apply(source, new Image(), key);

    private static (int X, int Y)? At(Image image, int x, int y)
    {
        Span<byte> pixel = image.Row(y).Slice(3 * x, 3);
        return pixel[2] == 0 ? null : (pixel[0] - 1, pixel[1] - 1);
    }

    /// <summary>torch.nn.functional.pad(..., "reflect"): the outermost row and column are not repeated.</summary>
    [Fact]
    public void Random_crop_may_mirror_the_picture_into_its_border()
    {
        int[] mirrored = [2, 1, 0, 1, 2, 3, 4, 3, 2];
        HashSet<(int, int)> offsets = [];
        for (uint sample = 0; sample < 300; sample++)
        {
            Image result = Apply("random-crop(5,padding=2,mode=reflect)", Chart(5, 5), Key(1, sample));
            int dx = Enumerable.Range(0, 5).Single(d => Enumerable.Range(0, 5).All(x => At(result, x, 0)!.Value.X == mirrored[d + x]));
            int dy = Enumerable.Range(0, 5).Single(d => Enumerable.Range(0, 5).All(y => At(result, 0, y)!.Value.Y == mirrored[d + y]));
            Assert.All(Enumerable.Range(0, 25), i => Assert.Equal((mirrored[dx + (i % 5)], mirrored[dy + (i / 5)]), At(result, i % 5, i / 5)));
            offsets.Add((dx, dy));
        }
        // 25 places, each missed by 300 samples with a probability of (24/25)^300 = 5e-6.
        Assert.Equal(25, offsets.Count);
        Assert.Contains("has no 5 pixels to mirror", Assert.Throws<FoveaException>(() => Apply("random-crop(5,padding=5,mode=reflect)", Chart(5, 5))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Alternating_flip_shows_every_picture_both_ways_in_two_epochs()
    {
        int begun = 0;
        for (uint sample = 0; sample < 400; sample++)
        {
            bool[] flipped = [.. Enumerable.Range(0, 4).Select(epoch => At(Apply("alternating-flip", Chart(3, 2), Key((uint)epoch, sample)), 0, 0)!.Value.X == 2)];
            Assert.Equal([flipped[0], !flipped[0], flipped[0], !flipped[0]], flipped);
            begun += flipped[0] ? 1 : 0;
        }
        // Binomial(400, 1/2): five deviations are 50.
        Assert.InRange(begun, 150, 250);
    }

    [Theory]
    [InlineData(10, 7, 4, 4, 3, 2)] // (7 - 4) / 2 = 1.5, rounded half to even: 2
    [InlineData(9, 8, 4, 4, 2, 2)] // (9 - 4) / 2 = 2.5: 2
    [InlineData(5, 5, 5, 5, 0, 0)]
    [InlineData(4, 10, 7, 4, -1, 3)] // (7 - 4) / 2 rounded down: 1 on the left, 2 on the right
    [InlineData(2, 2, 6, 6, -2, -2)]
    public void Center_crop_takes_the_middle_as_torchvision_does(int width, int height, int cropWidth, int cropHeight, int left, int top)
    {
        Image result = Apply($"center-crop({cropHeight}x{cropWidth})", Chart(width, height));
        Assert.Equal((cropWidth, cropHeight), (result.Width, result.Height));
        for (int y = 0; y < cropHeight; y++)
        {
            for (int x = 0; x < cropWidth; x++)
            {
                (int X, int Y) from = (x + left, y + top);
                bool inside = from.X >= 0 && from.X < width && from.Y >= 0 && from.Y < height;
                Assert.Equal(inside ? from : null, At(result, x, y));
            }
        }
    }

    [Fact]
    public void Random_crop_reaches_every_place_and_pads_with_black()
    {
        var corners = new HashSet<(int, int)>();
        for (uint sample = 0; sample < 2000; sample++)
        {
            Image result = Apply("random-crop(6,padding=1)", Chart(6, 6), Key(0, sample));
            Assert.Equal((6, 6), (result.Width, result.Height));
            (int X, int Y) middle = At(result, 2, 2)!.Value;
            (int dx, int dy) = (middle.X - 2, middle.Y - 2);
            corners.Add((dx, dy));
            for (int y = 0; y < 6; y++)
                for (int x = 0; x < 6; x++)
                    Assert.Equal(x + dx is >= 0 and < 6 && y + dy is >= 0 and < 6 ? (x + dx, y + dy) : null, At(result, x, y));
        }
        Assert.Equal(9, corners.Count);
    }

    [Fact]
    public void Flip_mirrors_about_half_of_the_samples()
    {
        int flipped = Enumerable.Range(0, 4000).Count(i => At(Apply("hflip", Chart(4, 1), Key(1, (uint)i)), 0, 0) == (3, 0));
        // Binomial, n = 4000, p = 1/2: standard deviation 31.6; six of them either way.
        Assert.InRange(flipped, 2000 - 190, 2000 + 190);
        Assert.Equal((3, 0), At(Apply("hflip(p=1)", Chart(4, 1)), 0, 0));
        Assert.Equal((0, 0), At(Apply("hflip(p=0)", Chart(4, 1)), 0, 0));
    }

    [Fact]
    public void Pad_and_resize_do_what_they_say()
    {
        Image padded = Apply("pad(2,fill=9)", Chart(3, 3));
        Assert.Equal((7, 7), (padded.Width, padded.Height));
        Assert.Equal(9, padded.Row(1)[3]);
        Assert.Equal((0, 0), At(padded, 2, 2));
        Image resized = Apply("resize(10)", Chart(20, 31));
        Assert.Equal((10, 15), (resized.Width, resized.Height));
        var same = Chart(8, 8);
        Assert.Same(same, Apply("resize(8) center-crop(8)", same));
    }

    [Fact]
    public void A_resize_that_would_explode_breaks_the_sample_only() =>
        Assert.Throws<ImageException>(() => Apply("resize(4000)", Chart(1, 200)));

    [Theory]
    [InlineData(500, 375)]
    [InlineData(1, 1)]
    [InlineData(1000, 10)]
    [InlineData(3, 700)]
    public void Random_resized_crop_stays_inside_and_within_its_ranges(int width, int height)
    {
        var crop = (RandomResizedCrop)TransformPipeline.Parse("random-resized-crop(32)").Transforms[0];
        for (uint sample = 0; sample < 3000; sample++)
        {
            (int x, int y, int w, int h) = crop.Part(width, height, new TransformDraws(Key(0, sample), 0));
            Assert.True(w >= 1 && h >= 1 && x >= 0 && y >= 0 && x + w <= width && y + h <= height);
            if (width == 500)
            {
                // Sides are rounded by half a pixel each.
                double slack = 0.5 / w + 0.5 / h;
                Assert.InRange((double)w * h / (500 * 375), 0.08 * (1 - 2 * slack), 1);
                Assert.InRange((double)w / h, 0.75 * (1 - 2 * slack), 4.0 / 3 * (1 + 2 * slack));
            }
        }
    }

    [Fact]
    public void Random_resized_crop_falls_back_to_the_middle()
    {
        // No part of 0.9 to 1 of a strip of 1000x10 has an aspect ratio near 1: the largest centred one, round(10 * 4 / 3) = 13 wide, is taken.
        var crop = (RandomResizedCrop)TransformPipeline.Parse("random-resized-crop(32,scale=0.9:1)").Transforms[0];
        Assert.Equal((493, 0, 13, 10), crop.Part(1000, 10, new TransformDraws(Key(0, 1), 0)));
        Assert.Equal((0, 493, 10, 13), crop.Part(10, 1000, new TransformDraws(Key(0, 1), 0)));
    }

    [Fact]
    public void Random_resized_crop_is_cropping_then_resizing()
    {
        TransformPipeline pipeline = TransformPipeline.Parse("random-resized-crop(16)");
        var crop = (RandomResizedCrop)pipeline.Transforms[0];
        for (uint sample = 0; sample < 50; sample++)
        {
            Image result = pipeline.Apply(Chart(60, 50), new Image(), Key(3, sample));
            (int x, int y, int w, int h) = crop.Part(60, 50, new TransformDraws(Key(3, sample), 0));
            Image part = new(), expected = new();
            Geometry.Crop(Chart(60, 50), part, x, y, w, h);
            Resampler.Resize(part, expected, 16, 16, Interpolation.Bilinear);
            Assert.True(expected.Pixels.SequenceEqual(result.Pixels));
        }
    }

    [Fact]
    public void The_hint_keeps_the_part_as_large_as_the_result()
    {
        TransformPipeline pipeline = TransformPipeline.Parse("random-resized-crop(224) hflip");
        var crop = (RandomResizedCrop)pipeline.Transforms[0];
        ScaledDecodeHint hint = pipeline.NewScaledDecodeHint()!;
        for (uint sample = 0; sample < 500; sample++)
        {
            hint.Key = Key(7, sample);
            (int width, int height) = hint.LeastSize(4000, 3000);
            Assert.InRange(width, 1, 4000);
            Assert.InRange(height, 1, 3000);
            (_, _, int w, int h) = crop.Part(4000, 3000, new TransformDraws(Key(7, sample), 0));
            Assert.True((long)w * width / 4000.0 >= Math.Min(224, w) - 1e-9 && (long)h * height / 3000.0 >= Math.Min(224, h) - 1e-9);
        }
        Assert.Null(TransformPipeline.Parse("hflip random-resized-crop(224)").NewScaledDecodeHint());
    }

    [Fact]
    public void Resizing_wants_twice_what_it_makes()
    {
        ScaledDecodeHint hint = TransformPipeline.Parse("resize(256) center-crop(224)").NewScaledDecodeHint()!;
        Assert.Equal((682, 512), hint.LeastSize(4000, 3000));
        Assert.Equal((500, 375), hint.LeastSize(500, 375));
        Assert.Equal((448, 400), TransformPipeline.Parse("resize(200x224)").NewScaledDecodeHint()!.LeastSize(4000, 3000));
        // Single pixels are picked, so which ones are there counts.
        Assert.Equal((4000, 3000), TransformPipeline.Parse("resize(224x224,nearest)").NewScaledDecodeHint()!.LeastSize(4000, 3000));
    }

    [Fact]
    public void Draws_depend_on_seed_epoch_sample_and_position_alone()
    {
        static double Draw(ulong seed, uint epoch, uint sample, int position) =>
            new TransformDraws(new PhiloxKey(seed, RandomStream.Augmentation, epoch, sample), position).Between(3, 0, 1);
        double[] all = [Draw(1, 0, 0, 0), Draw(2, 0, 0, 0), Draw(1, 1, 0, 0), Draw(1, 0, 1, 0), Draw(1, 0, 0, 1)];
        Assert.Equal(5, all.Distinct().Count());
        Assert.Equal(all[0], Draw(1, 0, 0, 0));
        Assert.All(all, d => Assert.InRange(d, 0, 1));
    }
}
