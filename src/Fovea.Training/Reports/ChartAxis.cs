using System.Globalization;

namespace Fovea.Training;

/// <summary>An axis whose ticks are 1, 2 or 5 times a power of ten apart, or powers of ten on a logarithmic scale.</summary>
/// <param name="Low">Its beginning.</param>
/// <param name="High">Its end.</param>
/// <param name="Ticks">Where it is marked.</param>
/// <param name="IsLog">Whether equal distances are equal factors.</param>
internal sealed record ChartAxis(double Low, double High, IReadOnlyList<double> Ticks, bool IsLog = false)
{
    // Beyond this factor small values of a linear axis lie on its bottom line.
    private const double LogFrom = 30;

    // Written out these have more digits than there is room for: steps of a long run, and a loss that has exploded.
    private const double LongFrom = 1e6;

    /// <summary>An axis over values; those that are not finite are left out.</summary>
    /// <param name="values">What it has to hold.</param>
    /// <param name="whole">Whether only whole numbers are marked.</param>
    /// <param name="tight">Whether it ends with the values rather than with a tick.</param>
    /// <param name="most">About how many ticks are wanted.</param>
    public static ChartAxis Linear(IEnumerable<double> values, bool whole = false, bool tight = false, int most = 5)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0)
            return new ChartAxis(0, 1, [0, 0.5, 1]);
        double low = finite.Min(), high = finite.Max();
        // There is no epoch before the only one, and none behind it.
        if (whole && low == high)
            return new ChartAxis(low - 1, high + 1, [low]);
        if (high - low < 1e-9 * Math.Max(1, Math.Abs(high)))
            (low, high) = (low - Math.Max(0.01, Math.Abs(low) / 10), high + Math.Max(0.01, Math.Abs(high) / 10));
        double raw = (high - low) / most, power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch { <= 1 + 1e-9 => 1, <= 2 + 1e-9 => 2, <= 5 + 1e-9 => 5, _ => 10 };
        if (whole)
            step = Math.Max(1, step);
        int first = (int)(tight ? Math.Ceiling(low / step - 1e-9) : Math.Floor(low / step + 1e-9));
        int last = (int)(tight ? Math.Floor(high / step + 1e-9) : Math.Ceiling(high / step - 1e-9));
        double[] ticks = [.. Enumerable.Range(first, last - first + 1).Select(i => i * step)];
        return tight ? new ChartAxis(low, high, ticks) : new ChartAxis(ticks[0], ticks[^1], ticks);
    }

    /// <summary>A logarithmic axis where the values are above 0 and span a large factor; else a linear one.</summary>
    public static ChartAxis Rates(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0 || finite.Min() <= 0 || finite.Max() / finite.Min() < LogFrom)
            return Linear(finite.Append(0));
        int first = (int)Math.Floor(Math.Log10(finite.Min()) + 1e-9), last = (int)Math.Ceiling(Math.Log10(finite.Max()) - 1e-9);
        int every = (last - first + 5) / 6;
        double[] ticks = [.. Enumerable.Range(0, last - first + 1).Where(i => i % every == 0).Select(i => Math.Pow(10, first + i))];
        return new ChartAxis(Math.Pow(10, first), Math.Pow(10, last), ticks, IsLog: true);
    }

    /// <summary>A logarithmic axis that begins and ends with the values, marked at the powers of ten between them.</summary>
    public static ChartAxis Decades(IEnumerable<double> values)
    {
        double[] positive = [.. values.Where(v => double.IsFinite(v) && v > 0)];
        if (positive.Length == 0 || positive.Min() == positive.Max())
            return Linear(positive);
        int first = (int)Math.Ceiling(Math.Log10(positive.Min()) - 1e-9), last = (int)Math.Floor(Math.Log10(positive.Max()) + 1e-9);
        return new ChartAxis(positive.Min(), positive.Max(), [.. Enumerable.Range(first, Math.Max(0, last - first + 1)).Select(i => Math.Pow(10, i))], IsLog: true);
    }

    /// <summary>Where a value lies: 0 at the beginning, 1 at the end.</summary>
    public double Place(double value) => IsLog
        ? Math.Log10(Math.Max(value, Low) / Low) / Math.Log10(High / Low)
        : (value - Low) / (High - Low);

    /// <summary>A tick's label: as many decimals as the step between ticks needs, powers of ten where it is very small or large.</summary>
    public string Label(double tick, bool percent = false)
    {
        double step = (Ticks.Count > 1 ? Ticks[1] - Ticks[0] : Math.Max(Math.Abs(tick), 1e-12)) * (percent ? 100 : 1);
        if (IsLog)
            step = tick;
        if (!percent && tick != 0 && (step < 0.9e-4 || Math.Max(Math.Abs(Ticks[0]), Math.Abs(Ticks[^1])) >= LongFrom))
            return tick.ToString("0.##e0", CultureInfo.InvariantCulture);
        int decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 6);
        double shown = percent ? 100 * tick : tick;
        string text = (Math.Abs(shown) < step / 1e3 ? 0 : shown).ToString($"N{decimals}", CultureInfo.InvariantCulture);
        return percent ? text + " %" : text;
    }
}
