using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Models.Tests;

/// <summary>GoogLeNet against table 1 of its paper (Szegedy et al. 2014), and what its auxiliary classifiers do to sizes, dropout and plans.</summary>
public sealed class GoogLeNetTests
{
    /// <summary>The table's rows: output size, and the numbers of its columns 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool proj.</summary>
    [Theory]
    [InlineData("conv1", "64x112x112", 64)]
    [InlineData("maxpool1", "64x56x56")]
    [InlineData("conv3", "192x56x56", 192)]
    [InlineData("maxpool2", "192x28x28")]
    [InlineData("inception3a", "256x28x28", 64, 96, 128, 16, 32, 32)]
    [InlineData("inception3b", "480x28x28", 128, 128, 192, 32, 96, 64)]
    [InlineData("maxpool3", "480x14x14")]
    [InlineData("inception4a", "512x14x14", 192, 96, 208, 16, 48, 64)]
    [InlineData("inception4b", "512x14x14", 160, 112, 224, 24, 64, 64)]
    [InlineData("inception4c", "512x14x14", 128, 128, 256, 24, 64, 64)]
    [InlineData("inception4d", "528x14x14", 112, 144, 288, 32, 64, 64)]
    [InlineData("inception4e", "832x14x14", 256, 160, 320, 32, 128, 128)]
    [InlineData("maxpool4", "832x7x7")]
    [InlineData("inception5a", "832x7x7", 256, 160, 320, 32, 128, 128)]
    [InlineData("inception5b", "1024x7x7", 384, 192, 384, 48, 128, 128)]
    [InlineData("avgpool", "1024")]
    [InlineData("fc", "1000")]
    public void EveryRowOfTheTableIsThere(string row, string output, params int[] widths)
    {
        foreach (string name in (string[])["googlenet", "googlenet-bn", "googlenet-torchvision"])
        {
            Layer[] layers = [.. Build(name).Layers.Where(l => l.Node.Name == row || l.Node.Name.StartsWith(row + ".", StringComparison.Ordinal))];
            Assert.Equal(output, layers[^1].Output.ToString());
            Assert.Equal(widths, layers.Select(l => l.Node.Op).OfType<Conv2d>().Select(c => c.OutChannels));
        }
    }

    /// <summary>
    /// Weights and biases of each row are those of the convolutions in its columns: with C channels in, 1x1 (C a + a), 3x3 reduce and 3x3 (C b + b + 9 b c + c),
    /// 5x5 reduce and 5x5 (C d + d + 25 d e + e), pool proj (C p + p).
    /// </summary>
    /// <remarks>
    /// The column of parameters, in the paper's "K", does not follow from these columns in one way: without biases and in units of 1024 they give 159.5 for 3a and 379
    /// for 3b (the paper: 159, 380), 438 for 4b (437) and 112 for conv2 and conv3 (112), but 366.75 for 4a (364), 497.5 for 4c (463), 590.5 for 4d (580), 847 for 4e
    /// (840), 1018 for 5a (1072), 1409 for 5b (1388), and 9.2 for conv1 (2.7). In units of 1000 none agrees. So exact numbers are compared,
    /// and that column is not. Its 1000K of fc are 1024 x 1000 weights in units of 1024.
    /// </remarks>
    [Theory]
    [InlineData("inception3a", 192, 64, 96, 128, 16, 32, 32)]
    [InlineData("inception3b", 256, 128, 128, 192, 32, 96, 64)]
    [InlineData("inception4a", 480, 192, 96, 208, 16, 48, 64)]
    [InlineData("inception4b", 512, 160, 112, 224, 24, 64, 64)]
    [InlineData("inception4c", 512, 128, 128, 256, 24, 64, 64)]
    [InlineData("inception4d", 512, 112, 144, 288, 32, 64, 64)]
    [InlineData("inception4e", 528, 256, 160, 320, 32, 128, 128)]
    [InlineData("inception5a", 832, 256, 160, 320, 32, 128, 128)]
    [InlineData("inception5b", 832, 384, 192, 384, 48, 128, 128)]
    public void EveryRowHasTheParametersOfItsColumns(string row, int c, int one, int reduce3, int three, int reduce5, int five, int pool)
    {
        long weights = (long)c * (one + reduce3 + reduce5 + pool) + 9L * reduce3 * three + 25L * reduce5 * five, biases = one + reduce3 + three + reduce5 + five + pool;
        Assert.Equal(weights, Parameters(row, bias: false));
        Assert.Equal(biases, Parameters(row, bias: true));
    }

    /// <summary>The table's rows beside the modules: conv1 7x7 of RGB, conv2 1x1, conv3 3x3, fc; weights and biases.</summary>
    [Theory]
    [InlineData("conv1", 64 * 3 * 7 * 7, 64)]
    [InlineData("conv2", 64 * 64, 64)]
    [InlineData("conv3", 192 * 64 * 3 * 3, 192)]
    [InlineData("fc", 1000 * 1024, 1000)]
    public void OtherRowsHaveTheParametersOfTheirColumns(string row, long weights, long biases)
    {
        Assert.Equal(weights, Parameters(row, bias: false));
        Assert.Equal(biases, Parameters(row, bias: true));
    }

    [Theory]
    [InlineData("googlenet", 6_998_552)]
    [InlineData("googlenet-bn", 7_005_832)]
    [InlineData("googlenet-torchvision", 6_624_904)]
    public void WithoutAuxiliaryClassifiersItHasTheParametersOfPrediction(string name, long parameters)
    {
        Graph graph = Build(name);
        Assert.Equal(parameters, graph.Layers.Where(graph.IsMain).SelectMany(l => l.Parameters).Where(p => p.IsTrained).Sum(p => p.Elements));
        Assert.Equal(["aux1.fc2", "aux2.fc2"], graph.Auxiliaries.Select(a => graph.Layers[a.Layer].Node.Name));
        Assert.All(graph.Auxiliaries, auxiliary => Assert.Equal(0.3f, auxiliary.Weight));
    }

    [Fact]
    public void AGivenDropoutHoldsEverywhereAndThePapersIsStrongerInAuxiliaryClassifiers()
    {
        Assert.Equal([0.4f, 0.7f, 0.7f], Dropouts(null));
        Assert.Equal([0.1f, 0.1f, 0.1f], Dropouts(0.1f));
        static float[] Dropouts(float? rate) =>
            [.. ModelZoo.Build(Architecture.Of(ModelZoo.Find("googlenet"), dropout: rate)).Layers.Select(l => l.Node.Op).OfType<Dropout>().Select(d => d.P)];
    }

    [Fact]
    public void AnInputThatIsTooSmallForAnAuxiliaryClassifierNamesItsLayer()
    {
        FoveaException e = Assert.Throws<FoveaException>(() => Build("googlenet", 64));
        Assert.Contains("layer aux1.pool.0 (AvgPool2d 5x5/3) got an image of 4x4 pixels", e.Message);
        Assert.Contains("The smallest input that works is 3x79x79", e.Message);
        Build("googlenet", 79);
        Build("googlenet-torchvision", 32);
    }

    /// <summary>oneDNN's plan for inference: nothing of the classifiers, and every normalisation folded, those behind Winograd's 5x5 convolutions too.</summary>
    [SkippableFact]
    public void InferenceHasNeitherAuxiliaryClassifiersNorNormalisations()
    {
        using Runtime runtime = new(new RuntimeOptions { Threads = 1 });
        Skip.IfNot(runtime.Backend == "onednn", "libdnnl is not installed");
        Graph graph = Build("googlenet-bn");
        using ParameterSet parameters = ParameterSet.For(graph);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = 2 });
        Assert.DoesNotContain(plan.Steps, step => step.Layer.StartsWith("aux", StringComparison.Ordinal) || step.Layer.EndsWith(".bn", StringComparison.Ordinal));
        Assert.Contains(plan.Steps, step => step.Kernel.Contains("winograd", StringComparison.Ordinal) && step.Work == "forward + BatchNorm2d + ReLU");
        Assert.DoesNotContain(plan.Steps, step => step.Kernel.Contains("ref", StringComparison.Ordinal));
        Assert.Equal(57, plan.RefreshSteps.Count(step => step.Work == "fold BatchNorm2d"));
    }

    private static Graph Build(string name, int? size = null) =>
        ModelZoo.Build(Architecture.Of(ModelZoo.Find(name), input: size is { } s ? new TensorShape(3, s, s) : null));

    private static long Parameters(string row, bool bias) => Build("googlenet").Layers
        .Where(l => l.Node.Name == row || l.Node.Name.StartsWith(row + ".", StringComparison.Ordinal))
        .SelectMany(l => l.Parameters).Where(p => p.Role == ParameterRole.Bias == bias).Sum(p => p.Elements);
}
