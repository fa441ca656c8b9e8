using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

/// <summary>
/// AVX-512: 14 rows by 32 columns fill 28 of the 32 registers, two more hold B and one A. Small heights of 8 and 4 keep the last rows of a matrix
/// from costing a full tile.
/// </summary>
internal readonly unsafe struct Tile512 : ITile
{
    public static bool IsSupported => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    public static int Rows => Rows14.Count;

    public static int Columns => 32;

    public static int Stride(int rows) => rows > Rows8.Count ? Rows14.Stride : rows > Rows4.Count ? Rows8.Stride : Rows4.Stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end)
    {
        if (rows > Rows8.Count)
            Registers<Lanes512, Vector512<float>>.Multiply<Rows14>(rows, k, a, b, c, ldc, end);
        else if (rows > Rows4.Count)
            Registers<Lanes512, Vector512<float>>.Multiply<Rows8>(rows, k, a, b, c, ldc, end);
        else
            Registers<Lanes512, Vector512<float>>.Multiply<Rows4>(rows, k, a, b, c, ldc, end);
    }
}
