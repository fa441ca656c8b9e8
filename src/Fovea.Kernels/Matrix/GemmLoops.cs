using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Packs a block of A, some panels per item.</summary>
internal readonly unsafe struct PackRowsLoop<TTile>(Strided a, int rows, int k, float* target) : IParallelBody
    where TTile : struct, ITile
{
    private const int PanelsPerItem = 4;

    private readonly int panels = (rows + TTile.Rows - 1) / TTile.Rows;

    public int Items => (panels + PanelsPerItem - 1) / PanelsPerItem;

    public void Invoke(int item, int worker)
    {
        int first = item * PanelsPerItem;
        Packing.AllRows<TTile>(a, rows, k, target, first, Math.Min(first + PanelsPerItem, panels));
    }
}

/// <summary>One chunk of rows by one chunk of columns: packs its part of B and multiplies.</summary>
internal readonly unsafe struct GemmLoop<TTile>(
    GemmPlan plan, int M, int N, int k, float* packedA, Strided b, float* packedB, float* c, nint ldc, TileEnd end) : IParallelBody
    where TTile : struct, ITile
{
    public void Invoke(int item, int worker)
    {
        (int chunkN, int chunkM) = Math.DivRem(item, plan.ChunksM);
        int column = chunkN * plan.ChunkN * TTile.Columns, columns = Math.Min(plan.ChunkN * TTile.Columns, N - column);
        int row = chunkM * plan.ChunkM, rows = Math.Min(plan.ChunkM, M - row);
        float* panels = packedB + (worker * plan.PackedB);
        for (int j = 0; j < columns; j += TTile.Columns)
            Packing.Columns<TTile>(b.At(0, column + j), k, Math.Min(TTile.Columns, columns - j), panels + ((nint)j * k));
        float* rowPanels = packedA + ((nint)row / TTile.Rows * TTile.Stride(TTile.Rows) * k);
        Block.Multiply<TTile>(rowPanels, rows, panels, columns, k, c + (row * ldc) + column, ldc, end);
    }
}

internal static unsafe class Block
{
    /// <summary>A block of c from packed panels; panels of A stay in the first-level cache while those of B pass by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TTile>(float* a, int rows, float* b, int columns, nint k, float* c, nint ldc, TileEnd end)
        where TTile : struct, ITile
    {
        float* tile = stackalloc float[Tile.Capacity];
        for (int i = 0; i < rows; i += TTile.Rows)
        {
            int height = Math.Min(TTile.Rows, rows - i);
            float* panel = a + ((nint)i / TTile.Rows * TTile.Stride(TTile.Rows) * k), target = c + (i * ldc);
            int j = 0;
            for (; j <= columns - TTile.Columns; j += TTile.Columns)
                TTile.Multiply(height, k, panel, b + (j * k), target + j, ldc, end.Down(i));
            if (j < columns)
            {
                TTile.Multiply(height, k, panel, b + (j * k), tile, TTile.Columns, default);
                for (int r = 0; r < height; r++)
                    EndOf(tile + (r * TTile.Columns), target + (r * ldc) + j, columns - j, end.Down(i), r);
            }
        }
    }

    /// <summary>Does for part of a tile's row what tiles do for whole rows, with the same roundings.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void EndOf(float* product, float* c, int count, TileEnd end, int row, int step = 1)
    {
        float bias = end.Bias == null ? 0f : end.Bias[row];
        for (int i = 0; i < count; i++)
        {
            float value = product[i];
            if (end.Accumulate)
                value += c[i * step];
            if (end.Bias != null)
                value += bias;
            if (end.Relu && value <= 0f)
                value = 0f;
            c[i * step] = value;
        }
    }
}
