namespace Fovea.Imaging;

/// <summary>
/// A picture file cannot be used. The message says what is wrong, what the file is (format and size as far as they are known) and what would help;
/// it does not name the file, since pictures come as bytes: callers add the path.
/// </summary>
public sealed class ImageException : Exception
{
    /// <summary>An error with a message for the person who owns the picture.</summary>
    public ImageException(string message) : base(message)
    {
    }

    /// <summary>An error with a message for the person who owns the picture, and the error below it.</summary>
    public ImageException(string message, Exception inner) : base(message, inner)
    {
    }
}
