using System.Globalization;

namespace Fovea.Cli.Planning;

/// <summary>Sizes as people write them.</summary>
internal static class MemorySize
{
    /// <summary>Reads "4G", "512M", "1.5GiB", "4GB", "1000000": units are powers of 1024, as the memory limits of containers have them.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        string number = text.TrimEnd('b', 'B').TrimEnd('i').TrimEnd('k', 'K', 'm', 'M', 'g', 'G', 't', 'T');
        string unit = text[number.Length..].ToLowerInvariant();
        long factor = unit switch
        {
            "" or "b" => 1,
            "k" or "kb" or "kib" => 1L << 10,
            "m" or "mb" or "mib" => 1L << 20,
            "g" or "gb" or "gib" => 1L << 30,
            "t" or "tb" or "tib" => 1L << 40,
            _ => 0,
        };
        if (factor == 0 || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value))
            return false;
        if (value <= 0 || value > long.MaxValue / factor)
            return false;
        bytes = (long)(value * factor);
        return bytes > 0;
    }
}
