namespace Fovea.Cli.Recipes;

/// <summary>A recipe for a reader.</summary>
internal static class RecipeText
{
    private const int Width = 110;

    /// <summary>What it is, and the command that it equals.</summary>
    public static void Write(Recipe recipe, TextWriter writer)
    {
        writer.WriteLine($"{recipe.Name}: {recipe.Title}");
        writer.WriteLine();
        foreach ((string what, string? text) in ((string, string?)[])[("Source", recipe.Source), ("Reached there", recipe.Reached), ("To reach here", recipe.Goal), ("Data", recipe.Folder)])
        {
            if (text is not null)
                writer.WriteLine($"{what}: {text}");
        }
        foreach (string note in recipe.Notes)
            writer.WriteLine($"Note: {note}");
        writer.WriteLine();
        writer.WriteLine($"fovea train --recipe {recipe.Name}{(recipe.Folder is null ? "" : " --data FOLDER")} equals:");
        writer.WriteLine();
        foreach (string line in Wrapped(Command(recipe)))
            writer.WriteLine(line);
        if (recipe.Then.Count > 0)
        {
            writer.WriteLine();
            writer.WriteLine("Afterwards:");
            writer.WriteLine();
            foreach (string command in recipe.Then)
                writer.WriteLine($"    {command}");
        }
    }

    /// <summary>The command that the recipe equals, word by word, quoted for a shell.</summary>
    public static IEnumerable<string> Command(Recipe recipe)
    {
        yield return "fovea train";
        foreach (RecipeOption option in recipe.Options)
            yield return option.Value is null ? $"--{option.Name}" : $"--{option.Name} {Quoted(option.Value)}";
        if (recipe.Folder is not null)
            yield return "--data FOLDER";
    }

    private static string Quoted(string value) =>
        value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || "._,:/+-".Contains(c)) ? value : $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static IEnumerable<string> Wrapped(IEnumerable<string> words)
    {
        string line = "   ";
        foreach (string word in words)
        {
            if (line.Length + 1 + word.Length > Width)
            {
                yield return line + " \\";
                line = "       ";
            }
            line += " " + word;
        }
        yield return line;
    }
}
