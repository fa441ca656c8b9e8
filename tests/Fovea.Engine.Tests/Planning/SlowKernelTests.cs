using System.Runtime.Intrinsics.X86;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>What counts as a slow kernel, by the names that oneDNN gives its kernels, and that plans which end on one say so.</summary>
public sealed class SlowKernelTests
{
    [Theory]
    [InlineData("oneDNN lrn_ref:any", "avx512_core_bf16", "value by value")]
    [InlineData("oneDNN ref:any", "avx2", "value by value")]
    [InlineData("oneDNN simple:any", "avx512_core", "value by value")]
    [InlineData("oneDNN ncsp_bnorm:any", "avx512_core", "value by value")]
    [InlineData("oneDNN bnorm_tbb_jit:avx2", "avx512_core_amx", "avx512_core_amx unused")]
    [InlineData("oneDNN jit:avx2", "avx512_core", "avx512_core unused")]
    [InlineData("oneDNN jit:sse41", "avx2", "avx2 unused")]
    public void SlowOnesAreNamedWithTheReasonAndTheCure(string kernel, string processor, string why)
    {
        SlowKernel slow = Assert.Single(SlowKernels.Among(Network(), [Step("norm", kernel)], processor));
        Assert.Equal((kernel, "BatchNorm2d"), (slow.Kernel, slow.Op));
        Assert.Equal(["norm (24 channels)"], slow.Layers);
        Assert.Contains(why, slow.Why, StringComparison.Ordinal);
        Assert.Contains("multiples of 16", slow.Cure, StringComparison.Ordinal);
        Assert.StartsWith($"slow kernel: {kernel} does BatchNorm2d of norm (24 channels): ", slow.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oneDNN jit:avx512_core", "avx512_core_amx")]
    [InlineData("oneDNN brgconv_1x1:avx512_core", "avx512_core_bf16")]
    [InlineData("oneDNN bnorm_jit:avx2", "avx2")]
    [InlineData("oneDNN x64:gemm:jit", "avx512_core")]
    [InlineData("oneDNN jit:uni", "avx512_core")]
    [InlineData("oneDNN jit_wino_4x3:avx512_core", "avx512_core")]
    [InlineData("managed winograd F(2x2, 5x5)", "avx512_core")]
    [InlineData("managed", "avx512_core")]
    [InlineData("oneDNN jit:avx2", null)]
    public void FastOnesAreNot(string kernel, string? processor) => Assert.Empty(SlowKernels.Among(Network(), [Step("norm", kernel)], processor));

    [Fact]
    public void LayersOfOneKernelShareALine()
    {
        SlowKernel[] slow = [.. SlowKernels.Among(
            Network(), [Step("conv", "oneDNN jit:avx2"), Step("norm", "oneDNN jit:avx2"), Step("conv", "oneDNN jit:avx2")], "avx512_core")];
        Assert.Equal(["Conv2d", "BatchNorm2d"], slow.Select(s => s.Op));
        Assert.Equal(["conv (3 to 24 channels)"], slow[0].Layers);
    }

    /// <summary>What oneDNN has no primitive for and what only moves memory is done by the managed kernel on purpose.</summary>
    [SkippableFact]
    public void WhatOneDnnDeclinesIsNoMatterWhereItCostsNothing()
    {
        Skip.IfNot(Backends.HasOneDnn, "libdnnl is not installed");
        OpCase c = OpCase.All.First(x => x.Op == "identityshortcut");
        Graph graph = Graph.Create(c.Name, c.Apply([TensorSource.Node(c.Batch, c.Shape)])!, c.Shape);
        using Runtime runtime = new(new RuntimeOptions { Backend = BackendChoice.OneDnn, Threads = 1 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = c.Batch });
        Assert.Contains(plan.Steps, step => step.Declined is not null);
        Assert.Empty(runtime.SlowKernels);
    }

    /// <summary>Checked on oneDNN 2.6.3: batch normalisation of 24 channels in NHWC falls to a kernel of AVX2, and so does the weight gradient of a convolution with groups of 24 and 8.</summary>
    [SkippableTheory]
    [InlineData("batchnorm nhwc odd channels", "BatchNorm2d")]
    [InlineData("conv 3x3 groups 2", "Conv2d")]
    public void APlanThatEndsOnOneWarnsOnce(string name, string op)
    {
        Skip.IfNot(Backends.HasOneDnn && Avx512F.IsSupported, "libdnnl is not installed, or the processor has nothing better than AVX2");
        OpCase c = OpCase.All.Single(x => x.Name == name);
        Graph graph = Graph.Create(name, c.Apply([TensorSource.Node(c.Batch, c.Shape)])!, c.Shape);
        List<SlowKernel> warnings = [];
        using Runtime runtime = new(new RuntimeOptions { Backend = BackendChoice.OneDnn, Threads = 1, Slow = warnings.Add });
        using ParameterSet parameters = ParameterSet.For(graph);
        PlanOptions options = new() { Batch = c.Batch, Training = true, Loss = new Probe() };
        runtime.Compile(graph, parameters, options);
        runtime.Compile(graph, parameters, options);
        SlowKernel slow = Assert.Single(warnings);
        Assert.Equal(op, slow.Op);
        Assert.Equal(warnings, runtime.SlowKernels);
    }

    private static Graph Network() =>
        Graph.Create("network", Node.Source(new TensorSource(1, new TensorShape(3, 8, 8)), "source").Conv2d(24, 3, name: "conv").BatchNorm2d(name: "norm"), new TensorShape(3, 8, 8));

    private static ManagedStep Step(string layer, string kernel) => new ManagedStep(layer, "forward", kernel, [], [], () => { });
}
