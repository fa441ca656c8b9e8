using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Recipes;
using Fovea.Cli.Text;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea recipes</c>: the experiments that the program knows by name, and one of them as the command that it stands for.</summary>
internal sealed class RecipesVerb : Verb
{
    public const string Line = "list the experiments that 'train --recipe' knows, or show one as the command that it equals";
    private readonly Argument<string[]> _names;
    private readonly Option<bool> _json;

    public RecipesVerb() : base("recipes", Line)
    {
        _names = WithArguments("NAME", "a recipe's name, or a recipe's file; without one, all are listed", 0);
        _json = With(Opt.Flag("--json", "print the list as JSON, or the recipe as its file: a start for one of your own"));
    }

    public override string Usage => "[NAME|FILE.json] [options]";

    public override IReadOnlyList<string> Examples =>
    [
        "fovea recipes lenet5-fashion",
        "fovea train --recipe lenet5-fashion --epochs 2",
        "fovea recipes cifar10-nin --json > mine.json",
    ];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        bool json = parsed.GetValue(_json);
        string[] names = parsed.GetValue(_names) ?? [];
        if (names.Length > 1)
            throw new UsageException($"one recipe at a time, got {string.Join(", ", names)}.");
        if (names is [string name])
        {
            Recipe recipe = RecipeBook.Find(name);
            RecipeChecks.Values(recipe, new TrainVerb());
            if (json)
                console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(recipe.File).TrimEnd());
            else
                RecipeText.Write(recipe, console.Out);
            return ExitCode.Done;
        }
        Recipe[] all = [.. RecipeBook.Names.Select(RecipeBook.Find)];
        if (json)
        {
            console.WriteJson([.. all.Select(r => new RecipeJson(r.Name, r.Title, r["model"], r["data"], int.Parse(r["epochs"] ?? "10"), r.Source, r.Reached, r.Goal))],
                CliJson.Default.RecipeJsonArray);
            return ExitCode.Done;
        }
        Table table = new("name", "network", "data", ">epochs", "its source reached");
        foreach (Recipe recipe in all)
            table.Row(recipe.Name, recipe["model"] ?? "", recipe["data"] ?? "your folder", recipe["epochs"] ?? "10", recipe.Reached ?? "");
        table.Write(console.Out);
        return ExitCode.Done;
    }
}
