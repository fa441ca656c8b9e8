using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>
/// Every op, forward and backward, on both backends, against PyTorch's values over the table of tests/goldens/ops.json. The bounds are derived there from
/// float32 rounding; agreement of both backends with PyTorch within half a bound each is their agreement with each other.
/// </summary>
public sealed class OpGoldenTests
{
    public static TheoryData<string> Cases => [.. OpCase.All.Where(c => c.Op is not ("crossentropy" or "normalize")).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void ManagedComputesWhatPyTorchComputes(string name) => Check(name, BackendChoice.Managed);

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void OneDnnComputesWhatPyTorchComputes(string name)
    {
        Skip.IfNot(Backends.HasOneDnn, "libdnnl is not installed");
        Check(name, BackendChoice.OneDnn);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void BackendsAgree(string name)
    {
        Skip.IfNot(Backends.HasOneDnn, "libdnnl is not installed");
        OpCase c = OpCase.All.Single(x => x.Name == name);
        using OpRun managed = OpRun.Prepared(c, BackendChoice.Managed), oneDnn = OpRun.Prepared(c, BackendChoice.OneDnn);
        Goldens.Close(managed.Result, oneDnn.Result, Goldens.Bound(name, "dst"), $"{name} dst");
        Goldens.Close(managed.DiffSrc, oneDnn.DiffSrc, Goldens.Bound(name, "diffSrc"), $"{name} diffSrc");
    }

    private static void Check(string name, BackendChoice backend)
    {
        OpCase c = OpCase.All.Single(x => x.Name == name);
        using OpRun run = OpRun.Prepared(c, backend);
        Goldens.Close(Goldens.Tensor(name, "dst")!, run.Result, Goldens.Bound(name, "dst"), $"{name} dst");
        Goldens.Close(Goldens.Tensor(name, "diffSrc")!, run.DiffSrc, Goldens.Bound(name, "diffSrc"), $"{name} diffSrc");
        foreach (Parameter other in run.Others)
        {
            string number = other.Name["source".Length..^".value".Length];
            Goldens.Close(Goldens.Tensor(name, $"diffSrc{number}")!, run.GradientOf(other), Goldens.Bound(name, $"diffSrc{number}"), $"{name} diffSrc{number}");
        }
        if (run.Weight is { } weight)
            Goldens.Close(Goldens.Tensor(name, "diffWeights")!, run.GradientOf(weight), Goldens.Bound(name, "diffWeights"), $"{name} diffWeights");
        if (run.Bias is { } bias)
            Goldens.Close(Goldens.Tensor(name, "diffBias")!, run.GradientOf(bias), Goldens.Bound(name, "diffBias"), $"{name} diffBias");
    }
}
