using Fovea.Kernels;

namespace Fovea.Data;

/// <summary>One sample of a data set cannot be read, such as a file that was removed or may not be opened. Training counts it and goes on.</summary>
public sealed class SampleException : FoveaException
{
    /// <summary>An error with the message that the user reads and what caused it.</summary>
    public SampleException(string message, Exception inner) : base(message, inner)
    {
    }
}
