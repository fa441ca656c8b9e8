namespace Fovea.OneDnn.Native;

/// <summary>Finds the loader's own sentence in the runtime's long message about a library that could not be loaded.</summary>
internal static class LoaderReason
{
    /// <summary>
    /// The line that says why, and whether it is about another file than the one asked for: a library that it depends on. Goes by the file name in
    /// front of
    /// the colon alone, since the loader's words may be translated.
    /// </summary>
    public static (string Line, bool Dependency) Of(string name, string message)
    {
        string file = Path.GetFileName(name);
        string? first = null;
        foreach (string line in message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon < 0 || line.StartsWith("Unable to load", StringComparison.Ordinal))
                continue;
            string subject = Path.GetFileName(line[..colon]);
            if (!subject.Contains(file, StringComparison.Ordinal) && subject.Contains(".so", StringComparison.Ordinal))
                return (line, true);
            first ??= line;
        }

        return (first ?? string.Join(' ', message.Split('\n', StringSplitOptions.RemoveEmptyEntries)), false);
    }
}
