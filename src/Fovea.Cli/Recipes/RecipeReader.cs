using System.Text.Json;
using Fovea.Cli.Framework;
using Fovea.Kernels;

namespace Fovea.Cli.Recipes;

/// <summary>Reads a recipe's file. Every error names the file, the field, and what was meant where that can be guessed.</summary>
internal static class RecipeReader
{
    private const string Options = "options";
    private static readonly string[] Fields = ["name", "title", "source", "reached", "goal", "folder", "notes", "then", Options];

    /// <summary>Reads a recipe; <see cref="RecipeChecks"/> looks at its options.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="where">What messages call it.</param>
    /// <exception cref="UsageException">It is no JSON, lacks a field, or has one that no recipe has.</exception>
    public static Recipe Read(byte[] file, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(file);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new UsageException($"{where}: expected a JSON object of {string.Join(", ", Fields)}, got {Kind(root)}.");
            HashSet<string> seen = [];
            foreach (JsonProperty field in root.EnumerateObject())
            {
                if (!Fields.Contains(field.Name))
                    throw new UsageException($"{where}: there is no field '{field.Name}'.{NearestName.Hint(field.Name, Fields)} A recipe has {string.Join(", ", Fields)}.");
                if (!seen.Add(field.Name))
                    throw new UsageException($"{where}: the field '{field.Name}' is there twice.");
            }
            return new Recipe(NameOf(root, where), Required(root, "title", where), Required(root, "source", where), OptionsOf(root, where))
            {
                Reached = Text(root, "reached", where),
                Goal = Text(root, "goal", where),
                Folder = Text(root, "folder", where),
                Notes = Lines(root, "notes", where),
                Then = Lines(root, "then", where),
                Where = where,
                File = file,
            };
        }
        catch (JsonException e)
        {
            throw new UsageException($"{where}: this is no JSON: {e.Message}");
        }
    }

    private static string NameOf(JsonElement root, string where)
    {
        // The run's folder is called so.
        string name = Required(root, "name", where);
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name[0] != '.' ? name
            : throw new UsageException($"{where}: name: '{name}' is not possible; expected letters, digits, '-', '_' and '.'.");
    }

    private static string Required(JsonElement root, string field, string where) =>
        Text(root, field, where) ?? throw new UsageException($"{where}: the field '{field}' is missing.");

    private static string? Text(JsonElement root, string field, string where)
    {
        if (!root.TryGetProperty(field, out JsonElement value))
            return null;
        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text
            : throw new UsageException($"{where}: {field}: expected text, got {Kind(value)}.");
    }

    private static string[] Lines(JsonElement root, string field, string where)
    {
        if (!root.TryGetProperty(field, out JsonElement value))
            return [];
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(line => line.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(line => line.GetString()!)]
            : throw new UsageException($"{where}: {field}: expected an array of texts, got {Kind(value)}.");
    }

    private static List<RecipeOption> OptionsOf(JsonElement root, string where)
    {
        if (!root.TryGetProperty(Options, out JsonElement options))
            throw new UsageException($"{where}: the field '{Options}' is missing: an object of option names without dashes and their values.");
        if (options.ValueKind != JsonValueKind.Object)
            throw new UsageException($"{where}: {Options}: expected an object of option names without dashes and their values, got {Kind(options)}.");
        List<RecipeOption> read = [];
        foreach (JsonProperty option in options.EnumerateObject())
        {
            if (read.Any(o => o.Name == option.Name))
                throw new UsageException($"{where}: {Options}.{option.Name} is there twice.");
            read.Add(new RecipeOption(option.Name, Value(option, where)));
        }
        return read;
    }

    /// <summary>A value as it stands on the command line; numbers as they are written, several of them apart by commas.</summary>
    private static string? Value(JsonProperty option, string where) => option.Value.ValueKind switch
    {
        JsonValueKind.String => option.Value.GetString(),
        JsonValueKind.Number => option.Value.GetRawText(),
        JsonValueKind.True => null,
        JsonValueKind.Array when option.Value.EnumerateArray().All(n => n.ValueKind == JsonValueKind.Number) =>
            string.Join(',', option.Value.EnumerateArray().Select(n => n.GetRawText())),
        _ => throw new UsageException($"{where}: {Options}.{option.Name}: expected a text, a number, an array of numbers, or true for an option without a value; got "
            + $"{Kind(option.Value)}."),
    };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when value.GetString()!.Length == 0 => "an empty text",
        JsonValueKind.String => $"the text '{value.GetString()}'",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => value.GetRawText(),
    };
}
