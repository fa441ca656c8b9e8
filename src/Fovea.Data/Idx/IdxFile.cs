using System.Buffers.Binary;
using System.IO.Compression;
using Fovea.Kernels;

namespace Fovea.Data.Idx;

/// <summary>
/// Reads an idx file of bytes, gzipped or not (by content, not by name). Format (LeCun, Cortes, Burges, "The MNIST database"): 0, 0, type (8:
/// unsigned byte), number of
/// dimensions; each dimension as a big-endian 32-bit integer; then the values.
/// </summary>
internal static class IdxFile
{
    private const byte UnsignedByte = 8;

    // No idx file that is used for training is larger; a header that claims more is damaged.
    private const long MaxBytes = 2_000_000_000;

    /// <summary>Reads a file of <paramref name="dimensions"/> dimensions: 1 for labels, 3 for pictures.</summary>
    /// <exception cref="FoveaException">The file cannot be read, is no idx file, of another kind, cut short, or goes on after its values.</exception>
    public static (int[] Shape, byte[] Values) Read(string path, int dimensions)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            bool gzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream content = gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
            int[] shape = ReadHeader(path, content, dimensions);
            // One byte of gzip's deflate stands for at most 1032 bytes; a plain file has what it has.
            long possible = gzip ? checked(file.Length * 1032) : file.Length;
            return (shape, ReadValues(path, content, shape, possible));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new FoveaException($"Reading the idx file '{path}': {e.Message}", e);
        }
    }

    private static int[] ReadHeader(string path, Stream content, int dimensions)
    {
        byte[] header = new byte[4 + 4 * dimensions];
        int got = content.ReadAtLeast(header, 4, throwOnEndOfStream: false);
        if (got < 4)
            throw Bad(path, $"it has {got} bytes, which is no header; the file is cut short or empty");
        if (header[0] != 0 || header[1] != 0 || header[2] is < UnsignedByte or > 14 || header[3] == 0)
            throw Bad(path, $"it is no idx file: it begins with {Hex(header)}, expected {Hex([0, 0, UnsignedByte, (byte)dimensions])}");
        if (header[2] != UnsignedByte)
            throw Bad(path, $"its values are of type 0x{header[2]:X2}, expected 0x08 (unsigned bytes)");
        if (header[3] != dimensions)
            throw Bad(path, $"it has {header[3]} dimension(s){Kind(header[3])}, expected {dimensions}{Kind(dimensions)}");
        got += content.ReadAtLeast(header.AsSpan(got), header.Length - got, throwOnEndOfStream: false);
        if (got < header.Length)
            throw Bad(path, $"it is cut short within its header: {got} bytes, expected {header.Length}");
        int[] shape = new int[dimensions];
        for (int d = 0; d < dimensions; d++)
        {
            shape[d] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + 4 * d));
            if (shape[d] < 1)
                throw Bad(path, $"dimension {d} is {shape[d]}, expected 1 or more");
        }
        return shape;
    }

    private static byte[] ReadValues(string path, Stream content, int[] shape, long possible)
    {
        string dimensions = string.Join("x", shape);
        // Products of 31-bit integers leave 63 bits at the third.
        Int128 expected = shape.Aggregate((Int128)1, (product, side) => product * side);
        if (expected > MaxBytes)
            throw Bad(path, $"its header claims {dimensions} = {expected} values, more than the {MaxBytes} that are read; the header is damaged");
        if (expected > possible)
            throw Bad(path, $"it is cut short: its header claims {dimensions} = {expected} values, which {possible} bytes cannot hold");
        byte[] values = GC.AllocateUninitializedArray<byte>((int)expected);
        int got;
        try
        {
            got = content.ReadAtLeast(values, values.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw Bad(path, $"it is damaged or cut short: {e.Message.TrimEnd('.')}", e);
        }
        if (got < values.Length)
            throw Bad(path, $"it is cut short: its header claims {dimensions} = {values.Length} values, got {got}");
        if (content.ReadByte() >= 0)
            throw Bad(path, $"it goes on after the {dimensions} = {values.Length} values that its header claims; the file is damaged or of "
                + "another kind");
        return values;
    }

    private static string Kind(int dimensions) => dimensions switch { 1 => " (labels)", 3 => " (pictures)", _ => "" };

    private static string Hex(ReadOnlySpan<byte> bytes) => $"0x{Convert.ToHexString(bytes[..4])}";

    private static FoveaException Bad(string path, string what, Exception? inner = null)
    {
        string message = $"Reading the idx file '{path}': {what}. Fetch the file again.";
        return inner is null ? new FoveaException(message) : new FoveaException(message, inner);
    }
}
