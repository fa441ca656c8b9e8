using Fovea.Kernels;

namespace Fovea.Cli.Framework;

/// <summary>The verb that was asked for, and the arguments that follow it.</summary>
/// <param name="Verb">The verb.</param>
/// <param name="Rest">What follows its name.</param>
internal sealed record VerbSelection(Verb Verb, IReadOnlyList<string> Rest)
{
    /// <summary>Finds the verb; null where help or the version was asked for and has been printed.</summary>
    /// <exception cref="UsageException">There is no such verb, or none was given.</exception>
    public static VerbSelection? Of(IReadOnlyList<string> args, CliConsole console)
    {
        bool help = args.TakeWhile(a => a != "--").Any(a => a is "--help" or "-h" or "-?");
        IReadOnlyList<string> words = [.. args.Where(a => a is not ("--help" or "-h" or "-?"))];
        if (words.Count > 0 && words[0] == "help")
            (help, words) = (true, [.. words.Skip(1)]);
        if (words.Count == 0)
        {
            HelpText.Overview(help ? console.Out : console.Error);
            return help ? null : throw new UsageException("a verb is missing.");
        }
        if (words[0] == "--version")
        {
            console.Out.WriteLine($"fovea {CommandLine.Version}");
            return null;
        }
        if (Find(words) is { } entry)
        {
            Verb verb = entry.Create();
            if (!help)
                return new VerbSelection(verb, [.. args.Skip(entry.Path.Split(' ').Length)]);
            HelpText.Of(verb, console.Out);
            return null;
        }
        string[] group = [.. VerbTable.All.Where(v => v.Path.StartsWith(words[0] + ' ', StringComparison.Ordinal)).Select(v => v.Path.Split(' ')[1])];
        if (group.Length == 0)
            throw Unknown(words[0]);
        if (help)
        {
            HelpText.OfGroup(words[0], console.Out);
            return null;
        }
        string expected = $"expected one of {string.Join(", ", group)}";
        throw words.Count == 1
            ? new UsageException($"{words[0]}: {expected}, such as 'fovea {words[0]} {group[0]}'.")
            : VerbTable.Later.Contains($"{words[0]} {words[1]}")
                ? new UsageException($"this version does not have '{words[0]} {words[1]}'.")
                : new UsageException($"{words[0]} {words[1]}: {expected}.{NearestName.Hint(words[1], group)}");
    }

    private static VerbEntry? Find(IReadOnlyList<string> words)
    {
        string one = words[0], two = words.Count > 1 ? $"{words[0]} {words[1]}" : one;
        return VerbTable.All.FirstOrDefault(v => v.Path == one || v.Path == two);
    }

    private static UsageException Unknown(string word)
    {
        if (VerbTable.Later.Contains(word))
            return new UsageException($"this version does not have '{word}'.");
        string[] verbs = [.. VerbTable.All.Select(v => v.Path.Split(' ')[0]).Distinct()];
        string what = word.StartsWith('-') ? $"{word} must follow a verb" : $"there is no verb '{word}'";
        return new UsageException($"{what}.{(word.StartsWith('-') ? "" : NearestName.Hint(word, verbs))} There are {string.Join(", ", verbs)}.");
    }
}
