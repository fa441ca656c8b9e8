using Fovea.Engine.Ops;
using Fovea.Kernels;

namespace Fovea.Engine.Tests;

/// <summary>What a description promises: names as nn.Sequential counts them, shapes, parameters, errors that say what to change.</summary>
public sealed class GraphTests
{
    private static Node Image => ImageInput.Node().Normalize([0.5f], [0.5f]);

    [Fact]
    public void ScopesCountTheirLayers()
    {
        Node output = Image.In("features").Conv2d(4, 3).ReLU().Conv2d(8, 3, name: "second").ReLU().Flatten().In("classifier").Linear(10);
        Graph graph = Graph.Create("net", output, new TensorShape(1, 8, 8));
        Assert.Equal(
            ["input", "normalize", "features.0", "features.1", "features.second", "features.2", "features.3", "classifier.0"],
            graph.Layers.Select(l => l.Node.Name));
        Assert.Equal(["features.0.weight", "features.0.bias"], graph.Layers[2].Parameters.Select(graph.Layers[2].KeyOf));
        Assert.Equal("8x4x4", graph.Layers[5].Output.ToString());
        Assert.Equal((4 * 9 + 4) + (8 * 4 * 9 + 8) + (10 * 128 + 10), graph.ParameterCount);
        Assert.Equal(6 * 6 * 4 * 9 + 4 * 4 * 8 * 4 * 9 + 10 * 128, graph.Macs);
    }

    [Fact]
    public void TwoLayersOfOneNameAreRefused()
    {
        FoveaException e = Assert.Throws<FoveaException>(() => Graph.Create("net", Image.Conv2d(4, 3, name: "a").Conv2d(4, 3, name: "a"), new TensorShape(1, 8, 8)));
        Assert.Contains("a", e.Message);
        Assert.Contains("Name one of them differently", e.Message);
    }

    [Theory]
    [InlineData(1, 4, 4, "layer 0 (Conv2d 4, 5x5)", "1x6x6")]
    [InlineData(1, 5, 5, "layer 1 (MaxPool2d 2x2/2)", "1x6x6")]
    public void AnErrorNamesLayerSizesAndCure(int c, int h, int w, string layer, string cure)
    {
        FoveaException e = Assert.Throws<FoveaException>(() => Graph.Create("net", Image.Conv2d(4, 5).MaxPool2d(2, 2), new TensorShape(c, h, w)));
        Assert.Contains($"net with input {c}x{h}x{w}", e.Message);
        Assert.Contains(layer, e.Message);
        Assert.Contains($"The smallest input that works is {cure}", e.Message);
    }

    [Fact]
    public void GroupsThatDoNotDivideTheChannelsAreRefused()
    {
        FoveaException e = Assert.Throws<FoveaException>(() => Graph.Create("net", Image.Conv2d(4, 3, groups: 2), new TensorShape(1, 8, 8)));
        Assert.Contains("multiples of its 2 groups", e.Message);
    }

    [Fact]
    public void ALinearAfterAnImageAsksForFlatten()
    {
        FoveaException e = Assert.Throws<FoveaException>(() => Graph.Create("net", Image.Linear(10), new TensorShape(1, 8, 8)));
        Assert.Contains("put a Flatten before it", e.Message);
    }

    [Fact]
    public void NormalizeWantsOneMeanPerChannel()
    {
        FoveaException e = Assert.Throws<FoveaException>(() => Graph.Create("net", Image.Conv2d(4, 3), new TensorShape(3, 8, 8)));
        Assert.Contains("3 channels", e.Message);
        Assert.Contains("--mean", e.Message);
    }

    [Theory]
    [InlineData("3x224x224", true)]
    [InlineData("1x28x28", true)]
    [InlineData("224x224", false)]
    [InlineData("3x0x224", false)]
    [InlineData("3x-1x5", false)]
    [InlineData("axbxc", false)]
    [InlineData("", false)]
    public void ShapesAreReadFromText(string text, bool valid)
    {
        Assert.Equal(valid, TensorShape.TryParse(text, out TensorShape shape));
        if (valid)
            Assert.Equal(text, shape.ToString());
    }
}
