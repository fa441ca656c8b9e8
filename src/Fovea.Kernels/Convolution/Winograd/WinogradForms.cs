using System.Runtime.CompilerServices;

namespace Fovea.Kernels;

/// <summary>F(2 x 2, 5 x 5): 36 products for 100.</summary>
internal readonly unsafe struct WinogradF2x5 : IWinogradForm
{
    public static int Outputs => 2;

    public static int Taps => 5;

    public static int Side => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged => WinogradSixPoints.Source(d, from, v, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel(float* g, nint from, float* u, nint to) => WinogradSixPoints.Evaluate(g, from, 5, true, u, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Result(float* m, nint from, float* y, nint to) => WinogradSixPoints.Collect(m, from, 2, false, y, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultGradient<T>(T* y, nint from, float* z, nint to)
        where T : unmanaged => WinogradSixPoints.Evaluate(y, from, 2, false, z, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void KernelGradient(float* s, nint from, float* g, nint to) => WinogradSixPoints.Collect(s, from, 5, true, g, to);
}

/// <summary>F(4 x 4, 3 x 3): 36 products for 144.</summary>
internal readonly unsafe struct WinogradF4x3 : IWinogradForm
{
    public static int Outputs => 4;

    public static int Taps => 3;

    public static int Side => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged => WinogradSixPoints.Source(d, from, v, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel(float* g, nint from, float* u, nint to) => WinogradSixPoints.Evaluate(g, from, 3, true, u, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Result(float* m, nint from, float* y, nint to) => WinogradSixPoints.Collect(m, from, 4, false, y, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultGradient<T>(T* y, nint from, float* z, nint to)
        where T : unmanaged => WinogradSixPoints.Evaluate(y, from, 4, false, z, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void KernelGradient(float* s, nint from, float* g, nint to) => WinogradSixPoints.Collect(s, from, 3, true, g, to);
}

/// <summary>F(4 x 4, 5 x 5): 64 products for 400.</summary>
internal readonly unsafe struct WinogradF4x5 : IWinogradForm
{
    public static int Outputs => 4;

    public static int Taps => 5;

    public static int Side => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged => WinogradEightPoints.Source(d, from, v, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel(float* g, nint from, float* u, nint to) => WinogradEightPoints.Evaluate(g, from, 5, true, u, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Result(float* m, nint from, float* y, nint to) => WinogradEightPoints.Collect(m, from, 4, false, y, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultGradient<T>(T* y, nint from, float* z, nint to)
        where T : unmanaged => WinogradEightPoints.Evaluate(y, from, 4, false, z, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void KernelGradient(float* s, nint from, float* g, nint to) => WinogradEightPoints.Collect(s, from, 5, true, g, to);
}

/// <summary>F(6 x 6, 3 x 3): 64 products for 324.</summary>
internal readonly unsafe struct WinogradF6x3 : IWinogradForm
{
    public static int Outputs => 6;

    public static int Taps => 3;

    public static int Side => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged => WinogradEightPoints.Source(d, from, v, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel(float* g, nint from, float* u, nint to) => WinogradEightPoints.Evaluate(g, from, 3, true, u, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Result(float* m, nint from, float* y, nint to) => WinogradEightPoints.Collect(m, from, 6, false, y, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultGradient<T>(T* y, nint from, float* z, nint to)
        where T : unmanaged => WinogradEightPoints.Evaluate(y, from, 6, false, z, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void KernelGradient(float* s, nint from, float* g, nint to) => WinogradEightPoints.Collect(s, from, 3, true, g, to);
}
