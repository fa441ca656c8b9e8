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
    [InlineData(new[] { 1.4e6, 24.7e6 }, "0 5e6 1e7 1.5e7 2e7 2.5e7")]
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
        Assert.Equal(classes <= 30, svg.Descendants().Any(e => e.Attribute("class")?.Value.Split(' ')[0] == "in"));
    }

    /// <summary>There is neither an epoch before the only one nor one behind it.</summary>
    [Fact]
    public void AnAxisOfOneEpochIsMarkedThereAlone()
    {
        ChartAxis axis = ChartAxis.Linear([7, 7], whole: true, tight: true);
        Assert.Equal(["7"], axis.Ticks.Select(t => axis.Label(t)));
        Assert.Equal(0.5, axis.Place(7));
    }

    [Fact]
    public void DecadesBeginAndEndWithTheValues()
    {
        ChartAxis axis = ChartAxis.Decades([2e-4, 0.3, double.NaN]);
        Assert.Equal((0.0, 1.0), (axis.Place(2e-4), axis.Place(0.3)));
        Assert.Equal("0.001 0.01 0.1", string.Join(' ', axis.Ticks.Select(t => axis.Label(t))));
    }

    [Fact]
    public void MoreLinesThanColoursAreStillApart()
    {
        string[] looks = [.. Enumerable.Range(0, 2 * ChartStyle.SeriesCount).Select(i => new Curve("", i, [(0, 0), (1, 1)]).Draw())];
        Assert.Equal(looks.Length, looks.Distinct().Count());
    }

    /// <summary>Nothing hides a column in which all the answers lie, however few images its class has of its own.</summary>
    [Fact]
    public void AClassThatIsAnsweredWronglyIsDrawnThoughItsOwnImagesAreRight()
    {
        int classes = ConfusionChart.MostClasses + 50, favourite = classes - 1;
        int[][] confusion = [.. Enumerable.Range(0, classes).Select(_ => Enumerable.Range(0, classes).Select(c => c == favourite ? 3 : 0).ToArray())];
        string text = ConfusionChart.Draw([.. Enumerable.Range(0, classes).Select(c => $"c{c}")], confusion);
        Assert.Contains($"called c{favourite}: 3 of 3", text, StringComparison.Ordinal);
        Assert.Equal(ConfusionChart.MostClasses, text.Split($"called c{favourite}:").Length - 1);
    }

    [Fact]
    public void RecallStandsBesideTheRowsAndPrecisionBelowTheColumns()
    {
        XElement svg = XElement.Parse(ConfusionChart.Draw(["cat", "dog", "axolotl"], [[900, 100, 0], [1, 3, 0], [0, 0, 0]], standalone: true));
        string[] texts = [.. svg.Elements().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        // 900 of 1000 and 3 of 4 are found; 900 of 901 and 3 of 103 are right; nothing is or is called an axolotl.
        foreach (string rate in (string[])["recall", "precision", "90 %", "75 %", "100 %", "3 %", "-"])
            Assert.Contains(rate, texts);
        // The widest letters of a sans-serif of 12 pixels are not so wide on average.
        double width = double.Parse(svg.Attribute("width")!.Value);
        Assert.All(texts, t => Assert.InRange(6.8 * t.Length + 14, 0, width));
    }

    /// <summary>WCAG 2 asks 3 of large and 4.5 of small writing; where a colour lies between both inks neither reaches more than about 4.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void NumbersCanBeReadOnEveryShade(int series)
    {
        string css = ChartStyle.Css("");
        string[] themes = css.Split("@media");
        for (double opacity = 0.08; opacity <= 1; opacity += 0.02)
        {
            string[] ink = ChartStyle.InkClass(series, opacity).Split(' ');
            foreach ((string theme, string inverse) in themes.Zip(["l", "d"]))
            {
                double[] ground = Fill(theme, ".blank"), cell = Fill(theme, $".fill.s{series}");
                double[] text = Fill(theme, ink.Contains(inverse) ? $".in.{inverse}" : theme == themes[0] ? ".in" : ".in, .in.l");
                double below = Luminance([.. ground.Zip(cell, (g, c) => g + opacity * (c - g))]), on = Luminance(text);
                Assert.True((Math.Max(below, on) + 0.05) / (Math.Min(below, on) + 0.05) > 3.8, $"series {series}, opacity {opacity:0.00}, {inverse}");
            }
        }
    }

    private static double[] Fill(string css, string rule)
    {
        string colour = css[(css.IndexOf(rule + " { fill: #", StringComparison.Ordinal) + rule.Length + 10)..][..6];
        return [.. Enumerable.Range(0, 3).Select(i => Convert.ToInt32(colour.Substring(2 * i, 2), 16) / 255.0)];
    }

    private static double Luminance(double[] c)
    {
        double[] linear = [.. c.Select(v => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4))];
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }

    [Theory]
    [InlineData(0.9132, "0.9132")]
    [InlineData(99999.4, "99999.4000")]
    [InlineData(21176217.7, "2.1e7")]
    [InlineData(double.NaN, "-")]
    public void ALossIsShownInTheRoomThereIs(double value, string shown) => Assert.Equal(shown, Format.Rate(value));

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(0.00035461, "0.000355")]
    [InlineData(1e-5, "1e-5")]
    [InlineData(2.5e-7, "2.5e-7")]
    [InlineData(1e6, "1e6")]
    [InlineData(0, "0")]
    public void ALearningRateIsNeverShownAsNothing(double value, string shown) => Assert.Equal(shown, Format.LearningRate(value));
}
