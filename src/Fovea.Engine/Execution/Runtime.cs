using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;

namespace Fovea.Engine;

/// <summary>
/// What plans run on: an arena that they share, threads and backends. Make it, compile on it and run its plans on one thread: oneDNN fixes its thread count when
/// a kernel is created, per thread (see <see cref="EngineThread"/>).
/// </summary>
public sealed class Runtime : IDisposable
{
    /// <summary>A large network's plan leaves 10 MiB on the heap; collecting them takes some 10 ms, and a small network's plan is not worth that.</summary>
    private const long WorthCollecting = 4L << 20;

    private readonly List<Plan> _plans = [];
    private readonly List<Backend> _backends = [];
    private readonly List<SlowKernel> _slow = [];
    private readonly Action<SlowKernel>? _warn;
    private readonly IKernelChoices? _choices;
    private readonly int _threadId = Environment.CurrentManagedThreadId;

    /// <summary>Finds the backends.</summary>
    /// <exception cref="FoveaException">The threads are below 1, or oneDNN was asked for and is not there.</exception>
    public Runtime(RuntimeOptions options)
    {
        if (options.Threads < 1)
            throw new FoveaException($"--threads {options.Threads}: a runtime needs at least 1 thread. Leave the option out to use all {Environment.ProcessorCount} processors.");
        Threads = options.Threads;
        _warn = options.Slow;
        OpenMpEntry? openMp = null;
        BackendReport = "managed: C# and SIMD (chosen)";
        if (options.Backend != BackendChoice.Managed)
        {
            OneDnnBackend? oneDnn = OneDnnBackend.TryCreate(options.Threads, out string report);
            BackendReport = report;
            if (oneDnn is not null)
            {
                _backends.Add(oneDnn);
                openMp = SharedThreads(oneDnn.Api);
            }
            else if (options.Backend == BackendChoice.OneDnn)
                throw new FoveaException($"--backend onednn: {report} Or use --backend managed, which needs nothing.");
            else
                BackendReport = $"{report} The managed backend is used.";
        }
        _backends.Add(new ManagedBackend());
        Precision = Resolve(options.Precision);
        Team = new WorkerTeam(Threads, openMp);
        Arena = new Arena();
        Host = new KernelHost(_backends[0].Identity, Threads);
        _choices = options.Kernels?.Invoke(Host);
    }

    /// <summary>What the kernels are and run on.</summary>
    public KernelHost Host { get; }

    /// <summary>Threads that kernels use.</summary>
    public int Threads { get; }

    /// <summary>The preferred backend's name: "onednn" or "managed".</summary>
    public string Backend => _backends[0].Name;

    /// <summary>The type of activations and their gradients in every plan.</summary>
    public Precision Precision { get; }

    /// <summary>What was found, as a sentence for logs.</summary>
    public string BackendReport { get; }

    /// <summary>The slow kernels that plans compiled so far ended on; what one plan had, another one does not add again.</summary>
    public IReadOnlyList<SlowKernel> SlowKernels => _slow;

    /// <summary>Threads of managed kernels; of two beside oneDNN, the second is OpenMP's, which runs its kernels too.</summary>
    public WorkerTeam Team { get; }

    internal Arena Arena { get; }

    /// <summary>The plan whose content the arena holds: another one has to refresh its copies before it runs.</summary>
    internal Plan? Tenant { get; set; }

    /// <summary>Bytes of the arena: the largest plan's need so far.</summary>
    public long ArenaBytes { get; private set; }

    /// <summary>Compiles and places a plan. All of a runtime's plans share one arena, so only one runs at a time and its results must be read before another runs.</summary>
    public Plan Compile(Graph graph, ParameterSet parameters, PlanOptions options)
    {
        CheckThread();
        graph = graph.Planned();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        (PlanProgram program, IReadOnlyList<MemoryPlanner.Placement> placements, PlanMemory memory, StepState state) = Lower(graph, parameters, options);
        try
        {
            ArenaBytes = Math.Max(ArenaBytes, memory.ArenaBytes);
            Arena.EnsureCommitted(ArenaBytes);
            foreach (MemoryPlanner.Placement placement in placements)
            {
                foreach (Planning.Buffer buffer in placement.Buffers)
                    buffer.Place(Arena, placement.Offset);
            }
            Plan plan = new(this, graph, options, program, state, memory);
            _plans.Add(plan);
            // Running allocates nothing, so nothing else would ever collect what compiling left, most of which is rubbish.
            if (GC.GetAllocatedBytesForCurrentThread() - allocated > WorthCollecting)
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return plan;
        }
        catch (OneDnnException e)
        {
            throw Failed(graph, options, e);
        }
    }

    // With more than two threads oneDNN uses fewer for some kernels. libgomp then ends the others and makes new ones for what comes next, and each new one that comes to
    // a loop has to be made known to .NET first.
    private OpenMpEntry? SharedThreads(IOneDnn api) =>
        Threads == OneDnnLibrary.SpinningThreads && api.OpenMp is var (parallel, number) ? new OpenMpEntry(parallel, number) : null;

    private Precision Resolve(PrecisionChoice choice)
    {
        string? missing = _backends[0] is not OneDnnBackend oneDnn
            ? "it runs on oneDNN only, and these plans are the managed backend's"
            : oneDnn.HasBFloat16 ? null : $"this processor has no instructions for it (AVX512-BF16 or AMX; oneDNN uses {oneDnn.Api.EffectiveIsa})";
        if (choice == PrecisionChoice.BFloat16 && missing is not null)
            throw new FoveaException($"--precision bf16: {missing}. Use --precision fp32, or auto to take bf16 only where it is fast.");
        return choice == PrecisionChoice.Float32 || missing is not null ? Precision.Float32 : Precision.BFloat16;
    }

    /// <summary>Compiles a plan to look at: what <see cref="Compile"/> would make, without its memory. Dispose it.</summary>
    public PlanDraft Draft(Graph graph, ParameterSet parameters, PlanOptions options)
    {
        CheckThread();
        graph = graph.Planned();
        (PlanProgram program, IReadOnlyList<MemoryPlanner.Placement> placements, PlanMemory memory, _) = Lower(graph, parameters, options);
        return new PlanDraft(graph, options, program, placements, memory);
    }

    private (PlanProgram Program, IReadOnlyList<MemoryPlanner.Placement> Placements, PlanMemory Memory, StepState State) Lower(
        Graph graph, ParameterSet parameters, PlanOptions options)
    {
        try
        {
            StepState state = new();
            PlanProgram program = PlanCompiler.Compile(graph, parameters, options, _backends, Team, state, Precision, _choices);
            Report(Planning.SlowKernels.Among(graph, program.Steps.Concat(program.Copies.Select(copy => copy.Step)), _backends[0].InstructionSet));
            (IReadOnlyList<MemoryPlanner.Placement> placements, long bytes) = MemoryPlanner.Place(
                program.Steps, program.Buffers, [.. program.Copies.Select(copy => copy.Step)]);
            return (program, placements, PlanMemory.Of(program, placements, bytes, parameters, options), state);
        }
        catch (OneDnnException e)
        {
            throw Failed(graph, options, e);
        }
    }

    private static FoveaException Failed(Graph graph, PlanOptions options, OneDnnException e) =>
        new($"Planning {graph.Name} for a batch of {options.Batch} on oneDNN failed: {e.Message} Try a smaller --batch-size, or --backend managed.", e);

    private void Report(IReadOnlyList<SlowKernel> found)
    {
        foreach (SlowKernel slow in found)
        {
            string[] known = [.. _slow.Where(s => (s.Kernel, s.Op) == (slow.Kernel, slow.Op)).SelectMany(s => s.Layers)];
            SlowKernel added = slow with { Layers = [.. slow.Layers.Except(known)] };
            if (added.Layers.Count == 0)
                continue;
            _slow.Add(added);
            _warn?.Invoke(added);
        }
    }

    internal void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _threadId)
            throw new InvalidOperationException("A runtime's plans are made and run on the thread that made the runtime: oneDNN's thread count belongs to it. Use EngineThread.Run.");
    }

    /// <summary>Frees plans, threads and memory.</summary>
    public void Dispose()
    {
        foreach (Plan plan in _plans)
            plan.Dispose();
        _plans.Clear();
        foreach (Backend backend in _backends)
            (backend as IDisposable)?.Dispose();
        Team.Dispose();
        Arena.Dispose();
    }
}
