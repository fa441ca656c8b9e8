using Fovea.Cli.Framework;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Verbs => [.. VerbTable.All.Select(v => v.Path)];

    [Fact]
    public void OverviewListsEveryVerbAndNoneOfLaterVersions()
    {
        CliRun run = CliRun.Of("--help");
        Assert.Equal(0, run.Exit);
        Assert.Empty(run.Error);
        string[] words = [.. run.Out.Split('\n').Select(line => line.Trim().Split("  ")[0])];
        Assert.All(VerbTable.All, verb => Assert.Contains(verb.Path, words));
        Assert.All(VerbTable.Later, verb => Assert.DoesNotContain(verb, words));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void EachVerbExplainsItsOptions(string path)
    {
        CliRun run = CliRun.Line($"{path} --help");
        Assert.Equal(0, run.Exit);
        Assert.Empty(run.Error);
        Verb verb = VerbTable.All.Single(v => v.Path == path).Create();
        Assert.Contains($"Usage: fovea {path}", run.Out, StringComparison.Ordinal);
        Assert.NotEmpty(verb.Options);
        Assert.All(verb.Options, option => Assert.Contains($"  {option.Name}", run.Out, StringComparison.Ordinal));
        Assert.All(verb.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{option.Name} has no description"));
        Assert.All(run.Out.Split('\n'), line => Assert.True(line.Length <= 160, line));
    }

    [Theory]
    [InlineData("train -h")]
    [InlineData("help train")]
    [InlineData("train --nonsense --help")]
    public void HelpIsFoundHoweverItIsAskedFor(string line)
    {
        CliRun run = CliRun.Line(line);
        Assert.Equal(0, run.Exit);
        Assert.Contains("Usage: fovea train", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void GroupOfVerbsHasHelp()
    {
        CliRun run = CliRun.Line("data --help");
        Assert.Equal(0, run.Exit);
        Assert.Contains("data inspect", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void VersionIsPrinted()
    {
        CliRun run = CliRun.Of("--version");
        Assert.Equal(0, run.Exit);
        Assert.Matches(@"^fovea \d+\.\d+\.\d+", run.Out);
    }
}
