namespace Fovea.OneDnn.Tests;

public class PoolingTests
{
    private const int N = 2;

    /// <summary>C, IH, IW, kernel, stride, pad top/left, pad bottom/right.</summary>
    public static TheoryData<int, int, int, int, int, int, int> Cases => new()
    {
        { 16, 9, 7, 3, 2, 0, 0 },
        { 19, 8, 8, 3, 2, 1, 2 },
        { 5, 7, 9, 2, 2, 0, 1 },
        { 32, 6, 6, 6, 1, 0, 0 },
    };

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void ForwardAndBackwardAreThePlainLoops(int c, int h, int w, int kernel, int stride, int pad, int padEnd)
    {
        Window window = new(N, c, h, w, kernel, stride, pad, padEnd);
        float[] src = Values.Make((long)N * c * h * w, 1), diffDst = Values.Make((long)N * c * window.OH * window.OW, 2);
        foreach (PoolAlgorithm algorithm in Enum.GetValues<PoolAlgorithm>())
            foreach (FormatTag tag in new[] { FormatTag.Nchw, FormatTag.Nhwc, FormatTag.NChw16c })
            {
                using Rig rig = new();
                (double[] dst, double[] diffSrc) = window.Reference(algorithm, src, diffDst);
                MemoryDesc s = rig.Api.Plain([N, c, h, w], DataType.F32, tag);
                MemoryDesc d = rig.Api.Any([N, c, window.OH, window.OW], DataType.F32);
                PrimitiveDesc forward = rig.Need(
                    rig.Api.PoolingForward(
                        true, algorithm, s, d, [kernel, kernel], [stride, stride], [0, 0], [pad, pad], [padEnd, padEnd], null, out string why),
                    why);
                Assert.True(forward.Query(Arg.Dst)!.IsPlain(tag));
                Assert.Equal(algorithm == PoolAlgorithm.Max, forward.Query(Arg.Workspace) is not null);
                Arg[] outputs = algorithm == PoolAlgorithm.Max ? [Arg.Dst, Arg.Workspace] : [Arg.Dst];
                Run run = rig.Prepare(forward, new Dictionary<Arg, float[]> { [Arg.Src] = src }, outputs);
                int terms = algorithm == PoolAlgorithm.Max ? 1 : kernel * kernel;
                Values.AreClose(dst, run.Execute(Arg.Dst), terms, 1, forward.ToString());

                PrimitiveDesc backward = rig.Need(
                    rig.Api.PoolingBackward(
                        algorithm, s, forward.Query(Arg.Dst)!, [kernel, kernel], [stride, stride], [0, 0], [pad, pad], [padEnd, padEnd], forward, null, out why),
                    why);
                Dictionary<Arg, nint> shared = algorithm == PoolAlgorithm.Max ? new() { [Arg.Workspace] = run.Address(Arg.Workspace) } : [];
                Run back = rig.Prepare(backward, new Dictionary<Arg, float[]> { [Arg.DiffDst] = diffDst }, [Arg.DiffSrc], shared);
                // At most kernel^2 windows meet in an element, each adding at most 1.
                Values.AreClose(diffSrc, back.Execute(Arg.DiffSrc), kernel * kernel, kernel * kernel, backward.ToString());
            }
    }

    [SkippableFact]
    public void WithoutHintTheBackwardPassNeedsALayout()
    {
        using Rig rig = new();
        MemoryDesc d = rig.Natural(1, 16, 2, 2);
        PrimitiveDesc made = rig.Need(
            rig.Api.PoolingBackward(PoolAlgorithm.Max, rig.Natural(1, 16, 4, 4), d, [2, 2], [2, 2], [0, 0], [0, 0], [0, 0], null, null, out string why), why);
        Assert.NotNull(made.Query(Arg.Workspace));
        OneDnnException error = Assert.Throws<OneDnnException>(() => rig.Api.PoolingBackward(
            PoolAlgorithm.Max, rig.Api.Any([1, 16, 4, 4], DataType.F32), d, [2, 2], [2, 2], [0, 0], [0, 0], [0, 0], null, null, out _));
        Assert.Contains("hint", error.Message, StringComparison.Ordinal);
    }

    private sealed record Window(int Batch, int C, int H, int W, int K, int Stride, int Pad, int PadEnd)
    {
        public int OH => (H - K + Pad + PadEnd) / Stride + 1;

        public int OW => (W - K + Pad + PadEnd) / Stride + 1;

        public (double[] Dst, double[] DiffSrc) Reference(PoolAlgorithm algorithm, float[] src, float[] diffDst)
        {
            double[] dst = new double[diffDst.Length], diff = new double[src.Length];
            for (int plane = 0; plane < Batch * C; plane++)
                for (int oh = 0; oh < OH; oh++)
                    for (int ow = 0; ow < OW; ow++)
                    {
                        int at = (plane * OH + oh) * OW + ow;
                        List<int> inside = [];
                        for (int y = oh * Stride - Pad; y < oh * Stride - Pad + K; y++)
                            for (int x = ow * Stride - Pad; x < ow * Stride - Pad + K; x++)
                            {
                                if (y >= 0 && y < H && x >= 0 && x < W) inside.Add((plane * H + y) * W + x);
                            }

                        if (algorithm == PoolAlgorithm.Max)
                        {
                            int best = inside.MaxBy(i => src[i]);
                            dst[at] = src[best];
                            diff[best] += diffDst[at];
                            continue;
                        }

                        int count = algorithm == PoolAlgorithm.AvgIncludePadding ? K * K : inside.Count;
                        dst[at] = inside.Sum(i => (double)src[i]) / count;
                        foreach (int i in inside) diff[i] += (double)diffDst[at] / count;
                    }

            return (dst, diff);
        }
    }
}
