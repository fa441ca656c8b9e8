using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>
/// Every way of computing a convolution, on every convolution of tests/goldens/ops.json that it applies to, within the bounds that are derived there: those of float32 for
/// float32 plans, those of rounded operands and results for bf16 plans. None of them is a 5x5 with 16 channels on both sides, as Fovea's own Winograd kernels take: their
/// own tests and the networks' goldens have those.
/// </summary>
public sealed class FormulationTests
{
    private static readonly string[] Names = ["auto", "direct", "winograd", "nhwc", "blocked", "plain-to-blocked", "float32", "space-to-depth", "winograd-f4x3", "winograd-f6x3",
        "product"];

    public static TheoryData<string, string> Cases => Of(Names);

    /// <summary>The bounds are those of direct sums. Fovea's own Winograd kernels round more, by bounds of their own: their tests have them.</summary>
    public static TheoryData<string, string> SinglePrecisionCases => Of(Names.Where(name => name != "product" && !name.StartsWith("winograd-", StringComparison.Ordinal)));

    private static TheoryData<string, string> Of(IEnumerable<string> names)
    {
        TheoryData<string, string> data = [];
        foreach (OpCase c in OpCase.All.Where(c => c.Op is "conv2d" or "residual"))
        {
            foreach (string name in names)
                data.Add(c.Name, name);
        }
        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(SinglePrecisionCases))]
    public void ComputesWhatPyTorchComputes(string name, string formulation)
    {
        Skip.IfNot(Backends.HasOneDnn, "libdnnl is not installed");
        OpCase c = OpCase.All.Single(x => x.Name == name);
        using OpRun run = OpRun.Prepared(c, BackendChoice.OneDnn, kernels: _ => new Always(formulation));
        Assert.All(run.Plan.Choices, choice => Assert.Equal(choice.Alternatives().Contains(formulation) ? formulation : choice.Rule, choice.Chosen));
        Goldens.Close(Goldens.Tensor(name, "dst")!, run.Result, Goldens.Bound(name, "dst"), $"{name} dst");
        Goldens.Close(Goldens.Tensor(name, "diffSrc")!, run.DiffSrc, Goldens.Bound(name, "diffSrc"), $"{name} diffSrc");
        Goldens.Close(Goldens.Tensor(name, "diffWeights")!, run.GradientOf(run.Weight!), Goldens.Bound(name, "diffWeights"), $"{name} diffWeights");
        if (run.Bias is { } bias)
            Goldens.Close(Goldens.Tensor(name, "diffBias")!, run.GradientOf(bias), Goldens.Bound(name, "diffBias"), $"{name} diffBias");
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void ComputesItInBFloat16(string name, string formulation)
    {
        Skip.IfNot(Backends.HasBFloat16, "libdnnl is not installed, or the processor has no bfloat16");
        OpCase c = OpCase.All.Single(x => x.Name == name);
        using OpRun run = OpRun.Prepared(c, BackendChoice.OneDnn, PrecisionChoice.BFloat16, _ => new Always(formulation));
        BFloat16GoldenTests.Close(name, "dst", run.Result);
        // As there: behind a ReLU, rounding near zero decides where a gradient goes.
        if (c.Fused)
            return;
        BFloat16GoldenTests.Close(name, "diffSrc", run.DiffSrc);
        BFloat16GoldenTests.Close(name, "diffWeights", run.GradientOf(run.Weight!));
        if (run.Bias is { } bias)
            BFloat16GoldenTests.Close(name, "diffBias", run.GradientOf(bias));
    }

    /// <summary>Without a case that a way applies to, the test above would say nothing of it.</summary>
    [SkippableFact]
    public void EveryFormulationIsMetByACase()
    {
        Skip.IfNot(Backends.HasOneDnn, "libdnnl is not installed");
        HashSet<string> met = [];
        PrecisionChoice[] precisions = Backends.HasBFloat16 ? [PrecisionChoice.Float32, PrecisionChoice.BFloat16] : [PrecisionChoice.Float32];
        foreach (OpCase c in OpCase.All.Where(c => c.Op == "conv2d"))
        {
            foreach (PrecisionChoice precision in precisions)
            {
                using OpRun run = new(c, BackendChoice.OneDnn, precision: precision);
                met.UnionWith(run.Plan.Choices.SelectMany(choice => choice.Alternatives()));
            }
        }
        // In training oneDNN takes blocks by itself without AMX, with it channels last: one of both is no way of its own.
        string[] byProcessor = ["blocked", "plain-to-blocked", "nhwc"];
        Assert.Equal(Names.Where(name => name is not ("float32" or "winograd-f6x3" or "product") || Backends.HasBFloat16).Except(byProcessor).Order(), met.Except(byProcessor).Order());
        Assert.Contains(met, byProcessor.Contains);
    }

    private sealed class Always(string formulation) : IKernelChoices
    {
        public string? Find(string key) => formulation;
    }
}
