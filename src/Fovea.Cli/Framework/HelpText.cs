using Fovea.Cli.Text;

namespace Fovea.Cli.Framework;

/// <summary>What <c>--help</c> prints.</summary>
internal static class HelpText
{
    private const int Width = 110;

    /// <summary>The program's help: its verbs.</summary>
    public static void Overview(TextWriter writer)
    {
        writer.WriteLine("Fovea trains, evaluates and uses image classifiers: the classic convolutional networks, on a machine that has .NET.");
        writer.WriteLine();
        writer.WriteLine("Usage: fovea VERB [options]");
        writer.WriteLine();
        WriteVerbs(writer, VerbTable.All);
        writer.WriteLine();
        writer.WriteLine("'fovea VERB --help' shows a verb's options, 'fovea --version' the version. New here? 'fovea demo' needs nothing else.");
        writer.WriteLine("Results go to standard output, progress to standard error. Exit: 0 done, 1 failed, 2 wrong use, 130 interrupted.");
    }

    /// <summary>The help of a verb that only groups others, such as <c>data</c>.</summary>
    public static void OfGroup(string name, TextWriter writer)
    {
        writer.WriteLine($"Usage: fovea {name} VERB [options]");
        writer.WriteLine();
        WriteVerbs(writer, VerbTable.All.Where(v => v.Path.StartsWith(name + ' ', StringComparison.Ordinal)));
    }

    /// <summary>A verb's help.</summary>
    public static void Of(Verb verb, TextWriter writer)
    {
        writer.WriteLine(Sentence(verb.Description!));
        writer.WriteLine();
        writer.WriteLine($"Usage: fovea {verb.FullName} {verb.Usage}".TrimEnd());
        if (verb.Arguments.Count > 0)
        {
            writer.WriteLine();
            writer.WriteLine("Arguments:");
            Entries(writer, [.. verb.Arguments.Select(a => (a.Name, a.Description ?? ""))]);
        }
        foreach (OptionGroup group in verb.Groups)
        {
            writer.WriteLine();
            writer.WriteLine($"{group.Title}:");
            Entries(writer, [.. group.Options.Select(o => ($"{o.Name} {o.HelpName}".TrimEnd(), o.Description ?? ""))]);
        }
        if (verb.Notes.Count > 0)
        {
            writer.WriteLine();
            foreach (string line in verb.Notes)
                writer.WriteLine(line);
        }
        if (verb.Examples.Count > 0)
        {
            writer.WriteLine();
            writer.WriteLine("Examples:");
            foreach (string example in verb.Examples)
                writer.WriteLine($"  {example}");
        }
    }

    private static string Sentence(string line) => char.ToUpperInvariant(line[0]) + line[1..] + ".";

    private static void WriteVerbs(TextWriter writer, IEnumerable<VerbEntry> verbs)
    {
        Table table = new("", "");
        foreach (VerbEntry verb in verbs)
            table.Row(verb.Path, verb.Summary);
        table.Write(writer, "  ");
    }

    /// <summary>Names to the left, descriptions wrapped to the right of them; a name that is too long gets a line of its own.</summary>
    private static void Entries(TextWriter writer, IReadOnlyList<(string Name, string Description)> entries)
    {
        const int Longest = 34;
        int column = entries.Where(e => e.Name.Length <= Longest).Select(e => e.Name.Length).DefaultIfEmpty(Longest).Max() + 4;
        foreach ((string name, string description) in entries)
        {
            string start = "  " + name;
            if (name.Length > Longest)
            {
                writer.WriteLine(start);
                start = "";
            }
            foreach (string line in Wrap(description, Width - column))
            {
                writer.WriteLine(start.PadRight(column) + line);
                start = "";
            }
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        yield return line;
    }
}
