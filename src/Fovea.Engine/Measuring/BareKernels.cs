using System.Diagnostics;
using Fovea.Engine.Backends;
using Fovea.Engine.Ops;
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
    public static IEnumerable<PrimitiveDesc> Candidates(IOneDnn api, Graph graph, Layer layer, int batch, bool training, StepKind pass)
    {
        (TensorShape src, TensorShape dst) = (graph.Layers[layer.Inputs[0]].Output, layer.Output);
        PrimitiveDesc?[] all = layer.Node.Op switch
        {
            Conv2d conv => [Convolution(api, conv, src, dst, batch, training, pass, ConvAlgorithm.Direct), Convolution(api, conv, src, dst, batch, training, pass, ConvAlgorithm.Winograd)],
            Linear linear => [InnerProduct(api, linear, src, batch, training, pass)],
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

    private static PrimitiveDesc? Convolution(
        IOneDnn api, Conv2d conv, TensorShape srcShape, TensorShape dstShape, int batch, bool training, StepKind pass, ConvAlgorithm algorithm)
    {
        MemoryDesc src = api.Any(OneDnnBackend.Dims(batch, srcShape), DataType.F32), dst = api.Any(OneDnnBackend.Dims(batch, dstShape), DataType.F32);
        MemoryDesc weights = api.Any(
            conv.Groups == 1
                ? [conv.OutChannels, srcShape.C, conv.Kernel.H, conv.Kernel.W]
                : [conv.Groups, conv.OutChannels / conv.Groups, srcShape.C / conv.Groups, conv.Kernel.H, conv.Kernel.W],
            DataType.F32);
        MemoryDesc? bias = conv.HasBias ? api.Plain([conv.OutChannels], DataType.F32, FormatTag.X) : null;
        long[] strides = [conv.Stride.H, conv.Stride.W], before = [conv.Padding.Top, conv.Padding.Left], after = [conv.Padding.Bottom, conv.Padding.Right];
        try
        {
            return pass switch
            {
                StepKind.Forward => api.ConvolutionForward(training, algorithm, src, weights, bias, dst, strides, NoDilation, before, after, null, out _),
                StepKind.BackwardData => api.ConvolutionBackwardData(algorithm, src, weights, dst, strides, NoDilation, before, after, null, null, out _),
                StepKind.BackwardWeights => api.ConvolutionBackwardWeights(algorithm, src, weights, bias, dst, strides, NoDilation, before, after, null, null, out _),
                _ => null,
            };
        }
        catch (OneDnnException) when (algorithm == ConvAlgorithm.Winograd)
        {
            // A shape that Winograd does not know.
            return null;
        }
    }

    private static PrimitiveDesc? InnerProduct(IOneDnn api, Linear linear, TensorShape srcShape, int batch, bool training, StepKind pass)
    {
        MemoryDesc src = api.Any([batch, srcShape.Features], DataType.F32), dst = api.Any([batch, linear.OutFeatures], DataType.F32);
        MemoryDesc weights = api.Any([linear.OutFeatures, srcShape.Features], DataType.F32);
        MemoryDesc? bias = linear.HasBias ? api.Plain([linear.OutFeatures], DataType.F32, FormatTag.X) : null;
        return pass switch
        {
            StepKind.Forward => api.InnerProductForward(training, src, weights, bias, dst, null, out _),
            StepKind.BackwardData => api.InnerProductBackwardData(src, weights, dst, null, null, out _),
            StepKind.BackwardWeights => api.InnerProductBackwardWeights(src, weights, bias, dst, null, null, out _),
            _ => null,
        };
    }
}
