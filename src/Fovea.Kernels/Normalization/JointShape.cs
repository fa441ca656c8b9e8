using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Kernels;

/// <summary>
/// Images whose channel blocks lie outermost, [C/block][N][HW][block]: every prefix of whole blocks is one piece of memory, so that channels can be added behind it.
/// A block is 1 channel (planes) or 8 or 16 (oneDNN's blocked layouts). The dense form of the same images is [N][C/block][HW][block].
/// </summary>
/// <param name="N">Images.</param>
/// <param name="HW">Pixels of an image.</param>
/// <param name="Block">Channels that lie beside each other: 1, 8 or 16.</param>
public readonly record struct JointShape(int N, int HW, int Block)
{
    /// <summary>Values of one block of channels in one image.</summary>
    public int Plane => HW * Block;

    /// <summary>Blocks of <paramref name="channels"/> channels.</summary>
    public int Groups(int channels) => channels / Block;

    /// <summary>Values of <paramref name="channels"/> channels of all images.</summary>
    public long Values(int channels) => (long)N * HW * channels;

    internal void Check(int channels)
    {
        Guard.That(N > 0 && HW > 0 && Block is 1 or 8 or 16, $"A joint tensor has images, pixels and blocks of 1, 8 or 16 channels, got {N}, {HW} and {Block}.");
        Guard.That(channels > 0 && channels % Block == 0, $"{channels} channels do not fill blocks of {Block}.");
    }
}

/// <summary>How one plane of a <see cref="JointShape"/> is walked in vectors: lanes are channels where a block holds several, and pixels where it holds one.</summary>
internal readonly unsafe struct JointWalk(JointShape shape)
{
    /// <summary>Lanes of a vector.</summary>
    public const int Width = 8;

    /// <summary>Rows after which float sums are added to double ones, and a piece that stays in the nearest cache while its columns are walked.</summary>
    public const int Chunk = 128;

    /// <summary>Vectors beside each other in a row.</summary>
    public readonly int Columns = shape.Block == 1 ? 1 : shape.Block / Width;

    /// <summary>Values from row to row.</summary>
    public readonly int Stride = shape.Block == 1 ? Width : shape.Block;

    /// <summary>Whole rows.</summary>
    public readonly int Rows = shape.Block == 1 ? shape.HW / Width : shape.HW;

    /// <summary>Values behind the last whole row.</summary>
    public readonly int Tail = shape.Block == 1 ? shape.HW % Width : 0;

    private readonly int _block = shape.Block;

    /// <summary>A channel's value in every lane that belongs to it; <paramref name="ofGroup"/> holds one value per channel of the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Lane(float* ofGroup, int column) => _block == 1 ? Vector256.Create(ofGroup[0]) : Vector256.Load(ofGroup + (column * Width));

    /// <summary>Adds a vector's lanes to the sums of their channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(double* ofGroup, int column, Vector256<float> sums)
    {
        for (int lane = 0; lane < Width; lane++)
            ofGroup[_block == 1 ? 0 : (column * Width) + lane] += sums.GetElement(lane);
    }
}
