using System.CommandLine;
using System.CommandLine.Parsing;
using Fovea.Cli.Framework;
using Fovea.Cli.Recipes;
using Fovea.Kernels;

namespace Fovea.Cli.Runs;

/// <summary><c>--recipe NAME|FILE</c> and <c>--without A,B</c>.</summary>
internal sealed class RecipeArguments
{
    private readonly Option<string?> _recipe = Opt.Text("--recipe", "NAME|FILE",
        "the options of an experiment ('fovea recipes' lists them); an option given beside it wins");
    private readonly Option<string?> _without = Opt.Text("--without", "A,B", "options of the recipe to leave out, such as step-size,gamma");

    /// <summary>Both, for the verb.</summary>
    public IEnumerable<Option> All => [_recipe, _without];

    /// <summary>The recipe that was asked for; null where none was.</summary>
    public Recipe? Of(ParseResult parsed) => parsed.GetValue(_recipe) is { } recipe ? RecipeBook.Find(recipe) : null;

    /// <summary>The arguments that the recipe stands for, before those of the user, who wins.</summary>
    /// <param name="verb">Whose options the recipe has.</param>
    /// <param name="parsed">What the user gave.</param>
    /// <param name="rest">The same as it was typed.</param>
    /// <exception cref="UsageException">There is no such recipe, it is wrong, or what is left of it does not go with what the user gave.</exception>
    public IReadOnlyList<string> Expand(Verb verb, ParseResult parsed, IReadOnlyList<string> rest)
    {
        string[] without = parsed.GetValue(_without)?.Split(',', StringSplitOptions.TrimEntries).Select(o => o.TrimStart('-')).ToArray() ?? [];
        if (Of(parsed) is not { } recipe)
            return without.Length == 0 ? rest : throw new UsageException("--without leaves options of a recipe out: give --recipe too.");
        RecipeChecks.Values(recipe, verb);
        string[] names = [.. recipe.Options.Select(o => o.Name)];
        foreach (string name in without.Except(names))
        {
            throw new UsageException($"--without {name}: the recipe {recipe.Name} has no such option.{NearestName.Hint(name, names)} It has "
                + $"{string.Join(", ", names)}.");
        }
        Dictionary<string, string> given = verb.Options.Where(o => parsed.GetResult(o) is { Implicit: false })
            .ToDictionary(o => o.Name[2..], o => parsed.GetResult(o)!.Tokens is [Token value, ..] ? value.Value : "");
        RecipeOption[] left = [.. recipe.Options.Where(o => !without.Contains(o.Name) && !given.ContainsKey(o.Name))];
        RecipeChecks.Leftovers(recipe, left, given);
        if (!given.ContainsKey("data") && !left.Any(o => o.Name == "data"))
            throw new UsageException($"--data is missing: the recipe {recipe.Name} is for {recipe.Folder ?? "data of your own"}.");
        return [.. left.Select(o => o.Argument), .. rest];
    }
}
