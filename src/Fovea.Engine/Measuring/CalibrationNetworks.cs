using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Measuring;

/// <summary>Small networks with the layers that real ones have, each at a size at which its kernel is at full speed.</summary>
internal static class CalibrationNetworks
{
    /// <summary>The networks and their batch sizes.</summary>
    public static IReadOnlyList<(Graph Graph, int Batch)> All => [(Large(), 8), (Small(), 8), (Linears(), 64)];

    /// <summary>Values of an ordinary size: with zeros and with numbers that leave float32's normal range kernels run at other speeds.</summary>
    public static void Fill(ParameterSet parameters)
    {
        uint index = 0;
        foreach (Parameter parameter in parameters.All)
        {
            PhiloxKey key = new(5, RandomStream.Split, 0, index++);
            float size = 1 / MathF.Sqrt(Math.Max(1, parameter.Spec.FanIn));
            Span<float> data = parameter.Data;
            for (int i = 0; i < data.Length; i++)
                data[i] = (key.Unit((ulong)i) - 0.5f) * 2 * size;
            parameter.Changed();
        }
    }

    // Windows as AlexNet's, with LRN.
    private static Graph Large() => Graph.Create("calibration of large windows", Image(3)
        .Conv2d(96, 11, stride: 4, padding: 2).ReLU().LocalResponseNorm(5).MaxPool2d(3, 2).Conv2d(256, 5, padding: 2).ReLU().MaxPool2d(3, 2)
        .Flatten().Dropout(0.5f).Linear(10), new TensorShape(3, 112, 112));

    // Windows as ResNet's and VGG's, with batch norm.
    private static Graph Small() => Graph.Create("calibration of small windows", Image(3)
        .Conv2d(64, 7, stride: 2, padding: 3, bias: false).BatchNorm2d().ReLU().Conv2d(64, 3, padding: 1, bias: false).BatchNorm2d().ReLU().AvgPool2d(2, 2)
        .Conv2d(256, 1).Sigmoid().Conv2d(64, 3, stride: 2, padding: 1).ReLU().Conv2d(128, 3, padding: 1).ReLU().GlobalAvgPool().Flatten().Linear(10), new TensorShape(3, 64, 64));

    private static Graph Linears() => Graph.Create("calibration of linear layers", Image(2)
        .Flatten().Linear(2048).ReLU().Linear(2048).ReLU().Linear(10), new TensorShape(2, 32, 32));

    private static Node Image(int channels) =>
        ImageInput.Node().Normalize([.. Enumerable.Repeat(0.5f, channels)], [.. Enumerable.Repeat(0.25f, channels)]);
}
