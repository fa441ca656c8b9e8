using System.Text.Json;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

/// <summary>What <c>models</c> and <c>summary</c> compute, against the papers' and the source's numbers.</summary>
public sealed class ModelVerbsTests
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
    public void ModelsCountsParameters(string name, long parameters)
    {
        CliRun run = CliRun.Of("models", "--json");
        Assert.Equal(0, run.Exit);
        Assert.Empty(run.Error);
        JsonElement model = run.Json.EnumerateArray().Single(m => m.GetProperty("name").GetString() == name);
        Assert.Equal(["name", "input", "classes", "parameters", "macs"], model.EnumerateObject().Select(p => p.Name));
        Assert.Equal(parameters, model.GetProperty("parameters").GetInt64());
        Assert.Equal(3, model.GetProperty("input").GetArrayLength());
        Assert.True(model.GetProperty("macs").GetInt64() > 0);
    }

    [Fact]
    public void ModelsPrintsATable()
    {
        CliRun run = CliRun.Of("models");
        Assert.Contains("62,378,344", run.Out, StringComparison.Ordinal);
        Assert.Contains("alexnet-fashion", run.Out, StringComparison.Ordinal);
        run.AssertReadable();
    }

    [Fact]
    public void SummaryCountsForOtherClassCounts()
    {
        JsonElement summary = CliRun.Line("summary alexnet --classes 2 --json").Json;
        Assert.Equal(58_289_538, summary.GetProperty("parameters").GetInt64());
        Assert.Equal(summary.GetProperty("parameters").GetInt64(),
            summary.GetProperty("layers").EnumerateArray().Sum(l => l.GetProperty("parameters").GetInt64()));
        Assert.Equal(summary.GetProperty("macs").GetInt64(),
            summary.GetProperty("layers").EnumerateArray().Sum(l => l.GetProperty("macs").GetInt64()));
    }

    [Fact]
    public void SummaryHasTheContractsShape()
    {
        JsonElement summary = CliRun.Line("summary lenet5 --json").Json;
        Assert.All(summary.GetProperty("layers").EnumerateArray(), layer =>
        {
            Assert.All(["name", "op", "output", "parameters", "macs", "receptiveField"], name =>
                Assert.True(layer.TryGetProperty(name, out _), name));
        });
        JsonElement last = summary.GetProperty("layers").EnumerateArray().Last();
        Assert.Equal([10], last.GetProperty("output").EnumerateArray().Select(d => d.GetInt32()));
    }

    [Fact]
    public void AlexNetsArithmeticIsInConvolutionsAndItsParametersAreNot()
    {
        // Krizhevsky 2014, "One weird trick": convolutions have about 5 % of the parameters and 90 to 95 % of the computation.
        JsonElement shares = CliRun.Line("summary alexnet --json").Json.GetProperty("shares");
        Assert.Equal(0.060, shares.GetProperty("convolutionParameters").GetDouble(), 0.001);
        Assert.Equal(0.95, shares.GetProperty("convolutionMacs").GetDouble(), 0.005);
        Assert.Equal(1.0, shares.GetProperty("convolutionMacs").GetDouble() + shares.GetProperty("linearMacs").GetDouble(), 1e-9);
    }

    [Fact]
    public void ReceptiveFieldsFollowTheWindows()
    {
        // AlexNet's: 11 after conv 1; 11 + 2*4 = 19 after pooling; 19 + 4*8 = 51 after conv 2; 51 + 2*8 = 67, then 67 + 2*16 = 99, 131, 163, and 163 + 2*16 = 195.
        int[] fields = [.. CliRun.Line("summary alexnet --json").Json.GetProperty("layers").EnumerateArray()
            .Where(l => l.GetProperty("op").GetString() is "Conv2d" or "MaxPool2d").Select(l => l.GetProperty("receptiveField")[0].GetInt32())];
        Assert.Equal([11, 19, 51, 67, 99, 131, 163, 195], fields);
    }

    [Fact]
    public void ExplainDerivesOutputSizes()
    {
        CliRun run = CliRun.Line("summary alexnet --explain");
        Assert.Equal(0, run.Exit);
        Assert.Contains("(224 - 11 + 2 + 2)/4 + 1 = 55.25, rounded down: 55", run.Out, StringComparison.Ordinal);
        Assert.Contains("(55 - 3 + 0 + 0)/2 + 1 = 27", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void ActivationsGrowWithTheBatch()
    {
        static long Bytes(int batch) => CliRun.Line($"summary lenet5 --backend managed --batch-size {batch} --json").Json.GetProperty("activationBytes").GetInt64();
        Assert.Equal(64 * Bytes(1), Bytes(64));
    }

    [Fact]
    public void TwoNetworksStandBesideEachOther()
    {
        CliRun run = CliRun.Line("summary lenet5 alexnet");
        Assert.Equal(0, run.Exit);
        Assert.Matches("parameters +61,706 +62,378,344", run.Out);
        Assert.Equal(2, CliRun.Line("summary lenet5 alexnet --json").Json.GetArrayLength());
    }

    [Fact]
    public void AnInputThatDoesNotFitNamesTheLayerAndTheCure()
    {
        CliRun run = CliRun.Line("summary alexnet --input 3x32x32 --json");
        Assert.Equal(1, run.Exit);
        Assert.Contains("The smallest input that works is 3x63x63", run.Error, StringComparison.Ordinal);
        Assert.Equal(run.Error.Trim(), $"fovea summary: {run.Json.GetProperty("error").GetString()}");
        run.AssertReadable();
    }

    [Theory]
    [InlineData("resnet18-cifar")]
    [InlineData("googlenet-bn")]
    public void TheRowsOfASummaryAddUpToItsTotals(string model)
    {
        CliRun run = CliRun.Of("summary", model, "--backend", "managed", "--batch-size", "1", "--json");
        Assert.Equal(0, run.Exit);
        Assert.Equal(run.Json.GetProperty("parameters").GetInt64(), run.Json.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("parameters").GetInt64()));
    }
}
