namespace Fovea.OneDnn.Tests;

public class CreationTests
{
    [SkippableFact]
    public void WhatHasNoImplementationIsNullWithTheReason()
    {
        using Rig rig = new();
        // Winograd is for 3x3.
        PrimitiveDesc? desc = rig.Api.ConvolutionForward(
            true, ConvAlgorithm.Winograd, rig.Natural(1, 16, 9, 9), rig.Natural(16, 16, 5, 5), null, rig.Natural(1, 16, 5, 5),
            [1, 1], [0, 0], [0, 0], [0, 0], null, out string why);
        Assert.Null(desc);
        Assert.Contains("no implementation", why, StringComparison.Ordinal);
        Assert.Contains("src f32 1x16x9x9 abcd", why, StringComparison.Ordinal);
        Assert.Contains("bias none", why, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void ShapesThatDoNotFitAreNamed()
    {
        using Rig rig = new();
        OneDnnException error = Assert.Throws<OneDnnException>(() => rig.Api.ConvolutionForward(
            true, ConvAlgorithm.Direct, rig.Natural(1, 16, 9, 9), rig.Natural(16, 8, 3, 3), null, rig.Natural(1, 16, 9, 9),
            [1, 1], [0, 0], [1, 1], [1, 1], null, out _));
        Assert.Contains("dnnl_convolution_forward", error.Message.Replace("dilated_", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("dnnl_invalid_arguments", error.Message, StringComparison.Ordinal);
        Assert.Contains("weights f32 16x8x3x3 abcd", error.Message, StringComparison.Ordinal);
        Assert.Throws<OneDnnException>(() => rig.Api.InnerProductForward(true, rig.Natural(2, 3), rig.Natural(5, 4), null, rig.Natural(2, 5), null, out _));
    }

    [SkippableFact]
    public void ArraysOfAnotherLengthNeverReachTheLibrary()
    {
        using Rig rig = new();
        OneDnnException error = Assert.Throws<OneDnnException>(() => rig.Api.PoolingForward(
            true, PoolAlgorithm.Max, rig.Natural(1, 16, 4, 4), rig.Natural(1, 16, 2, 2), [2, 2], [2], [0, 0], [0, 0], [0, 0], null, out _));
        Assert.Contains("needs 2 numbers", error.Message, StringComparison.Ordinal);
        Assert.Throws<OneDnnException>(() => rig.Api.Sum(rig.Natural(2, 2), [1f], [rig.Natural(2, 2), rig.Natural(2, 2)], null, out _));
    }

    [SkippableFact]
    public void QueriesTellWhatThePrimitiveHas()
    {
        using Rig rig = new();
        PrimitiveDesc desc = rig.Need(
            rig.Api.ConvolutionForward(
                true, ConvAlgorithm.Direct, rig.Api.Any([2, 32, 9, 9], DataType.F32), rig.Api.Any([16, 32, 3, 3], DataType.F32), null,
                rig.Api.Any([2, 16, 9, 9], DataType.F32), [1, 1], [0, 0], [1, 1], [1, 1], null, out string why),
            why);
        Assert.Null(desc.Query(Arg.Bias));
        Assert.Null(desc.Query(Arg.Workspace));
        Assert.Null(desc.Query(Arg.DiffSrc));
        Assert.False(desc.Query(Arg.Src)!.IsAny);
        Assert.False(desc.Query(Arg.Weights)!.IsAny);
        Assert.NotEqual("", desc.Implementation);
        Assert.Contains(desc.Implementation, desc.ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void ViewsWithGapsGetTheReferenceKernel()
    {
        using Rig rig = new();
        MemoryDesc view = rig.Api.Strided([1, 16, 4, 4], DataType.F32, [512, 32, 8, 1]);
        PrimitiveDesc desc = rig.Need(
            rig.Api.PoolingForward(
                false, PoolAlgorithm.Max, view, rig.Natural(1, 16, 2, 2), [2, 2], [2, 2], [0, 0], [0, 0], [0, 0], null, out string why),
            why);
        Assert.True(desc.IsReference, desc.Implementation);
    }
}
