using Fovea.Engine.Planning;
using Fovea.Training;

namespace Fovea.Cli.Framework;

/// <summary>Where the command line's plans have their choices of kernels from.</summary>
internal static class KernelChoices
{
    /// <summary>The environment variable that names a table, or says <see cref="Rule"/>.</summary>
    public const string Variable = "FOVEA_KERNELS";

    /// <summary>No table.</summary>
    public const string Rule = "rule";

    /// <summary>For a runtime's options; a table that cannot be used is told of in the log.</summary>
    public static Func<KernelHost, IKernelChoices?>? Of(CliConsole console) =>
        console.Kernels == Rule ? null : TuningTable.Source(console.Kernels.Length == 0 ? null : console.Kernels, console.Warn);
}
