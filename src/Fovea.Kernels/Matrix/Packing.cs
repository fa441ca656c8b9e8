using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Kernels;

/// <summary>A matrix in memory: element (i, j) lies at start + i * rowStep + j * columnStep.</summary>
internal readonly unsafe struct Strided(float* start, nint rowStep, nint columnStep)
{
    public readonly float* Start = start;
    public readonly nint RowStep = rowStep, ColumnStep = columnStep;

    public static Strided Of(float* start, nint leading, bool transposed) => transposed ? new(start, 1, leading) : new(start, leading, 1);

    public Strided At(nint row, nint column) => new(Start + (row * RowStep) + (column * ColumnStep), RowStep, ColumnStep);
}

/// <summary>Copies blocks of matrices into the order in which tiles read them.</summary>
internal static unsafe class Packing
{
    /// <summary>Packs one panel of A: <paramref name="rows"/> rows by k columns, k-major. Lanes beyond the rows are zero or harmless.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(Strided a, int rows, int stride, nint k, float* target, int readableRows)
    {
        if (a.RowStep == 1)
        {
            for (nint i = 0; i < k; i++)
                new ReadOnlySpan<float>(a.Start + (i * a.ColumnStep), rows).CopyTo(new Span<float>(target + (i * stride), rows));
        }
        else if (a.ColumnStep == 1)
        {
            // The panel is 16 wide but holds fewer rows: transposing whole blocks of 16 takes rows of the next panel along, which nobody reads.
            int taken = stride == 16 && readableRows >= 16 ? 16 : rows;
            Tiles.Transpose(a.Start, a.RowStep, target, stride, taken, k);
        }
        else
        {
            for (nint i = 0; i < k; i++)
            {
                for (int r = 0; r < rows; r++)
                    target[(i * stride) + r] = a.Start[(r * a.RowStep) + (i * a.ColumnStep)];
            }
        }
    }

    /// <summary>
    /// Packs all panels of <paramref name="rows"/> rows by <paramref name="k"/> columns, from panel <paramref name="first"/> to below <paramref
    /// name="end"/>.
    /// </summary>
    public static void AllRows<TTile>(Strided a, int rows, nint k, float* target, int first, int end)
        where TTile : struct, ITile
    {
        int stride = TTile.Stride(TTile.Rows);
        for (int panel = first; panel < end; panel++)
        {
            int row = panel * TTile.Rows, height = Math.Min(TTile.Rows, rows - row);
            Rows(a.At(row, 0), height, TTile.Stride(height), k, target + (panel * (nint)stride * k), rows - row);
        }
    }

    /// <summary>Packs one panel of B: k rows by <paramref name="columns"/> columns, k-major, <typeparamref name="TTile"/>.Columns apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Columns<TTile>(Strided b, nint k, int columns, float* target)
        where TTile : struct, ITile
    {
        if (b.ColumnStep == 1)
        {
            if (columns == TTile.Columns)
            {
                for (nint i = 0; i < k; i++)
                    Copy(b.Start + (i * b.RowStep), target + (i * TTile.Columns), TTile.Columns);
                return;
            }
            for (nint i = 0; i < k; i++)
                new ReadOnlySpan<float>(b.Start + (i * b.RowStep), columns).CopyTo(new Span<float>(target + (i * TTile.Columns), columns));
        }
        else if (b.RowStep == 1)
        {
            Tiles.Transpose(b.Start, b.ColumnStep, target, TTile.Columns, columns, k);
        }
        else
        {
            for (nint i = 0; i < k; i++)
            {
                for (int j = 0; j < columns; j++)
                    target[(i * TTile.Columns) + j] = b.Start[(i * b.RowStep) + (j * b.ColumnStep)];
            }
        }
    }

    /// <summary>A copy whose length is known when it is compiled, a multiple of 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* source, float* target, int count)
    {
        for (int i = 0; i < count; i += 8)
            Vector256.Load(source + i).Store(target + i);
    }
}
