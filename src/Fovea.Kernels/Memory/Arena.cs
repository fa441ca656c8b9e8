using System.Runtime.CompilerServices;
using Fovea.Kernels.Native;

namespace Fovea.Kernels.Memory;

/// <summary>
/// The memory of a run's plans: one range of addresses that is reserved once, grows at its end and never moves, so that addresses taken from it stay
/// valid. Backed by huge pages where the system has them. New memory reads as zero. Not for concurrent growth; reading addresses and spans is free of
/// locks.
/// </summary>
/// <remarks>
/// Dispose it when nothing runs over it any more. There is no finalizer on purpose: a collector that unmapped memory under a running kernel would
/// crash the process, while an arena that was forgotten only costs memory.
/// </remarks>
public sealed class Arena : IDisposable
{
    private readonly bool mapped;
    private nint baseAddress;

    /// <summary>Reserves the address space; nothing is committed yet.</summary>
    /// <param name="reserveBytes">The most that the arena can ever hold; 0 (the default) means the machine's memory (or the container's
    /// limit).</param>
    /// <exception cref="FoveaException">The system refuses to reserve that much.</exception>
    public Arena(long reserveBytes = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(reserveBytes);
        long wanted = reserveBytes == 0 ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : reserveBytes;
        ReservedBytes = Pages.RoundUp(Math.Max(wanted, 1));
        mapped = LibC.IsLinux;
        if (!mapped)
            return;
        baseAddress = Pages.Reserve(ReservedBytes, LibC.ProtectNone);
        if (baseAddress == 0)
            throw new FoveaException(
                $"Reserving {Pages.Size(ReservedBytes)} of address space failed: {LibC.LastError()}. "
                + "Lower the memory limit (--memory) or raise 'ulimit -v'.");
    }

    /// <summary>The most bytes that the arena can hold.</summary>
    public long ReservedBytes { get; }

    /// <summary>The bytes usable now, from offset 0.</summary>
    public long CommittedBytes { get; private set; }

    /// <summary>
    /// Where offset 0 lies; a multiple of 2 MiB on Linux, of 64 bytes elsewhere. It never changes on Linux; elsewhere it is fixed by the first
    /// growth,
    /// which then decides the size for good.
    /// </summary>
    public nint BaseAddress => baseAddress;

    /// <summary>Makes the first <paramref name="bytes"/> usable. What was there stays; asking for less than there is does nothing.</summary>
    /// <exception cref="FoveaException">More than was reserved, or the system has no memory left.</exception>
    public void EnsureCommitted(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes <= CommittedBytes)
            return;
        if (bytes > ReservedBytes)
            throw OutOfMemory(bytes, $"the limit is {Pages.Size(ReservedBytes)}");
        if (!mapped)
        {
            Allocate(bytes);
            return;
        }
        ObjectDisposedException.ThrowIf(baseAddress == 0, this);
        long end = Pages.RoundUp(bytes), grown = end - CommittedBytes;
        nint start = baseAddress + (nint)CommittedBytes;
        if (LibC.MProtect(start, (nuint)grown, LibC.ProtectReadWrite) != 0)
            throw OutOfMemory(bytes, $"the system refused: {LibC.LastError()}");
        LibC.AdviseHugePages(start, grown);
        CommittedBytes = end;
    }

    /// <summary>The address of a byte of the arena, for native libraries. Valid until the arena is disposed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The offset lies outside what is committed.</exception>
    public nint Address(long byteOffset)
    {
        Check(byteOffset, 0);
        return baseAddress + (nint)byteOffset;
    }

    /// <summary>A window of the arena.</summary>
    /// <param name="byteOffset">Where it begins: a multiple of the element's size.</param>
    /// <param name="elements">How many elements it holds: at most 2^31 - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window lies outside what is committed, or the offset is not aligned.</exception>
    public unsafe Span<T> Span<T>(long byteOffset, long elements)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elements);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elements, int.MaxValue);
        Check(byteOffset, elements * Unsafe.SizeOf<T>());
        if (byteOffset % Unsafe.SizeOf<T>() != 0)
            throw new ArgumentOutOfRangeException(nameof(byteOffset), byteOffset,
                $"Offset {byteOffset} is no multiple of the element's {Unsafe.SizeOf<T>()} bytes.");
        return new Span<T>((void*)(baseAddress + (nint)byteOffset), (int)elements);
    }

    /// <summary>Gives the memory back. Every address and span taken from the arena is invalid from here on.</summary>
    public void Dispose()
    {
        nint address = Interlocked.Exchange(ref baseAddress, 0);
        CommittedBytes = 0;
        if (address == 0)
            return;
        if (mapped)
            Pages.Release(address, ReservedBytes);
        else
            Pages.Free(address);
    }

    private void Check(long byteOffset, long bytes)
    {
        if (byteOffset < 0 || byteOffset > CommittedBytes - bytes)
            throw new ArgumentOutOfRangeException(nameof(byteOffset), byteOffset,
                $"Bytes {byteOffset} to {byteOffset + bytes} lie outside the {CommittedBytes} bytes that are committed.");
    }

    private void Allocate(long bytes)
    {
        // Without address space reservation the memory cannot grow in place, so the whole of it is decided by the first plan.
        if (baseAddress != 0)
            throw OutOfMemory(bytes, $"on this system an arena cannot grow beyond its first {Pages.Size(CommittedBytes)}");
        try
        {
            baseAddress = Pages.AllocateZeroed(bytes, 64);
        }
        catch (OutOfMemoryException)
        {
            throw OutOfMemory(bytes, "the system has no more");
        }
        CommittedBytes = bytes;
    }

    private static FoveaException OutOfMemory(long bytes, string why) =>
        new($"The plan asks for {Pages.Size(bytes)} ({bytes} bytes) of memory; {why}. "
            + "Use a smaller batch (--batch-size), a smaller input, or allow more memory (--memory).");
}
