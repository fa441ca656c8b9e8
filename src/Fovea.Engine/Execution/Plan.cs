using System.Diagnostics;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine;

/// <summary>
/// A network compiled for one batch size and mode: fill <see cref="Pixels"/> (and <see cref="Labels"/>), set <see cref="State"/>, <see cref="Run"/>, read
/// <see cref="Logits"/> and the loss. Running allocates nothing.
/// </summary>
public sealed class Plan : IDisposable
{
    private readonly Runtime _runtime;
    private readonly PlanProgram _program;
    private readonly Step[] _steps, _updates;
    private readonly int _forward;
    private readonly long[] _copyVersions;

    internal Plan(Runtime runtime, Graph graph, PlanOptions options, PlanProgram program, StepState state, PlanMemory memory)
    {
        (_runtime, Graph, Options, _program, State, Memory) = (runtime, graph, options, program, state, memory);
        _steps = [.. program.Steps];
        int backward = Array.FindIndex(_steps, step => step.Phase != StepPhase.Forward);
        _forward = backward < 0 ? _steps.Length : backward;
        _updates = [.. program.Updates];
        _copyVersions = new long[program.Copies.Count];
        foreach (Step step in _steps)
            step.Bind();
        foreach (KernelCopy copy in program.Copies)
            copy.Step.Bind();
        foreach (Step step in _updates)
            step.Bind();
    }

    /// <summary>
    /// The network, without the loss, as the plan runs it: a mean may come before the 1x1 convolution that it follows in the description. Layers keep their nodes.
    /// </summary>
    public Graph Graph { get; }

    /// <summary>Batch, mode, loss, update.</summary>
    public PlanOptions Options { get; }

    /// <summary>Seed, step and learning rate to set before a run; the loss to read after it.</summary>
    public StepState State { get; }

    /// <summary>The memory that the plan takes.</summary>
    public PlanMemory Memory { get; }

    /// <summary>Arena that the plan needs, in bytes.</summary>
    public long ArenaBytes => Memory.ArenaBytes;

    /// <summary>Bytes that the plan's buffers would take if each had memory of its own.</summary>
    public long UnsharedBytes => Memory.UnsharedBytes;

    /// <summary>The steps in order, for reports.</summary>
    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>The steps of <see cref="Update"/> in order, for reports.</summary>
    public IReadOnlyList<Step> UpdateSteps => _updates;

    /// <summary>What was chosen where there were several ways of computing something.</summary>
    public IReadOnlyList<KernelChoice> Choices => _program.Choices;

    /// <summary>The buffers, for reports.</summary>
    public IReadOnlyList<Planning.Buffer> Buffers => _program.Buffers;

    /// <summary>Reorders of parameters that run only when a parameter has changed, for reports.</summary>
    public IEnumerable<Step> RefreshSteps => _program.Copies.Select(copy => copy.Step);

    /// <summary>The batch's pixels, NHWC, 0 to 255. Valid until another plan of the runtime runs.</summary>
    public Span<byte> Pixels => Interface("pixels").Span<byte>();

    /// <summary>The batch's targets; only plans with a loss have them. Valid until another plan of the runtime runs.</summary>
    public Span<Label> Labels => Interface("labels").Span<Label>();

    /// <summary>The network's output of the last run, [N, classes]. Valid until another plan of the runtime runs.</summary>
    public ReadOnlySpan<float> Logits => _program.Logits.Floats;

    /// <summary>
    /// Runs every step. The results stand in <see cref="Logits"/> and <see cref="StepState.Loss"/>. A training run whose loss is not finite ends with the loss:
    /// see <see cref="LossSums.NonFinite"/> and <see cref="FindNonFinite"/>.
    /// </summary>
    public void Run()
    {
        _runtime.CheckThread();
        RefreshCopies();
        foreach (Step step in _steps.AsSpan(0, _forward))
            step.Run();
        // Such a loss has no gradient. Stopping here leaves the parameters as they were, for whoever looks for the cause.
        if (_forward < _steps.Length && State.Loss.NonFinite > 0)
            return;
        foreach (Step step in _steps.AsSpan(_forward))
            step.Run();
    }

    /// <summary>
    /// After a run whose loss was not finite: which parameter or which layer's result is the first that is not, as the end of a sentence. It runs the forward steps
    /// on the same batch again, so nothing else may have run on the runtime in between.
    /// </summary>
    /// <returns>Null where nothing of that kind is found.</returns>
    public string? FindNonFinite()
    {
        _runtime.CheckThread();
        return NonFiniteSearch.Find(_steps, _program);
    }

    /// <summary>Runs every step and writes down when it was done.</summary>
    /// <param name="clock">Gets the stopwatch's reading before the first step and after each: one element more than there are steps.</param>
    public void RunTimed(Span<long> clock)
    {
        if (clock.Length != _steps.Length + 1)
            throw new ArgumentException($"A plan of {_steps.Length} steps wants {_steps.Length + 1} readings, got room for {clock.Length}.", nameof(clock));
        _runtime.CheckThread();
        RefreshCopies();
        clock[0] = Stopwatch.GetTimestamp();
        for (int i = 0; i < _steps.Length; i++)
        {
            _steps[i].Run();
            clock[i + 1] = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>
    /// Follows the gradients that were accumulated since the last update, with <see cref="StepState.LearningRate"/>; only with <see cref="PlanOptions.Accumulate"/>.
    /// </summary>
    public void Update()
    {
        _runtime.CheckThread();
        foreach (Step step in _updates)
            step.Run();
    }

    /// <summary>The gradient of a parameter in memory order after a run; only with <see cref="PlanOptions.KeepGradients"/>.</summary>
    public ReadOnlySpan<float> Gradient(Parameter parameter) => _program.Gradients[parameter].Floats;

    /// <summary>An interface buffer that an op of yours asked for by name, as float32. Valid until another plan of the runtime runs.</summary>
    public Span<float> InterfaceFloats(string name) => Interface(name).Floats;

    /// <summary>Frees the kernels.</summary>
    public void Dispose()
    {
        foreach (Step step in _steps)
            step.Dispose();
        foreach (KernelCopy copy in _program.Copies)
            copy.Step.Dispose();
        foreach (Step step in _updates)
            step.Dispose();
    }

    private void RefreshCopies()
    {
        bool moved = _runtime.Tenant != this;
        _runtime.Tenant = this;
        for (int i = 0; i < _copyVersions.Length; i++)
        {
            KernelCopy copy = _program.Copies[i];
            if (!moved && _copyVersions[i] == copy.Version)
                continue;
            copy.Step.Run();
            _copyVersions[i] = copy.Version;
        }
    }

    private Planning.Buffer Interface(string name) =>
        _program.Interfaces.TryGetValue(name, out Planning.Buffer? buffer)
            ? buffer
            : throw new InvalidOperationException($"This plan of {Graph.Name} has no {name}.");
}
