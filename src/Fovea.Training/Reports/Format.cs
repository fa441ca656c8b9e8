using System.Globalization;

namespace Fovea.Training;

/// <summary>Numbers as people read them.</summary>
internal static class Format
{
    /// <summary>"62,378,344".</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"1.13 G": a large count in three digits.</summary>
    public static string Short(double value)
    {
        (double divisor, string unit) = value switch
        {
            >= 1e12 => (1e12, " T"),
            >= 1e9 => (1e9, " G"),
            >= 1e6 => (1e6, " M"),
            >= 1e3 => (1e3, " k"),
            _ => (1.0, ""),
        };
        double scaled = value / divisor;
        string digits = scaled switch { >= 100 => "0", >= 10 => "0.0", _ => unit.Length == 0 ? "0" : "0.00" };
        return scaled.ToString(digits, CultureInfo.InvariantCulture) + unit;
    }

    /// <summary>"17.7 MiB".</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => FormattableString.Invariant($"{bytes} B"),
        < 1024 * 1024 => FormattableString.Invariant($"{bytes / 1024.0:0.0} KiB"),
        < 1024L * 1024 * 1024 => FormattableString.Invariant($"{bytes / 1048576.0:0.0} MiB"),
        _ => FormattableString.Invariant($"{bytes / 1073741824.0:0.00} GiB"),
    };

    /// <summary>"0:42", "3:05:09": a duration of a run.</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds) || seconds < 0)
            return "-";
        long whole = (long)Math.Round(seconds);
        return whole >= 3600
            ? FormattableString.Invariant($"{whole / 3600}:{whole / 60 % 60:00}:{whole % 60:00}")
            : FormattableString.Invariant($"{whole / 60}:{whole % 60:00}");
    }

    /// <summary>"4.2 s": a duration that is measured.</summary>
    public static string Seconds(double seconds) => FormattableString.Invariant($"{seconds:0.0} s");

    /// <summary>"93.8 %" of a share of 0 to 1; "-" where it is no number.</summary>
    public static string Percent(double share) => double.IsFinite(share) ? (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "-";

    /// <summary>"0.9132"; "2.1e7" for what a loss is only when it has exploded; "-" where it is no number.</summary>
    public static string Rate(double value) => double.IsFinite(value)
        ? value.ToString(Math.Abs(value) < 1e5 ? "0.0000" : "0.0e0", CultureInfo.InvariantCulture) : "-";

    /// <summary>"0.1", "0.000354", "5e-6": a learning rate in at most eight characters.</summary>
    public static string LearningRate(double value) =>
        value.ToString(value is 0 or (>= 1e-4 and < 1e5) ? "0.######" : "0.##e0", CultureInfo.InvariantCulture);

    /// <summary>Images per second: "18,204", "231", "8.4".</summary>
    public static string Speed(double value) => double.IsFinite(value) ? value.ToString(value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture)
        : "-";

    /// <summary>"1 image", "2 images".</summary>
    public static string Plural(long count, string noun, string? plural = null) => $"{Count(count)} {(count == 1 ? noun : plural ?? noun + "s")}";
}
