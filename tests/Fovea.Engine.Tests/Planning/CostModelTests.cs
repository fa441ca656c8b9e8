using Fovea.Engine.Measuring;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>Work, predictions and floors of steps; times are only asked to be times, the machine being anyone's.</summary>
public sealed class CostModelTests
{
    private static Graph Network() => Graph.Create(
        "small", ImageInput.Node().Normalize([0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]).Conv2d(16, 3, padding: 1).ReLU().Conv2d(32, 3, padding: 1, groups: 2).Flatten().Linear(10),
        new TensorShape(3, 12, 12));

    [Theory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.Auto)]
    public void WorkFollowsTheDefinition(BackendChoice backend)
    {
        Graph graph = Network();
        using ParameterSet parameters = ParameterSet.For(graph);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 1 });
        PlanOptions options = new() { Batch = 5, Training = true, Loss = new SoftmaxCrossEntropy() };
        using PlanDraft draft = runtime.Draft(graph, parameters, options);
        long Macs(StepKind kind) => draft.Steps.Where(s => StepWork.KindOf(s) == kind).Sum(s => StepWork.Of(graph, options, s).Macs);
        long first = 5L * 16 * 144 * 27, second = 5L * 32 * 144 * 8 * 9, last = 5L * 32 * 144 * 10;
        Assert.Equal(first + second + last, Macs(StepKind.Forward));
        Assert.Equal(second + last, Macs(StepKind.BackwardData));
        Assert.Equal(first + second + last, Macs(StepKind.BackwardWeights));
        Assert.Equal(0, Macs(StepKind.Reorder));
    }

    [Fact]
    public void EveryStepHasAPrediction()
    {
        Graph graph = Network();
        using ParameterSet parameters = ParameterSet.For(graph);
        RuntimeOptions runtimeOptions = new() { Threads = 1 };
        CostModel costs = CostModel.Calibrate(runtimeOptions);
        Assert.True(costs.Machine.FlopsPerSecond > 0 && costs.Machine.BytesPerSecond > 0);
        using Runtime runtime = new(runtimeOptions);
        double Total(int batch)
        {
            PlanOptions options = new() { Batch = batch, Training = true, Loss = new SoftmaxCrossEntropy() };
            using PlanDraft draft = runtime.Draft(graph, parameters, options);
            double[] predicted = [.. draft.Steps.Select(step => costs.Predict(graph, options, step))];
            Assert.All(predicted, seconds => Assert.True(seconds > 0 && double.IsFinite(seconds)));
            return predicted.Sum();
        }
        Assert.True(Total(64) > Total(4));
    }

    [Theory]
    [InlineData(BackendChoice.Managed, PrecisionChoice.Float32)]
    [InlineData(BackendChoice.Auto, PrecisionChoice.Float32)]
    [InlineData(BackendChoice.Auto, PrecisionChoice.Auto)]
    public void EveryPassHasAFloor(BackendChoice backend, PrecisionChoice precision)
    {
        Graph graph = Network();
        StepKind[] passes = [StepKind.Forward, StepKind.BackwardData, StepKind.BackwardWeights];
        foreach (Layer layer in graph.Layers)
        {
            IReadOnlyList<PassFloor> floors = LayerFloor.Measure(graph, layer, 4, passes, new RuntimeOptions { Backend = backend, Precision = precision, Threads = 1 });
            Assert.Equal(layer.Macs == 0 ? [] : passes, floors.Select(f => f.Pass));
            Assert.All(floors, f => Assert.True(f.Seconds > 0 && double.IsFinite(f.Seconds)));
        }
    }
}
