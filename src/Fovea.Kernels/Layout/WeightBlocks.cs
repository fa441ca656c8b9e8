using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Weights of convolutions from the order of the masters, [OC][IC][KH x KW], into the blocks of 16 by 16 channels that kernels read: for each pixel of the window the
/// 256 values of a block lie together. In bfloat16 (<see cref="ushort"/>) two neighbours of the outer of both channels lie side by side, as its products take them.
/// </summary>
public static unsafe class WeightBlocks
{
    /// <summary>Channels of a block, in both directions.</summary>
    public const int Side = Element.Lanes;

    /// <summary>The largest window, in pixels: a block of it is put together on the stack.</summary>
    public const int LargestWindow = 49;

    // Values of a piece of the work; what is no more than one is not worth another thread's waking.
    private const int Piece = 1 << 15;

    /// <summary>
    /// Masters to blocks. float32: [OC/16][IC/16][KH x KW][16][16] with output channels innermost; bfloat16 the same with [8][16][2], where pairs are of neighbouring
    /// input channels.
    /// </summary>
    /// <typeparam name="T">The type of the blocks: float32 or bfloat16, to which values are rounded.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="oc">Output channels, a multiple of 16.</param>
    /// <param name="ic">Input channels, a multiple of 16.</param>
    /// <param name="window">KH x KW, at most <see cref="LargestWindow"/>.</param>
    /// <param name="inputOutermost">True orders the blocks by input channels first: [IC/16][OC/16].</param>
    /// <param name="inputInnermost">True lays the input channels of a block innermost, and pairs output channels.</param>
    /// <param name="masters">[OC][IC][KH x KW].</param>
    /// <param name="blocks">As many.</param>
    public static void Pack<T>(
        WorkerTeam team, int oc, int ic, int window, bool inputOutermost, bool inputInnermost, ReadOnlySpan<float> masters, Span<T> blocks)
        where T : unmanaged
    {
        Check(team, oc, ic, window, masters.Length, blocks.Length);
        fixed (float* x = masters)
        fixed (T* y = blocks)
        {
            WeightWalk walk = new(oc, ic, window, inputOutermost, inputInnermost);
            if (Element.IsBFloat16<T>())
            {
                HalfLoop loop = new(walk, x, (BFloat16Element*)y);
                team.RunRange(walk.Blocks, ref loop, Math.Max(1, Piece / walk.Size));
            }
            else
            {
                PackLoop loop = new(walk, x, (float*)y);
                team.RunRange(walk.Blocks, ref loop, Math.Max(1, Piece / walk.Size));
            }
        }
    }

    private static void Check(WorkerTeam team, int oc, int ic, int window, int masters, int blocks)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(
            oc > 0 && ic > 0 && oc % Side == 0 && ic % Side == 0 && window is > 0 and <= LargestWindow,
            $"Blocks of {Side} by {Side} channels and windows of at most {LargestWindow} pixels are moved, got {oc} by {ic} channels and {window} pixels.");
        Guard.Length(masters, (long)oc * ic * window, nameof(masters));
        Guard.Length(blocks, (long)oc * ic * window, nameof(blocks));
    }

    private readonly struct PackLoop(WeightWalk walk, float* masters, float* blocks) : IRangeBody
    {
        public void Invoke(nint start, nint length)
        {
            for (nint block = start; block < start + length; block++)
                walk.Gather(masters + walk.Master(block), blocks + (block * walk.Size));
        }
    }

    private readonly struct HalfLoop(WeightWalk walk, float* masters, BFloat16Element* blocks) : IRangeBody
    {
        public void Invoke(nint start, nint length)
        {
            float* whole = stackalloc float[walk.Size];
            for (nint block = start; block < start + length; block++)
            {
                walk.Gather(masters + walk.Master(block), whole);
                BFloat16Element* to = blocks + (block * walk.Size);
                for (int at = 0; at < walk.Size; at += 2 * Side)
                    BFloat16Element.StorePair(FloatElement.Load((FloatElement*)(whole + at)), FloatElement.Load((FloatElement*)(whole + at + Side)), to + at);
            }
        }
    }
}

/// <summary>Where blocks of weights lie, and how one is moved.</summary>
internal readonly unsafe struct WeightWalk(int oc, int ic, int window, bool inputOutermost, bool inputInnermost)
{
    private const int Side = WeightBlocks.Side;

    /// <summary>Values of a block.</summary>
    public readonly int Size = Side * Side * window;

    /// <summary>Blocks of both channels.</summary>
    public nint Blocks => (nint)(oc / Side) * (ic / Side);

    /// <summary>Where block <paramref name="block"/> begins in the masters.</summary>
    public nint Master(nint block)
    {
        nint inner = inputOutermost ? oc / Side : ic / Side, first = block / inner, second = block % inner;
        (nint o, nint i) = inputOutermost ? (second, first) : (first, second);
        return ((o * ic) + i) * Side * window;
    }

    /// <summary>One block out of the masters: [window][16][16].</summary>
    public void Gather(float* master, float* block)
    {
        nint row = (nint)ic * window;
        if (inputInnermost && window == 1)
        {
            for (int o = 0; o < Side; o++)
                Vector512.Load(master + (o * row)).Store(block + (o * Side));
        }
        else if (inputInnermost)
        {
            for (int o = 0; o < Side; o++)
                Tiles.Transpose(master + (o * row), window, block + (o * Side), Side * Side, Side, window);
        }
        else if (window == 1)
        {
            Tiles.Transpose(master, row, block, Side, Side, Side);
        }
        else
        {
            for (int i = 0; i < Side; i++)
                Tiles.Transpose(master + (i * window), row, block + (i * Side), Side * Side, Side, window);
        }
    }
}
