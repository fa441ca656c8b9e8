using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;
using static Fovea.Kernels.WinogradGrid;

namespace Fovea.Kernels;

/// <summary>Where the transformed kernels lie: [panel][point][source channel][channels of the panel], the points' matrices an odd number of cache lines apart.</summary>
internal static class WinogradPanels
{
    /// <summary>Floats of all panels.</summary>
    public static long Length(in WinogradGrid grid) => Start(grid, (grid.TargetBlocks + 1) & ~1);

    /// <summary>Channels of the panel that begins with this block: two blocks, one at the end of an odd number.</summary>
    public static int Width(in WinogradGrid grid, int block) => Math.Min(2, grid.TargetBlocks - block) * Channels;

    /// <summary>Floats between the matrices of a panel.</summary>
    public static nint Step(in WinogradGrid grid, int width) => WinogradPlan.Odd((nint)grid.Sources * width);

    /// <summary>Floats in front of the panel that begins with this even block.</summary>
    public static nint Start(in WinogradGrid grid, int block) => block / 2 * (grid.Points * Step(grid, 2 * Channels));
}

/// <summary>U = G g G^T of all kernels, from [OC, IC, taps, taps] into panels. An item is one block of target channels.</summary>
internal readonly unsafe struct WinogradKernels<TForm>(WinogradGrid grid, bool turned, float* weights, float* packed) : IParallelBody
    where TForm : unmanaged, IWinogradForm
{
    private const int Together = 4, MostTaps = 5;

    public int Items => grid.TargetBlocks;

    private static int Square => TForm.Taps * TForm.Taps;

    private static int Kernels => Square * Channels;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public void Invoke(int item, int worker)
    {
        int even = item & ~1, width = WinogradPanels.Width(grid, even);
        nint step = WinogradPanels.Step(grid, width);
        float* to = packed + WinogradPanels.Start(grid, even) + ((item - even) * Channels);
        float* memory = stackalloc float[((Together * MostTaps * MostTaps) + (MostSide * MostTaps)) * Channels + Scratch.SlackFloats],
            taps = Scratch.Align((byte*)memory), half = taps + (Together * Kernels);
        for (int source = 0; source < grid.Sources; source += Together)
        {
            // Some source channels at a time: numbers stored one by one are not at once there to be loaded as vectors.
            for (int i = 0; i < Together; i++)
                Gather(item, source + i, taps + (i * Kernels));
            for (int i = 0; i < Together; i++, to += width)
            {
                for (int j = 0; j < TForm.Taps; j++)
                    TForm.Kernel(taps + (i * Kernels) + (j * Channels), TForm.Taps * Channels, half + (j * Channels), TForm.Taps * Channels);
                for (int j = 0; j < TForm.Side; j++)
                    TForm.Kernel(half + (j * TForm.Taps * Channels), Channels, to + (j * TForm.Side * step), step);
            }
        }
    }

    /// <summary>The taps of 16 target channels for one source channel, [tap][16].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Gather(int block, int source, float* taps)
    {
        // Seen from the source's gradient the channels of the result are the sources, and the kernel's last tap comes first.
        nint laneStep = turned ? Square : (nint)grid.Sources * Square, sourceStep = turned ? (nint)grid.Targets * Square : Square;
        float* kernel = weights + (block * Channels * laneStep) + (source * sourceStep);
        for (int lane = 0; lane < Channels; lane++, kernel += laneStep)
        {
            if (turned)
            {
                for (int tap = 0; tap < Square; tap++)
                    taps[(tap * Channels) + lane] = kernel[Square - 1 - tap];
            }
            else
            {
                for (int tap = 0; tap < Square; tap++)
                    taps[(tap * Channels) + lane] = kernel[tap];
            }
        }
    }
}
