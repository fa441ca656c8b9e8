using System.Runtime.CompilerServices;

namespace Fovea.Kernels;

/// <summary>How a tile of a product leaves the registers: c = relu(accumulate * c + product + bias of the row), in this order.</summary>
/// <param name="accumulate">True adds to what is there.</param>
/// <param name="relu">True cuts at zero; NaN stays.</param>
/// <param name="bias">One value per row of the tile, or null.</param>
internal readonly unsafe struct TileEnd(bool accumulate, bool relu, float* bias)
{
    public readonly bool Accumulate = accumulate, Relu = relu;
    public readonly float* Bias = bias;

    /// <summary>The end of a tile <paramref name="rows"/> rows further down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TileEnd Down(int rows) => new(Accumulate, Relu, Bias == null ? null : Bias + rows);
}

/// <summary>
/// A micro-kernel: the product of a packed panel of A (k by <see cref="Rows"/>, rows side by side) and a packed panel of B (k by <see
/// cref="Columns"/>) in registers.
/// An element's sum runs over k in order, whatever the tile's place, so results do not depend on how work is cut.
/// </summary>
internal unsafe interface ITile
{
    /// <summary>Rows of a full tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a tile.</summary>
    static abstract int Columns { get; }

    /// <summary>Floats between successive k of a packed panel of A that holds <paramref name="rows"/> rows.</summary>
    static abstract int Stride(int rows);

    /// <summary>The tile of <paramref name="rows"/> rows (1 to Rows) and all columns at <paramref name="c"/>.</summary>
    static abstract void Multiply(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end);
}

/// <summary>Sizes of packed matrices.</summary>
internal static class Packed<TTile>
    where TTile : struct, ITile
{
    /// <summary>Floats per k of all packed panels of <paramref name="rows"/> rows.</summary>
    public static int Rows(int rows)
    {
        int rest = rows % TTile.Rows;
        return (rows / TTile.Rows * TTile.Stride(TTile.Rows)) + (rest == 0 ? 0 : TTile.Stride(rest));
    }

    /// <summary>Panels of B over <paramref name="columns"/> columns.</summary>
    public static int Panels(int columns) => (columns + TTile.Columns - 1) / TTile.Columns;
}

/// <summary>Which tile the machine runs.</summary>
internal interface ITileUser<out TResult>
{
    TResult Invoke<TTile>()
        where TTile : struct, ITile;
}

internal static class Tile
{
    /// <summary>Floats of one tile of any kind.</summary>
    public const int Capacity = 14 * 32;

    /// <summary>Calls the user with the widest tile that the processor has registers for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TResult Best<TUser, TResult>(TUser user)
        where TUser : struct, ITileUser<TResult>
    {
        if (Tile512.IsSupported)
            return user.Invoke<Tile512>();
        return Tile256.IsSupported ? user.Invoke<Tile256>() : user.Invoke<Tile128>();
    }
}
