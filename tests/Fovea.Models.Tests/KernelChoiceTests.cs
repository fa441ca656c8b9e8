using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;

namespace Fovea.Models.Tests;

/// <summary>What plans of the networks with branches are made of: no layer ends on a slow kernel unseen, and inference has no normalisation left.</summary>
public sealed class KernelChoiceTests
{
    [SkippableTheory]
    [InlineData("resnet18-cifar", true)]
    [InlineData("resnet18-cifar", false)]
    [InlineData("resnet20-cifar", true)]
    [InlineData("resnet20-cifar", false)]
    [InlineData("squeezenet1_0", true)]
    [InlineData("squeezenet1_0", false)]
    [InlineData("densenet121", true)]
    [InlineData("densenet121", false)]
    public void OneDnnTakesEveryLayerItHasAPrimitiveFor(string name, bool training)
    {
        Graph graph = ModelZoo.Build(Architecture.Of(ModelZoo.Find(name)));
        using Runtime runtime = new(new RuntimeOptions { Threads = 1 });
        Skip.IfNot(runtime.Backend == "onednn", "libdnnl is not installed");
        using ParameterSet parameters = ParameterSet.For(graph);
        Plan plan = runtime.Compile(graph, parameters, Options(training));
        Dictionary<string, string> ops = graph.Layers.DistinctBy(layer => layer.Node.Name).ToDictionary(layer => layer.Node.Name, layer => layer.Node.Op.Name);
        Assert.DoesNotContain(plan.Steps, step => step.Kernel.Contains("ref", StringComparison.Ordinal));
        Assert.All(plan.Steps.Where(step => step.Declined is not null), step => Assert.Equal("IdentityShortcut", ops[step.Layer]));
    }

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void InferenceFoldsEveryNormalisationIntoItsConvolution(BackendChoice backend)
    {
        Graph graph = ModelZoo.Build(Architecture.Of(ModelZoo.Find("resnet20-cifar")));
        using Runtime runtime = new(new RuntimeOptions { Backend = backend == BackendChoice.Managed ? backend : BackendChoice.Auto, Threads = 1 });
        Skip.If(backend == BackendChoice.OneDnn && runtime.Backend != "onednn", "libdnnl is not installed");
        using ParameterSet parameters = ParameterSet.For(graph);
        Plan plan = runtime.Compile(graph, parameters, Options(training: false));
        Assert.DoesNotContain(plan.Steps, step => step.Layer.Contains("bn", StringComparison.Ordinal) && !step.Work.StartsWith("reorder", StringComparison.Ordinal));
        Assert.Equal(19, plan.RefreshSteps.Count(step => step.Work == "fold BatchNorm2d"));
    }

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void InferenceOfResNet18HasNoSumsAndNoActivationsOfTheirOwn(BackendChoice backend)
    {
        Graph graph = ModelZoo.Build(Architecture.Of(ModelZoo.Find("resnet18")));
        using Runtime runtime = new(new RuntimeOptions { Backend = backend == BackendChoice.Managed ? backend : BackendChoice.Auto, Threads = 1 });
        Skip.If(backend == BackendChoice.OneDnn && runtime.Backend != "onednn", "libdnnl is not installed");
        using ParameterSet parameters = ParameterSet.For(graph);
        Plan plan = runtime.Compile(graph, parameters, Options(training: false));
        Assert.Empty(plan.Steps.Select(step => step.Layer).Intersect(graph.Layers.Where(layer => layer.Node.Op is Add or ReLU or BatchNorm2d).Select(layer => layer.Node.Name)));
        // Eight blocks; in the three that change the shape the convolution on the way around comes last and adds.
        Assert.Equal(8, plan.Steps.Count(step => step.Work == "forward + BatchNorm2d + Add + ReLU"));
        Assert.Equal(3, plan.Steps.Count(step => step.Work == "forward + BatchNorm2d + Add + ReLU" && step.Layer.Contains("downsample", StringComparison.Ordinal)));
    }

    /// <summary>The one warning that the zoo gives: LeNet-5 has 6 channels, as its paper wants, and oneDNN no AVX-512 kernel for the gradient of so few.</summary>
    [SkippableFact]
    public void NoNetworkOfTheZooEndsOnASlowKernelUnlessItsPaperWantsSixChannels()
    {
        foreach (ModelSpec spec in ModelZoo.All)
        {
            Graph graph = ModelZoo.Build(Architecture.Of(spec));
            using Runtime runtime = new(new RuntimeOptions { Threads = 1 });
            Skip.IfNot(runtime.Backend == "onednn", "libdnnl is not installed");
            using ParameterSet parameters = ParameterSet.For(graph);
            foreach (bool training in (bool[])[true, false])
                runtime.Compile(graph, parameters, Options(training));
            IEnumerable<string> slow = runtime.SlowKernels.SelectMany(kernel => kernel.Layers).Except(spec.Name == "lenet5" ? ["features.3 (6 to 16 channels)"] : []);
            Assert.True(!slow.Any(), $"{spec.Name}: {string.Join("; ", runtime.SlowKernels)}");
        }
    }

    private static PlanOptions Options(bool training) => training ? new() { Batch = 2, Training = true, Loss = new SoftmaxCrossEntropy() } : new() { Batch = 2 };
}
