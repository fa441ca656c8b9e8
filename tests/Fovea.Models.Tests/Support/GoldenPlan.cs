using Fovea.Engine;
using Fovea.Engine.Planning;

namespace Fovea.Models.Tests;

/// <summary>A golden's network with the formula's weights, compiled to run on the golden's samples.</summary>
internal sealed class GoldenPlan : IDisposable
{
    private readonly GoldenSetting _setting;
    private readonly Runtime _runtime;

    /// <summary>Compiles, or skips the test where the machine has not what the runtime's options want.</summary>
    /// <param name="setting">The network, its images and its weights.</param>
    /// <param name="wanted">What to run on.</param>
    /// <param name="options">The plan's options; the batch is the setting's.</param>
    public GoldenPlan(GoldenSetting setting, RuntimeOptions wanted, PlanOptions options)
    {
        (_setting, _runtime) = (setting, Backends.Open(wanted));
        Graph graph = ModelZoo.Build(setting.Architecture);
        Parameters = ParameterSet.For(graph);
        setting.Fill(Parameters);
        Plan = _runtime.Compile(graph, Parameters, options with { Batch = setting.Batch });
        // Memory that was never used is zero, and what a step forgot to write may look right.
        foreach (Engine.Planning.Buffer buffer in Plan.Buffers.Where(buffer => buffer.InArena))
            buffer.Span<byte>().Fill(0xFF);
    }

    public Plan Plan { get; }

    public ParameterSet Parameters { get; }

    /// <summary>The parameters that are trained, in PyTorch's order.</summary>
    public Parameter[] Trained => Formula.Trained(Parameters);

    /// <summary>Runs the plan on the samples of a step, from 0.</summary>
    public void Run(int step)
    {
        _setting.Samples(Plan, step);
        Plan.Run();
    }

    /// <summary>Runs it on the samples of a step of training, and gives the mean loss.</summary>
    public double Run(int step, double learningRate)
    {
        (Plan.State.Step, Plan.State.LearningRate) = (step, learningRate);
        Run(step);
        return Plan.State.Loss.Loss / Plan.State.Loss.Weight;
    }

    public void Dispose()
    {
        Parameters.Dispose();
        _runtime.Dispose();
    }
}
