using System.Data;
using System.Globalization;
using System.Text.RegularExpressions;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

/// <summary>
/// docs/understanding.md says nothing that the program does not print: the lines quoted in its <c>console</c> blocks are compared with the output of the command
/// above them, the equations in its <c>arithmetic</c> blocks are worked out, and large numbers and shares in the text must stand in one of the two.
/// </summary>
public sealed partial class UnderstandingPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "understanding.md"));

    public static TheoryData<string> Commands => [.. Blocks("console").Select(block => block[0]).Distinct()];

    [Theory]
    [MemberData(nameof(Commands))]
    public void CommandsPrintWhatThePageQuotes(string command)
    {
        Assert.StartsWith("$ ./fovea ", command, StringComparison.Ordinal);
        CliRun run = CliRun.Line(command["$ ./fovea ".Length..]);
        Assert.Equal(0, run.Exit);
        string[] printed = [.. run.Out.Split('\n').Select(Plain)];
        foreach (string[] block in Blocks("console").Where(block => block[0] == command))
        {
            Assert.True(block.Length > 1, $"Below '{command}' nothing is quoted.");
            int at = 0;
            foreach (string quoted in block.Skip(1))
            {
                int found = Array.FindIndex(printed, at, line => Matches(Plain(quoted), line));
                Assert.True(found >= 0, $"'{command}' does not print, below what is quoted before it: {quoted}");
                at = found + 1;
            }
        }
    }

    [Fact]
    public void EquationsHold()
    {
        string[] equations = [.. Blocks("arithmetic").SelectMany(block => block)];
        Assert.NotEmpty(equations);
        using DataTable calculator = new() { Locale = CultureInfo.InvariantCulture };
        foreach (string equation in equations)
        {
            string[] sides = equation.Split(" = ");
            double value = Convert.ToDouble(calculator.Compute(Number().Replace(sides[0], n => n.Value.Replace(",", "", StringComparison.Ordinal) + ".0"), null), CultureInfo.InvariantCulture);
            string result = sides[1].EndsWith(" %", StringComparison.Ordinal)
                ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %" : value.ToString("#,0.##", CultureInfo.InvariantCulture);
            Assert.Equal(sides[1].Replace(",", "", StringComparison.Ordinal), result.Replace(",", "", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void FiguresInTheTextStandInABlock()
    {
        string blocks = string.Join('\n', Blocks("console").Concat(Blocks("arithmetic")).SelectMany(block => block));
        string[] figures = [.. Figure().Matches(Block().Replace(Page, "")).Select(match => match.Value)];
        Assert.NotEmpty(figures);
        Assert.All(figures, figure => Assert.Contains(figure, blocks, StringComparison.Ordinal));
    }

    /// <summary>The quoted pieces, apart by "...", stand in the line in this order: the first at its start, the last, where something was left out before it, at its end.</summary>
    private static bool Matches(string quoted, string line)
    {
        string[] pieces = quoted.Split(" ... ");
        if (!(line + " ").StartsWith(pieces[0] + " ", StringComparison.Ordinal))
            return false;
        int at = pieces[0].Length;
        foreach (string piece in pieces.Skip(1))
        {
            int found = line.IndexOf(" " + piece, at, StringComparison.Ordinal);
            if (found < 0)
                return false;
            at = found + 1 + piece.Length;
        }
        return pieces.Length == 1 || at == line.Length;
    }

    private static string Plain(string line) => Blanks().Replace(line.Trim(), " ");

    private static IEnumerable<string[]> Blocks(string language) =>
        Block().Matches(Page).Where(match => match.Groups[1].Value == language)
            .Select(match => match.Groups[2].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private static string Root()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Fovea.slnx")))
            at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    [GeneratedRegex("```([a-z]+)\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();

    [GeneratedRegex("[0-9][0-9,]*")]
    private static partial Regex Number();

    [GeneratedRegex(@"[0-9]{1,3}(,[0-9]{3})+|[0-9]+(\.[0-9]+)? %")]
    private static partial Regex Figure();
}
