using System.Text.Json;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

/// <summary>What <c>summary</c> says of a network's plan: kernels and memory, without taking that memory.</summary>
public sealed class SummaryPlanTests
{
    [Fact]
    public void EveryLayerHasItsKernelAndItsMemory()
    {
        JsonElement summary = CliRun.Line("summary lenet5 --backend managed --batch-size 8 --json").Json;
        Assert.Equal(("train", 8, "managed"), (summary.GetProperty("mode").GetString(), summary.GetProperty("batch").GetInt32(), summary.GetProperty("backend").GetString()));
        Dictionary<string, JsonElement> layers = summary.GetProperty("layers").EnumerateArray().ToDictionary(l => l.GetProperty("name").GetString()!);
        Assert.Equal("", layers["input"].GetProperty("kernel").GetString());
        Assert.Equal("managed", layers["features.0"].GetProperty("kernel").GetString());
        // 6 x 28 x 28 values of 4 bytes, 8 images: kept for the backward pass, so the sigmoid has memory of its own.
        Assert.Equal(8 * 6 * 28 * 28 * 4, layers["features.1"].GetProperty("activationBytes").GetInt64() + layers["features.0"].GetProperty("activationBytes").GetInt64());
        Assert.Equal(summary.GetProperty("activationBytes").GetInt64(), layers.Values.Sum(l => l.GetProperty("activationBytes").GetInt64()));
    }

    [Fact]
    public void FusedLayersNameTheLayerWhoseKernelDoesThem()
    {
        JsonElement summary = CliRun.Line("summary resnet18-cifar --backend managed --mode infer --batch-size 1 --json").Json;
        JsonElement[] layers = [.. summary.GetProperty("layers").EnumerateArray()];
        Assert.All(["BatchNorm2d", "Add", "ReLU"], op => Assert.All(
            layers.Where(l => l.GetProperty("op").GetString() == op), l =>
            {
                Assert.StartsWith("in ", l.GetProperty("kernel").GetString(), StringComparison.Ordinal);
                Assert.Equal(0, l.GetProperty("activationBytes").GetInt64());
            }));
    }

    [Theory]
    [InlineData("train", 2)]
    [InlineData("infer", 1)]
    public void ThePeakIsArenaParametersAndOptimizer(string mode, int copies)
    {
        JsonElement summary = CliRun.Line($"summary alexnet --backend managed --mode {mode} --batch-size 16 --json").Json;
        long Bytes(string name) => summary.GetProperty(name).GetInt64();
        Assert.Equal(Bytes("arenaBytes") + Bytes("parameterBytes") + Bytes("optimizerBytes"), Bytes("peakBytes"));
        Assert.Equal(copies * 62_378_344L * 4, Bytes("parameterBytes") + Bytes("optimizerBytes"));
        Assert.InRange(Bytes("kernelCopyBytes"), 0, Bytes("arenaBytes"));
    }

    /// <summary>A plan that no machine of this kind could run is described all the same, since describing takes nothing of its memory.</summary>
    [Theory]
    [InlineData("managed")]
    [InlineData("auto")]
    public void DescribingAPlanTakesNoneOfItsMemory(string backend)
    {
        CliRun.Line($"summary lenet5 --backend {backend}");
        long before = Environment.WorkingSet;
        JsonElement summary = CliRun.Line($"summary vgg16 --batch-size 4096 --backend {backend} --json").Json;
        long grown = Environment.WorkingSet - before;
        Assert.InRange(summary.GetProperty("peakBytes").GetInt64(), 100L << 30, long.MaxValue);
        // 50 MiB in a process of its own; tests that run beside this one take some, too.
        Assert.InRange(grown, long.MinValue, 1L << 30);
    }

    [Fact]
    public void TheTableShowsKernelsAndMemory()
    {
        CliRun run = CliRun.Line("summary alexnet --backend managed --batch-size 1 --mode infer");
        Assert.Matches("features.1 +ReLU +96x55x55 +11x11 +in features.0", run.Out);
        Assert.Matches("Memory at its peak: .* for a batch of 1 in inference", run.Out);
        Assert.Contains("if nothing shared memory", run.Out, StringComparison.Ordinal);
        run.AssertReadable();
    }

    [SkippableFact]
    public void ASlowKernelIsAWarning()
    {
        Skip.IfNot(System.Runtime.Intrinsics.X86.Avx512F.IsSupported && Backend() == "onednn", "libdnnl is not installed, or the processor has nothing better than AVX2");
        CliRun run = CliRun.Line("summary lenet5 --json");
        Assert.StartsWith("warning: slow kernel: ", run.Error, StringComparison.Ordinal);
        Assert.Equal("features.3 (6 to 16 channels)", run.Json.GetProperty("slowKernels")[0].GetProperty("layers")[0].GetString());
        CliRun bench = CliRun.Line("bench lenet5 --batch-size 2 --seconds 0.01 --threads 1 --json");
        Assert.Contains("warning: slow kernel: ", bench.Error, StringComparison.Ordinal);
        Assert.Equal(1, bench.Json[0].GetProperty("slowKernels").GetArrayLength());

        static string? Backend() => CliRun.Line("summary lenet5 --json").Json.GetProperty("backend").GetString();
    }
}
