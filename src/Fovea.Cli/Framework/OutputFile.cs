using Fovea.Kernels;

namespace Fovea.Cli.Framework;

/// <summary>Files that a command writes when its work is done: whether they can be written is found out before it begins.</summary>
internal static class OutputFile
{
    /// <summary>Tries the place of a file, and leaves what is there as it is.</summary>
    /// <param name="option">The option that names it, for the message.</param>
    /// <param name="path">The file; null tries nothing.</param>
    /// <exception cref="FoveaException">It cannot be written.</exception>
    public static void Check(string option, string? path)
    {
        if (path is null)
            return;
        if (Directory.Exists(path))
            throw new FoveaException($"{option} {path}: this is a folder; name a file in it.");
        // What is written is put beside it first, so that this is what must be possible.
        string beside = path + ".try";
        Try(option, path, () =>
        {
            using FileStream file = new(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        });
    }

    /// <summary>Makes a folder where it is missing.</summary>
    /// <param name="option">The option that names it, for the message.</param>
    /// <param name="path">The folder.</param>
    /// <exception cref="FoveaException">It cannot be made.</exception>
    public static void MakeFolder(string option, string path) => Try(option, path, () => Directory.CreateDirectory(path));

    private static void Try(string option, string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"{option} {path} cannot be written: {IoReason.Of(e, path)}. {IoReason.Cure(e)}", e);
        }
    }
}
