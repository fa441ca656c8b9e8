using System.Reflection;
using Fovea.Cli.Framework;
using Fovea.Kernels;

namespace Fovea.Cli.Recipes;

/// <summary>The recipes that the program carries (the repository's folder <c>recipes</c>), and those in files of the user's.</summary>
internal static class RecipeBook
{
    // The name that the project file gives the embedded files.
    private const string Folder = "recipes/", Ending = ".json";

    /// <summary>The names of the program's own, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal))
            .Select(n => n[Folder.Length..^Ending.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>The recipe of this name, or in this file.</summary>
    /// <exception cref="UsageException">There is none, or its file is wrong.</exception>
    public static Recipe Find(string nameOrFile)
    {
        if (Names.Contains(nameOrFile))
            return Own(nameOrFile);
        if (File.Exists(nameOrFile))
            return RecipeReader.Read(File.ReadAllBytes(nameOrFile), nameOrFile);
        throw new UsageException(nameOrFile.EndsWith(Ending, StringComparison.Ordinal) || nameOrFile.Contains('/')
            ? $"recipe {nameOrFile}: there is no such file."
            : $"there is no recipe called {nameOrFile}.{NearestName.Hint(nameOrFile, Names)} 'fovea recipes' lists them; a file's name is given with its {Ending}.");
    }

    private static Recipe Own(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{Folder}{name}{Ending}")!;
        byte[] file = new byte[stream.Length];
        stream.ReadExactly(file);
        return RecipeReader.Read(file, $"{Folder}{name}{Ending}");
    }
}
