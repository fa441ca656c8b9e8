using System.Security.Cryptography;
using System.Text;

namespace Fovea.Data;

/// <summary>SHA-256 digests that name a data set's content.</summary>
internal static class Fingerprints
{
    /// <summary>The digest of a list of texts; a separator keeps ("ab", "c") and ("a", "bc") apart.</summary>
    public static string OfText(params IEnumerable<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in parts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part));
            hash.AppendData([0]);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The digest of bytes.</summary>
    public static string OfBytes(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
