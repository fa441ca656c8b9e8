using System.Runtime.CompilerServices;
using Fovea.Kernels.Native;

namespace Fovea.Kernels.Memory;

/// <summary>
/// Memory outside the managed heap that its owner keeps for long: parameters, optimizer state, batches. Zero at first, aligned to 64 bytes,
/// on huge pages from 2 MiB on.
/// </summary>
/// <remarks>The owner keeps the buffer reachable while spans of it are in use: a finalizer gives forgotten memory back.</remarks>
public sealed class NativeBuffer : IDisposable
{
    private readonly bool mapped;
    private nint address;

    /// <summary>Allocates and zeroes the memory.</summary>
    /// <param name="bytes">Size; 0 is allowed and gives empty spans.</param>
    /// <exception cref="FoveaException">The system has no such amount of memory.</exception>
    public NativeBuffer(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        mapped = LibC.IsLinux && bytes >= Pages.HugePage;
        if (mapped)
        {
            address = Pages.Reserve(Pages.RoundUpToSmall(bytes), LibC.ProtectReadWrite);
            if (address == 0)
                throw OutOfMemory(bytes);
            // Small pages at the end: a huge one would hold up to 2 MiB that nobody asked for.
            LibC.AdviseHugePages(address, bytes / Pages.HugePage * Pages.HugePage);
            return;
        }
        try
        {
            address = Pages.AllocateZeroed(Math.Max(bytes, 64), 64);
        }
        catch (OutOfMemoryException)
        {
            throw OutOfMemory(bytes);
        }
    }

    /// <summary>Frees the memory of a buffer that nobody disposed.</summary>
    ~NativeBuffer() => Free();

    /// <summary>The size asked for.</summary>
    public long Bytes { get; }

    /// <summary>The address of the first byte, for native libraries. Valid until the buffer is disposed.</summary>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(address == 0, this);
            return address;
        }
    }

    /// <summary>A buffer for <paramref name="elements"/> values.</summary>
    public static NativeBuffer Of<T>(long elements)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elements);
        return new NativeBuffer(checked(elements * Unsafe.SizeOf<T>()));
    }

    /// <summary>The whole buffer. A remainder that fills no element is left out.</summary>
    /// <exception cref="FoveaException">More than 2^31 - 1 elements: take windows.</exception>
    public Span<T> Span<T>()
        where T : unmanaged
    {
        long elements = Bytes / Unsafe.SizeOf<T>();
        if (elements > int.MaxValue)
            throw new FoveaException($"A buffer of {Pages.Size(Bytes)} holds {elements} elements, more than one span can: take it in windows.");
        return Span<T>(0, elements);
    }

    /// <summary>A window of the buffer.</summary>
    /// <param name="byteOffset">Where it begins: a multiple of the element's size.</param>
    /// <param name="elements">How many elements it holds: at most 2^31 - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window does not lie inside the buffer.</exception>
    public unsafe Span<T> Span<T>(long byteOffset, long elements)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(address == 0, this);
        ArgumentOutOfRangeException.ThrowIfNegative(elements);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elements, int.MaxValue);
        if (byteOffset < 0 || byteOffset % Unsafe.SizeOf<T>() != 0 || byteOffset > Bytes - (elements * Unsafe.SizeOf<T>()))
            throw new ArgumentOutOfRangeException(nameof(byteOffset), byteOffset,
                $"{elements} elements of {Unsafe.SizeOf<T>()} bytes at offset {byteOffset} do not fit {Bytes} bytes.");
        return new Span<T>((void*)(address + (nint)byteOffset), (int)elements);
    }

    /// <summary>Frees the memory. Every address and span taken from the buffer is invalid from here on.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        nint old = Interlocked.Exchange(ref address, 0);
        if (old == 0)
            return;
        if (mapped)
            Pages.Release(old, Pages.RoundUpToSmall(Bytes));
        else
            Pages.Free(old);
    }

    private static FoveaException OutOfMemory(long bytes) =>
        new($"Allocating {Pages.Size(bytes)} ({bytes} bytes) failed: the system has no more memory. "
            + "Use a smaller batch, a smaller model, or close other programs.");
}
