using System.Runtime.CompilerServices;
using static Fovea.Kernels.WinogradGrid;

namespace Fovea.Kernels;

/// <summary>The last transform of the weights' gradient, G^T S G, for some of the result's channels.</summary>
internal static unsafe class WinogradKernelGradient<TForm>
    where TForm : unmanaged, IWinogradForm
{
    private const int MostTaps = 5;

    private static int Square => TForm.Taps * TForm.Taps;

    /// <summary>Writes [targets, sources, taps, taps].</summary>
    /// <param name="sources">Channels of the source.</param>
    /// <param name="targets">Channels of the result.</param>
    /// <param name="left">True where a row of the sums is a channel of the source, false where it is one of the result.</param>
    /// <param name="sums">The points' sums.</param>
    /// <param name="step">Floats between them.</param>
    /// <param name="diffWeights">The first of these channels of the result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Run(int sources, int targets, bool left, float* sums, nint step, float* diffWeights)
    {
        float* memory = stackalloc float[(((MostTaps * MostTaps) + (MostSide * MostTaps)) * Channels) + Scratch.SlackFloats], taps = Scratch.Align((byte*)memory),
            half = taps + (Square * Channels);
        int rows = left ? sources : targets, columns = left ? targets : sources;
        nint rowStep = left ? Square : (nint)sources * Square, laneStep = left ? (nint)sources * Square : Square;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column += Channels)
            {
                float* s = sums + (row * (nint)columns) + column, to = diffWeights + (row * rowStep) + (column * laneStep);
                for (int j = 0; j < TForm.Side; j++)
                    TForm.KernelGradient(s + (j * step), TForm.Side * step, half + (j * Channels), TForm.Side * Channels);
                for (int i = 0; i < TForm.Taps; i++)
                    TForm.KernelGradient(half + (i * TForm.Side * Channels), Channels, taps + (i * TForm.Taps * Channels), Channels);
                for (int lane = 0; lane < Channels; lane++, to += laneStep)
                {
                    for (int tap = 0; tap < Square; tap++)
                        to[tap] = taps[(tap * Channels) + lane];
                }
            }
        }
    }
}
