using System.Text.Json;

namespace Fovea.Training;

/// <summary>A run's options as args.json has them, whatever version wrote it: names with values as text.</summary>
internal static class RunOptions
{
    /// <summary>The options in the file's order; parts of a part are apart by dots ("architecture.model"), what is not set is left out.</summary>
    public static IReadOnlyList<(string Name, string Value)> Of(string run)
    {
        List<(string, string)> options = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(run, RunPaths.Args)));
            if (document.RootElement.TryGetProperty("options", out JsonElement element))
                Add("", element, options);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Whoever needs the file read it before; here it is for show.
        }
        return options;
    }

    private static void Add(string name, JsonElement value, List<(string, string)> options)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in value.EnumerateObject())
                Add(name.Length == 0 ? property.Name : $"{name}.{property.Name}", property.Value, options);
        }
        else if (value.ValueKind == JsonValueKind.Array)
            options.Add((name, string.Join(", ", value.EnumerateArray().Select(e => e.ToString()))));
        else if (value.ValueKind != JsonValueKind.Null)
            options.Add((name, value.ValueKind switch { JsonValueKind.True => "yes", JsonValueKind.False => "no", _ => value.ToString() }));
    }
}
