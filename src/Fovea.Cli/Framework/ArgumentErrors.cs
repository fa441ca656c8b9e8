using System.CommandLine;
using System.CommandLine.Parsing;
using Fovea.Kernels;

namespace Fovea.Cli.Framework;

/// <summary>Parses a verb's arguments; what is wrong with them becomes one message that names what was given, what is allowed and what is
/// nearest.</summary>
internal static class ArgumentErrors
{
    // No bundles of one-letter options (there are none), and no response files: '@' may begin a file's name.
    private static readonly ParserConfiguration Plain = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>Parses what follows the verb.</summary>
    /// <exception cref="UsageException">Something is unknown, missing, given twice, or no value of its option.</exception>
    public static ParseResult Parse(Verb verb, IReadOnlyList<string> rest)
    {
        // The verb's own name first: the parser takes it away, and so cannot take an argument of that name for it.
        ParseResult parsed = verb.Parse([verb.Name, .. rest], Plain);
        List<string> problems = [.. Strangers(verb, parsed, rest), .. parsed.Errors.Select(Own).OfType<string>()];
        if (problems.Count > 0)
            throw new UsageException(string.Join(Environment.NewLine + "  ", problems.Distinct()));
        return parsed;
    }

    /// <summary>Tokens that nothing asked for, and options that were taken for arguments.</summary>
    private static IEnumerable<string> Strangers(Verb verb, ParseResult parsed, IReadOnlyList<string> rest)
    {
        bool afterDashes = rest.Contains("--");
        IEnumerable<string> arguments = afterDashes ? []
            : verb.Arguments.SelectMany(a => parsed.GetResult(a)?.Tokens ?? []).Select(t => t.Value).Where(LooksLikeOption);
        string[] strange = [.. parsed.UnmatchedTokens.Concat(arguments)];
        foreach (string token in strange)
        {
            if (LooksLikeOption(token))
                yield return UnknownOption(verb, token.Split('=')[0]);
            else if (!FollowsOneOf(strange, token, rest))
                yield return $"'{token}' is one argument too many. Usage: fovea {verb.FullName} {verb.Usage}.";
        }
    }

    /// <summary>Whether a token is the value of an unknown option: naming the option says enough.</summary>
    private static bool FollowsOneOf(string[] strange, string token, IReadOnlyList<string> rest)
    {
        for (int i = 1; i < rest.Count; i++)
        {
            if (rest[i] == token && LooksLikeOption(rest[i - 1]) && strange.Contains(rest[i - 1]))
                return true;
        }
        return false;
    }

    private static bool LooksLikeOption(string token) => token.Length > 1 && token[0] == '-';

    private static string UnknownOption(Verb verb, string option)
    {
        string[] known = [.. verb.Options.Select(o => o.Name)];
        return $"unknown option {option}.{NearestName.Hint(option, known)}{(known.Length <= 8 ? $" There are {string.Join(", ", known)}." : "")}";
    }

    /// <summary>The parser's own errors in our words; null for what <see cref="Strangers"/> says already.</summary>
    private static string? Own(ParseError error) => error.SymbolResult switch
    {
        OptionResult { IdentifierTokenCount: > 1 } option => $"{option.Option.Name} is given {option.IdentifierTokenCount} times; once is enough.",
        OptionResult { Tokens.Count: 0 } option => $"{option.Option.Name} needs a value: {option.Option.HelpName}.",
        ArgumentResult { Tokens.Count: 0 } argument when argument.Parent is not OptionResult =>
            $"{argument.Argument.Name} is missing: {argument.Argument.Description}.",
        CommandResult when error.Message.StartsWith("Unrecognized", StringComparison.Ordinal) => null,
        CommandResult command => command.Command.Arguments.FirstOrDefault(a => command.GetResult(a)?.Tokens.Count is 0 or null) is { } missing
            ? $"{missing.Name} is missing: {missing.Description}."
            : error.Message,
        _ => error.Message,
    };
}
