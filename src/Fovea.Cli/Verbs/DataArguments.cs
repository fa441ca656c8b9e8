using System.CommandLine;
using Fovea.Cli.Framework;

namespace Fovea.Cli.Verbs;

/// <summary>Options about data that several verbs have.</summary>
internal static class DataArguments
{
    /// <summary>The share for validation where a folder has no such split.</summary>
    public static Option<double?> ValSplitOption() =>
        Opt.Number("--val-split", "share of each class for validation where a folder has no such split; default 0.2", x => x is > 0 and < 1,
            "above 0 and below 1");
}
