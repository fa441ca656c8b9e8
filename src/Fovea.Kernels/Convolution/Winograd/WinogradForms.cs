global using WinogradF2x5 = Fovea.Kernels.WinogradTransforms<Fovea.Kernels.WinogradSixPoints, Fovea.Kernels.Size2x5>;
global using WinogradF4x3 = Fovea.Kernels.WinogradTransforms<Fovea.Kernels.WinogradSixPoints, Fovea.Kernels.Size4x3>;
global using WinogradF4x5 = Fovea.Kernels.WinogradTransforms<Fovea.Kernels.WinogradEightPoints, Fovea.Kernels.Size4x5>;
global using WinogradF6x3 = Fovea.Kernels.WinogradTransforms<Fovea.Kernels.WinogradEightPoints, Fovea.Kernels.Size6x3>;
using System.Runtime.CompilerServices;

namespace Fovea.Kernels;

/// <summary>A form's two sizes in one dimension. As a type, so that the transforms are compiled for them.</summary>
internal interface IWinogradSize
{
    /// <summary>Results of a tile.</summary>
    static abstract int Outputs { get; }

    /// <summary>The kernel's taps.</summary>
    static abstract int Taps { get; }
}

/// <summary>F(2 x 2, 5 x 5): 36 products for 100.</summary>
internal readonly struct Size2x5 : IWinogradSize
{
    public static int Outputs => 2;

    public static int Taps => 5;
}

/// <summary>F(4 x 4, 3 x 3): 36 products for 144.</summary>
internal readonly struct Size4x3 : IWinogradSize
{
    public static int Outputs => 4;

    public static int Taps => 3;
}

/// <summary>F(4 x 4, 5 x 5): 64 products for 400.</summary>
internal readonly struct Size4x5 : IWinogradSize
{
    public static int Outputs => 4;

    public static int Taps => 5;
}

/// <summary>F(6 x 6, 3 x 3): 64 products for 324.</summary>
internal readonly struct Size6x3 : IWinogradSize
{
    public static int Outputs => 6;

    public static int Taps => 3;
}

/// <summary>A form: its transforms at some points for some sizes.</summary>
internal readonly unsafe struct WinogradTransforms<TPoints, TSize> : IWinogradForm
    where TPoints : unmanaged, IWinogradPoints
    where TSize : unmanaged, IWinogradSize
{
    public static int Outputs => TSize.Outputs;

    public static int Taps => TSize.Taps;

    public static int Side => TPoints.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged => TPoints.Source(d, from, v, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel(float* g, nint from, float* u, nint to) => TPoints.Evaluate(g, from, TSize.Taps, true, u, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Result(float* m, nint from, float* y, nint to) => TPoints.Collect(m, from, TSize.Outputs, false, y, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultGradient<T>(T* y, nint from, float* z, nint to)
        where T : unmanaged => TPoints.Evaluate(y, from, TSize.Outputs, false, z, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void KernelGradient(float* s, nint from, float* g, nint to) => TPoints.Collect(s, from, TSize.Taps, true, g, to);
}
