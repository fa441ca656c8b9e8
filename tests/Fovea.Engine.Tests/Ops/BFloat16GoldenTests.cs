using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Tests;

/// <summary>
/// Every op in bfloat16 against PyTorch's float32 values. Rounding to bfloat16 errs by u = 2^-8 of a value at most. Inputs, weights and gradients are rounded before
/// they are multiplied and the result after that, sums are float32: an error of 3u of S, the sum of the absolute values of the terms (tests/goldens/ops.py), which
/// the golden's own bound is a known multiple of; one more u is for kernels that keep an intermediate (LRN's scales) in bfloat16. What is only moved errs by u
/// of itself; twice that is allowed, since Add rounds its sum too.
/// </summary>
public sealed class BFloat16GoldenTests
{
    private const double Unit = 1.0 / 256, GoldensFactor = 4.0 / (1 << 23);

    public static TheoryData<string> Cases => [.. OpCase.All.Where(c => c.Op is not ("crossentropy" or "normalize")).Select(c => c.Name)];

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void OneDnnComputesWhatPyTorchComputes(string name)
    {
        Skip.IfNot(Backends.HasBFloat16, "libdnnl is not installed, or the processor has no bfloat16");
        OpCase c = OpCase.All.Single(x => x.Name == name);
        using OpRun run = OpRun.Prepared(c, BackendChoice.OneDnn, PrecisionChoice.BFloat16);
        Close(name, "dst", run.Result);
        // Where a value near zero or two nearly equal ones decide, rounding may decide otherwise, and then a whole gradient goes another way.
        if (c.Fused || c.Op == "maxpool2d")
            return;
        Close(name, "diffSrc", run.DiffSrc);
        foreach (Parameter other in run.Others)
            Close(name, $"diffSrc{other.Name["source".Length..^".value".Length]}", run.GradientOf(other));
        if (run.Weight is { } weight)
            Close(name, "diffWeights", run.GradientOf(weight));
        if (run.Bias is { } bias)
            Close(name, "diffBias", run.GradientOf(bias));
    }

    [Fact]
    public void TheManagedBackendRefusesItAndAutoTakesFloat32()
    {
        FoveaException error = Assert.Throws<FoveaException>(() =>
            new Runtime(new RuntimeOptions { Backend = BackendChoice.Managed, Precision = PrecisionChoice.BFloat16 }).Dispose());
        Assert.Contains("--precision bf16", error.Message, StringComparison.Ordinal);
        Assert.Contains("fp32", error.Message, StringComparison.Ordinal);
        using Runtime runtime = new(new RuntimeOptions { Backend = BackendChoice.Managed, Precision = PrecisionChoice.Auto });
        Assert.Equal(Precision.Float32, runtime.Precision);
    }

    internal static void Close(string name, string tensor, float[] got)
    {
        float[] expected = Goldens.Tensor(name, tensor)!;
        double sum = Goldens.Bound(name, tensor) / GoldensFactor, largest = expected.Max(Math.Abs);
        Goldens.Close(expected, got, Unit * Math.Max(4 * sum, 2 * largest), $"{name} {tensor} in bf16");
    }
}
