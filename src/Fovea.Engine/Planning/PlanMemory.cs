namespace Fovea.Engine.Planning;

/// <summary>A buffer (or several that lie at one address because a kernel works in place) that needs its memory when a plan needs most.</summary>
/// <param name="Name">Its name: "features.0 dst".</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Bytes">Its size, rounded up to the arena's alignment.</param>
/// <param name="First">The step that touches it first.</param>
/// <param name="Last">The step that touches it last.</param>
public sealed record LiveBuffer(string Name, BufferKind Kind, long Bytes, int First, int Last);

/// <summary>
/// The memory of a plan in numbers: the arena, where its peak lies, and what lives outside it. Known as soon as the plan is compiled, before a byte is committed.
/// </summary>
public sealed record PlanMemory
{
    private PlanMemory()
    {
    }

    /// <summary>Bytes of the arena: exactly what running the plan commits, before rounding to pages.</summary>
    public required long ArenaBytes { get; init; }

    /// <summary>Bytes that the buffers would take if each had memory of its own.</summary>
    public required long UnsharedBytes { get; init; }

    /// <summary>Bytes of the largest buffer.</summary>
    public required long LargestBytes { get; init; }

    /// <summary>Bytes that the step at the peak needs at once: no placement can need less than this.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>
    /// The step at which most is needed, as an index into the plan's steps; null in a plan without steps. Below 0 where the making of kernels' copies of parameters
    /// needs most, which goes before a run: -1 is the last step of it.
    /// </summary>
    public required int? PeakStep { get; init; }

    /// <summary>What is needed at the peak, by what it holds; kinds without bytes are left out.</summary>
    public required IReadOnlyDictionary<BufferKind, long> AtPeak { get; init; }

    /// <summary>Bytes of all buffers of the plan by what they hold, whether they share memory or not.</summary>
    public required IReadOnlyDictionary<BufferKind, long> Unshared { get; init; }

    /// <summary>What is needed at the peak, the largest first.</summary>
    public required IReadOnlyList<LiveBuffer> LiveAtPeak { get; init; }

    /// <summary>Bytes of the parameters, outside the arena: the float32 masters, and the bfloat16 copies that the plan reads beside them.</summary>
    public required long ParameterBytes { get; init; }

    /// <summary>Bytes of the optimizer's state, outside the arena, and of gradients that are accumulated over batches; 0 in inference.</summary>
    public required long StateBytes { get; init; }

    /// <summary>All memory that the plan works on: arena, masters, optimizer's state. The process itself comes on top.</summary>
    public long TotalBytes => ArenaBytes + ParameterBytes + StateBytes;

    /// <summary>Adds up a compiled program's memory.</summary>
    /// <param name="program">What compiling gave.</param>
    /// <param name="placements">Where the planner put the buffers.</param>
    /// <param name="arenaBytes">The arena's size that goes with them.</param>
    /// <param name="parameters">The network's parameters.</param>
    /// <param name="options">What the plan is for.</param>
    public static PlanMemory Of(
        PlanProgram program, IReadOnlyList<MemoryPlanner.Placement> placements, long arenaBytes, ParameterSet parameters, PlanOptions options)
    {
        int? peak = PeakOf(placements, program.Copies.Count, program.Steps.Count, out long peakBytes);
        LiveBuffer[] live = [.. placements.Where(p => p.First <= peak && peak <= p.Last).OrderByDescending(p => p.Bytes).ThenBy(p => p.Offset)
            .Select(p => new LiveBuffer(string.Join(" = ", p.Buffers.Select(b => b.Name)), p.Buffers[0].Kind, p.Bytes, p.First, p.Last))];
        long states = options is { Training: true, Update: { } rule } ? rule.States.Count + (options.Accumulate ? 1 : 0) : 0;
        return new PlanMemory
        {
            ArenaBytes = arenaBytes,
            UnsharedBytes = program.Buffers.Sum(buffer => buffer.Bytes),
            LargestBytes = program.Buffers.Select(buffer => buffer.Bytes).Append(0).Max(),
            PeakBytes = peakBytes,
            PeakStep = peak,
            AtPeak = ByKind(live.Select(b => (b.Kind, b.Bytes))),
            Unshared = ByKind(program.Buffers.Select(b => (b.Kind, b.Bytes))),
            LiveAtPeak = live,
            ParameterBytes = parameters.All.Sum(p => p.Master.Bytes) + program.Copies.SelectMany(copy => copy.Step.Writes).Where(b => !b.InArena).Sum(b => b.Bytes),
            StateBytes = states * parameters.All.Where(p => p.Trainable).Sum(p => p.Master.Bytes),
        };
    }

    /// <summary>The first step at which the buffers that live together are largest.</summary>
    private static int? PeakOf(IReadOnlyList<MemoryPlanner.Placement> placements, int before, int steps, out long bytes)
    {
        long[] change = new long[before + Math.Max(1, steps) + 1];
        foreach (MemoryPlanner.Placement placement in placements)
        {
            change[before + placement.First] += placement.Bytes;
            change[before + placement.Last + 1] -= placement.Bytes;
        }
        (int? peak, long now) = (null, 0);
        bytes = 0;
        for (int step = -before; step < steps; step++)
        {
            now += change[before + step];
            // Where runs and what goes before them need the same, a step of the run is named.
            if (peak is null || now > bytes || (now == bytes && peak < 0))
                (peak, bytes) = (step, now);
        }
        return peak;
    }

    private static Dictionary<BufferKind, long> ByKind(IEnumerable<(BufferKind Kind, long Bytes)> buffers) =>
        buffers.GroupBy(b => b.Kind).Select(g => (g.Key, Bytes: g.Sum(b => b.Bytes))).Where(g => g.Bytes > 0).OrderBy(g => g.Key).ToDictionary(g => g.Key, g => g.Bytes);
}
