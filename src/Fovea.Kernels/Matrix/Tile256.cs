using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

/// <summary>AVX2 with FMA: 6 rows by 16 columns fill 12 of the 16 registers.</summary>
internal readonly unsafe struct Tile256 : ITile
{
    public static bool IsSupported => Vector256.IsHardwareAccelerated && Fma.IsSupported;

    public static int Rows => Rows6.Count;

    public static int Columns => 16;

    public static int Stride(int rows) => Rows6.Stride;

    public static void Multiply(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end) =>
        Registers<Lanes256, Vector256<float>>.Multiply<Rows6>(rows, k, a, b, c, ldc, end);
}
