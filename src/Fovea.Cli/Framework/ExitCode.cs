namespace Fovea.Cli.Framework;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Failed; the message says why.</summary>
    public const int Failed = 1;

    /// <summary>Wrong use: an unknown verb, option or value.</summary>
    public const int Usage = 2;

    /// <summary>Interrupted by the user; the state is saved.</summary>
    public const int Interrupted = 130;
}
