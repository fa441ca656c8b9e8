using Fovea.Kernels;

namespace Fovea.Data.Transforms;

/// <summary>
/// Reads a list such as <c>random-crop(36,padding=4) random-resized-crop(32) hflip</c>: calls apart by white space, arguments by commas.
/// </summary>
internal static class TransformParser
{
    public static List<Transform> Parse(string text, IReadOnlyList<TransformSpec> known)
    {
        var transforms = new List<Transform>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            if (at == text.Length)
                return transforms;
            int start = at;
            while (at < text.Length && text[at] != '(' && !char.IsWhiteSpace(text[at]))
                at++;
            string name = text[start..at];
            string? arguments = null;
            if (at < text.Length && text[at] == '(')
            {
                int close = text.IndexOf(')', at);
                if (close < 0)
                    throw new FoveaException($"Transforms '{text}': the parenthesis after '{name}' is not closed.");
                arguments = text[(at + 1)..close];
                at = close + 1;
                if (at < text.Length && !char.IsWhiteSpace(text[at]))
                    throw new FoveaException($"Transforms '{text}': a space must follow '{text[start..at]}'.");
            }
            transforms.Add(Create(name, arguments, text[start..at], transforms.Count + 1, known));
        }
    }

    private static Transform Create(string name, string? arguments, string call, int position, IReadOnlyList<TransformSpec> known)
    {
        TransformSpec spec = known.FirstOrDefault(s => s.Name == name)
            ?? throw new FoveaException($"Transform {position}: there is no transform '{name}'.{NearestName.Hint(name, known.Select(s => s.Name))} "
                + $"There are {string.Join(", ", known.Select(s => s.Name))} ('fovea data preview --help' tells what each takes).");
        var positional = new List<string>();
        var named = new Dictionary<string, string>();
        foreach (string argument in string.IsNullOrWhiteSpace(arguments) ? [] : arguments.Split(',', StringSplitOptions.TrimEntries))
        {
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (argument.Length == 0 || equals == 0)
                throw new FoveaException($"Transform {position} '{call}': an argument is empty. Usage: {spec.Usage}.");
            if (equals < 0 && named.Count > 0)
                throw new FoveaException($"Transform {position} '{call}': '{argument}' has no name but follows named arguments. Usage: {spec.Usage}.");
            if (equals < 0)
                positional.Add(argument);
            else if (!named.TryAdd(argument[..equals].TrimEnd(), argument[(equals + 1)..].TrimStart()))
                throw new FoveaException($"Transform {position} '{call}': '{argument[..equals]}' is given twice. Usage: {spec.Usage}.");
        }
        var read = new TransformArguments(spec, call, position, positional, named);
        Transform transform = spec.Create(read);
        read.Finish();
        return transform;
    }
}
