using Fovea.Engine.Ops;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>What a network's description fixes stays as it is, is not counted, and leaves the gradients of everything else as they are.</summary>
public sealed class FixedParameterTests
{
    [SkippableTheory]
    [InlineData(BackendChoice.Managed, PrecisionChoice.Float32)]
    [InlineData(BackendChoice.OneDnn, PrecisionChoice.Float32)]
    [InlineData(BackendChoice.OneDnn, PrecisionChoice.BFloat16)]
    public void ABiasIsTrainedBesideFixedWeights(BackendChoice backend, PrecisionChoice precision)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        Skip.If(precision == PrecisionChoice.BFloat16 && !Backends.HasBFloat16, "the processor has no bfloat16");
        Dictionary<string, float[]> all = Gradients(learn: true, backend, precision), some = Gradients(learn: false, backend, precision);
        Assert.Equal(["conv.bias", "conv.weight", "norm.bias", "norm.weight"], all.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["conv.bias", "norm.bias"], some.Keys.Order(StringComparer.Ordinal));
        foreach ((string key, float[] gradient) in some)
            Assert.Equal(all[key], gradient);
    }

    private static Dictionary<string, float[]> Gradients(bool learn, BackendChoice backend, PrecisionChoice precision)
    {
        Node image = ImageInput.Node().Normalize([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]);
        Node node = image.Conv2d(24, 2, name: "conv", learnWeights: learn).GELU().MaxPool2d(7, 7).BatchNorm2d(name: "norm", learnScale: learn).Flatten();
        Graph graph = Graph.Create("fixed", node, new TensorShape(3, 8, 8));
        Assert.Equal(learn ? 24 * 12 + 24 + 48 : 24 + 24, graph.ParameterCount);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2, Precision = precision });
        using ParameterSet parameters = ParameterSet.For(graph);
        foreach (Parameter parameter in parameters.All)
            parameter.Write([.. Enumerable.Range(0, (int)parameter.Spec.Elements).Select(i => parameter.Spec.Role == ParameterRole.NormScale ? 1f : MathF.Sin(i))]);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = 4, Training = true, Loss = new SoftmaxCrossEntropy(), KeepGradients = true });
        for (int i = 0; i < plan.Pixels.Length; i++)
            plan.Pixels[i] = (byte)(i * 37 % 251);
        for (int i = 0; i < 4; i++)
            plan.Labels[i] = Kernels.Label.Of(i);
        plan.Run();
        return parameters.All.Where(p => p.Trainable).ToDictionary(p => p.Name, p => plan.Gradient(p).ToArray());
    }
}
