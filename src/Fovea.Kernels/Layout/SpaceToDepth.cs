using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// A convolution of stride 4 as one of stride 1 over squares of 4 x 4 pixels: channel c * 16 + y * 4 + x of the square at row r and column q is pixel (4 r + y, 4 q + x)
/// of channel c of the padded picture. Windows are filled up with zeros to whole squares.
/// </summary>
/// <param name="Shape">The convolution with its stride of 4.</param>
public readonly unsafe record struct SpaceToDepth(Conv2dShape Shape)
{
    /// <summary>Pixels along a side of a square, and the stride that it stands for.</summary>
    public const int Side = 4;

    private const int Square = Side * Side;

    /// <summary>Squares that a window spans vertically.</summary>
    public int WindowH => (Shape.KH + Side - 1) / Side;

    /// <summary>Squares that a window spans horizontally.</summary>
    public int WindowW => (Shape.KW + Side - 1) / Side;

    /// <summary>Rows of squares that windows reach.</summary>
    public int Rows => Shape.OH - 1 + WindowH;

    /// <summary>Columns of squares that windows reach.</summary>
    public int Columns => Shape.OW - 1 + WindowW;

    /// <summary>Channels of a picture of squares.</summary>
    public int Channels => Shape.IC * Square;

    /// <summary>Elements of the batch's pictures of squares.</summary>
    public long Elements => (long)Shape.N * Channels * Rows * Columns;

    private long WindowElements => (long)Shape.OC * Channels * WindowH * WindowW;

    /// <summary>Pictures [N, IC, H, W] to squares [N, IC, Rows, Columns, 16]; what lies outside the picture is zero.</summary>
    /// <typeparam name="T">The elements: float, or bfloat16 as ushort.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="src">The pictures.</param>
    /// <param name="dst">The squares.</param>
    public void Squares<T>(WorkerTeam team, ReadOnlySpan<T> src, Span<T> dst)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(team);
        Check();
        Guard.Length(src.Length, Shape.SrcLength, nameof(src));
        Guard.Length(dst.Length, Elements, nameof(dst));
        fixed (T* source = src, target = dst)
        {
            SquareLoop<T> loop = new(this, source, target);
            team.Run(checked(Shape.N * Shape.IC), ref loop);
        }
    }

    /// <summary>Weights [OC, IC, KH, KW] to those of the convolution over squares, [OC, Channels, WindowH, WindowW].</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="squares">The others.</param>
    public void Windows(ReadOnlySpan<float> weights, Span<float> squares)
    {
        CheckWeights(weights.Length, squares.Length);
        squares.Clear();
        for (int plane = 0, from = 0; plane < Shape.OC * Shape.IC; plane++)
        {
            for (int y = 0; y < Shape.KH; y++)
            {
                for (int x = 0; x < Shape.KW; x++)
                    squares[Place(plane, y, x)] = weights[from++];
            }
        }
    }

    /// <summary>The gradient of <see cref="Windows"/>: what belongs to a weight, without what belongs to the zeros between them.</summary>
    /// <param name="squares">The gradient over squares.</param>
    /// <param name="weights">The gradient of the weights.</param>
    public void WindowGradients(ReadOnlySpan<float> squares, Span<float> weights)
    {
        CheckWeights(weights.Length, squares.Length);
        for (int plane = 0, to = 0; plane < Shape.OC * Shape.IC; plane++)
        {
            for (int y = 0; y < Shape.KH; y++)
            {
                for (int x = 0; x < Shape.KW; x++)
                    weights[to++] = squares[Place(plane, y, x)];
            }
        }
    }

    private int Place(int plane, int y, int x) =>
        (((plane * Square) + (y % Side * Side) + (x % Side)) * WindowH + (y / Side)) * WindowW + (x / Side);

    private void Check()
    {
        Shape.Check();
        Guard.That(Shape is { StrideH: Side, StrideW: Side, Groups: 1 }, $"Squares of {Side} stand for a stride of {Side} without groups, got {Shape}.");
    }

    private void CheckWeights(int weights, int squares)
    {
        Check();
        Guard.Length(weights, Shape.WeightsLength, nameof(weights));
        Guard.Length(squares, WindowElements, nameof(squares));
    }

    /// <summary>One channel of one image at a time.</summary>
    private readonly struct SquareLoop<T>(SpaceToDepth size, T* src, T* dst) : IParallelBody
        where T : unmanaged
    {
        public void Invoke(int item, int worker)
        {
            Conv2dShape shape = size.Shape;
            T* from = src + ((nint)item * shape.H * shape.W);
            T* to = dst + ((nint)item * size.Rows * size.Columns * Square);
            for (int row = 0; row < size.Rows; row++)
            {
                for (int y = 0; y < Side; y++)
                    Line(from, (row * Side) + y - shape.PadTop, to + (row * size.Columns * Square) + (y * Side));
            }
        }

        /// <summary>A line of pixels, four to each square.</summary>
        private void Line(T* image, int y, T* to)
        {
            Conv2dShape shape = size.Shape;
            T* line = image + ((nint)y * shape.W);
            bool inside = y >= 0 && y < shape.H;
            for (int column = 0; column < size.Columns; column++, to += Square)
            {
                int x = (column * Side) - shape.PadLeft;
                if (inside && x >= 0 && x + Side <= shape.W)
                    *(Four<T>*)to = *(Four<T>*)(line + x);
                else
                    Edge(line, inside ? shape.W : 0, x, to);
            }
        }

        private static void Edge(T* line, int width, int x, T* to)
        {
            for (int i = 0; i < Side; i++)
                to[i] = x + i >= 0 && x + i < width ? line[x + i] : default;
        }
    }

    private struct Four<T>
        where T : unmanaged
    {
#pragma warning disable CS0169 // Moved as a whole.
        private T _a, _b, _c, _d;
#pragma warning restore CS0169
    }
}
