using Fovea.Data.Loading;
using Fovea.Data.Tests.Support;
using Fovea.Data.Transforms;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

/// <summary>What the augmentations draw, and what is to hold for all of them. Seeds are fixed, so a test that passes stays so.</summary>
public class AugmentationTests
{
    private const int Many = 4000;

    private static PhiloxKey Key(uint sample, uint epoch = 0) => new(42, RandomStream.Augmentation, epoch, sample);

    private static TransformDraws Draws(int sample) => new(Key((uint)sample), 0);

    private static T Parse<T>(string text) where T : Transform => (T)TransformPipeline.Parse(text).Transforms[0];

    private static Image Apply(string text, Image source, PhiloxKey key = default) => TransformPipeline.Parse(text).Apply(source, new Image(), key);

    private static byte[] Bytes(string text, PhiloxKey key, int channels = 3) => Apply(text, Chart.Of(20, 15, channels), key).Pixels.ToArray();

    /// <summary>Mean and extremes of uniform draws: the mean lies within six standard deviations, of (high - low) / sqrt(12 n) each.</summary>
    private static void AssertUniform(double low, double high, Func<int, double> draw)
    {
        double[] values = [.. Enumerable.Range(0, Many).Select(draw)];
        double slack = 6 * (high - low) / Math.Sqrt(12.0 * Many);
        Assert.InRange(values.Average(), (low + high) / 2 - slack, (low + high) / 2 + slack);
        Assert.InRange(values.Min(), low, low + (high - low) / 100);
        Assert.InRange(values.Max(), high - (high - low) / 100, high);
    }

    [Fact]
    public void Color_jitter_draws_its_factors_uniformly()
    {
        ColorJitter jitter = Parse<ColorJitter>("color-jitter(0.4,2,0.3,0.1)");
        AssertUniform(0.6, 1.4, i => jitter.Factor(0, Draws(i)));
        AssertUniform(0, 3, i => jitter.Factor(1, Draws(i)));
        AssertUniform(0.7, 1.3, i => jitter.Factor(2, Draws(i)));
        AssertUniform(-0.1, 0.1, i => jitter.Factor(3, Draws(i)));
    }

    [Fact]
    public void Color_jitter_is_its_steps_in_one_of_all_orders()
    {
        ColorJitter jitter = Parse<ColorJitter>("color-jitter(0.5,0.5,0.5,0.2)");
        int[][] orders = [.. Orders([0, 1, 2, 3])];
        int[] met = new int[orders.Length];
        for (int sample = 0; sample < 600; sample++)
        {
            byte[] result = Bytes("color-jitter(0.5,0.5,0.5,0.2)", Key((uint)sample));
            int[] fitting = [.. Enumerable.Range(0, orders.Length).Where(o => InOrder(orders[o]).SequenceEqual(result))];
            Assert.NotEmpty(fitting);
            met[fitting[0]]++;

            byte[] InOrder(int[] order)
            {
                Image image = Chart.Of(20, 15);
                foreach (int step in order)
                {
                    double factor = jitter.Factor(step, Draws(sample));
                    if (step == 3)
                        Hue.Shift(image, factor);
                    else
                        (step == 0 ? Enhance.Brightness : step == 1 ? (Action<Image, float>)Enhance.Contrast : Enhance.Saturation)(image, (float)factor);
                }
                return image.Pixels.ToArray();
            }
        }
        // 25 of 600 are expected of each order; two that commute share theirs. Six standard deviations are 29.
        Assert.True(met.Count(m => m > 0) >= orders.Length / 2, string.Join(' ', met));
        Assert.InRange(met.Max(), 1, 2 * 25 + 29);
    }

    [Fact]
    public void Pca_noise_has_the_papers_distribution()
    {
        PcaNoise noise = Parse<PcaNoise>("pca-noise(0.1)");
        double[][] shifts = [.. Enumerable.Range(0, Many).Select(i => new[] { noise.Shift(0, Draws(i)), noise.Shift(1, Draws(i)), noise.Shift(2, Draws(i)) })];
        double[] first = [-0.5675, -0.5808, -0.5836], second = [0.7192, -0.0045, -0.6948];
        foreach ((double[] direction, double strength) in new[] { (first, 0.2175), (second, 0.0188) })
        {
            // Components are orthonormal to four digits, so that projecting gives each one's draw back.
            double[] along = [.. shifts.Select(s => s.Zip(direction, (a, b) => a * b).Sum() / (255 * strength))];
            Assert.InRange(along.Average(), -6 * 0.1 / Math.Sqrt(Many), 6 * 0.1 / Math.Sqrt(Many));
            // The deviation's own deviation is sigma / sqrt(2 n).
            Assert.InRange(Math.Sqrt(along.Average(a => a * a)), 0.1 * (1 - 6 / Math.Sqrt(2.0 * Many)) - 1e-3, 0.1 * (1 + 6 / Math.Sqrt(2.0 * Many)) + 1e-3);
        }
        Image plain = Chart.Of(20, 15), noisy = Apply("pca-noise(0.5)", Chart.Of(20, 15), Key(3));
        for (int c = 0; c < 3; c++)
        {
            double shift = Parse<PcaNoise>("pca-noise(0.5)").Shift(c, Draws(3));
            for (int i = c; i < plain.Pixels.Length; i += 3)
                Assert.Equal(Math.Clamp(Math.Round(plain.Pixels[i] + shift), 0, 255), noisy.Pixels[i]);
        }
    }

    [Fact]
    public void Affine_draws_within_its_ranges()
    {
        Affine affine = Parse<Affine>("affine(0,translate=0.25:0.5,scale=0.5:2)");
        HashSet<int> across = [], down = [];
        for (int i = 0; i < Many; i++)
        {
            AffineMap map = affine.Map(16, 10, Draws(i));
            Assert.InRange(1 / map.A, 0.5, 2);
            Assert.Equal(map.A, map.E);
            // The middle moves by whole pixels.
            double x = (8 - map.C) / map.A - 8, y = (5 - map.F) / map.E - 5;
            Assert.Equal(Math.Round(x), x, 1e-9);
            across.Add((int)Math.Round(x));
            down.Add((int)Math.Round(y));
        }
        Assert.Equal(Enumerable.Range(-4, 9), across.Order());
        Assert.Equal(Enumerable.Range(-5, 11), down.Order());
        Affine turning = Parse<Affine>("affine(30)");
        AssertUniform(-30, 30, i => Math.Atan2(turning.Map(10, 10, Draws(i)).B, turning.Map(10, 10, Draws(i)).A) * 180 / Math.PI);
    }

    [Fact]
    public void Random_erasing_erases_about_every_second_and_within_its_ranges()
    {
        RandomErasing erasing = Parse<RandomErasing>("random-erasing");
        int erased = 0;
        for (int i = 0; i < Many; i++)
        {
            if (erasing.Part(100, 80, Draws(i)) is not { } part)
                continue;
            erased++;
            Assert.True(part.X >= 0 && part.Y >= 0 && part.X + part.Width <= 100 && part.Y + part.Height <= 80);
            double slack = 0.5 / part.Width + 0.5 / part.Height;
            Assert.InRange(part.Width * part.Height / 8000.0, 0.02 * (1 - 2 * slack), 0.33 * (1 + 2 * slack));
            Assert.InRange((double)part.Height / part.Width, 0.3 * (1 - 2 * slack), 3.3 * (1 + 2 * slack));
        }
        // Binomial, n = 4000, p = 1/2: six standard deviations are 190. A rectangle that never fits is rarer than one in 1000 here.
        Assert.InRange(erased, 2000 - 194, 2000 + 190);
        Image image = Apply("random-erasing(p=1,fill=1:2:3)", Chart.Of(40, 30), Key(5));
        (int x, int y, int w, int h) = Parse<RandomErasing>("random-erasing(p=1)").Part(40, 30, Draws(5))!.Value;
        Image plain = Chart.Of(40, 30);
        for (int row = 0; row < 30; row++)
            for (int column = 0; column < 40; column++)
            {
                bool inside = column >= x && column < x + w && row >= y && row < y + h;
                Assert.Equal(inside ? [1, 2, 3] : plain.Row(row).Slice(3 * column, 3).ToArray(), image.Row(row).Slice(3 * column, 3).ToArray());
            }
    }

    [Fact]
    public void Policies_choose_every_operation_magnitude_and_sign_alike_often()
    {
        (PolicyOp Op, double Magnitude)[] trivial = [.. Enumerable.Range(0, 14_000).Select(i => TrivialAugment.Choose(Draws(i)))];
        // 1000 of each are expected; six standard deviations are 183.
        Assert.All(trivial.GroupBy(t => t.Op), group => Assert.InRange(group.Count(), 817, 1183));
        Assert.Equal(PolicyOps.Count, trivial.Select(t => t.Op).Distinct().Count());
        Assert.Equal(2 * 30 + 1, trivial.Where(t => t.Op == PolicyOp.Rotate).Select(t => t.Magnitude).Distinct().Count());
        RandAugment rand = Parse<RandAugment>("rand-augment(3,9)");
        (PolicyOp Op, double Magnitude)[] third = [.. Enumerable.Range(0, 14_000).Select(i => rand.Choose(2, 32, 32, Draws(i)))];
        Assert.All(third.GroupBy(t => t.Op), group => Assert.InRange(group.Count(), 817, 1183));
        int negative = third.Count(t => t.Op == PolicyOp.Rotate && t.Magnitude < 0), all = third.Count(t => t.Op == PolicyOp.Rotate);
        Assert.InRange(negative, all / 2 - 95, all / 2 + 95);
    }

    [Fact]
    public void Rand_augment_is_its_operations_one_after_the_other()
    {
        RandAugment rand = Parse<RandAugment>("rand-augment(3,15)");
        for (int sample = 0; sample < 60; sample++)
        {
            (Image current, Image other) = (Chart.Of(20, 15), new Image());
            for (int i = 0; i < 3; i++)
            {
                (PolicyOp op, double magnitude) = rand.Choose(i, 20, 15, Draws(sample));
                if (PolicyOps.Apply(op, magnitude, current, other, WarpFilter.Nearest, default))
                    (current, other) = (other, current);
            }
            Assert.True(current.Pixels.SequenceEqual(Bytes("rand-augment(3,15)", Key((uint)sample))));
        }
    }

    [Fact]
    public void Fixed_transforms_do_what_they_say()
    {
        Image upside = Chart.Of(20, 15);
        Geometry.FlipVertical(upside);
        Assert.True(upside.Pixels.SequenceEqual(Bytes("vflip(1)", Key(0))));
        Image grey = Chart.Of(20, 15);
        Enhance.Grey(grey);
        Assert.True(grey.Pixels.SequenceEqual(Bytes("grayscale(1)", Key(0))));
        Image turned = new();
        Warp.Rotate(Chart.Of(20, 15), turned, 30, WarpFilter.Bilinear, new PixelFill(9, 9, 9));
        Assert.True(turned.Pixels.SequenceEqual(Bytes("rotate(30:30,interpolation=bilinear,fill=9)", Key(0))));
        Assert.Equal(0.1 * Many, Enumerable.Range(0, Many).Count(i => !Bytes("grayscale", Key((uint)i)).SequenceEqual(Chart.Of(20, 15).Pixels)), 6 * Math.Sqrt(Many * 0.1 * 0.9));
    }

    [Fact]
    public void Grey_pictures_are_either_augmented_or_refused()
    {
        foreach (string text in new[] { "hflip", "vflip", "color-jitter(0.4,0.4,0.4,0.1)", "grayscale(1)", "rotate(30)", "affine(10,shear=5)", "random-erasing(1)", "rand-augment", "trivial-augment" })
        {
            for (uint sample = 0; sample < 40; sample++)
                Assert.Equal(20 * 15, Bytes(text, Key(sample), channels: 1).Length);
        }
        Assert.True(Chart.Of(20, 15, 1).Pixels.SequenceEqual(Bytes("color-jitter(0,0,0.9,0.5)", Key(1), channels: 1)));
        string error = Assert.Throws<FoveaException>(() => new Loader(new FakeDataset(4), TransformPipeline.Parse("hflip pca-noise"), new LoaderOptions { BatchSize = 2, Height = 5, Width = 6, Channels = 1 })).Message;
        Assert.Contains("'pca-noise'", error);
        Assert.Contains("1 channel", error);
    }

    [Fact]
    public void The_same_key_gives_the_same_bytes_and_another_epoch_others()
    {
        foreach (TransformSpec spec in TransformPipeline.Known)
        {
            string text = spec.Name switch
            {
                "color-jitter" => "color-jitter(0.4,0.4,0.4,0.1)",
                "resize" or "center-crop" or "random-crop" or "random-resized-crop" or "pad" => $"{spec.Name}(9)",
                "rotate" or "affine" => $"{spec.Name}(40)",
                _ => spec.Name,
            };
            TransformPipeline pipeline = TransformPipeline.Parse(text);
            Assert.Equal(text, pipeline.ToString().Replace("brightness=0.4,contrast=0.4,saturation=0.4,hue=", "0.4,0.4,0.4,", StringComparison.Ordinal));
            byte[][] epochs = [.. Enumerable.Range(0, 40).Select(e => Bytes(text, Key(7, (uint)e)))];
            Assert.Equal(epochs[3], Bytes(text, Key(7, 3)));
            Assert.Equal(pipeline.IsRandom, epochs.Any(e => !e.SequenceEqual(epochs[0])));
        }
    }

    private static IEnumerable<int[]> Orders(int[] items) => items.Length == 1
        ? [items]
        : items.SelectMany(first => Orders([.. items.Where(i => i != first)]).Select(rest => (int[])[first, .. rest]));
}
