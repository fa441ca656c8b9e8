using System.Diagnostics;
using Fovea.Engine.Backends;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;

namespace Fovea.Engine.Measuring;

/// <summary>oneDNN's kernels for a convolution or a linear layer, each alone, over memory in whatever layout it likes best.</summary>
internal static class BareKernels
{
    private static readonly long[] NoDilation = [0, 0];

    /// <summary>The kernels that there are for one pass of a layer; nothing for layers other than convolutions and linear ones.</summary>
    /// <param name="api">oneDNN.</param>
    /// <param name="graph">The network.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="batch">Images.</param>
    /// <param name="training">True where a backward pass follows.</param>
    /// <param name="pass">Which pass.</param>
    /// <param name="precision">The plan's: with bfloat16 its kernels come first, and float32's besides, which may beat them with Winograd.</param>
    public static IEnumerable<PrimitiveDesc> Candidates(IOneDnn api, Graph graph, Layer layer, int batch, bool training, StepKind pass, Precision precision)
    {
        (TensorShape src, TensorShape dst) = (graph.Layers[layer.Inputs[0]].Output, layer.Output);
        PrimitiveDesc? Conv(Conv2d conv, DataType type, ConvAlgorithm algorithm, bool channelsLast = false) =>
            Convolution(api, conv, src, dst, new Form(batch, training, pass, type, channelsLast), algorithm);
        PrimitiveDesc?[] all = (layer.Node.Op, precision) switch
        {
            (Conv2d conv, Precision.Float32) => [Conv(conv, DataType.F32, ConvAlgorithm.Direct), Conv(conv, DataType.F32, ConvAlgorithm.Winograd)],
            (Conv2d conv, _) =>
            [
                Conv(conv, DataType.Bf16, ConvAlgorithm.Direct), Conv(conv, DataType.Bf16, ConvAlgorithm.Direct, channelsLast: true),
                Conv(conv, DataType.F32, ConvAlgorithm.Winograd),
            ],
            (Linear linear, _) => [InnerProduct(api, linear, src, new Form(batch, training, pass, OneDnnBackend.TypeOf(precision), false))],
            _ => [],
        };
        return all.OfType<PrimitiveDesc>();
    }

    /// <summary>The shortest of a few runs, in seconds.</summary>
    public static double Time(IOneDnn api, PrimitiveDesc desc, int runs)
    {
        List<NativeBuffer> memory = [];
        try
        {
            List<(Arg, MemoryDesc, nint)> arguments = [];
            foreach (Arg arg in (Arg[])[Arg.Src, Arg.Weights, Arg.Bias, Arg.Dst, Arg.DiffSrc, Arg.DiffDst, Arg.DiffWeights, Arg.DiffBias, Arg.Scratchpad])
            {
                if (desc.Query(arg) is not { ByteSize: > 0 } memoryDesc)
                    continue;
                NativeBuffer buffer = new(memoryDesc.ByteSize);
                memory.Add(buffer);
                if (memoryDesc.DataType == DataType.Bf16)
                    buffer.Span<ushort>().Fill(BFloat16.FromSingle(SingleLayer.Value));
                else
                    buffer.Span<float>().Fill(SingleLayer.Value);
                arguments.Add((arg, memoryDesc, buffer.Address));
            }
            using Primitive primitive = api.CreatePrimitive(desc);
            using BoundPrimitive bound = api.Bind(primitive, [.. arguments]);
            bound.Execute();
            double best = double.PositiveInfinity;
            for (int i = 0; i < runs; i++)
            {
                long start = Stopwatch.GetTimestamp();
                bound.Execute();
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
            return best;
        }
        finally
        {
            foreach (NativeBuffer buffer in memory)
                buffer.Dispose();
        }
    }

    /// <summary>What is asked of a kernel besides its layer; the gradients of weights are float32 whatever the type.</summary>
    private sealed record Form(int Batch, bool Training, StepKind Pass, DataType Type, bool ChannelsLast)
    {
        public DataType Weights => Pass == StepKind.BackwardWeights ? DataType.F32 : Type;

        public MemoryDesc Image(IOneDnn api, TensorShape shape) =>
            ChannelsLast ? api.Plain(OneDnnBackend.Dims(Batch, shape), Type, FormatTag.Nhwc) : api.Any(OneDnnBackend.Dims(Batch, shape), Type);
    }

    private static PrimitiveDesc? Convolution(IOneDnn api, Conv2d conv, TensorShape srcShape, TensorShape dstShape, Form form, ConvAlgorithm algorithm)
    {
        MemoryDesc src = form.Image(api, srcShape), dst = form.Image(api, dstShape);
        MemoryDesc weights = api.Any(
            conv.Groups == 1
                ? [conv.OutChannels, srcShape.C, conv.Kernel.H, conv.Kernel.W]
                : [conv.Groups, conv.OutChannels / conv.Groups, srcShape.C / conv.Groups, conv.Kernel.H, conv.Kernel.W],
            form.Weights);
        MemoryDesc? bias = conv.HasBias ? api.Plain([conv.OutChannels], DataType.F32, FormatTag.X) : null;
        long[] strides = [conv.Stride.H, conv.Stride.W], before = [conv.Padding.Top, conv.Padding.Left], after = [conv.Padding.Bottom, conv.Padding.Right];
        try
        {
            return form.Pass switch
            {
                StepKind.Forward => api.ConvolutionForward(form.Training, algorithm, src, weights, bias, dst, strides, NoDilation, before, after, null, out _),
                StepKind.BackwardData => api.ConvolutionBackwardData(algorithm, src, weights, dst, strides, NoDilation, before, after, null, null, out _),
                StepKind.BackwardWeights => api.ConvolutionBackwardWeights(algorithm, src, weights, bias, dst, strides, NoDilation, before, after, null, null, out _),
                _ => null,
            };
        }
        catch (OneDnnException) when (algorithm == ConvAlgorithm.Winograd || form.ChannelsLast)
        {
            // A shape that Winograd, or the kernel of this layout, does not know.
            return null;
        }
    }

    private static PrimitiveDesc? InnerProduct(IOneDnn api, Linear linear, TensorShape srcShape, Form form)
    {
        // As in the plan, a linear layer's results are float32.
        MemoryDesc src = api.Any([form.Batch, srcShape.Features], form.Type);
        MemoryDesc dst = api.Any([form.Batch, linear.OutFeatures], form.Pass == StepKind.Forward ? DataType.F32 : form.Type);
        MemoryDesc weights = api.Any([linear.OutFeatures, srcShape.Features], form.Weights);
        MemoryDesc? bias = linear.HasBias ? api.Plain([linear.OutFeatures], DataType.F32, FormatTag.X) : null;
        return form.Pass switch
        {
            StepKind.Forward => api.InnerProductForward(form.Training, src, weights, bias, dst, null, out _),
            StepKind.BackwardData => api.InnerProductBackwardData(src, weights, dst, null, null, out _),
            StepKind.BackwardWeights => api.InnerProductBackwardWeights(src, weights, bias, dst, null, null, out _),
            _ => null,
        };
    }
}
