using System.CommandLine;
using System.Globalization;
using Fovea.Cli.Framework;
using Fovea.Cli.Planning;

namespace Fovea.Cli.Runs;

/// <summary><c>--batch-size N|auto</c> and <c>--memory SIZE</c>.</summary>
internal sealed class MemoryArguments
{
    private const int Auto = 0, MostImages = 65_536;

    private readonly Option<int?> _batch = Opt.Make<int?>("--batch-size", "N|auto", "images in a batch; default 64; auto: the largest power of two that fits --memory", text =>
        text == "auto" ? (Auto, null)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n is >= 1 and <= MostImages ? (n, null)
        : (null, $"expected a whole number from 1 to {MostImages}, or auto"));

    private readonly Option<long?> _memory = Opt.Make<long?>("--memory", "SIZE",
        $"the most memory to take, such as 4G; default with --batch-size auto: {100 * MemoryLimits.DefaultShare} % of what is available",
        text => MemorySize.TryParse(text, out long bytes) ? (bytes, null) : (null, "expected a size such as 4G, 512M or 1.5G"));

    /// <summary>Both, for the verb.</summary>
    public IEnumerable<Option> All => [_batch, _memory];

    /// <summary>True with <c>--batch-size auto</c>.</summary>
    public bool IsAuto(ParseResult parsed) => parsed.GetValue(_batch) == Auto;

    /// <summary>The number that was given; null where none was.</summary>
    public int? Given(ParseResult parsed) => parsed.GetValue(_batch) is { } n and not Auto ? n : null;

    /// <summary>The limit that was given, in bytes; null where none was.</summary>
    public long? Memory(ParseResult parsed) => parsed.GetValue(_memory);
}
