using Fovea.Kernels;

namespace Fovea.Cli.Framework;

/// <summary>The command was used wrongly: the message says what was given, what is allowed and what is nearest. Exits 2.</summary>
internal sealed class UsageException : Exception
{
    public UsageException(string message) : base(message)
    {
    }

    /// <summary>Runs <paramref name="choose"/>, whose errors are about names and values that the user typed.</summary>
    public static T Check<T>(Func<T> choose)
    {
        try
        {
            return choose();
        }
        catch (FoveaException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
