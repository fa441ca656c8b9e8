namespace Fovea.Formats;

/// <summary>
/// A weight file that cannot be read or written as asked. The message names the file and, where one is concerned, the tensor,
/// what was found and what was expected.
/// </summary>
public sealed class WeightFileException : Exception
{
    /// <summary>An error with the message that the user reads.</summary>
    public WeightFileException(string message) : base(message)
    {
    }

    /// <summary>An error with the message that the user reads and what caused it.</summary>
    public WeightFileException(string message, Exception inner) : base(message, inner)
    {
    }
}
