using Fovea.Formats.Safetensors;

namespace Fovea.Formats.PyTorch;

/// <summary>Copies a strided view out into row-major order.</summary>
internal static class StridedCopy
{
    /// <summary>Copies.</summary>
    /// <param name="tensor">The view; not empty.</param>
    /// <param name="source">The bytes from its first element to its last.</param>
    /// <param name="destination">Its elements' bytes without gaps.</param>
    public static void Gather(TorchTensor tensor, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int element = tensor.Type.Size(), rank = tensor.Size.Length;
        if (rank == 0)
        {
            source[..element].CopyTo(destination);
            return;
        }
        long inner = tensor.Size[^1], step = tensor.Stride[^1];
        long[] index = new long[rank];
        long at = 0;
        while (true)
        {
            for (long i = 0; i < inner; i++)
            {
                source.Slice((int)((at + (i * step)) * element), element).CopyTo(destination);
                destination = destination[element..];
            }
            int d = rank - 2;
            for (; d >= 0; d--)
            {
                at += tensor.Stride[d];
                if (++index[d] < tensor.Size[d])
                    break;
                at -= tensor.Stride[d] * tensor.Size[d];
                index[d] = 0;
            }
            if (d < 0)
                return;
        }
    }
}
