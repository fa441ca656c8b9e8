using Fovea.Engine.Ops;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>A mean behind a 1x1 convolution runs before it, and nothing but the time shows it.</summary>
public sealed class PlannedOrderTests
{
    private const int Batch = 3, Channels = 4, Results = 5, Side = 6, Pixels = Side / 2 * (Side / 2);

    private static readonly TensorShape Image = new(Channels, Side, Side);

    [Theory]
    [InlineData(2, 2, 0, Rounding.Down, true)]
    [InlineData(3, 2, 0, Rounding.Up, true)]
    [InlineData(3, 2, 1, Rounding.Down, false)]
    public void AMeanComesFirst(int kernel, int stride, int padding, Rounding rounding, bool countIncludePadding)
    {
        Node node = ImageInput.Node().Conv2d(Results, 1, name: "map").AvgPool2d(kernel, stride, padding, rounding, countIncludePadding).ReLU();
        Graph graph = Graph.Create("exchanged", node, Image), planned = graph.Planned();
        Assert.Equal([graph.Layers[0].Node, graph.Layers[2].Node, graph.Layers[1].Node, graph.Layers[3].Node], planned.Layers.Select(layer => layer.Node));
        Assert.Equal([0, 1, 2, 3], planned.Layers.Select(layer => layer.Index));
        Assert.Equal((Channels, Results), (planned.Layers[1].Output.C, planned.Layers[2].Output.C));
        Assert.Equal(graph.Layers[2].Output, planned.Layers[2].Output);
        Assert.Equal((graph.Macs, graph.Output.Output), (planned.Macs, planned.Output.Output));
        Assert.Same(planned, planned.Planned());
    }

    [Fact]
    public void WhatWouldChangeTheResultOrSpareNothingStays()
    {
        Node image = ImageInput.Node(), map = image.Conv2d(Results, 1), mean = map.AvgPool2d(2, 2);
        Node[] outputs =
        [
            image.Conv2d(Results, 3, padding: 1).AvgPool2d(2, 2), image.Conv2d(Results, 1, stride: 2).AvgPool2d(3, 3), image.Conv2d(Results, 1, padding: 1).AvgPool2d(2, 2),
            map.ReLU().AvgPool2d(2, 2), map.MaxPool2d(2, 2), map.AvgPool2d(3, 2, 1), map.AvgPool2d(2, 1), mean.Concat(map.MaxPool2d(2, 2)),
        ];
        foreach (Node output in outputs)
        {
            Graph graph = Graph.Create("as it is", output, Image);
            Assert.Same(graph, graph.Planned());
        }
        Graph aux = Graph.Create("with another output", mean.Flatten().Linear(2, name: "fc"), Image, [(map, 0.3f)]);
        Assert.Same(aux, aux.Planned());
    }

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void ValuesAndGradientsAreTheDescriptions(BackendChoice backend)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        EngineThread.Run(() =>
        {
            Random random = new(5);
            Node node = ImageInput.Node().Normalize([0f, 0f, 0f, 0f], [1f, 1f, 1f, 1f]).Conv2d(Results, 1, name: "map").AvgPool2d(2, 2).ReLU().GlobalAvgPool().Flatten();
            Graph graph = Graph.Create("exchanged", node, Image);
            using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
            using ParameterSet parameters = ParameterSet.For(graph);
            float[] weights = Fill(parameters["map.weight"]), biases = Fill(parameters["map.bias"]);
            Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = Batch, Training = true, Loss = new SoftmaxCrossEntropy(), KeepGradients = true });
            random.NextBytes(plan.Pixels);
            for (int i = 0; i < Batch; i++)
                plan.Labels[i] = Kernels.Label.Of(i);
            plan.Run();
            (double[] logits, double[] diffWeights, double[] diffBiases) = Described(weights, biases, plan.Pixels);
            Near(logits, plan.Logits);
            Near(diffWeights, plan.Gradient(parameters["map.weight"]));
            Near(diffBiases, plan.Gradient(parameters["map.bias"]));
            return true;

            float[] Fill(Parameter parameter)
            {
                float[] values = [.. Enumerable.Range(0, (int)parameter.Spec.Elements).Select(_ => random.NextSingle() - 0.5f)];
                parameter.Write(values);
                return values;
            }
        });
    }

    private static void Near(double[] expected, ReadOnlySpan<float> got)
    {
        Assert.Equal(expected.Length, got.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], got[i], 1e-5);
    }

    /// <summary>Convolution, means, ReLU, the mean of all, and the gradients of the mean cross-entropy, as they are defined.</summary>
    private static (double[] Logits, double[] DiffWeights, double[] DiffBiases) Described(float[] weights, float[] biases, ReadOnlySpan<byte> pixels)
    {
        double[] logits = new double[Batch * Results], diffWeights = new double[weights.Length], diffBiases = new double[Results];
        for (int image = 0; image < Batch; image++)
        {
            double[,] means = new double[Results, Pixels];
            for (int result = 0; result < Results; result++)
            {
                for (int pixel = 0; pixel < Side * Side; pixel++)
                {
                    means[result, Mean(pixel)] += biases[result] / 4;
                    for (int channel = 0; channel < Channels; channel++)
                        means[result, Mean(pixel)] += weights[(result * Channels) + channel] * Source(pixels, image, channel, pixel) / 4;
                }
                for (int mean = 0; mean < Pixels; mean++)
                    logits[(image * Results) + result] += Math.Max(means[result, mean], 0) / Pixels;
            }
            double sum = logits.Skip(image * Results).Take(Results).Sum(Math.Exp);
            for (int result = 0; result < Results; result++)
            {
                double gradient = ((Math.Exp(logits[(image * Results) + result]) / sum) - (result == image ? 1 : 0)) / Batch;
                for (int pixel = 0; pixel < Side * Side; pixel++)
                {
                    double share = means[result, Mean(pixel)] > 0 ? gradient / Pixels / 4 : 0;
                    diffBiases[result] += share;
                    for (int channel = 0; channel < Channels; channel++)
                        diffWeights[(result * Channels) + channel] += share * Source(pixels, image, channel, pixel);
                }
            }
        }
        Assert.Contains(diffWeights, value => Math.Abs(value) > 0.01);
        return (logits, diffWeights, diffBiases);
    }

    private static int Mean(int pixel) => (pixel / Side / 2 * (Side / 2)) + (pixel % Side / 2);

    private static double Source(ReadOnlySpan<byte> pixels, int image, int channel, int pixel) => pixels[(((image * Side * Side) + pixel) * Channels) + channel] / 255.0;
}
