using Fovea.Engine.Ops;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>What batch normalisation does beside its result: running statistics after a step of training, and inference with them, folded and not.</summary>
public sealed class BatchNormGoldenTests
{
    public static TheoryData<string, BackendChoice> Cases => Of(c => c.Op == "batchnorm2d");

    /// <summary>A layout op between convolution and normalisation would keep them apart.</summary>
    public static TheoryData<string, BackendChoice> PlainCases => Of(c => c.Op == "batchnorm2d" && !c.Args.TryGetProperty("layout", out _));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void RunningStatisticsMoveAsInPyTorch(string name, BackendChoice backend)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        using OpRun run = new(OpCase.All.Single(c => c.Name == name), backend);
        Goldens.Tensor(name, "src")!.CopyTo(run.Src);
        (Parameter mean, Parameter variance) = (run.Running("running_mean")!, run.Running("running_var")!);
        mean.Write(Goldens.Tensor(name, "runningMean")!);
        variance.Write(Goldens.Tensor(name, "runningVar")!);
        run.SetDiffDst(Goldens.Tensor(name, "diffDst")!);
        (long before, bool trainable) = (mean.Version, mean.Trainable);
        run.Run();
        Goldens.Close(Goldens.Tensor(name, "runningMeanAfter")!, mean.Data, Goldens.Bound(name, "runningMeanAfter"), $"{name} running mean");
        Goldens.Close(Goldens.Tensor(name, "runningVarAfter")!, variance.Data, Goldens.Bound(name, "runningVarAfter"), $"{name} running variance");
        Assert.True(mean.Version > before, "copies made from the running mean have to follow it");
        Assert.False(trainable);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void InferenceUsesTheRunningStatistics(string name, BackendChoice backend)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        OpCase c = OpCase.All.Single(x => x.Name == name);
        Check(c, backend, src => src, identity: false);
    }

    /// <summary>A 1x1 convolution with the identity as its weights changes nothing, so the normalisation folded into it must give the same values.</summary>
    [SkippableTheory]
    [MemberData(nameof(PlainCases))]
    public void FoldedIntoAConvolutionItGivesTheSame(string name, BackendChoice backend)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        OpCase c = OpCase.All.Single(x => x.Name == name);
        Plan plan = Check(c, backend, src => src.Conv2d(c.Shape.C, 1, bias: true, name: "conv"), identity: true);
        Assert.DoesNotContain(plan.Steps, step => step.Layer == "op" && !step.Work.StartsWith("reorder", StringComparison.Ordinal));
        Assert.Contains(plan.Steps, step => step.Work == (c.Fused ? "forward + BatchNorm2d + ReLU" : "forward + BatchNorm2d"));
    }

    private static TheoryData<string, BackendChoice> Of(Predicate<OpCase> match)
    {
        TheoryData<string, BackendChoice> data = [];
        foreach (OpCase c in OpCase.All.Where(c => match(c)))
        {
            data.Add(c.Name, BackendChoice.Managed);
            data.Add(c.Name, BackendChoice.OneDnn);
        }
        return data;
    }

    private static Plan Check(OpCase c, BackendChoice backend, Func<Node, Node> before, bool identity)
    {
        string name = c.Name;
        Graph graph = Graph.Create(name, c.Apply([before(TensorSource.Node(c.Batch, c.Shape))])!, c.Shape);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = c.Batch });
        // Twice, first with other values: what was folded has to follow the parameters.
        foreach (bool last in (bool[])[false, true])
        {
            parameters["source.value"].Write(Goldens.Tensor(name, "src")!);
            foreach ((string key, string tensor) in ((string, string)[])[("weight", "weights"), ("bias", "bias"), ("running_mean", "runningMean"), ("running_var", "runningVar")])
                parameters[$"op.{key}"].Write(last ? Goldens.Tensor(name, tensor)! : [.. Goldens.Tensor(name, tensor)!.Select(x => 2 * x + 1)]);
            if (identity)
            {
                float[] one = new float[c.Shape.C * c.Shape.C];
                for (int i = 0; i < c.Shape.C; i++)
                    one[i * (c.Shape.C + 1)] = 1;
                parameters["conv.weight"].Write(one);
                parameters["conv.bias"].Write(new float[c.Shape.C]);
            }
            plan.Run();
        }
        Goldens.Close(Goldens.Tensor(name, "dstInference")!, plan.Logits, Goldens.Bound(name, "dstInference"), $"{name} in inference");
        return plan;
    }
}
