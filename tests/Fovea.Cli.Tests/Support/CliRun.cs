using System.Text.Json;
using Fovea.Cli.Framework;

namespace Fovea.Cli.Tests.Support;

/// <summary>A command run in this process, with what it wrote.</summary>
internal sealed record CliRun(int Exit, string Out, string Error)
{
    /// <summary>Standard output as JSON; fails where it holds anything else.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>Runs <c>fovea</c> with arguments.</summary>
    public static CliRun Of(params string[] args) => With("rule", args);

    /// <summary>Runs <c>fovea</c> with a table of kernels.</summary>
    public static CliRun With(string kernels, params string[] args)
    {
        using StringWriter output = new(), error = new();
        using CliConsole console = new(output, error) { Kernels = kernels };
        int exit = CommandLine.Run(args, console);
        return new CliRun(exit, output.ToString(), error.ToString());
    }

    /// <summary>Runs <c>fovea</c> with a line of arguments apart by blanks.</summary>
    public static CliRun Line(string line) => Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Both streams say nothing that only a developer could read.</summary>
    public void AssertReadable()
    {
        string all = Out + Error;
        Assert.DoesNotContain("   at Fovea", all, StringComparison.Ordinal);
        Assert.DoesNotContain("   at System", all, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", all, StringComparison.Ordinal);
        Assert.DoesNotContain("should not happen", all, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', all);
    }
}
