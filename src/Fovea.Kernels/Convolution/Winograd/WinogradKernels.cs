using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;
using static Fovea.Kernels.WinogradTransforms;

namespace Fovea.Kernels;

/// <summary>
/// U = G g G^T of all kernels, from [OC, IC, 5, 5] into panels of two blocks of target channels (one at the end of an odd number):
/// [panel][36][source channel][channels of the panel], the 36 matrices an odd number of cache lines apart. An item is one block of target
/// channels.
/// </summary>
internal readonly unsafe struct WinogradKernels(WinogradGrid grid, bool turned, float* weights, float* packed) : IParallelBody
{
    private const int Square = Taps * Taps, Together = 4, Kernels = Square * Channels;

    public int Items => grid.TargetBlocks;

    /// <summary>Floats of all panels.</summary>
    public static long Length(in WinogradGrid grid) => Start(grid, (grid.TargetBlocks + 1) & ~1);

    /// <summary>Channels of the panel that begins with this block.</summary>
    public static int Width(in WinogradGrid grid, int block) => Math.Min(2, grid.TargetBlocks - block) * Channels;

    /// <summary>Floats between the 36 matrices of a panel.</summary>
    public static nint Step(in WinogradGrid grid, int width) => WinogradPlan.Odd((nint)grid.Sources * width);

    /// <summary>Floats in front of the panel that begins with this even block.</summary>
    public static nint Start(in WinogradGrid grid, int block) => block / 2 * (Points * Step(grid, 2 * Channels));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        float* memory = stackalloc float[(Together * Kernels) + (Side * Taps * Channels) + Scratch.Slack], taps = Scratch.Align((byte*)memory),
            half = taps + (Together * Kernels);
        int even = item & ~1, width = Width(grid, even);
        float* to = packed + Start(grid, even) + ((item - even) * Channels);
        nint step = Step(grid, width);
        for (int source = 0; source < grid.Sources; source += Together)
        {
            // Some source channels at a time: numbers stored one by one are not at once there to be loaded as vectors.
            for (int i = 0; i < Together; i++)
                Gather(item, source + i, taps + (i * Kernels));
            for (int i = 0; i < Together; i++, to += width)
            {
                for (int j = 0; j < Taps; j++)
                    Kernel(taps + (i * Kernels) + (j * Channels), Taps * Channels, half + (j * Channels), Taps * Channels);
                for (int j = 0; j < Side; j++)
                    Kernel(half + (j * Taps * Channels), Channels, to + (j * Side * step), step);
            }
        }
    }

    /// <summary>The taps of 16 target channels for one source channel, [25][16].</summary>
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
