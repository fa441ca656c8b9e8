using System.Diagnostics;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training.Tests;

/// <summary>Bytes allocated and resident are the process's: nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(SteadyStateTests), DisableParallelization = true)]
public class Alone;

[Collection(nameof(SteadyStateTests))]
public class SteadyStateTests
{
    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void AStepAllocatesNothingAndMemoryStaysFlat(BackendChoice backend)
    {
        Backends.Require(backend);
        EngineThread.Run(() =>
        {
            using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
            Graph graph = ModelZoo.Build(Train.LeNet());
            using ParameterSet parameters = ParameterSet.For(graph);
            ModelSpec spec = ModelZoo.Find("lenet5");
            Initializers.Find("default", spec).Apply(parameters, spec, 0);
            Plan plan = runtime.Compile(graph, parameters, new PlanOptions
            {
                Batch = 2,
                Training = true,
                Loss = new SoftmaxCrossEntropy(),
                Update = new Adam(new OptimizerSettings { WeightDecay = 1e-4 }),
            });
            SyntheticDataset data = new("train", 2, 1);
            for (int i = 0; i < 2; i++)
            {
                data.Fill(i, plan.Pixels.Slice(i * 784, 784));
                plan.Labels[i] = Label.Of(data.LabelOf(i));
            }
            plan.State.LearningRate = 1e-3;
            long step = 0;
            void Run(int steps)
            {
                for (int i = 0; i < steps; i++)
                {
                    plan.State.Step = step++;
                    plan.Run();
                }
            }

            Run(1);
            Assert.Equal(0, Allocated.ByProcess(() => Run(5)));
            Run(300);
            // What steps leak shows in every window; what the test runner's own threads take, only in some.
            long leaked = Enumerable.Range(0, 4).Min(_ => Growth(() => Run(500)));
            // A page per step would be 500 * 4 KiB.
            Assert.True(leaked < 1 << 20, $"resident memory grew by at least {leaked} bytes in each 500 steps of 2000");
            Assert.True(plan.State.Loss.Loss / plan.State.Loss.Weight < 0.1);
            return true;
        });
    }

    [SkippableTheory]
    [InlineData(BackendChoice.Managed, false)]
    [InlineData(BackendChoice.Managed, true)]
    [InlineData(BackendChoice.OneDnn, true)]
    public void ClippedAveragedAndAccumulatedStepsAllocateNothing(BackendChoice backend, bool accumulate)
    {
        Backends.Require(backend);
        EngineThread.Run(() =>
        {
            using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
            Graph graph = ModelZoo.Build(Train.LeNet());
            using ParameterSet parameters = ParameterSet.For(graph);
            ModelSpec spec = ModelZoo.Find("lenet5");
            Initializers.Find("default", spec).Apply(parameters, spec, 0);
            TrainingOptions options = new() { Architecture = Train.LeNet(), Data = "", Mixup = 1, Cutmix = 1 };
            BatchMixer mixer = BatchMixer.Of(options)!;
            Plan plan = runtime.Compile(graph, parameters, new PlanOptions
            {
                Batch = 4,
                Training = true,
                Loss = new SoftmaxCrossEntropy(),
                Update = new WeightAverage(new RmsProp(new OptimizerSettings { Momentum = 0.9, WeightDecay = 1e-4 }), 0.99),
                ClipNorm = 0.1,
                Accumulate = accumulate,
            });
            SyntheticDataset data = new("train", 4, 1);
            int step = 0;
            void Run()
            {
                for (int i = 0; i < 4; i++)
                {
                    data.Fill(i, plan.Pixels.Slice(i * 784, 784));
                    plan.Labels[i] = Label.Of(data.LabelOf(i));
                }
                mixer.Mix(plan.Pixels, plan.Labels, 0, step);
                (plan.State.Step, plan.State.Updates, plan.State.LearningRate, plan.State.AccumulatedWeight) = (step, step / 2, 1e-3, step % 2 * 4);
                plan.Run();
                if (accumulate && step % 2 == 1)
                    plan.Update();
                step++;
            }
            Run();
            Run();
            Assert.Equal(0, Allocated.ByProcess(() =>
            {
                for (int i = 0; i < 6; i++)
                    Run();
            }));
            Assert.True(double.IsFinite(plan.State.Loss.Loss));
            return true;
        });
    }

    [Fact]
    public void TheLoopAroundThePlansAllocatesLittle()
    {
        using TempFolder folder = new();
        Dictionary<long, long> allocated = [];
        Train.Run(Train.Options(folder) with { Epochs = 1, BatchSize = 8, LogEvery = 100 }, SyntheticDataset.Splits(8 * 400, 8), e =>
        {
            if (e is StepDone done)
                allocated[done.TotalSteps] = GC.GetTotalAllocatedBytes(true);
        });
        // Between two events there are 100 steps, one event's text, and what the loader does for 800 images; what other threads do is not in both halves.
        long perStep = Math.Min(allocated[300] - allocated[200], allocated[400] - allocated[300]) / 100;
        Assert.True(perStep < 2048, $"{perStep} bytes per step");
    }

    private static long Growth(Action work)
    {
        long before = ResidentBytes();
        work();
        return ResidentBytes() - before;
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
