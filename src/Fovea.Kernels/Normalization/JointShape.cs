using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Kernels;

/// <summary>
/// Images whose channel blocks lie outermost, [C/block][N][HW][block]: every prefix of whole blocks is one piece of memory, so that channels can be added behind it.
/// A block is 1 channel (planes) or 8 or 16 (oneDNN's blocked layouts). The dense form of the same images is [N][C/block][HW][block], or [N][HW][C].
/// </summary>
/// <param name="N">Images.</param>
/// <param name="HW">Pixels of an image.</param>
/// <param name="Block">Channels that lie beside each other: 1, 8 or 16.</param>
/// <param name="ChannelsLast">True where the dense form is [N][HW][C]; blocks are of 16 then.</param>
public readonly record struct JointShape(int N, int HW, int Block, bool ChannelsLast = false)
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
        Guard.That(!ChannelsLast || Block == 16, $"Only blocks of 16 channels are taken from and given to tensors with their channels last, got {Block}.");
        Guard.That(channels > 0 && channels % Block == 0, $"{channels} channels do not fill blocks of {Block}.");
    }
}

/// <summary>
/// How the planes of a <see cref="JointShape"/> are walked in vectors of 16 values: lane i belongs to channel i % block of the plane's block, in the joint form and in
/// the dense one. With channels last a dense vector is 16 channels of a pixel, so pieces of pixels are walked through all blocks, as they share cache lines.
/// </summary>
internal readonly struct JointWalk(JointShape shape, int channels)
{
    /// <summary>Vectors after which float sums are added to double ones.</summary>
    public const int Chunk = 128;

    // Pixels of a piece with channels last; vectors of one otherwise, in as many images as they fill.
    private const int Tile = 32, Least = 2048;

    private readonly int _tiles = shape.ChannelsLast ? (shape.HW + Tile - 1) / Tile : 1;

    private readonly int _images = shape.ChannelsLast ? 1 : Math.Clamp(Least / Math.Max(1, shape.Plane / Element.Lanes), 1, shape.N);

    /// <summary>Blocks.</summary>
    public readonly int Groups = shape.Groups(channels);

    /// <summary>Whole vectors of a plane.</summary>
    public readonly int Vectors = shape.Plane / Element.Lanes;

    /// <summary>Values behind the last whole vector; 0 with channels last.</summary>
    public readonly int Tail = shape.Plane % Element.Lanes;

    /// <summary>Values from vector to vector in the dense form.</summary>
    public readonly int DenseStep = shape.ChannelsLast ? channels : Element.Lanes;

    /// <summary>Pieces of a loop that writes the dense form, or reads it once.</summary>
    public int Pieces => shape.ChannelsLast ? shape.N * _tiles : Spans * Groups;

    private int Spans => (shape.N + _images - 1) / _images;

    /// <summary>One piece: with channels last some vectors of an image, of all blocks of channels; otherwise a block of channels in some images, whole.</summary>
    public JointPiece Piece(int item)
    {
        if (shape.ChannelsLast)
            return new JointPiece(0, Groups, item / _tiles, (item / _tiles) + 1, item % _tiles * Tile, Math.Min(Vectors, ((item % _tiles) + 1) * Tile));
        (int group, int span) = Math.DivRem(item, Spans);
        return new JointPiece(group, group + 1, span * _images, Math.Min(shape.N, (span + 1) * _images), 0, Vectors);
    }

    /// <summary>Where a plane begins in the joint form.</summary>
    public nint Joint(int group, int image) => ((nint)group * shape.N + image) * shape.Plane;

    /// <summary>Where a plane begins in the dense form.</summary>
    public nint Dense(int group, int image) => shape.ChannelsLast
        ? ((nint)image * shape.HW * channels) + (group * shape.Block)
        : ((nint)image * Groups + group) * shape.Plane;

    /// <summary>A number per channel in the lanes that belong to it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe Vector512<float> Lane(float* ofChannels, int group)
    {
        float* own = ofChannels + (group * shape.Block);
        return shape.Block switch
        {
            1 => Vector512.Create(*own),
            8 => Vector512.Create(Vector256.Load(own), Vector256.Load(own)),
            _ => Vector512.Load(own),
        };
    }
}

/// <summary>The blocks of channels from Group to below GroupEnd in the images from Image to below ImageEnd, and the vectors from Start to below Stop of each.</summary>
internal readonly record struct JointPiece(int Group, int GroupEnd, int Image, int ImageEnd, int Start, int Stop);

/// <summary>Sums of lanes in double, and of the channels that they belong to.</summary>
internal struct LaneSums
{
    private Vector512<double> _low, _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Vector512<float> values)
    {
        (Vector512<double> low, Vector512<double> high) = Vector512.Widen(values);
        _low += low;
        _high += high;
    }

    /// <summary>The sum of one lane.</summary>
    public readonly double Lane(int lane) => lane < 8 ? _low.GetElement(lane) : _high.GetElement(lane - 8);

    /// <summary>The sum of channel <paramref name="channel"/> of a block of <paramref name="block"/>.</summary>
    public readonly double Of(int channel, int block)
    {
        double sum = 0;
        for (int lane = channel; lane < Element.Lanes; lane += block)
            sum += Lane(lane);
        return sum;
    }
}
