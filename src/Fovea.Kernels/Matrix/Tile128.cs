using System.Runtime.Intrinsics;

namespace Fovea.Kernels;

/// <summary>Every other processor: 8 rows by 8 columns of 128-bit vectors, half of the registers that ARM64 has.</summary>
internal readonly unsafe struct Tile128 : ITile
{
    public static int Rows => Rows8.Count;

    public static int Columns => 8;

    public static int Stride(int rows) => Rows8.Stride;

    public static void Multiply(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end) =>
        Registers<Lanes128, Vector128<float>>.Multiply<Rows8>(rows, k, a, b, c, ldc, end);
}
