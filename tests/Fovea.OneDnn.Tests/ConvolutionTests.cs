namespace Fovea.OneDnn.Tests;

public class ConvolutionTests
{
    // N, IC, OC, IH, IW, K, stride, dilation (0: dense), pad top/left, pad bottom/right, groups
    public static TheoryData<ConvCase> Cases => new()
    {
        new ConvCase(2, 3, 16, 13, 11, 5, 4, 0, 2, 2, 1),
        new ConvCase(1, 1, 6, 9, 9, 5, 1, 0, 2, 2, 1),
        new ConvCase(3, 19, 7, 7, 6, 3, 1, 0, 1, 1, 1),
        new ConvCase(2, 32, 48, 9, 8, 3, 1, 0, 1, 1, 1),
        new ConvCase(2, 32, 16, 8, 8, 4, 2, 0, 1, 2, 1),
        new ConvCase(2, 32, 32, 7, 7, 3, 1, 0, 1, 1, 2),
        new ConvCase(2, 6, 10, 7, 7, 3, 2, 0, 0, 1, 2),
        new ConvCase(2, 16, 32, 5, 5, 1, 1, 0, 0, 0, 1),
        new ConvCase(1, 16, 16, 11, 11, 3, 1, 1, 2, 2, 1),
    };

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void ForwardIsThePlainSum(ConvCase c)
    {
        foreach (bool training in new[] { true, false })
        {
            using Rig rig = new();
            ConvData data = new(c);
            PrimitiveDesc forward = Forward(rig, c, training, ConvAlgorithm.Direct, null);
            float[] dst = rig.Prepare(forward, data.ForwardInputs, [Arg.Dst]).Execute(Arg.Dst);
            int terms = c.IC / c.Groups * c.K * c.K + 1;
            Values.AreClose(data.Forward(), dst, terms, terms, forward.ToString());
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void GradientsAreThePlainSums(ConvCase c)
    {
        using Rig rig = new();
        ConvData data = new(c);
        PrimitiveDesc forward = Forward(rig, c, true, ConvAlgorithm.Direct, null);
        foreach (PrimitiveDesc? hint in new[] { forward, null })
        {
            PrimitiveDesc backward = rig.Need(
                rig.Api.ConvolutionBackwardData(
                    ConvAlgorithm.Direct, rig.Api.Any(c.Src, DataType.F32), rig.Api.Any(c.Weights, DataType.F32), rig.Api.Any(c.Dst, DataType.F32),
                    c.Strides, c.Dilations, c.PadL, c.PadR, hint, null, out string why),
                why);
            float[] diffSrc = rig.Prepare(
                backward, new Dictionary<Arg, float[]> { [Arg.DiffDst] = data.DiffDst, [Arg.Weights] = data.WeightsData }, [Arg.DiffSrc]).Execute(Arg.DiffSrc);
            int terms = c.OC / c.Groups * c.K * c.K;
            Values.AreClose(data.BackwardData(), diffSrc, terms, terms, backward.ToString());

            PrimitiveDesc weights = rig.Need(
                rig.Api.ConvolutionBackwardWeights(
                    ConvAlgorithm.Direct, rig.Api.Any(c.Src, DataType.F32), rig.Api.Any(c.Weights, DataType.F32), rig.Api.Any([c.OC], DataType.F32),
                    rig.Api.Any(c.Dst, DataType.F32), c.Strides, c.Dilations, c.PadL, c.PadR, hint, null, out why),
                why);
            Run run = rig.Prepare(
                weights, new Dictionary<Arg, float[]> { [Arg.Src] = data.SrcData, [Arg.DiffDst] = data.DiffDst }, [Arg.DiffWeights, Arg.DiffBias]);
            terms = c.N * c.OH * c.OW;
            (double[] diffWeights, double[] diffBias) = data.BackwardWeights();
            Values.AreClose(diffWeights, run.Execute(Arg.DiffWeights), terms, terms, weights.ToString());
            Values.AreClose(diffBias, run.Read(Arg.DiffBias), terms, terms, weights.ToString());
        }
    }

    [SkippableFact]
    public void WinogradIsTheSameSumRoundedOtherwise()
    {
        ConvCase c = new(2, 64, 64, 14, 14, 3, 1, 0, 1, 1, 1);
        ConvData data = new(c);
        // One source channel per result channel: what sums up is the transforms alone, and their bound stays far below the results.
        for (int i = 0; i < data.WeightsData.Length; i++)
        {
            if (i / 9 % c.IC != i / 9 / c.IC) data.WeightsData[i] = 0;
        }

        using Rig rig = new();
        PrimitiveDesc? forward = rig.Api.ConvolutionForward(
            true, ConvAlgorithm.Winograd, rig.Api.Any(c.Src, DataType.F32), rig.Api.Any(c.Weights, DataType.F32), rig.Api.Any([c.OC], DataType.F32),
            rig.Api.Any(c.Dst, DataType.F32), c.Strides, c.Dilations, c.PadL, c.PadR, null, out string why);
        Skip.If(forward is null, why);
        rig.Own(forward!);
        Assert.Contains("wino", forward!.Implementation, StringComparison.Ordinal);
        float[] dst = rig.Prepare(forward, data.ForwardInputs, [Arg.Dst]).Execute(Arg.Dst);
        // F(4x4, 3x3): absolute row sums of its matrices are B 10, G 1, A 19, each applied on both sides, so what is rounded reaches 100 * 1 * 361;
        // six numbers at most per row, three matrices, two sides: 36 roundings.
        Values.AreClose(data.Forward(), dst, 36, 100 * 361, forward.ToString());
    }

    [SkippableFact]
    public void ReluAsPostOpIsReluOfTheResult()
    {
        using Rig rig = new();
        ConvCase c = new(2, 16, 32, 9, 9, 3, 1, 0, 1, 1, 1);
        ConvData data = new(c);
        float[] plain = rig.Prepare(Forward(rig, c, true, ConvAlgorithm.Direct, null), data.ForwardInputs, [Arg.Dst]).Execute(Arg.Dst);
        PrimitiveDesc fused = Forward(rig, c, true, ConvAlgorithm.Direct, Attributes.Default.AppendEltwiseRelu());
        float[] relu = rig.Prepare(fused, data.ForwardInputs, [Arg.Dst]).Execute(Arg.Dst);
        Assert.Contains(plain, v => v < 0);
        Assert.Equal(plain.Select(v => Math.Max(v, 0)), relu);
    }

    [SkippableFact]
    public void PlainLayoutsWorkToo()
    {
        using Rig rig = new();
        ConvCase c = new(2, 5, 9, 7, 8, 3, 2, 0, 1, 2, 1);
        ConvData data = new(c);
        foreach (FormatTag tag in new[] { FormatTag.Nchw, FormatTag.Nhwc })
        {
            PrimitiveDesc forward = rig.Need(
                rig.Api.ConvolutionForward(
                    true, ConvAlgorithm.Direct, rig.Api.Plain(c.Src, DataType.F32, tag), rig.Natural(c.Weights), rig.Natural(c.OC),
                    rig.Api.Plain(c.Dst, DataType.F32, tag), c.Strides, c.Dilations, c.PadL, c.PadR, null, out string why),
                why);
            Assert.True(forward.Query(Arg.Src)!.IsPlain(tag));
            int terms = c.IC * c.K * c.K + 1;
            float[] dst = rig.Prepare(forward, data.ForwardInputs, [Arg.Dst]).Execute(Arg.Dst);
            Values.AreClose(data.Forward(), dst, terms, terms, forward.ToString());
        }
    }

    internal static PrimitiveDesc Forward(Rig rig, ConvCase c, bool training, ConvAlgorithm algorithm, Attributes? attributes)
    {
        PrimitiveDesc? forward = rig.Api.ConvolutionForward(
            training, algorithm, rig.Api.Any(c.Src, DataType.F32), rig.Api.Any(c.Weights, DataType.F32), rig.Api.Any([c.OC], DataType.F32),
            rig.Api.Any(c.Dst, DataType.F32), c.Strides, c.Dilations, c.PadL, c.PadR, attributes, out string why);
        return rig.Need(forward, why);
    }
}
