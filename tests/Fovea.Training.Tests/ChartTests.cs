using System.Xml.Linq;

namespace Fovea.Training.Tests;

public sealed class ChartTests
{
    [Theory]
    [InlineData(new[] { 0.2, 0.58 }, "0.2 0.3 0.4 0.5 0.6")]
    [InlineData(new[] { 0.0, 2.31 }, "0.0 0.5 1.0 1.5 2.0 2.5")]
    [InlineData(new[] { 0.8712, 0.8741 }, "0.871 0.872 0.873 0.874 0.875")]
    [InlineData(new[] { 12.0, 4100.0 }, "0 1,000 2,000 3,000 4,000 5,000")]
    [InlineData(new[] { double.NaN }, "0.0 0.5 1.0")]
    public void TicksAreRoundAndHoldTheValues(double[] values, string labels)
    {
        ChartAxis axis = ChartAxis.Linear(values);
        Assert.Equal(labels, string.Join(' ', axis.Ticks.Select(t => axis.Label(t))));
        Assert.All(values.Where(double.IsFinite), v => Assert.InRange(axis.Place(v), 0, 1));
    }

    [Theory]
    [InlineData(new[] { 0.1, 0.01, 0.0001 }, "0.0001 0.001 0.01 0.1")]
    [InlineData(new[] { 0.1, 0.05 }, "0.00 0.02 0.04 0.06 0.08 0.10")]
    [InlineData(new[] { 0.1, 0.0 }, "0.00 0.02 0.04 0.06 0.08 0.10")]
    [InlineData(new[] { 1e-6, 1e-3 }, "1e-6 1e-5 0.0001 0.001")]
    public void LearningRatesAreDrawnByPowersOfTenWhereTheySpanSome(double[] rates, string labels)
    {
        ChartAxis axis = ChartAxis.Rates(rates);
        Assert.Equal(labels, string.Join(' ', axis.Ticks.Select(t => axis.Label(t))));
        Assert.All(rates, rate => Assert.InRange(axis.Place(rate), -1e-9, 1 + 1e-9));
    }

    [Fact]
    public void EpochsAreWholeNumbersAndSharesPercentages()
    {
        ChartAxis epochs = ChartAxis.Linear([1, 2, 3], whole: true, tight: true);
        Assert.Equal(["1", "2", "3"], epochs.Ticks.Select(t => epochs.Label(t)));
        ChartAxis shares = ChartAxis.Linear([0.851, 0.957]);
        Assert.Equal("85 % 90 % 95 % 100 %", string.Join(' ', shares.Ticks.Select(t => shares.Label(t, percent: true))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(29)]
    [InlineData(137)]
    public void CurvesAreWellFormedAndInsideTheirFrame(int epochs)
    {
        double[] values = [.. Enumerable.Range(1, epochs).Select(e => 2.3 / e), double.NaN];
        XElement svg = XElement.Parse(new LineChart("Loss <of both>", "epoch") { Mark = (1, "best & first") }.Draw(
            [Curve.OfEpochs("training", 0, values), Curve.OfEpochs("a \"name\" that is longer than the legend has room for", 1, values.Reverse())]));
        string[] frame = svg.Attribute("viewBox")!.Value.Split(' ');
        Assert.Equal(2, svg.Elements("path").Count());
        Assert.Equal(epochs < 30 ? 2 * epochs : 0, svg.Elements("circle").Count());
        foreach (string point in svg.Elements("path").SelectMany(p => p.Attribute("d")!.Value.Split('M', 'L')).Where(p => p.Length > 0))
        {
            Assert.InRange(double.Parse(point.Split(' ')[0]), 0, double.Parse(frame[2]));
            Assert.InRange(double.Parse(point.Split(' ')[1]), 0, double.Parse(frame[3]));
        }
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(12, false)]
    [InlineData(45, true)]
    [InlineData(200, false)]
    public void ConfusionIsWellFormedAndShowsTheClassesWithTheMostMistakes(int classes, bool standalone)
    {
        int[][] confusion = [.. Enumerable.Range(0, classes).Select(r => Enumerable.Range(0, classes).Select(c => r == c ? 20 : c == 0 ? r : 0).ToArray())];
        string[] names = [.. Enumerable.Range(0, classes).Select(c => $"<class> & {c}, which has a long name")];
        string text = ConfusionChart.Draw(names, confusion, standalone);
        XElement svg = XElement.Parse(text);
        int shown = Math.Min(classes, ConfusionChart.MostClasses);
        Assert.Equal(shown * shown, svg.Descendants().Count(e => e.Attribute("class")?.Value == "blank"));
        Assert.Equal(classes > shown, text.Contains("with the most mistakes", StringComparison.Ordinal));
        Assert.Equal(classes <= 30, svg.Descendants().Any(e => e.Attribute("class")?.Value is "on" or "in"));
    }
}
