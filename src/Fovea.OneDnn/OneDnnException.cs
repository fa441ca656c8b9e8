namespace Fovea.OneDnn;

/// <summary>A call of oneDNN that failed: the message names the call, the shapes and layouts it was made on, and oneDNN's status.</summary>
public sealed class OneDnnException : Exception
{
    /// <summary>An error with the message that its reader sees.</summary>
    public OneDnnException(string message) : base(message)
    {
    }

    /// <summary>An error with the message that its reader sees and what caused it.</summary>
    public OneDnnException(string message, Exception inner) : base(message, inner)
    {
    }
}
