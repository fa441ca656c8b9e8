using System.Diagnostics;
using System.Text.Json;
using Fovea.Cli.Benchmarks;
using Fovea.Cli.Planning;
using Fovea.Cli.Tests.Support;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Models;

namespace Fovea.Cli.Tests;

/// <summary><c>plan</c> against what then happens, and the reports of <c>bench</c> that go with it.</summary>
public sealed class PlanTests
{
    [Theory]
    [InlineData("lenet5", 64)]
    [InlineData("nin-cifar", 8)]
    public void TheResidentSizeIsWhatTrainingTakes(string model, int batch)
    {
        // Processes of their own: this one holds the test runner. The bound is the issue's.
        JsonElement plan = Process($"plan {model} --batch-size {batch} --threads 2 --json");
        JsonElement bench = Process($"bench {model} --batch-size {batch} --threads 2 --seconds 0.05 --json")[0];
        double planned = plan.GetProperty("residentBytes").GetInt64(), taken = bench.GetProperty("peakBytes").GetInt64();
        Assert.True(Math.Abs(planned - taken) <= 0.1 * taken, $"planned {planned / 1048576:0.0} MiB, taken {taken / 1048576:0.0} MiB");
        Assert.Equal(plan.GetProperty("arenaBytes").GetInt64(), bench.GetProperty("arenaBytes").GetInt64());
    }

    [Fact]
    public void PlanNamesEveryStepAndReorder()
    {
        JsonElement plan = Json("plan lenet5 --batch-size 4 --backend managed --threads 1 --steps --json");
        JsonElement[] steps = [.. plan.GetProperty("steps").EnumerateArray()];
        // Forward, both gradients (the first convolution's source wants none) of 2 convolutions and 3 linear layers, by their definition.
        double macs = steps.Sum(s => s.GetProperty("macs").GetInt64());
        const double First = 28 * 28 * 6 * 25, Others = (10 * 10 * 16 * 6 * 25) + (400 * 120) + (120 * 84) + (84 * 10);
        Assert.Equal(4 * ((2 * First) + (3 * Others)), macs);
        Assert.All(steps, s => Assert.True(s.GetProperty("predictedMs").GetDouble() > 0));
        Assert.Equal(plan.GetProperty("predictedMsPerStep").GetDouble(), steps.Sum(s => s.GetProperty("predictedMs").GetDouble()), 1e-6);
        Assert.Empty(plan.GetProperty("weightReorders").EnumerateArray());
        Assert.Equal(plan.GetProperty("peakBytes").GetInt64(), plan.GetProperty("atPeak").EnumerateObject().Sum(kind => kind.Value.GetInt64()));
        CliRun text = CliRun.Line("plan lenet5 --batch-size 4 --backend managed --threads 1 --steps");
        text.AssertReadable();
        Assert.Contains("Most is needed at step", text.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void BenchReportsLayersAndFloor()
    {
        JsonElement bench = Json("bench lenet5 --batch-size 4 --seconds 0.05 --backend managed --threads 1 --layers --floor --json")[0];
        JsonElement[] layers = [.. bench.GetProperty("layers").EnumerateArray()];
        Assert.Equal(1, layers.Sum(l => l.GetProperty("share").GetDouble()), 1e-9);
        Assert.All(layers, l => Assert.Equal(l.GetProperty("ms").GetDouble(), l.GetProperty("steps").EnumerateArray().Sum(s => s.GetProperty("ms").GetDouble()), 1e-9));
        JsonElement floor = bench.GetProperty("floor");
        JsonElement[] passes = [.. floor.GetProperty("passes").EnumerateArray()];
        Assert.Equal(5 + 5 + 4, passes.Length);
        Assert.All(passes, p => Assert.InRange(p.GetProperty("floorMs").GetDouble(), 1e-9, p.GetProperty("planMs").GetDouble()));
        Assert.Equal(floor.GetProperty("ms").GetDouble(), passes.Sum(p => p.GetProperty("floorMs").GetDouble()) + floor.GetProperty("otherMs").GetDouble(), 1e-9);
        Assert.Equal(floor.GetProperty("share").GetDouble(), floor.GetProperty("ms").GetDouble() / bench.GetProperty("msPerStep").GetDouble(), 1e-9);
    }

    [Fact]
    public void AutoTakesTheLargestBatchThatFits()
    {
        Graph graph = ModelZoo.Build(Architecture.Of(ModelZoo.Find("lenet5")));
        RuntimeOptions runtime = new() { Backend = BackendChoice.Managed, Threads = 1 };
        BatchFit fit = new(graph, batch => [ModelBenchmark.PlanOptions(true, batch, ModelBenchmark.Optimizer())], runtime);
        // Tests beside this one move what the process holds, by less than this.
        const long Room = 1L << 30;
        (int batch, string why) = fit.Largest((ProcessBaseline.Cold() + (2 * Room), "a test"), 65_536);
        Assert.True(int.IsPow2(batch), why);
        Assert.Contains($"--batch-size auto takes {batch}", why, StringComparison.Ordinal);
        Assert.Contains($"{2 * batch} would need", why, StringComparison.Ordinal);
        (long own, long twice) = EngineThread.Run(() =>
        {
            using ParameterSet parameters = ParameterSet.For(graph);
            using Runtime engine = new(runtime);
            long Total(int images)
            {
                using PlanDraft draft = engine.Draft(graph, parameters, ModelBenchmark.PlanOptions(true, images, ModelBenchmark.Optimizer()));
                return draft.Memory.TotalBytes;
            }
            return (Total(batch), Total(2 * batch));
        });
        Assert.InRange(own, 1, 3 * Room);
        Assert.InRange(twice, Room, long.MaxValue);
        Assert.Equal(8, fit.Largest((ProcessBaseline.Cold() + (2 * Room), "a test"), 15).Batch);
    }

    [Theory]
    [InlineData("bench alexnet --batch-size auto --memory 100M", "with a single image")]
    [InlineData("bench alexnet --batch-size 64 --memory 200M", "needs about")]
    public void WhatDoesNotFitIsRefusedBeforeItIsTried(string line, string message)
    {
        CliRun run = CliRun.Line(line);
        Assert.Equal(1, run.Exit);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        run.AssertReadable();
    }

    private static JsonElement Json(string line)
    {
        CliRun run = CliRun.Line(line);
        Assert.True(run.Exit == 0, run.Error);
        return JsonDocument.Parse(run.Out).RootElement;
    }

    private static JsonElement Process(string line)
    {
        string program = typeof(CliRun).Assembly.Location is { } tests ? Path.Combine(Path.GetDirectoryName(tests)!, "fovea.dll") : "fovea.dll";
        ProcessStartInfo start = new(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath! : "dotnet", ["exec", program, .. line.Split(' ')])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = System.Diagnostics.Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return JsonDocument.Parse(output).RootElement;
    }
}
