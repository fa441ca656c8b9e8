using Fovea.Kernels;

namespace Fovea.Data.Cifar;

/// <summary>
/// The binary version of CIFAR (Krizhevsky, "Learning multiple layers of features from tiny images", 2009): records of one or two label bytes and
/// 3072 bytes of pixels,
/// 32x32, all of red, then green, then blue.
/// </summary>
internal sealed record CifarFormat
{
    private const int Side = 32, Plane = Side * Side, PixelBytes = 3 * Plane;

    /// <summary>The published files of the training split, in order.</summary>
    public required IReadOnlyList<string> TrainFiles { get; init; }

    /// <summary>The published file of the test split.</summary>
    public required string TestFile { get; init; }

    /// <summary>Pictures in each training file.</summary>
    public required int TrainRecords { get; init; }

    /// <summary>Pictures in the test file.</summary>
    public required int TestRecords { get; init; }

    /// <summary>Label bytes per record; the last is the one that is used (CIFAR-100: coarse, then fine).</summary>
    public required int LabelBytes { get; init; }

    /// <summary>Where the archive is published, and under which name.</summary>
    public required string Archive { get; init; }

    public int RecordBytes => LabelBytes + PixelBytes;

    /// <summary>Every file.</summary>
    public IEnumerable<string> Files => TrainFiles.Append(TestFile);

    /// <summary>Pictures that <paramref name="file"/> must have.</summary>
    public int Records(string file) => file == TestFile ? TestRecords : TrainRecords;

    /// <summary>
    /// Reads the records of one file from <paramref name="content"/> into HWC pixels and labels.
    /// </summary>
    /// <param name="source">What the content is, for messages.</param>
    /// <param name="content">The file's bytes.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="pixels">Gets records * 3072 bytes.</param>
    /// <param name="labels">Gets one byte per record; their number is how many records the file must have.</param>
    /// <param name="classes">Number of classes.</param>
    public void Read(string source, Stream content, long length, Span<byte> pixels, Span<byte> labels, int classes)
    {
        long expected = (long)labels.Length * RecordBytes;
        if (length != expected)
            throw new FoveaException($"Reading {source}: it has {length} bytes, expected {expected} ({labels.Length} records of {RecordBytes}). "
                + (length < expected ? "It is cut short; fetch it again." : "This is another kind of file."));
        byte[] record = new byte[RecordBytes];
        for (int i = 0; i < labels.Length; i++)
        {
            int got = content.ReadAtLeast(record, record.Length, throwOnEndOfStream: false);
            if (got < record.Length)
                throw new FoveaException($"Reading {source}: it is cut short after {(long)i * RecordBytes + got} of {expected} bytes; fetch it "
                    + "again.");
            labels[i] = record[LabelBytes - 1];
            if (labels[i] >= classes)
                throw new FoveaException($"Reading {source}: the label of picture {i} is {labels[i]}, expected 0 to {classes - 1}. The file is "
                    + "damaged or of another kind.");
            Interleave(record.AsSpan(LabelBytes), pixels.Slice(i * PixelBytes, PixelBytes));
        }
    }

    private static void Interleave(ReadOnlySpan<byte> planes, Span<byte> pixels)
    {
        ReadOnlySpan<byte> red = planes[..Plane], green = planes.Slice(Plane, Plane), blue = planes.Slice(2 * Plane, Plane);
        for (int i = 0; i < Plane; i++)
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (red[i], green[i], blue[i]);
    }
}
