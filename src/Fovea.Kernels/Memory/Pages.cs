using System.Runtime.InteropServices;
using Fovea.Kernels.Native;

namespace Fovea.Kernels.Memory;

/// <summary>Reserved address space on 2 MiB boundaries, so that the kernel can back it with huge pages.</summary>
internal static class Pages
{
    public const long HugePage = 2L << 20;

    public static long RoundUp(long bytes) => (bytes + HugePage - 1) / HugePage * HugePage;

    public static long RoundUpToSmall(long bytes) => (bytes + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;

    /// <summary>Reserves <paramref name="bytes"/> (whole pages) from a multiple of 2 MiB on; 0 when the system refuses.</summary>
    public static nint Reserve(long bytes, int protection)
    {
        // One huge page more than asked for, of which the unaligned ends are given back.
        nint raw = LibC.MMap(0, (nuint)(bytes + HugePage), protection, LibC.PrivateAnonymousNoReserve, -1, 0);
        if (raw == -1)
            return 0;
        nint aligned = (nint)(((long)raw + HugePage - 1) / HugePage * HugePage);
        long before = aligned - raw, after = HugePage - before;
        if (before > 0)
            _ = LibC.MUnmap(raw, (nuint)before);
        if (after > 0)
            _ = LibC.MUnmap(aligned + (nint)bytes, (nuint)after);
        return aligned;
    }

    public static void Release(nint address, long bytes) => _ = LibC.MUnmap(address, (nuint)bytes);

    public static unsafe nint AllocateZeroed(long bytes, nuint alignment)
    {
        void* memory = NativeMemory.AlignedAlloc((nuint)bytes, alignment);
        NativeMemory.Clear(memory, (nuint)bytes);
        return (nint)memory;
    }

    public static unsafe void Free(nint address) => NativeMemory.AlignedFree((void*)address);

    public static string Size(long bytes) => bytes >= 1L << 30 ? $"{bytes / (double)(1L << 30):F2} GiB" : $"{bytes / (double)(1L << 20):F1} MiB";
}
