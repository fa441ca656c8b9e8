using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Fovea.Kernels.WinogradTransforms;

namespace Fovea.Kernels;

/// <summary>Transforms of tiles: between pictures in blocks of 16 channels and the 36 factors of the products.</summary>
internal static unsafe class WinogradTiles
{
    private const int Row = Side * Channels;

    // Local memory is aligned by hand: a vector of 64 bytes that straddles cache lines costs two accesses.

    /// <summary>V = B^T d B of successive tiles, for one block of channels.</summary>
    /// <param name="grid">The tiles.</param>
    /// <param name="src">The whole source.</param>
    /// <param name="block">The block of channels.</param>
    /// <param name="first">The first tile.</param>
    /// <param name="count">How many tiles.</param>
    /// <param name="v">Where the first tile's first vector goes; tiles follow each other.</param>
    /// <param name="step">Floats between the 36 vectors of a tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Source(in WinogradGrid grid, float* src, int block, int first, int count, float* v, nint step)
    {
        float* memory = stackalloc float[(2 * Points * Channels) + Scratch.Slack], patch = Scratch.Align((byte*)memory),
            half = patch + (Points * Channels);
        WinogradPlace place = grid.Place(first);
        nint sourceRow = (nint)grid.SourceW * Channels;
        for (int t = 0; t < count; t++, v += Channels, place.Next(grid))
        {
            int y = (place.Y * Outputs) - grid.Top, x = (place.X * Outputs) - grid.Left;
            float* plane = src + (((place.Image * (nint)grid.SourceBlocks) + block) * grid.SourcePlane), from;
            nint row;
            if (y >= 0 && x >= 0 && y + Side <= grid.SourceH && x + Side <= grid.SourceW)
            {
                from = plane + (y * sourceRow) + ((nint)x * Channels);
                row = sourceRow;
            }
            else
            {
                Cut(plane, grid.SourceH, grid.SourceW, y, x, Side, patch);
                from = patch;
                row = Row;
            }
            for (int i = 0; i < Side; i++)
                WinogradTransforms.Source(from + (i * row), Channels, half + (i * Row), Channels);
            for (int j = 0; j < Side; j++)
                WinogradTransforms.Source(half + (j * Channels), Row, v + (j * step), Side * step);
        }
    }

    /// <summary>Z = A dY A^T of successive tiles, for one block of channels of the result's gradient, and the sum of all of dY.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ResultGradient(in WinogradGrid grid, float* diffDst, int block, int first, int count, float* z, nint step, float* sums)
    {
        float* memory = stackalloc float[((Outputs + Side) * Outputs * Channels) + Scratch.Slack], patch = Scratch.Align((byte*)memory),
            half = patch + (Outputs * Outputs * Channels);
        Vector512<float> sum = default;
        WinogradPlace place = grid.Place(first);
        nint targetRow = (nint)grid.TargetW * Channels;
        for (int t = 0; t < count; t++, z += Channels, place.Next(grid))
        {
            int y = place.Y * Outputs, x = place.X * Outputs;
            float* plane = diffDst + (((place.Image * (nint)grid.TargetBlocks) + block) * grid.TargetPlane);
            float* from = plane + (y * targetRow) + ((nint)x * Channels);
            nint row = targetRow;
            if (y + Outputs > grid.TargetH || x + Outputs > grid.TargetW)
            {
                Cut(plane, grid.TargetH, grid.TargetW, y, x, Outputs, patch);
                from = patch;
                row = Outputs * Channels;
            }
            sum += (Vector512.Load(from) + Vector512.Load(from + Channels)) + (Vector512.Load(from + row) + Vector512.Load(from + row + Channels));
            for (int j = 0; j < Outputs; j++)
                WinogradTransforms.ResultGradient(from + (j * Channels), row, half + (j * Channels), Outputs * Channels);
            for (int i = 0; i < Side; i++)
                WinogradTransforms.ResultGradient(half + (i * Outputs * Channels), Channels, z + (i * Side * step), step);
        }
        (Vector512.Load(sums) + sum).Store(sums);
    }

    /// <summary>dst = relu(A^T M A + bias) of successive tiles, for a panel of one or two blocks of channels.</summary>
    /// <param name="grid">The tiles.</param>
    /// <param name="m">The products, [tile][36][width].</param>
    /// <param name="width">Channels of the panel.</param>
    /// <param name="first">The first tile.</param>
    /// <param name="count">How many tiles.</param>
    /// <param name="block">The panel's first block of channels.</param>
    /// <param name="bias">All channels' bias, or null.</param>
    /// <param name="relu">True cuts at zero; NaN stays.</param>
    /// <param name="dst">The whole result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Result(in WinogradGrid grid, float* m, int width, int first, int count, int block, float* bias, bool relu, float* dst)
    {
        float* memory = stackalloc float[(Outputs * (Row + (Outputs * Channels))) + Scratch.Slack], half = Scratch.Align((byte*)memory),
            tile = half + (Outputs * Row);
        WinogradPlace place = grid.Place(first);
        for (int t = 0; t < count; t++, m += Points * width, place.Next(grid))
        {
            int y = place.Y * Outputs, x = place.X * Outputs;
            bool right = x + 1 < grid.TargetW, below = y + 1 < grid.TargetH;
            float* to = dst + (((place.Image * (nint)grid.TargetBlocks) + block) * grid.TargetPlane) + ((((nint)y * grid.TargetW) + x) * Channels);
            for (int channel = 0; channel < width; channel += Channels, to += grid.TargetPlane)
            {
                Vector512<float> shift = bias == null ? default : Vector512.Load(bias + (block * Channels) + channel);
                for (int j = 0; j < Side; j++)
                    WinogradTransforms.Result(m + (j * width) + channel, Side * width, half + (j * Channels), Row);
                for (int i = 0; i < Outputs; i++)
                    WinogradTransforms.Result(half + (i * Row), Channels, tile + (i * Outputs * Channels), Channels);
                Store(tile, shift, relu, to);
                if (right)
                    Store(tile + Channels, shift, relu, to + Channels);
                if (!below)
                    continue;
                float* next = to + ((nint)grid.TargetW * Channels);
                Store(tile + (2 * Channels), shift, relu, next);
                if (right)
                    Store(tile + (3 * Channels), shift, relu, next + Channels);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* value, Vector512<float> shift, bool relu, float* to)
    {
        Vector512<float> v = Vector512.Load(value) + shift;
        if (relu)
            v = Vector512.ConditionalSelect(Vector512.LessThanOrEqual(v, Vector512<float>.Zero), Vector512<float>.Zero, v);
        v.Store(to);
    }

    /// <summary>Copies a square of a plane, with zeros for what lies outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Cut(float* plane, int height, int width, int y, int x, int side, float* patch)
    {
        for (int i = y; i < y + side; i++)
        {
            bool inside = (uint)i < (uint)height;
            float* row = plane + ((nint)i * width * Channels);
            for (int j = x; j < x + side; j++, patch += Channels)
                (inside && (uint)j < (uint)width ? Vector512.Load(row + ((nint)j * Channels)) : default).Store(patch);
        }
    }
}
