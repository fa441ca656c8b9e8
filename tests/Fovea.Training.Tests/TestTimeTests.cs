using Fovea.Data;
using Fovea.Engine;
using Fovea.Imaging;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training.Tests;

public sealed class TestTimeTests
{
    private static readonly EvaluationOptions Managed = new() { Runtime = new RuntimeOptions { Backend = BackendChoice.Managed, Threads = 2 }, BatchSize = 16 };

    private static Architecture With(string transform)
    {
        Architecture plain = Train.LeNet();
        return plain with { Preprocessing = plain.Preprocessing with { EvalTransform = transform } };
    }

    [Fact]
    public void FlippingAveragesWhatIsSaidOfTheImageAndOfItsMirrorImage()
    {
        using TempFolder folder = new();
        DataSplits data = SyntheticDataset.Splits(60, 21);
        // One epoch at a low rate: a network that is in doubt, or the average would prove nothing.
        Train.Run(Train.Options(folder) with { Epochs = 1, Lr = 0.002 }, data);
        LoadedModel model = ModelFile.Load(RunPaths.FindModel("lenet5-synthetic", folder["runs"]));
        EvaluationResult plain = Evaluator.Evaluate(model, data.Validation, Managed);
        EvaluationResult flipped = Evaluator.Evaluate(model, data.Validation, Managed with { Augmentation = TestTimeAugmentation.Flip });
        using Classifier classifier = Classifier.Load(model.Path, new ClassifierOptions { Runtime = Managed.Runtime });
        double loss = 0;
        for (int i = 0; i < data.Validation.Count; i++)
        {
            Image image = new();
            data.Validation.Read(i, image, new ReadOptions { Channels = 1 });
            byte[] own = ImageEncoder.Png(image);
            Geometry.FlipHorizontal(image);
            Prediction[] both = [.. classifier.Predict([new Picture("own", own), new Picture("mirrored", ImageEncoder.Png(image))], new PredictOptions { TopK = 4 })];
            int label = data.Validation.LabelOf(i);
            loss -= Math.Log(both.Average(p => p.Top.Single(t => t.Index == label).Probability)) / data.Validation.Count;
        }
        // Two batch sizes add up in two orders: float32's rounding of logits near 1.
        Assert.Equal(loss, flipped.Loss, 1e-5);
        Assert.True(Math.Abs(plain.Loss - flipped.Loss) > 1e-3, "mirror images must matter for this test");
        Assert.Equal(21, flipped.Images);
    }

    [Fact]
    public void TenCropsAreTheCornersTheCentreAndTheirMirrorImages()
    {
        TestTimeViews views = TestTimeViews.Of(With("resize(32) center-crop(28)"), new SyntheticDataset("val", 5, 1), TestTimeAugmentation.TenCrop);
        Assert.Equal("resize(32)", views.Transforms.ToString());
        Assert.Equal((32, 32), (views.Width, views.Height));
        Assert.Equal([(0, 0), (4, 0), (0, 4), (4, 4), (2, 2)], views.Views.Take(5).Select(v => (v.X, v.Y)));
        Assert.Equal(views.Views.Take(5).Select(v => v with { Mirrored = true }), views.Views.Skip(5));
    }

    [Fact]
    public void PhotographsOfAllSizesAreCutToTheSquareOfTheirShorterSideFirst()
    {
        TestTimeViews views = TestTimeViews.Of(With("resize(34,bicubic) center-crop(28)"), new SizelessDataset(), TestTimeAugmentation.TenCrop);
        Assert.Equal("resize(34,bicubic) center-crop(34)", views.Transforms.ToString());
        Assert.Equal((34, 34, 10), (views.Width, views.Height, views.Views.Count));
    }

    [Theory]
    [InlineData("resize(28x28)")]
    [InlineData("center-crop(28)")]
    [InlineData("resize(20) center-crop(28)")]
    [InlineData("")]
    public void WhereTenCropsDoNotComeOfTheTransformsItIsSaid(string transform)
    {
        FoveaException error = Assert.Throws<FoveaException>(() => TestTimeViews.Of(With(transform), new SizelessDataset(), TestTimeAugmentation.TenCrop));
        Assert.Contains("ten-crop", error.Message);
        Assert.Contains("resize(32) center-crop(28)", error.Message);
    }

    [Fact]
    public void AWindowIsCutAndMirroredPixelByPixel()
    {
        TestTimeViews views = new(Data.Transforms.TransformPipeline.Empty, 4, 3, []);
        byte[] image = [.. Enumerable.Range(0, 4 * 3 * 3).Select(i => (byte)i)], cut = new byte[2 * 2 * 3];
        views.Cut(new View(1, 1, false), image, cut, 2, 3);
        Assert.Equal([15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32], cut);
        views.Cut(new View(1, 1, true), image, cut, 2, 3);
        Assert.Equal([18, 19, 20, 15, 16, 17, 30, 31, 32, 27, 28, 29], cut);
    }

    /// <summary>Jordan 2024, section 3.5: the image with its mirror image counts one half, both shifts with theirs the other.</summary>
    [Fact]
    public void FlipTranslateLooksAtBothShiftsOfBothImages()
    {
        TestTimeViews views = TestTimeViews.Of(Train.LeNet(), new SyntheticDataset("val", 5, 1), TestTimeAugmentation.FlipTranslate);
        Assert.Equal([(0, 0, 2), (-1, -1, 1), (1, 1, 1)], views.Views.Where(v => !v.Mirrored).Select(v => (v.X, v.Y, v.Weight)));
        Assert.Equal(views.Views.Take(3).Select(v => v with { Mirrored = true }), views.Views.Skip(3));
        Assert.Equal(8, views.Weight);
    }

    /// <summary>torch.nn.functional.pad(x, (1, 1, 1, 1), "reflect")[0:3, 0:3] and [2:5, 2:5] of [[1, 2, 3], [4, 5, 6], [7, 8, 9]].</summary>
    [Fact]
    public void AWindowThatReachesOverTheEdgesMirrorsThem()
    {
        TestTimeViews views = new(Data.Transforms.TransformPipeline.Empty, 3, 3, []);
        byte[] image = [1, 2, 3, 4, 5, 6, 7, 8, 9], cut = new byte[9];
        views.Cut(new View(-1, -1, false), image, cut, 3, 1);
        Assert.Equal([5, 4, 5, 2, 1, 2, 5, 4, 5], cut);
        views.Cut(new View(1, 1, false), image, cut, 3, 1);
        Assert.Equal([5, 6, 5, 8, 9, 8, 5, 6, 5], cut);
        views.Cut(new View(1, -1, true), image, cut, 3, 1);
        Assert.Equal([5, 6, 5, 2, 3, 2, 5, 6, 5], cut);
    }

    [Fact]
    public void AViewThatCountsTwiceCountsTwice()
    {
        AnswerTally tally = new(2, looks: 3, kept: 0);
        Label[] labels = [Label.Of(0)];
        tally.Add(labels, [MathF.Log(0.9f), MathF.Log(0.1f)], weight: 2);
        tally.Add(labels, [MathF.Log(0.3f), MathF.Log(0.7f)]);
        tally.Finish(labels, [0], new ConfusionMatrix(2));
        // Probabilities of logits that are logarithms of float32's rounding.
        Assert.Equal(0.7, tally.Outcomes[0].Confidence, 1e-6);
    }

    [Fact]
    public void TenCropsOfAModelAreEvaluated()
    {
        using TempFolder folder = new();
        Train.Run(Train.Options(folder) with { Epochs = 1, Architecture = With("resize(32) center-crop(28)") });
        LoadedModel model = ModelFile.Load(RunPaths.FindModel("lenet5-synthetic", folder["runs"]));
        EvaluationResult result = Evaluator.Evaluate(model, new SyntheticDataset("val", 21, 2, 4), Managed with { Augmentation = TestTimeAugmentation.TenCrop });
        Assert.Equal((20, 1), (result.Images, result.Skipped));
        Assert.InRange(result.Top1, result.AccuracyInterval[0], result.AccuracyInterval[1]);
        Assert.Equal(20, result.Confusion.Sum(row => row.Sum()));
    }

    private sealed class SizelessDataset : IImageDataset
    {
        public string Name => "photographs";

        public IReadOnlyList<string> Classes => SyntheticDataset.FourCorners;

        public int Count => 1;

        public int Channels => 3;

        public (int Width, int Height)? FixedSize => null;

        public string Fingerprint => "";

        public int LabelOf(int index) => 0;

        public void Read(int index, Image target, in ReadOptions options) => target.Reset(50, 40, options.Channels);

        public string Describe(int index) => "photograph";
    }
}
