using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Fovea.Kernels.WinogradGrid;

namespace Fovea.Kernels;

/// <summary>Transforms of tiles: between pictures in blocks of 16 channels and the factors of the products.</summary>
/// <typeparam name="TForm">The algorithm.</typeparam>
/// <typeparam name="T">float, or ushort for bfloat16.</typeparam>
internal static unsafe class WinogradTiles<TForm, T>
    where TForm : unmanaged, IWinogradForm
    where T : unmanaged
{
    private const int Local = (2 * MostPoints * Channels) + Scratch.SlackFloats;

    // Local memory is aligned by hand: a vector of 64 bytes that straddles cache lines costs two accesses.

    /// <summary>V = B^T d B of successive tiles, for one block of channels.</summary>
    /// <param name="grid">The tiles.</param>
    /// <param name="src">The whole source.</param>
    /// <param name="block">The block of channels.</param>
    /// <param name="first">The first tile.</param>
    /// <param name="count">How many tiles.</param>
    /// <param name="v">Where the first tile's first vector goes; tiles follow each other.</param>
    /// <param name="step">Floats between the vectors of a tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Source(in WinogradGrid grid, T* src, int block, int first, int count, float* v, nint step)
    {
        float* memory = stackalloc float[Local], patch = Scratch.Align((byte*)memory), half = patch + (MostPoints * Channels);
        WinogradPlace place = grid.Place(first);
        nint sourceRow = (nint)grid.SourceW * Channels;
        for (int t = 0; t < count; t++, v += Channels, place.Next(grid))
        {
            int y = (place.Y * TForm.Outputs) - grid.Top, x = (place.X * TForm.Outputs) - grid.Left;
            T* plane = src + (((place.Image * (nint)grid.SourceBlocks) + block) * grid.SourcePlane);
            if (y >= 0 && x >= 0 && y + TForm.Side <= grid.SourceH && x + TForm.Side <= grid.SourceW)
            {
                T* from = plane + (y * sourceRow) + ((nint)x * Channels);
                for (int i = 0; i < TForm.Side; i++)
                    TForm.Source(from + (i * sourceRow), Channels, half + (i * TForm.Side * Channels), Channels);
            }
            else
            {
                Cut(plane, grid.SourceH, grid.SourceW, y, x, TForm.Side, patch);
                for (int i = 0; i < TForm.Side; i++)
                    TForm.Source(patch + (i * TForm.Side * Channels), Channels, half + (i * TForm.Side * Channels), Channels);
            }
            for (int j = 0; j < TForm.Side; j++)
                TForm.Source(half + (j * Channels), TForm.Side * Channels, v + (j * step), TForm.Side * step);
        }
    }

    /// <summary>Z = A dY A^T of successive tiles, for one block of channels of the result's gradient, and the sum of all of dY.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void ResultGradient(in WinogradGrid grid, T* diffDst, int block, int first, int count, float* z, nint step, float* sums)
    {
        float* memory = stackalloc float[Local], patch = Scratch.Align((byte*)memory), half = patch + (MostPoints * Channels);
        Vector512<float> sum = default;
        WinogradPlace place = grid.Place(first);
        nint targetRow = (nint)grid.TargetW * Channels;
        for (int t = 0; t < count; t++, z += Channels, place.Next(grid))
        {
            int y = place.Y * TForm.Outputs, x = place.X * TForm.Outputs;
            T* plane = diffDst + (((place.Image * (nint)grid.TargetBlocks) + block) * grid.TargetPlane);
            if (y + TForm.Outputs <= grid.TargetH && x + TForm.Outputs <= grid.TargetW)
            {
                T* from = plane + (y * targetRow) + ((nint)x * Channels);
                for (int j = 0; j < TForm.Outputs; j++)
                    TForm.ResultGradient(from + (j * Channels), targetRow, half + (j * Channels), TForm.Outputs * Channels);
            }
            else
            {
                Cut(plane, grid.TargetH, grid.TargetW, y, x, TForm.Outputs, patch);
                for (int j = 0; j < TForm.Outputs; j++)
                    TForm.ResultGradient(patch + (j * Channels), TForm.Outputs * Channels, half + (j * Channels), TForm.Outputs * Channels);
            }
            for (int i = 0; i < TForm.Side; i++)
                TForm.ResultGradient(half + (i * TForm.Outputs * Channels), Channels, z + (i * TForm.Side * step), step);
            // At the point (1, 1) stands the sum of the tile.
            sum += Vector512.Load(z + ((TForm.Side + 1) * step));
        }
        (Vector512.Load(sums) + sum).Store(sums);
    }

    /// <summary>dst = relu(A^T M A + bias) of successive tiles, for a panel of one or two blocks of channels.</summary>
    /// <param name="grid">The tiles.</param>
    /// <param name="m">The products, [tile][point][width].</param>
    /// <param name="width">Channels of the panel.</param>
    /// <param name="first">The first tile.</param>
    /// <param name="count">How many tiles.</param>
    /// <param name="block">The panel's first block of channels.</param>
    /// <param name="bias">All channels' bias, or null.</param>
    /// <param name="end">What else is done with a result.</param>
    /// <param name="dst">The whole result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Result(in WinogradGrid grid, float* m, int width, int first, int count, int block, float* bias, WinogradEnd end, T* dst)
    {
        float* memory = stackalloc float[Local], half = Scratch.Align((byte*)memory), tile = half + (MostPoints * Channels);
        WinogradPlace place = grid.Place(first);
        nint targetRow = (nint)grid.TargetW * Channels, row = TForm.Side * Channels;
        for (int t = 0; t < count; t++, m += TForm.Side * TForm.Side * width, place.Next(grid))
        {
            int y = place.Y * TForm.Outputs, x = place.X * TForm.Outputs;
            int rows = Math.Min(TForm.Outputs, grid.TargetH - y), columns = Math.Min(TForm.Outputs, grid.TargetW - x);
            T* to = dst + (((place.Image * (nint)grid.TargetBlocks) + block) * grid.TargetPlane) + (y * targetRow) + ((nint)x * Channels);
            for (int channel = 0; channel < width; channel += Channels, to += grid.TargetPlane)
            {
                Vector512<float> shift = bias == null ? default : Vector512.Load(bias + (block * Channels) + channel);
                for (int j = 0; j < TForm.Side; j++)
                    TForm.Result(m + (j * width) + channel, TForm.Side * width, half + (j * Channels), row);
                for (int i = 0; i < rows; i++)
                {
                    TForm.Result(half + (i * row), Channels, tile + (i * TForm.Outputs * Channels), Channels);
                    for (int j = 0; j < columns; j++)
                        Store(tile + (((i * TForm.Outputs) + j) * Channels), shift, end, to + (i * targetRow) + (j * Channels));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* value, Vector512<float> shift, WinogradEnd end, T* to)
    {
        Vector512<float> v = Vector512.Load(value) + shift;
        if ((end & WinogradEnd.Add) != 0)
            v += WinogradNumbers.Load(to);
        if ((end & WinogradEnd.Relu) != 0)
            v = Vector512.ConditionalSelect(Vector512.LessThanOrEqual(v, Vector512<float>.Zero), Vector512<float>.Zero, v);
        WinogradNumbers.Store(v, to);
    }

    /// <summary>Copies a square of a plane, with zeros for what lies outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Cut(T* plane, int height, int width, int y, int x, int side, float* patch)
    {
        for (int i = y; i < y + side; i++)
        {
            bool inside = (uint)i < (uint)height;
            T* row = plane + ((nint)i * width * Channels);
            for (int j = x; j < x + side; j++, patch += Channels)
                (inside && (uint)j < (uint)width ? WinogradNumbers.Load(row + ((nint)j * Channels)) : default).Store(patch);
        }
    }
}
