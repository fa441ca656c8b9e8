namespace Fovea.Kernels;

/// <summary>Why reading or writing failed, in words that name no path again: .NET's own messages hold the whole one, of a temporary file too.</summary>
public static class IoReason
{
    // What Linux says (errno.h); .NET hands it on in HResult where it has no exception of its own for it.
    private const int InputOutput = 5, Exists = 17, NotAFolder = 20, IsAFolder = 21, TooLarge = 27, NoSpace = 28, ReadOnly = 30, OverQuota = 122;

    /// <summary>The reason, without a full stop: "no space is left on the device".</summary>
    /// <param name="error">What was caught: an <see cref="IOException"/> or an <see cref="UnauthorizedAccessException"/>.</param>
    /// <param name="path">What was read or written.</param>
    public static string Of(Exception error, string path)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error switch
        {
            DirectoryNotFoundException => $"there is no folder '{Path.GetDirectoryName(path)}'",
            FileNotFoundException => "there is no such file or folder",
            UnauthorizedAccessException => Directory.Exists(path) ? "it is a folder" : "access is denied",
            _ => Errno(error) switch
            {
                NoSpace => "no space is left on the device",
                OverQuota => "the user's quota of the disk is used up",
                TooLarge => "the file would be larger than it may be",
                ReadOnly => "the file system is read-only",
                InputOutput => "the device reports an error",
                Exists or NotAFolder => $"{(File.Exists(path) ? "it" : "a part of the path")} is a file and no folder",
                IsAFolder => "it is a folder",
                _ => error.Message.TrimEnd().TrimEnd('.'),
            },
        };
    }

    /// <summary>What to change so that a file can be written: one sentence.</summary>
    /// <param name="error">What was caught.</param>
    public static string Cure(Exception error) => error switch
    {
        DirectoryNotFoundException => "Make the folder first, or choose another.",
        _ when Errno(error) is NoSpace or OverQuota => "Free some space, or choose a folder on another disk.",
        _ => "Choose a folder that can be written.",
    };

    private static int Errno(Exception error) => OperatingSystem.IsLinux() ? error.HResult : 0;
}
