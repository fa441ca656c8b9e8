namespace Fovea.Formats.PyTorch;

/// <summary>
/// Bounds the memory that describing a file may take: what its directory and its pickles make is counted, generously, before it is made. A
/// damaged or hostile file
/// can make an object of every byte that it has; a file of weights is nearly all numbers.
/// </summary>
/// <param name="file">The file: three times its size may be used, or <see cref="Least"/> where that is more.</param>
internal sealed class MemoryBudget(FileBytes file)
{
    /// <summary>What a small file may use, in bytes.</summary>
    public const long Least = 8 << 20;

    /// <summary>A reference in a list, with all the arrays that the list outgrows.</summary>
    public const int Slot = 32;

    /// <summary>A small object with its fields.</summary>
    public const int Small = 48;

    private readonly long _limit = Math.Max(Least, file.Length > long.MaxValue / 3 ? long.MaxValue : file.Length * 3);
    private long _used;

    /// <summary>Counts what is about to be made.</summary>
    /// <exception cref="WeightFileException">It is more than such a file can need.</exception>
    public void Take(long bytes)
    {
        if (bytes > _limit - _used)
        {
            throw file.Error($"describing its tensors would take more than {_limit} bytes of memory, for a file of {file.Length} bytes: "
                + "it is damaged, or made to use up memory");
        }
        _used += bytes;
    }
}
