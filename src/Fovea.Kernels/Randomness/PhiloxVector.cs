using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

/// <summary>Eight Philox blocks at once: the same words as <see cref="PhiloxKey.Word"/>, in the same order.</summary>
internal static class PhiloxVector
{
    private const ulong M0 = 0xD2511F53, M1 = 0xCD9E8D57;
    private const uint W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>The 32 words from word 4 * <paramref name="block"/> on. Wants AVX-512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<uint> Low, Vector512<uint> High) Words32(PhiloxKey position, ulong block)
    {
        // Lanes hold blocks 0 4 1 5 2 6 3 7, so that the unpacking at the end leaves them in order. Upper halves of lanes carry rubbish that the
        // 32-bit multiplication does not read.
        Vector512<ulong> counter = Vector512.Create(block) + Vector512.Create(0UL, 4, 1, 5, 2, 6, 3, 7);
        Vector512<ulong> c0 = counter, c1 = counter >>> 32, c2 = Vector512.Create((ulong)position.A), c3 = Vector512.Create((ulong)position.B);
        Vector512<uint> m0 = Vector512.Create(M0).AsUInt32(), m1 = Vector512.Create(M1).AsUInt32();
        uint k0 = (uint)position.Key, k1 = (uint)(position.Key >> 32);
        for (int round = 0; round < 10; round++)
        {
            Vector512<ulong> p0 = Avx512F.Multiply(m0, c0.AsUInt32()), p1 = Avx512F.Multiply(m1, c2.AsUInt32());
            c0 = (p1 >>> 32) ^ c1 ^ Vector512.Create((ulong)k0);
            c2 = (p0 >>> 32) ^ c3 ^ Vector512.Create((ulong)k1);
            c1 = p1;
            c3 = p0;
            k0 += W0;
            k1 += W1;
        }
        Vector512<ulong> lower = Vector512.Create(0xFFFFFFFFUL);
        Vector512<ulong> first = (c0 & lower) | (c1 << 32), second = (c2 & lower) | (c3 << 32);
        return (Avx512F.UnpackLow(first, second).AsUInt32(), Avx512F.UnpackHigh(first, second).AsUInt32());
    }
}
