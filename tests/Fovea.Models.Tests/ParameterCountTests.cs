using Fovea.Engine;
using Fovea.Kernels;

namespace Fovea.Models.Tests;

/// <summary>The counts that the papers and the reference implementations state.</summary>
public sealed class ParameterCountTests
{
    [Theory]
    [InlineData("lenet5", 61_706)]
    [InlineData("alexnet", 62_378_344)]
    [InlineData("alexnet-2gpu", 60_965_224)]
    [InlineData("alexnet-half", 16_630_440)]
    [InlineData("alexnet-torchvision", 61_100_840)]
    [InlineData("alexnet-cifar", 28_733_258)]
    [InlineData("alexnet-fashion", 46_764_746)]
    [InlineData("nin-cifar", 966_986)]
    [InlineData("nin", 7_595_176)]
    [InlineData("vgg16", 138_357_544)]
    [InlineData("googlenet", 13_378_280)]
    [InlineData("googlenet-bn", 13_385_816)]
    [InlineData("googlenet-torchvision", 13_004_888)]
    [InlineData("resnet18", 11_689_512)]
    [InlineData("resnet18-cifar", 11_173_962)]
    [InlineData("resnet20-cifar", 269_722)]
    [InlineData("resnet56-cifar", 853_018)]
    [InlineData("squeezenet1_0", 1_248_424)]
    [InlineData("airbench94", 1_971_352)]
    [InlineData("densenet121", 7_978_856)]
    [InlineData("densenet169", 14_149_480)]
    [InlineData("densenet201", 20_013_928)]
    [InlineData("densenet264", 33_337_704)]
    public void EveryNetworkHasItsParameters(string name, long parameters) => Assert.Equal(parameters, Build(name).ParameterCount);

    [Fact]
    public void AlexNetForTwoClasses() => Assert.Equal(58_289_538, Build("alexnet", classes: 2).ParameterCount);

    /// <summary>The write-ups' figure: 6 % of the parameters sit in convolutions, which do 95 % of the arithmetic.</summary>
    [Fact]
    public void AlexNetsConvolutionsHaveFewParametersAndMostOfTheArithmetic()
    {
        Graph graph = Build("alexnet");
        Layer[] convolutions = [.. graph.Layers.Where(l => l.Node.Op.Name == "Conv2d")];
        Assert.InRange(convolutions.Sum(l => l.Parameters.Sum(p => p.Elements)) / (double)graph.ParameterCount, 0.055, 0.065);
        Assert.InRange(convolutions.Sum(l => l.Macs) / (double)graph.Macs, 0.94, 0.96);
    }

    /// <summary>Krizhevsky et al. 2012, section 3.5, and (W - F + P1 + P2)/S + 1.</summary>
    [Fact]
    public void AlexNetsSizesAreThePapers()
    {
        string[] shapes = [.. Build("alexnet").Layers.Where(l => l.Node.Op.Name is "Conv2d" or "MaxPool2d" or "Linear").Select(l => l.Output.ToString())];
        Assert.Equal(["96x55x55", "96x27x27", "256x27x27", "256x13x13", "384x13x13", "384x13x13", "256x13x13", "256x6x6", "4096", "4096", "1000"], shapes);
    }

    [Theory]
    [InlineData("lenet5", "1x28x28", "6x28x28 6x14x14 16x10x10 16x5x5 120 84 10")]
    [InlineData("alexnet-fashion", "1x224x224", "96x54x54 96x26x26 256x26x26 256x12x12 384x12x12 384x12x12 256x12x12 256x5x5 4096 4096 10")]
    [InlineData("alexnet-cifar", "3x32x32", "64x7x7 64x3x3 192x3x3 384x3x3 256x3x3 256x3x3 4096 4096 10")]
    [InlineData("nin-cifar", "3x32x32", "192x32x32 160x32x32 96x32x32 96x16x16 192x16x16 192x16x16 192x16x16 192x8x8 192x8x8 192x8x8 10x8x8 10x1x1")]
    [InlineData("nin", "3x224x224", "96x54x54 96x54x54 96x54x54 96x27x27 256x27x27 256x27x27 256x27x27 256x13x13 384x13x13 384x13x13 384x13x13 384x6x6 1024x6x6 1024x6x6 1000x6x6 1000x1x1")]
    public void SizesAreTheTables(string name, string input, string expected)
    {
        Assert.True(TensorShape.TryParse(input, out TensorShape shape));
        Graph graph = Build(name, input: shape);
        string[] sizes = [.. graph.Layers.Where(l => l.Node.Op.Name is "Conv2d" or "MaxPool2d" or "AvgPool2d" or "GlobalAvgPool" or "Linear").Select(l => l.Output.ToString())];
        Assert.Equal(expected, string.Join(' ', sizes));
    }

    /// <summary>Table D of Simonyan and Zisserman, tables 1 and 6 of He et al., table 1 of Iandola et al.: where the sizes change.</summary>
    [Theory]
    [InlineData("vgg16", "64x224x224 64x112x112 128x112x112 128x56x56 256x56x56 256x28x28 512x28x28 512x14x14 512x7x7 4096 4096 1000")]
    [InlineData("resnet18", "64x112x112 64x56x56 128x28x28 256x14x14 512x7x7 512x1x1 1000")]
    [InlineData("resnet18-cifar", "64x32x32 128x16x16 256x8x8 512x4x4 512x1x1 10")]
    [InlineData("resnet20-cifar", "16x32x32 32x16x16 64x8x8 64x1x1 10")]
    [InlineData("resnet56-cifar", "16x32x32 32x16x16 64x8x8 64x1x1 10")]
    [InlineData("airbench94", "24x31x31 64x31x31 64x15x15 256x15x15 256x7x7 256x3x3 256x1x1 10")]
    [InlineData("squeezenet1_0", "96x109x109 96x54x54 128x54x54 256x54x54 256x27x27 384x27x27 512x27x27 512x13x13 1000x13x13 1000x1x1")]
    public void StagesAreThePapers(string name, string expected)
    {
        string[] branches = ["squeeze", "expand1x1", "expand3x3", "downsample"];
        string[] sizes = [.. Build(name).Layers
            .Where(l => l.Node.Op.Name is "Conv2d" or "Concat" or "MaxPool2d" or "GlobalAvgPool" or "Linear" && !branches.Any(l.Node.Name.Contains))
            .Select(l => l.Output.ToString())];
        Assert.Equal(expected, string.Join(' ', Shorten(sizes)));
    }

    /// <summary>torchvision's models and the papers' orders of magnitude: multiply-accumulates of convolutions and linear layers.</summary>
    [Theory]
    [InlineData("vgg16", 15_470_264_320)]
    [InlineData("googlenet-torchvision", 1_498_376_192)]
    [InlineData("resnet18", 1_814_073_344)]
    [InlineData("resnet18-cifar", 555_422_720)]
    [InlineData("resnet20-cifar", 40_551_040)]
    [InlineData("resnet56-cifar", 125_485_696)]
    [InlineData("squeezenet1_0", 818_924_576)]
    [InlineData("airbench94", 118_147_360)]
    [InlineData("densenet121", 2_834_161_664)]
    [InlineData("densenet169", 3_359_843_328)]
    [InlineData("densenet201", 4_291_365_888)]
    [InlineData("densenet264", 5_751_653_376)]
    public void MacsAreTorchvisions(string name, long macs) => Assert.Equal(macs, Build(name).Macs);

    /// <summary>Table 1 of Huang et al. 2017: each stage's maps behind its block or transition, down to one pixel.</summary>
    [Theory]
    [InlineData("densenet121", "64x112x112 64x56x56 256x56x56 128x28x28 512x28x28 256x14x14 1024x14x14 512x7x7 1024x7x7 1024x1x1 1000")]
    [InlineData("densenet169", "64x112x112 64x56x56 256x56x56 128x28x28 512x28x28 256x14x14 1280x14x14 640x7x7 1664x7x7 1664x1x1 1000")]
    [InlineData("densenet201", "64x112x112 64x56x56 256x56x56 128x28x28 512x28x28 256x14x14 1792x14x14 896x7x7 1920x7x7 1920x1x1 1000")]
    [InlineData("densenet264", "64x112x112 64x56x56 256x56x56 128x28x28 512x28x28 256x14x14 2304x14x14 1152x7x7 2688x7x7 2688x1x1 1000")]
    public void DenseStagesAreThePapers(string name, string expected)
    {
        Graph graph = Build(name);
        // A block's result is its last concatenation: no other one follows it.
        string[] sizes = [.. graph.Layers
            .Where(l => l.Node.Name == "features.conv0" || l.Node.Op.Name is "MaxPool2d" or "AvgPool2d" or "GlobalAvgPool" or "Linear" ||
                (l.Node.Op.Name == "Concat" && !graph.Consumers[l.Index].Any(i => graph.Layers[i].Node.Op.Name == "Concat")))
            .Select(l => l.Output.ToString())];
        Assert.Equal(expected, string.Join(' ', sizes));
    }

    [Fact]
    public void AnInputThatIsTooSmallNamesLayerSizeAndCure()
    {
        FoveaException e = Assert.Throws<FoveaException>(() => Build("alexnet", input: new TensorShape(3, 32, 32)));
        Assert.Contains("features.", e.Message);
        Assert.Contains("smallest input that works is 3x63x63", e.Message);
        Build("alexnet", input: new TensorShape(3, 63, 63));
    }

    [Theory]
    [InlineData("alexnet-torchvision", 128)]
    [InlineData("alexnet-torchvision", 256)]
    [InlineData("nin", 160)]
    [InlineData("nin-cifar", 40)]
    public void PooledHeadsTakeOtherSizesWithTheSameParameters(string name, int size) =>
        Assert.Equal(Build(name).ParameterCount, Build(name, input: new TensorShape(3, size, size)).ParameterCount);

    [Fact]
    public void AnUnknownNameGetsTheNearest()
    {
        FoveaException e = Assert.Throws<FoveaException>(() => ModelZoo.Find("alexnett"));
        Assert.Contains("'alexnet'", e.Message);
    }

    /// <summary>Neighbouring images of one size count once; vectors each.</summary>
    private static List<string> Shorten(string[] sizes)
    {
        List<string> all = [];
        foreach (string size in sizes)
        {
            if (all.Count == 0 || all[^1] != size || !size.Contains('x'))
                all.Add(size);
        }
        return all;
    }

    private static Graph Build(string name, int? classes = null, TensorShape? input = null) => ModelZoo.Build(Architecture.Of(ModelZoo.Find(name), classes, input));
}
