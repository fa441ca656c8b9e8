using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Kernels;

/// <summary>Neighbouring windows of one row that fall into one panel.</summary>
internal readonly struct ConvRun(nint offset, int column, int length)
{
    /// <summary>Where the first window's lowest tap lies.</summary>
    public readonly nint Offset = offset;

    /// <summary>The panel's column of the first window.</summary>
    public readonly int Column = column;

    /// <summary>Windows of the run.</summary>
    public readonly int Length = length;

    /// <summary>Copies whole vectors: what is written too much is overwritten by what is packed next, and the memory behind both has slack.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void CopyGenerously(float* from, float* to, int length)
    {
        Vector512.Load(from).Store(to);
        for (int i = 16; i < length; i += 16)
            Vector512.Load(from + i).Store(to + i);
    }
}

/// <summary>The windows of an item: some images, and of each the same range of windows.</summary>
internal readonly struct ConvWindows(in ConvGrid grid, int images, int first, int count)
{
    private readonly int width = grid.Horizontal.Size;

    /// <summary>Images of the item.</summary>
    public int Images => images;

    /// <summary>Columns of the product.</summary>
    public int Columns => images * count;

    /// <summary>First row of windows.</summary>
    public int FirstRow => first / width;

    /// <summary>Rows of windows that the range touches.</summary>
    public int Rows => ((first + count - 1) / width) - FirstRow + 1;

    /// <summary>Image, row and column of the window at a column of the product, and how many columns share the image from there on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int Image, int Row, int Column, int Left) Locate(int column)
    {
        int image = images == 1 ? 0 : column / count, window = first + column - (image * count);
        int row = window / width;
        return (image, row, window - (row * width), (image * count) + count - column);
    }

    /// <summary>Windows from a place on that lie in its row, at most <paramref name="most"/>.</summary>
    public int InRow(int column, int most) => Math.Min(width - column, most);
}
