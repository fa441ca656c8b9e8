using Fovea.Engine.Planning;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Backends;

/// <summary>oneDNN's kernels (libdnnl through its C API): layouts are chosen by it, every reorder is a step of its own, all memory comes from the arena.</summary>
public sealed class OneDnnBackend : Backend
{
    private OneDnnBackend(IOneDnn api) => Api = api;

    /// <inheritdoc/>
    public override string Name => "onednn";

    /// <inheritdoc/>
    public override string? InstructionSet => Api.EffectiveIsa;

    /// <inheritdoc/>
    public override string Identity => $"oneDNN {Api.Version}, {Api.EffectiveIsa}";

    /// <summary>The library.</summary>
    public IOneDnn Api { get; }

    /// <summary>Loads libdnnl and fixes the calling thread's OpenMP threads.</summary>
    /// <param name="threads">Threads of every kernel that this thread creates from now on.</param>
    /// <param name="report">What was found, or what is missing and what to do.</param>
    /// <returns>Null where the library cannot be used.</returns>
    public static OneDnnBackend? TryCreate(int threads, out string report)
    {
        if (!OneDnnLibrary.TryLoad(threads, out IOneDnn? api, out report))
            return null;
        api.SetThreads(threads);
        return new OneDnnBackend(api);
    }

    /// <summary>True where the processor computes with bfloat16; elsewhere oneDNN imitates it, slower than float32.</summary>
    public bool HasBFloat16 => Api.EffectiveIsa.Contains("bf16", StringComparison.Ordinal) || Api.EffectiveIsa.Contains("amx", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string? Lower(OpDefinition op, Lowering lowering) =>
        op is Op kernels ? kernels.LowerOneDnn(lowering, this) : $"{op.Name} has no kernels";

    /// <inheritdoc/>
    public override Step? Reorder(LoweringContext context, string what, Value from, Value to)
    {
        if (from.Layout is JointLayout or JointGradientLayout || to.Layout is JointLayout || from.Layout is BlockImageLayout || to.Layout is BlockImageLayout)
            return null;
        (MemoryDesc source, MemoryDesc target) = (Desc(from.Layout), Desc(to.Layout));
        PrimitiveDesc? desc = Api.Reorder(source, target, null, out _);
        if (desc is null)
            return null;
        string work = $"reorder {what} {from.Layout.Tag} -> {to.Layout.Tag}";
        OneDnnArgument[] arguments = WithScratchpad(context, desc, [new(Arg.Src, source, from.Buffer), new(Arg.Dst, target, to.Buffer)]);
        return new OneDnnStep(Api, context.Layer.Node.Name, work, desc, arguments, backward: false);
    }

    /// <summary>oneDNN's description of a layout.</summary>
    public MemoryDesc Desc(Layout layout) => layout switch
    {
        OneDnnLayout own => own.Desc,
        PlainLayout { Shape.IsFlat: true } flat => Api.Plain([flat.Batch, flat.Shape.Features], TypeOf(flat.Precision), FormatTag.Nc),
        PlainLayout plain => Api.Plain(Dims(plain.Batch, plain.Shape), TypeOf(plain.Precision), plain.ChannelsLast ? FormatTag.Nhwc : FormatTag.Nchw),
        _ => throw new ArgumentException($"oneDNN does not know the layout {layout.Tag}.", nameof(layout)),
    };

    /// <summary>The layout that oneDNN wants or gives; a plain one where it is plain.</summary>
    public Layout LayoutOf(MemoryDesc desc, int batch, TensorShape shape)
    {
        Precision precision = desc.DataType == DataType.Bf16 ? Precision.BFloat16 : Precision.Float32;
        PlainLayout nchw = PlainLayout.Nchw(batch, shape, precision);
        if (desc.Equals(Desc(nchw)))
            return nchw;
        if (shape.IsFlat)
            return new OneDnnLayout(desc);
        PlainLayout nhwc = PlainLayout.Nhwc(batch, shape, precision);
        return desc.Equals(Desc(nhwc)) ? nhwc : new OneDnnLayout(desc);
    }

    /// <summary>A layout that leaves the choice to oneDNN.</summary>
    public MemoryDesc Any(int batch, TensorShape shape, Precision precision) =>
        shape.IsFlat ? Api.Any([batch, shape.Features], TypeOf(precision)) : Api.Any(Dims(batch, shape), TypeOf(precision));

    /// <summary>oneDNN's name of the type.</summary>
    public static DataType TypeOf(Precision precision) => precision == Precision.BFloat16 ? DataType.Bf16 : DataType.F32;

    /// <summary>Batch, channels, height, width.</summary>
    public static long[] Dims(int batch, TensorShape shape) => [batch, shape.C, shape.H, shape.W];

    /// <summary>Adds a primitive as a step of the layer, with its scratchpad from the arena.</summary>
    /// <param name="context">The layer.</param>
    /// <param name="work">What it does: "forward".</param>
    /// <param name="desc">The primitive.</param>
    /// <param name="arguments">Its arguments without the scratchpad.</param>
    /// <param name="inPlace">A buffer that may lie where another one lies.</param>
    /// <param name="share">How much of the layer's pass it does.</param>
    public void Emit(
        LoweringContext context, string work, PrimitiveDesc desc, OneDnnArgument[] arguments, (Buffer From, Buffer To)? inPlace = null, double share = 1) =>
        context.Emit(new OneDnnStep(Api, context.Layer.Node.Name, work, desc, WithScratchpad(context, desc, arguments), context is BackwardLowering)
        {
            InPlace = inPlace,
            Share = share,
        });

    private static OneDnnArgument[] WithScratchpad(LoweringContext context, PrimitiveDesc desc, OneDnnArgument[] arguments) =>
        desc.Query(Arg.Scratchpad) is { ByteSize: > 0 } scratchpad
            ? [.. arguments, new OneDnnArgument(Arg.Scratchpad, scratchpad, context.Scratch(scratchpad.ByteSize))]
            : arguments;
}
