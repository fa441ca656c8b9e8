namespace Fovea.Engine.Planning;

/// <summary>
/// How a tensor of a batch lies in memory. Backends add their own; two layouts are equal when a kernel that wants one can read the other as it is.
/// </summary>
public abstract class Layout : IEquatable<Layout>
{
    /// <summary>Bytes of the whole batch's tensor, padding included.</summary>
    public abstract long Bytes { get; }

    /// <summary>The type of the elements.</summary>
    public abstract Precision Precision { get; }

    /// <summary>The layout's name for reports: "nchw", "nhwc bf16", "aBcd16b".</summary>
    public abstract string Tag { get; }

    /// <summary>
    /// The layout in which kernels get the tensor that take it as it lies: itself, but for layouts that only some kernels read.
    /// </summary>
    public virtual Layout Common => this;

    /// <inheritdoc/>
    public abstract bool Equals(Layout? other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as Layout);

    /// <inheritdoc/>
    public abstract override int GetHashCode();
}

/// <summary>A dense layout that every backend understands: channels first or last; a flat tensor is [N, features]. The managed backend computes in float32 alone.</summary>
public sealed class PlainLayout : Layout
{
    private PlainLayout(int batch, TensorShape shape, bool channelsLast, Precision precision)
    {
        Batch = batch;
        Shape = shape;
        ChannelsLast = channelsLast;
        Precision = precision;
    }

    /// <summary>Samples.</summary>
    public int Batch { get; }

    /// <summary>One sample.</summary>
    public TensorShape Shape { get; }

    /// <summary>True for NHWC.</summary>
    public bool ChannelsLast { get; }

    /// <inheritdoc/>
    public override long Bytes => Batch * Shape.Elements * Precision.Bytes();

    /// <inheritdoc/>
    public override Precision Precision { get; }

    /// <inheritdoc/>
    public override string Tag => (Shape.IsFlat ? "nc" : ChannelsLast ? "nhwc" : "nchw") + (Precision == Precision.Float32 ? "" : $" {Precision.Name()}");

    /// <summary>NCHW, or [N, features] for a flat shape.</summary>
    public static PlainLayout Nchw(int batch, TensorShape shape, Precision precision = Precision.Float32) => new(batch, shape, false, precision);

    /// <summary>NHWC.</summary>
    public static PlainLayout Nhwc(int batch, TensorShape shape, Precision precision = Precision.Float32) => new(batch, shape, true, precision);

    /// <inheritdoc/>
    public override bool Equals(Layout? other) =>
        other is PlainLayout plain && plain.Batch == Batch && plain.Shape == Shape && plain.ChannelsLast == ChannelsLast && plain.Precision == Precision;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Batch, Shape, ChannelsLast, Precision);
}
