using System.Text.RegularExpressions;

namespace Fovea.Library.Tests;

/// <summary>docs/library.md shows code that is compiled and run here.</summary>
public sealed partial class LibraryPageTests
{
    [Fact]
    public void EveryBlockIsPartOfASample()
    {
        string root = Root();
        string[][] samples = [.. Directory.GetFiles(Path.Combine(root, "tests", "Fovea.Library.Tests", "Samples"), "*.cs").Select(File.ReadAllLines)];
        string[] blocks = [.. Block().Matches(File.ReadAllText(Path.Combine(root, "docs", "library.md"))).Select(match => match.Groups[1].Value)];
        Assert.True(blocks.Length >= 8, $"{blocks.Length} blocks");
        Assert.All(blocks, block => Assert.True(samples.Any(sample => Contains(sample, block.TrimEnd('\n').Split('\n'))), $"in no sample:\n{block}"));
    }

    /// <summary>The block's lines follow each other in the sample, all of them further to the right by the same number of blanks.</summary>
    private static bool Contains(string[] sample, string[] block)
    {
        for (int at = 0; at + block.Length <= sample.Length; at++)
        {
            string indent = sample[at][..(sample[at].Length - sample[at].TrimStart().Length)];
            if (block.Select((line, i) => line.Length == 0 ? "" : indent + line).SequenceEqual(sample.Skip(at).Take(block.Length)))
                return true;
        }
        return false;
    }

    private static string Root()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Fovea.slnx")))
            at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    [GeneratedRegex("```csharp\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
