namespace Fovea.Kernels;

/// <summary>
/// An error that its reader can mend: the message says what was being done, on what, what was found, what was expected and what to change.
/// The command line prints it without a stack trace and exits 1.
/// </summary>
public class FoveaException : Exception
{
    /// <summary>An error with the message that the user reads.</summary>
    public FoveaException(string message) : base(message)
    {
    }

    /// <summary>An error with the message that the user reads and what caused it.</summary>
    public FoveaException(string message, Exception inner) : base(message, inner)
    {
    }
}
