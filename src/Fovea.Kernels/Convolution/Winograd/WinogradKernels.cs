using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;
using static Fovea.Kernels.WinogradTransforms;

namespace Fovea.Kernels;

/// <summary>
/// U = G g G^T of all kernels, from [OC, IC, 5, 5] into panels of two blocks of target channels (one at the end of an odd number):
/// [panel][36][source channel][channels of the panel]. An item is one block of target channels.
/// </summary>
internal readonly unsafe struct WinogradKernels(WinogradGrid grid, bool turned, float* weights, float* packed) : IParallelBody
{
    private const int Square = Taps * Taps;

    public int Items => grid.TargetBlocks;

    /// <summary>Floats of all panels.</summary>
    public static long Length(in WinogradGrid grid) => (long)Points * grid.Sources * grid.Targets;

    /// <summary>Channels of the panel that begins with this block.</summary>
    public static int Width(in WinogradGrid grid, int block) => Math.Min(2, grid.TargetBlocks - block) * Channels;

    /// <summary>Floats in front of the panel that begins with this block.</summary>
    public static nint Start(in WinogradGrid grid, int block) => (nint)Points * grid.Sources * block * Channels;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        float* memory = stackalloc float[((Square + (Side * Taps)) * Channels) + Scratch.Slack], taps = Scratch.Align((byte*)memory),
            half = taps + (Square * Channels);
        int even = item & ~1, width = Width(grid, even);
        float* to = packed + Start(grid, even) + ((item - even) * Channels);
        // Seen from the source's gradient the channels of the result are the sources, and the kernel's last tap comes first.
        nint laneStep = turned ? Square : (nint)grid.Sources * Square, sourceStep = turned ? (nint)grid.Targets * Square : Square;
        float* from = weights + (item * Channels * laneStep);
        for (int source = 0; source < grid.Sources; source++, from += sourceStep, to += width)
        {
            for (int lane = 0; lane < Channels; lane++)
            {
                float* kernel = from + (lane * laneStep);
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
            nint step = (nint)grid.Sources * width;
            for (int j = 0; j < Taps; j++)
                Kernel(taps + (j * Channels), Taps * Channels, half + (j * Channels), Taps * Channels);
            for (int i = 0; i < Side; i++)
                Kernel(half + (i * Taps * Channels), Channels, to + (i * Side * step), step);
        }
    }
}
