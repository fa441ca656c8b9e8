using Fovea.Data.Transforms;

namespace Fovea.Cli.Verbs;

/// <summary>The transforms, for the help.</summary>
internal static class TransformHelp
{
    /// <summary>A line for each.</summary>
    public static IReadOnlyList<string> Lines { get; } =
    [
        "Transforms T are a list such as 'random-resized-crop(224) hflip color-jitter(0.4,0.4,0.4)' (docs/data.md tells what each does):",
        .. TransformPipeline.Known.Select(spec => $"  {spec.Usage}"),
    ];
}
