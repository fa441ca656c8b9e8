using System.Runtime.CompilerServices;

namespace Fovea.Kernels;

/// <summary>Checks at the entry of every kernel: past them, pointers are trusted.</summary>
internal static class Guard
{
    /// <summary>A tensor's span holds exactly what its shape says.</summary>
    public static void Length(int actual, long expected, string name, [CallerMemberName] string kernel = "")
    {
        if (actual != expected)
            Throw(actual, expected, name, kernel, "exactly");
    }

    /// <summary>A tensor that may be left out is empty or whole.</summary>
    public static void LengthOrEmpty(int actual, long expected, string name, [CallerMemberName] string kernel = "")
    {
        if (actual != 0 && actual != expected)
            Throw(actual, expected, name, kernel, "no or exactly");
    }

    /// <summary>Scratch memory may be larger than needed.</summary>
    public static void Scratch(int actual, long needed, [CallerMemberName] string kernel = "")
    {
        if (actual < needed)
            Throw(actual, needed, "scratch", kernel, "at least");
    }

    /// <summary>A condition on sizes that no length shows. The message is put together only when it is needed: kernels allocate nothing.</summary>
    public static void That(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref GuardMessage message)
    {
        if (!holds)
            throw new ArgumentException(message.Text);
    }

    private static void Throw(int actual, long expected, string name, string kernel, string how) =>
        throw new ArgumentException($"{kernel}: '{name}' has {actual} elements, its shape wants {how} {expected}.", name);
}

/// <summary>An interpolated string that is built only where a condition does not hold.</summary>
[InterpolatedStringHandler]
internal ref struct GuardMessage
{
    private DefaultInterpolatedStringHandler inner;

    public GuardMessage(int literalLength, int formattedCount, bool holds, out bool append)
    {
        append = !holds;
        inner = append ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public string Text => inner.ToStringAndClear();

    public void AppendLiteral(string value) => inner.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => inner.AppendFormatted(value);
}
