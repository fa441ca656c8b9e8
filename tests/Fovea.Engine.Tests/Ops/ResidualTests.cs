using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>
/// Residual blocks: in inference the convolution adds the other term and cuts at zero, over that term's memory where nobody else reads it; in training sum
/// and ReLU are one pass each way. The values are PyTorch's (the cases "residual" of tests/goldens/ops.json; training: <see cref="OpGoldenTests"/>).
/// </summary>
public sealed class ResidualTests
{
    public static TheoryData<string, BackendChoice> Cases
    {
        get
        {
            TheoryData<string, BackendChoice> data = [];
            foreach (OpCase c in OpCase.All.Where(c => c.Op == "residual"))
            {
                data.Add(c.Name, BackendChoice.Managed);
                data.Add(c.Name, BackendChoice.OneDnn);
            }
            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void InferenceComputesWhatPyTorchComputes(string name, BackendChoice backend)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        OpCase c = OpCase.All.Single(x => x.Name == name);
        Graph graph = Graph.Create(name, c.Apply([TensorSource.Node(c.Batch, c.Shape), TensorSource.Node(c.Batch, c.Shape, "source2")])!, c.Shape);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        foreach ((string key, string tensor) in ((string, string)[])[("source.value", "src"), ("source2.value", "src2"), ("op.weight", "weights"), ("op.bias", "bias")])
            parameters[key].Write(Goldens.Tensor(name, tensor)!);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = c.Batch });
        // Twice: what a run overwrites, the next one has to make anew.
        for (int run = 0; run < 2; run++)
        {
            plan.Run();
            Goldens.Close(Goldens.Tensor(name, "dst")!, plan.Logits, Goldens.Bound(name, "dst"), $"{name} in inference");
        }
        bool adds = c.Args.GetProperty("shortcut").GetString() is "identity" or "computed before";
        Step convolution = plan.Steps.Single(step => step.Layer == "op" && step.Work.StartsWith("forward", StringComparison.Ordinal));
        Assert.Equal(adds ? "forward + Add + ReLU" : "forward", convolution.Work);
        Assert.Equal(adds, plan.Steps.All(step => step.Layer != "add"));
    }

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void TrainingAddsTheGradientsOfBothReadersUnderTheMask(BackendChoice backend)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        using OpRun run = new(OpCase.All.Single(c => c.Name == "residual identity blocked"), backend);
        Assert.Single(run.Plan.Steps, step => step is { Layer: "start", Work: "forward + ReLU" });
        Assert.Single(run.Plan.Steps, step => step is { Layer: "start", Work: "add gradients + ReLU" });
        Assert.Single(run.Plan.Steps, step => step is { Layer: "add", Work: "backward + ReLU" });
        Assert.DoesNotContain(run.Plan.Steps, step => step.Work == "add gradients");
    }
}
