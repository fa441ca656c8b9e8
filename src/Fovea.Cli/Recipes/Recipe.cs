namespace Fovea.Cli.Recipes;

/// <summary>An experiment: the options of <c>train</c> under a name, and where they come from. docs/recipes.md documents the file.</summary>
/// <param name="Name">"lenet5-fashion".</param>
/// <param name="Title">What is trained on what, in one line.</param>
/// <param name="Source">Who does it so.</param>
/// <param name="Options">The options in the file's order.</param>
internal sealed record Recipe(string Name, string Title, string Source, IReadOnlyList<RecipeOption> Options)
{
    /// <summary>What the source reached.</summary>
    public string? Reached { get; init; }

    /// <summary>What is to be reached here.</summary>
    public string? Goal { get; init; }

    /// <summary>Which folder the user is to give with <c>--data</c>; null where the options name the data.</summary>
    public string? Folder { get; init; }

    /// <summary>What a reader should know, each in a sentence.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Commands that belong to the experiment and follow the training.</summary>
    public IReadOnlyList<string> Then { get; init; } = [];

    /// <summary>Where it was read, for messages: "recipes/lenet5-fashion.json".</summary>
    public required string Where { get; init; }

    /// <summary>The file as it is.</summary>
    public required byte[] File { get; init; }

    /// <summary>The value of an option; null where the recipe leaves it open.</summary>
    public string? this[string option] => Options.FirstOrDefault(o => o.Name == option)?.Value;
}

/// <summary>An option of a recipe.</summary>
/// <param name="Name">As on the command line, without dashes.</param>
/// <param name="Value">Its value as on the command line; null for an option that has none.</param>
internal sealed record RecipeOption(string Name, string? Value)
{
    /// <summary>The option as one argument: "--epochs=10", "--eval-train".</summary>
    public string Argument => Value is null ? $"--{Name}" : $"--{Name}={Value}";
}
