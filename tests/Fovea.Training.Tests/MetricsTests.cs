using System.Text.Json;
using Fovea.Kernels;

namespace Fovea.Training.Tests;

/// <summary>Against metrics.json, which tests/goldens/metrics.py computed with NumPy in float64. Both sides work in double precision on the same float32
/// logits, so that sums of 400 terms differ by less than 1e-12.</summary>
public sealed class MetricsTests
{
    private const double Tolerance = 1e-12;
    private static readonly JsonElement Golden =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "goldens", "metrics.json"))).RootElement;

    private static readonly int Classes = Golden.GetProperty("classes").GetInt32();
    private static readonly int[] Labels = [.. Golden.GetProperty("labels").EnumerateArray().Select(l => l.GetInt32())];

    private static float[] Logits(string name) => [.. Golden.GetProperty(name).EnumerateArray().Select(l => l.GetSingle())];

    private static double Number(string name) => Golden.GetProperty(name).GetDouble();

    /// <summary>A tally of all images in batches of 64, the last one partial.</summary>
    private static (AnswerTally Tally, LossSums Sums, ConfusionMatrix Confusion) Tally(params float[][] looks)
    {
        const int Batch = 64;
        AnswerTally tally = new(Classes, looks.Length, Labels.Length);
        ConfusionMatrix confusion = new(Classes);
        LossSums sums = default;
        for (int first = 0; first < Labels.Length; first += Batch)
        {
            int[] samples = [.. Enumerable.Range(first, Math.Min(Batch, Labels.Length - first))];
            Label[] labels = [.. samples.Select(s => Label.Of(Labels[s]))];
            foreach (float[] look in looks)
                tally.Add(labels, look.AsSpan(first * Classes, samples.Length * Classes));
            tally.Finish(labels, samples, confusion);
            sums += tally.AverageSums;
        }
        return (tally, sums, confusion);
    }

    [Fact]
    public void FiguresAreNumPys()
    {
        (AnswerTally tally, LossSums sums, ConfusionMatrix confusion) = Tally(Logits("logits"));
        Assert.Equal(Number("loss"), sums.Loss / sums.Weight, Tolerance);
        Assert.Equal(Number("top1"), sums.Correct / 400.0);
        Assert.Equal(Number("top5"), sums.Correct5 / 400.0);
        Assert.Equal(Number("ece"), EvaluationSummary.Error(tally.Outcomes), Tolerance);
        Assert.Equal(Number("loss"), tally.Outcomes.Average(o => o.Loss), Tolerance);
        Assert.Equal(Logits("logits"), tally.Logits.ToArray());
        foreach ((ClassMetrics got, JsonElement expected) in confusion.PerClass(["a", "b", "c", "d", "e", "f", "g"]).Zip(Golden.GetProperty("perClass").EnumerateArray()))
        {
            Assert.Equal(expected[0].GetDouble(), got.Precision, Tolerance);
            Assert.Equal(expected[1].GetDouble(), got.Recall, Tolerance);
            Assert.Equal(expected[2].GetDouble(), got.F1, Tolerance);
            Assert.Equal(expected[3].GetInt32(), got.Support);
        }
    }

    [Fact]
    public void TheTemperatureIsTheRootThatBisectionFinds()
    {
        float[] logits = Logits("logits");
        double temperature = Calibration.Temperature(logits, Labels);
        // The slope at the root is rounded by about 400 * 1e-15; divided by the curvature (above 1) that is far below this.
        Assert.Equal(Number("temperature"), temperature, 1e-10);
        float[] cooled = [.. logits.Select(l => (float)(l / temperature))];
        // Rounded to float32 once more: 6e-8 of logits up to 20, over the mean of 400 images.
        Assert.Equal(Number("eceAtTemperature"), EvaluationSummary.Error(Tally(cooled).Tally.Outcomes), 1e-6);
        Assert.True(temperature > 1.2, "the golden's network is too sure of itself");
    }

    [Fact]
    public void SeveralLooksAverageProbabilities()
    {
        (AnswerTally tally, LossSums sums, _) = Tally(Logits("logits"), Logits("second"));
        JsonElement mean = Golden.GetProperty("mean");
        Assert.Equal(mean.GetProperty("loss").GetDouble(), sums.Loss / sums.Weight, Tolerance);
        Assert.Equal(mean.GetProperty("top1").GetDouble(), sums.Correct / 400.0);
        Assert.Equal(mean.GetProperty("top5").GetDouble(), sums.Correct5 / 400.0);
        Assert.Equal(mean.GetProperty("ece").GetDouble(), EvaluationSummary.Error(tally.Outcomes), Tolerance);
    }

    [Fact]
    public void IntervalsAndTestsAreExact()
    {
        foreach (JsonElement row in Golden.GetProperty("wilson").EnumerateArray())
        {
            (double low, double high) = Statistics.WilsonInterval(row[0].GetInt32(), row[1].GetInt32());
            // numpy.roots finds eigenvalues: it is good to the square root of epsilon where two roots are near.
            Assert.Equal(row[2].GetDouble(), low, 1e-9);
            Assert.Equal(row[3].GetDouble(), high, 1e-9);
            Assert.InRange((double)row[0].GetInt32() / row[1].GetInt32(), low, high);
        }
        Assert.Equal((0, 1), Statistics.WilsonInterval(0, 0));
        foreach (JsonElement row in Golden.GetProperty("mcnemar").EnumerateArray())
        {
            double expected = row[2].GetDouble();
            // 6200 additions of logarithms up to 4300, each rounded by 5e-13.
            Assert.Equal(expected, Statistics.McNemar(row[0].GetInt32(), row[1].GetInt32()), 1e-9 * expected);
            Assert.Equal(expected, Statistics.McNemar(row[1].GetInt32(), row[0].GetInt32()), 1e-9 * expected);
        }
    }

    /// <summary>NumPy draws the same images by a Philox of its own.</summary>
    [Fact]
    public void TheBootstrapIsThatOfNumPy()
    {
        ImageOutcome[] outcomes = [.. Tally(Logits("logits")).Tally.Outcomes];
        foreach (JsonElement row in Golden.GetProperty("bootstrap").EnumerateArray())
        {
            (double[] accuracy, double[] f1) = Bootstrap.Intervals(outcomes[..row[0].GetInt32()], 7);
            // Seven additions and an interpolation, each rounded once.
            foreach ((double actual, int column) in accuracy.Concat(f1).Zip([1, 2, 3, 4]))
                Assert.Equal(row[column].GetDouble(), actual, Tolerance);
        }
    }

    /// <summary>
    /// Of n answers with a share p right, drawn ones are right binomially: the percentiles are the binomial distribution's, but for drawing 10,000 times, which
    /// puts the drawn quantile at a share of 0.025 with a standard deviation of sqrt(0.025 * 0.975 / 10000) = 0.0016; five of those are allowed.
    /// </summary>
    [Theory]
    [InlineData(602, 468, 0UL)]
    [InlineData(602, 468, 1UL)]
    [InlineData(100, 50, 0UL)]
    [InlineData(1000, 990, 3UL)]
    public void TheBootstrapOfTheAccuracyIsBinomial(int images, int right, ulong seed)
    {
        ImageOutcome[] outcomes = [.. Enumerable.Range(0, images).Select(i => new ImageOutcome(i, 0, i < right ? 0 : 1, 0.9, 0.1))];
        double[] interval = Bootstrap.Intervals(outcomes, 2, seed).Accuracy;
        double p = (double)right / images, below = 0, log = images * Math.Log(1 - p);
        double[] upTo = new double[images + 1];
        for (int k = 0; k <= images; k++)
        {
            upTo[k] = below += Math.Exp(log);
            log += Math.Log((double)(images - k) / (k + 1)) + Math.Log(p / (1 - p));
        }
        foreach ((double end, double share) in interval.Zip([0.025, 0.975]))
        {
            int k = (int)Math.Round(end * images);
            Assert.Equal(k, end * images, 1e-6);
            Assert.InRange(share, (k == 0 ? 0 : upTo[k - 1]) - 0.008, upTo[k] + 0.008);
        }
    }

    [Fact]
    public void WhereNothingCanBeSaidNothingIs()
    {
        Assert.All(Bootstrap.Intervals([], 3).Accuracy, end => Assert.True(double.IsNaN(end)));
        Assert.Equal([1, 1], Bootstrap.Intervals([new ImageOutcome(0, 1, 1, 1, 0)], 2).MacroF1);
        Assert.True(double.IsNaN(Calibration.Error([], [])));
        Assert.True(double.IsNaN(Calibration.Error([0.5, double.NaN], [true, false])));
        Assert.True(double.IsNaN(Calibration.Temperature([], [])));
        Assert.True(double.IsNaN(Calibration.Temperature([float.NaN, 1], [0])));
        // Every image right: no temperature is low enough; none right: none is high enough.
        Assert.Equal(0.01, Calibration.Temperature([3, 0, 0, 2], [0, 1]));
        Assert.Equal(100, Calibration.Temperature([3, 0, 0, 2], [1, 0]));
    }

    [Fact]
    public void ConfidenceOfOneIsInTheLastBinAndAPerfectNetworkIsCalibrated()
    {
        Assert.Equal(0, Calibration.Error([1, 1], [true, true]));
        Assert.Equal(0.5, Calibration.Error([1, 1], [true, false]));
        // 1/15 belongs to the first bin, what is just above it to the second: the two gaps do not cancel.
        Assert.Equal((1 / 15.0 + 0.9) / 2, Calibration.Error([1 / 15.0, 0.1], [false, true]), Tolerance);
    }

    [Fact]
    public void NotableImagesAreChosenByConfidenceAndInTurnsOverClasses()
    {
        ImageOutcome[] outcomes =
        [
            new(0, 0, 0, 0.9, 0.1), new(1, 0, 1, 0.8, 3), new(2, 0, 1, 0.95, 4), new(3, 1, 0, 0.8, 2), new(4, 1, 1, 0.6, 0.5), new(5, 2, 2, 0.99, 0.01),
            new(6, 2, 2, double.NaN, double.NaN),
        ];
        Assert.Equal([2, 1, 3], NotableImages.ConfidentlyWrong(outcomes, 5).Select(o => o.Sample));
        Assert.Equal([2, 3, 5, 1, 4], NotableImages.Hardest(outcomes, 5).Select(o => o.Sample));
    }
}
